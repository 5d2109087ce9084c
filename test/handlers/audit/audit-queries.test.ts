// Named queries by the API: who may run which, with what, and who may read what came of it. Over stores in memory; that Athena
// is asked so is tried on the emulator (test/local/athena.test.ts).
import { beforeEach, describe, expect, it } from 'vitest';
import { auditQueryExecutionSchema, startedAuditQuerySchema } from '../../../lambdas/api/audit-queries.ts';
import { RetryableError } from '../../../lambdas/core/errors.ts';
import { getAuditQueryExecution } from '../../../lambdas/handlers/audit/get-audit-query-execution.ts';
import { startAuditQuery } from '../../../lambdas/handlers/audit/start-audit-query.ts';
import type { AthenaPage } from '../../../lambdas/stores/lake/athena-query.ts';
import type { LakeExecution, LakeQueries } from '../../../lambdas/stores/lake/lake-queries.ts';
import { namedQueries } from '../../../lib/audit-queries/named-queries.ts';
import { answer, apiDependencies, requestAs } from '../../support/api-requests.ts';
import { memorySubjects } from '../../support/memory-subjects.ts';

interface Started {
  readonly sql: string;
  readonly parameters: readonly string[];
}

const EXECUTION = '3f1c1f0e-7d0b-4b61-9a4e-2f1f3c0d9a11';
const QUERIES = namedQueries();
const HISTORY = QUERIES.find(({ name }) => name === 'identity-history');

/** Of Athena: one execution, and what it is asked for. */
function oneExecution() {
  const lake = {
    started: [] as Started[],
    stopped: [] as string[],
    asked: [] as object[],
    execution: { state: 'running' } as LakeExecution | undefined,
    page: { columns: [], rows: [] } as AthenaPage,
  };
  const queries: LakeQueries = {
    async start(question) {
      lake.started.push(question);
      return EXECUTION;
    },
    async stop(id) {
      lake.stopped.push(id);
    },
    find: async (id) => (id === EXECUTION ? lake.execution : undefined),
    async readPage(id, page) {
      expect(id).toBe(EXECUTION);
      lake.asked.push(page);
      return lake.page;
    },
  };
  return { ...lake, queries, lake };
}

function world() {
  const { lake, queries } = oneExecution();
  const subjects = memorySubjects();
  const dependencies = { ...apiDependencies(), queries: () => QUERIES, lake: queries, subjects };
  return { lake, dependencies };
}

let { lake, dependencies } = world();
let ada = '';
beforeEach(async () => {
  ({ lake, dependencies } = world());
  const names = [{ kind: 'identity', id: 'E1001' } as const, { kind: 'operator', id: 'O1' } as const];
  const made = await dependencies.subjects.subjectsOf(names);
  ada = made.get('identity#E1001')?.pseudonym ?? '';
});

const run = (name: string, body: object = {}, role: 'auditor' | 'security' | 'hr' = 'auditor', who = 'O1') =>
  answer(
    startAuditQuery(dependencies),
    requestAs([role], who, { pathParameters: { name }, body: Buffer.from(JSON.stringify(body)) }),
  );
const read = (name: string, id: string, who = 'O1', query: Record<string, string> = {}) =>
  answer(getAuditQueryExecution(dependencies), requestAs(['auditor'], who, { pathParameters: { name, id }, query }));
const started = async (name: string, body: object = {}) => {
  const { status, body: told } = await run(name, body);
  expect(status).toBe(202);
  return startedAuditQuerySchema.parse(told).id;
};
const entriesOf = async (key: string) => (await dependencies.audit.list(key, { limit: 100 })).items;

describe('a named query', () => {
  it('is run as it stands in its file, and whoever is named by an id is asked about by their pseudonym', async () => {
    await started('identity-history', { parameters: { identity: 'E1001' } });
    const [asked, ...others] = lake.started;
    expect(others).toEqual([]);
    expect(asked?.sql).toBe(HISTORY?.sql);
    expect(asked?.parameters).toContain(`'${ada}'`);
    expect(JSON.stringify(asked)).not.toContain('E1001');
  });

  it('takes a pseudonym as it is, and says so of whom nobody knows', async () => {
    await started('identity-history', { parameters: { identity: ada } });
    expect(lake.started[0]?.parameters).toContain(`'${ada}'`);
    expect(await run('identity-history', { parameters: { identity: 'E9999' } })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/parameters/identity', detail: 'nobody is known by this id' }] },
    });
  });

  it('is on record with what it was asked, and so is who was asked about', async () => {
    const id = await started('identity-history', { parameters: { identity: 'E1001' } });
    expect(id.startsWith(EXECUTION)).toBe(true);
    expect(await entriesOf('OPERATOR#O1')).toMatchObject([
      {
        actor: { type: 'operator', id: 'O1' },
        event: {
          type: 'audit-query-run',
          query: 'identity-history',
          executionId: EXECUTION,
          parameters: [{ name: 'identity', value: ada }],
        },
      },
    ]);
    expect(await entriesOf('READS#E1001')).toMatchObject([{ event: { operation: 'start-audit-query' } }]);
  });

  it('that cannot be put on record is stopped, and nobody is told its id', async () => {
    const { audit } = dependencies;
    const failing = { ...audit, append: () => Promise.reject(new RetryableError('down')) };
    dependencies = { ...dependencies, audit: failing };
    expect(await run('duty-exceptions')).toMatchObject({ status: 503 });
    expect(lake.stopped).toEqual([EXECUTION]);
  });

  it.each<[string, object, string]>([
    ['what is missing', {}, '/parameters/application'],
    ['what is unknown', { application: 'crm', sql: 'DROP TABLE events' }, '/parameters/sql'],
    ['what is no time', { application: 'crm', at: "2026-11-28' OR 1=1" }, '/parameters/at'],
    ['what is too long', { application: 'x'.repeat(257) }, '/parameters/application'],
    ['what cannot be seen', { application: 'crm\n--' }, '/parameters/application'],
    ['what is no text', { application: 7 }, '/parameters/application'],
    ['too many', Object.fromEntries(Array.from({ length: 11 }, (_, at) => [`p${at}`, 'x'])), '/parameters'],
    ['what every object has', { application: 'crm', constructor: 'x' }, '/parameters/constructor'],
  ])('is not run with %s', async (_what, parameters, pointer) => {
    const { status, body } = await run('access-at', { parameters });
    expect({ status, body }).toMatchObject({ status: 422, body: { errors: [{ pointer }] } });
    expect(lake.started).toEqual([]);
    expect(await entriesOf('OPERATOR#O1')).toEqual([]);
  });

  it('keeps what is typed within its literal', async () => {
    await started('access-at', { parameters: { application: "x' OR '1'='1" } });
    expect(lake.started[0]?.parameters).toContain("'x'' OR ''1''=''1'");
    expect(lake.started[0]?.sql).toBe(QUERIES.find(({ name }) => name === 'access-at')?.sql);
  });

  it('is one of those that there are, by whoever may', async () => {
    expect(await run('SELECT 1')).toMatchObject({ status: 404 });
    expect(await run('../access-at', { parameters: { application: 'crm' } })).toMatchObject({ status: 404 });
    expect(await run('duty-exceptions', {}, 'hr')).toMatchObject({ status: 403 });
    expect(await run('duty-exceptions', {}, 'security')).toMatchObject({ status: 202 });
    expect(await run('duty-exceptions', { sql: 'SELECT 1' })).toMatchObject({ status: 422 });
  });
});

describe('what a named query answered', () => {
  const done = (page: AthenaPage) => {
    lake.execution = { state: 'done', bytesScanned: 7 };
    lake.page = page;
  };

  it('is told once it is done, with ids for who is known and instants for milliseconds', async () => {
    const id = await started('duty-exceptions');
    const running = await read('duty-exceptions', id);
    expect(running).toMatchObject({ status: 200, body: { state: 'running', columns: [], items: [] } });
    expect(lake.asked).toEqual([]);
    const stranger = 'A'.repeat(22);
    done({
      columns: ['subject', 'rule', 'granted_at_ms', 'open'],
      rows: [
        [ada, ada, 1_764_349_200_000, true],
        [stranger, 'pay', null, null],
      ],
      next: 'more',
    });
    const { body } = await read('duty-exceptions', id, 'O1', { limit: '20', after: 'token' });
    expect(lake.asked).toEqual([{ limit: 20, after: 'token' }]);
    expect(auditQueryExecutionSchema.parse(body)).toEqual({
      id,
      query: 'duty-exceptions',
      startedAt: '2026-11-23T09:00:00.000Z',
      state: 'done',
      bytesScanned: 7,
      columns: ['subject', 'rule', 'granted_at', 'open'],
      items: [
        // A pseudonym in a column that names nobody stays what it is.
        ['E1001', ada, '2025-11-28T17:00:00.000Z', true],
        [stranger, 'pay', null, null],
      ],
      next: 'more',
    });
    expect(await entriesOf('READS#E1001')).toMatchObject([{ event: { operation: 'get-audit-query-execution' } }]);
  });

  it('is nobody else’s to read, nor under another query, nor what was run elsewhere', async () => {
    const id = await started('duty-exceptions');
    done({ columns: ['subject'], rows: [[ada]] });
    expect(await read('duty-exceptions', id)).toMatchObject({ status: 200 });
    expect(await read('duty-exceptions', id, 'O2')).toMatchObject({ status: 404 });
    expect(await read('approvals', id)).toMatchObject({ status: 404 });
    for (const other of [
      id.replace('3f1c', '3f1d'),
      EXECUTION,
      `${EXECUTION}.`,
      `${EXECUTION}.1`.replace('.1', '.99999999999999'),
      `${EXECUTION}.${Date.parse('2026-11-23T09:00:01Z')}`,
      `../${id}`,
    ])
      expect(await read('duty-exceptions', other)).toMatchObject({ status: 404 });
    expect(await entriesOf('READS#E1001')).toHaveLength(1);
  });

  it('says why there is none, and of what Athena has forgotten that it is to be run again', async () => {
    const id = await started('duty-exceptions');
    lake.execution = { state: 'failed', reason: 'the query failed: too much' };
    expect(await read('duty-exceptions', id)).toMatchObject({
      status: 200,
      body: { state: 'failed', reason: 'the query failed: too much', items: [] },
    });
    lake.execution = undefined;
    expect(await read('duty-exceptions', id)).toMatchObject({
      status: 404,
      body: { detail: expect.stringContaining('run it again') },
    });
  });

  it.each([['0'], ['101'], ['many']])('is bounded: no page of %s', async (limit) => {
    const id = await started('duty-exceptions');
    expect(await read('duty-exceptions', id, 'O1', { limit })).toMatchObject({ status: 422 });
  });
});
