// The lake's table, workgroup and named queries as CloudFormation makes them, and `tenure audit query` on them, in the
// emulator's Athena. Whether they are Athena's own SQL says the grammar in test/lib/audit-queries.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AthenaClient, BatchGetNamedQueryCommand, ListNamedQueriesCommand } from '@aws-sdk/client-athena';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runAuditQuery } from '../../bin/audit-query-command.ts';
import type { ActivitySource } from '../../lambdas/activity-sources/activity-source.ts';
import { activitySourceOf } from '../../lambdas/activity-sources/registry.ts';
import { auditQueryExecutionSchema, startedAuditQuerySchema } from '../../lambdas/api/audit-queries.ts';
import { lakeKey } from '../../lambdas/core/audit/ocsf/lake-layout.ts';
import { toOcsfEvents } from '../../lambdas/core/audit/ocsf/ocsf-event.ts';
import { type SubjectName, subjectKey } from '../../lambdas/core/audit/redaction.ts';
import type { ActivityRecord } from '../../lambdas/core/detection/activity.ts';
import { readFound } from '../../lambdas/core/detection/activity-lake.ts';
import { windowOf, windowParameters } from '../../lambdas/core/detection/sigma-rule.ts';
import {
  type GetAuditQueryDependencies,
  getAuditQueryExecution,
} from '../../lambdas/handlers/audit/get-audit-query-execution.ts';
import { type StartAuditQueryDependencies, startAuditQuery } from '../../lambdas/handlers/audit/start-audit-query.ts';
import { translateEach } from '../../lambdas/handlers/detection/translate-all.ts';
import { writeActivityLake } from '../../lambdas/handlers/detection/write-activity-lake.ts';
import { packActivity } from '../../lambdas/stores/activity/activity-queue.ts';
import { runAthenaQuery } from '../../lambdas/stores/lake/athena-query.ts';
import { s3LakeObjects } from '../../lambdas/stores/lake/lake-objects.ts';
import { athenaLakeQueries } from '../../lambdas/stores/lake/lake-queries.ts';
import { writeParquet } from '../../lambdas/stores/lake/parquet.ts';
import { namedQueries } from '../../lib/audit-queries/named-queries.ts';
import type { Settings } from '../../lib/config.ts';
import { LakeQueries } from '../../lib/constructs/audit/lake-queries.ts';
import { ActivityLakeTable } from '../../lib/constructs/detection/activity-lake-table.ts';
import { loadSigmaRules } from '../../lib/sigma/sigma-rules.ts';
import { CREDENTIALS, REGION } from '../../local/emulators.ts';
import { answer, apiDependencies, requestAs } from '../support/api-requests.ts';
import { askCloudFormation } from '../support/ask-emulator.ts';
import { logEntry, pseudonym } from '../support/log-entries.ts';
import { type MiniStack, startMiniStack } from '../support/ministack.ts';
import { signIn } from '../support/watching.ts';

const LAKE = 'tenure-lake';
const ACCOUNT = '000000000000';
const ADA = pseudonym('ada');
const BOB = pseudonym('bob');

let emulator: MiniStack;
let folder: string;
let api: Server;

beforeAll(async () => {
  emulator = await startMiniStack();
  vi.stubEnv('AWS_ENDPOINT_URL', emulator.url);
  vi.stubEnv('AWS_REGION', REGION);
  vi.stubEnv('AWS_ACCESS_KEY_ID', CREDENTIALS.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', CREDENTIALS.secretAccessKey);
  const s3 = new S3Client({ forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: LAKE }));
  await createStack();
  await putRows(s3);
  folder = mkdtempSync(join(tmpdir(), 'tenure-query-'));
  writeFileSync(join(folder, 'token'), 'a-token\n');
  api = createServer(answerPseudonyms);
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  api?.close();
  rmSync(folder, { recursive: true, force: true });
  await emulator?.stop();
});

async function createStack(): Promise<void> {
  const stack = new Stack(new App(), 'Lake', { env: { account: ACCOUNT, region: REGION } });
  const settings = { stackPrefix: 'Tenure', retainData: false } as Settings;
  const bucket = Bucket.fromBucketName(stack, 'Lake', LAKE);
  const { catalog } = new LakeQueries(stack, 'Queries', { settings, lake: bucket });
  new ActivityLakeTable(stack, 'Activity', { bucket, databaseName: catalog.databaseName });
  const { Parameters: _, Rules: __, ...template } = Template.fromStack(stack).toJSON();
  const body = JSON.stringify(template);
  await askCloudFormation(emulator.url, { Action: 'CreateStack', StackName: 'Lake', TemplateBody: body });
  await vi.waitFor(
    async () => {
      const answer = await askCloudFormation(emulator.url, { Action: 'DescribeStacks', StackName: 'Lake' });
      expect(answer).toMatch(/<StackStatus>(CREATE_COMPLETE|\w*(FAILED|ROLLBACK)\w*)</);
    },
    { timeout: 60_000, interval: 200 },
  );
  const answer = await askCloudFormation(emulator.url, { Action: 'DescribeStacks', StackName: 'Lake' });
  expect(answer).toContain('<StackStatus>CREATE_COMPLETE<');
}

async function putRows(s3: S3Client): Promise<void> {
  const grant = { action: 'grant', grant: 'admins\u001b[31m', entitlement: '=admin', privileged: true, reasons: [] };
  const others = [1, 2, 3, 4, 5].map((n) => ({ ...grant, grant: `space-${n}`, entitlement: 'space' }));
  const changes = [[ADA, 'github', grant], ...others.map((each) => [BOB, 'wiki', each] as const)] as const;
  const events = changes.flatMap(([id, applicationId, step], index) => {
    const event = { type: 'access-changed', applicationId, callId: 'c', step };
    return toOcsfEvents(
      { index, entry: logEntry({ subject: { kind: 'identity', id }, event }), leafHash: 'aGFzaA==' },
      'log',
    );
  });
  const key = lakeKey('user_access', '20261128', 0, { region: REGION, accountId: ACCOUNT });
  await s3.send(new PutObjectCommand({ Bucket: LAKE, Key: key, Body: writeParquet('user_access', events) }));
}

/** As the function of the lake puts it there. */
async function putActivity(records: readonly ActivityRecord[], loggedMs: number): Promise<void> {
  vi.stubEnv('TENURE_LAKE_BUCKET', LAKE);
  const lake = s3LakeObjects('lakeBucket');
  const write = writeActivityLake({ lake, clock: () => loggedMs, log: () => {} });
  const Records = packActivity(records).map((body, index) => ({ messageId: `m-${index}`, body }));
  expect(await write({ Records })).toEqual({ batchItemFailures: [] });
}

/** The route's answer, for one identity. */
function answerPseudonyms(request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse) {
  let body = '';
  request.on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => {
    const { identities = [], pseudonyms = [] } = JSON.parse(body) as Record<string, string[]>;
    const isKnown = identities.includes('E1001') || pseudonyms.includes(ADA);
    const isAllowed = request.headers.authorization === 'Bearer a-token';
    response.writeHead(isAllowed ? 200 : 403, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ items: isKnown ? [{ pseudonym: ADA, kind: 'identity', id: 'E1001' }] : [] }));
  });
}

async function run(...args: string[]) {
  const [out, error]: [string[], string[]] = [[], []];
  const code = await runAuditQuery(args, { out: (text) => out.push(text), error: (text) => error.push(text) });
  return { code, out: out.join('\n'), error: error.join('\n') };
}

const withApi = () => [
  '--api',
  `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
  '--token-file',
  join(folder, 'token'),
];

describe('the stack', () => {
  it('has each named query, as its file has it', async () => {
    const athena = new AthenaClient();
    const { NamedQueryIds } = await athena.send(new ListNamedQueriesCommand({ WorkGroup: 'tenure-audit' }));
    const { NamedQueries } = await athena.send(new BatchGetNamedQueryCommand({ NamedQueryIds }));
    const stored = NamedQueries?.map(({ Name, QueryString, Database }) => [Name, QueryString, Database]).sort();
    expect(stored).toEqual(namedQueries().map(({ name, sql }) => [name, sql, 'tenure_audit']));
  });
});

describe('a rule of one\u2019s own', () => {
  const NOW_MS = Date.UTC(2026, 10, 28, 9, 20);
  const [rule] = loadSigmaRules(join(import.meta.dirname, '..', '..', 'access-model')).filter(
    ({ id }) => id === 'sigma-read-by-script',
  );
  const find = async (nowMs: number) => {
    const parameters = windowParameters(windowOf({ untilMs: nowMs - 900_000, seen: [] }, nowMs));
    const question = { sql: rule?.sql ?? '', parameters, database: 'tenure_audit', workGroup: 'tenure-audit' };
    const { columns, rows } = await runAthenaQuery(new AthenaClient(), question);
    return rows.flatMap((row) => readFound(Object.fromEntries(columns.map((column, at) => [column, row[at]]))) ?? []);
  };

  it('finds what was put into the lake within its window, as the record that it was', async () => {
    const user = { uid: 'crm-1', name: 'ada', type_id: 1 };
    const posted = {
      ...signIn(NOW_MS - 86_400_000, user, { class_uid: 6003, activity_id: 2, actor: { user } }),
      api: { operation: 'records.export' },
      src_endpoint: { ip: '198.51.100.7' },
      http_request: { user_agent: 'curl/8.1' },
    };
    const source = activitySourceOf('ocsf') as ActivitySource;
    const { records } = translateEach(
      source,
      { id: 'crm-log', type: 'ocsf', settings: { application: 'crm' } },
      [posted],
      NOW_MS,
    );
    await putActivity(records, NOW_MS - 60_000);
    const [found, ...others] = await find(NOW_MS);
    expect(others).toEqual([]);
    expect(found?.loggedMs).toBe(NOW_MS - 60_000);
    expect(found?.record).toMatchObject({ recordId: posted.metadata.uid, source: 'crm-log', who: records[0]?.who });
    expect(await find(NOW_MS + 3_600_000)).toEqual([]);
    expect(await find(NOW_MS - 3_600_000)).toEqual([]);
  });
});

describe('tenure audit query', () => {
  it('answers as a table, which has nothing that a terminal obeys', async () => {
    const { code, out } = await run('access-at', '--application', 'github', '--at', '2026-11-28');
    expect(code).toBe(0);
    const [head, , row, , count] = out.split('\n');
    expect(head).toMatch(/^subject +grant_name +entitlement +privileged +account_enabled +basis +granted_at +reasons/);
    expect(row).toMatch(
      new RegExp(`^${ADA} +admins\uFFFD\\[31m +=admin +true +granted, not read back since +2026-11-28T17:00:00.000Z`),
    );
    expect(count).toBe('1 row');
  });

  it('answers as CSV, which has no formulas, and as JSON', async () => {
    const asked = ['access-at', '--application', 'github', '--format'];
    expect((await run(...asked, 'csv')).out.split('\r\n')[1]).toContain(
      `,'=admin,true,,"granted, not read back since",`,
    );
    const [row] = JSON.parse((await run(...asked, 'json')).out);
    expect(row).toMatchObject({ subject: ADA, privileged: true, account_enabled: null, log_index: 0 });
  });

  it('takes and tells ids where it may ask the API', async () => {
    const { out } = await run('identity-history', '--identity', 'E1001', '--format', 'json', ...withApi());
    expect(JSON.parse(out)).toMatchObject([{ subject: 'E1001', event: 'access-changed' }]);
    await expect(run('identity-history', '--identity', 'E9', ...withApi())).rejects.toThrow(
      'nobody is known by this id',
    );
    await expect(run('identity-history', '--identity', 'E1001')).rejects.toThrow('expected a pseudonym of the log');
    const [apiOption = '', url = ''] = withApi();
    writeFileSync(join(folder, 'other'), 'x');
    await expect(
      run('identity-history', '--identity', 'E1001', apiOption, url, '--token-file', join(folder, 'other')),
    ).rejects.toThrow('answered 403: expected the token of somebody in the group security or auditor');
  });

  it('has no rows for what nobody has, whatever its name', async () => {
    for (const application of ["x' OR '1'='1", '?'])
      expect((await run('access-at', '--application', application)).out).toContain('0 rows');
  });

  it('says what is wrong', async () => {
    await expect(run('acces-at')).rejects.toThrow('there is no query "acces-at": did you mean "access-at"?');
    await expect(run('access-at')).rejects.toThrow('--application is missing');
    await expect(run('access-at', '--aplication', 'x')).rejects.toThrow(/aplication/);
    await expect(run('access-at', '--application', 'x', '--format', 'xml')).rejects.toThrow(
      'expected table, csv, json',
    );
    await expect(run()).rejects.toThrow('expected the name of a query');
    await expect(run('access-at', '--application', 'x', '--deployment', 'other')).rejects.toThrow(
      /^(Athena: |the query failed: )/,
    );
  });

  it('lists the queries, and what each takes', async () => {
    const { out } = await run('--list');
    for (const { name, title } of namedQueries())
      expect(out).toMatch(new RegExp(`^${name} .*\n    ${title.slice(0, 20)}`, 'm'));
    expect(out).toContain('access-at --application … [--at …]');
  });
});

describe('a named query by the API', () => {
  const names: readonly (readonly [string, SubjectName])[] = [
    [ADA, { kind: 'identity', id: 'E1001' }],
    [BOB, { kind: 'identity', id: 'E1002' }],
  ];
  const subjects = {
    resolve: async (asked: readonly string[]) => new Map(names.filter(([pseudonym]) => asked.includes(pseudonym))),
    findPseudonyms: async () => new Map(names.map(([pseudonym, name]) => [subjectKey(name), pseudonym])),
  };
  let dependencies: StartAuditQueryDependencies & GetAuditQueryDependencies;
  beforeAll(() => {
    vi.stubEnv('TENURE_LAKE_DATABASE', 'tenure_audit');
    vi.stubEnv('TENURE_LAKE_WORK_GROUP', 'tenure-audit');
    dependencies = { ...apiDependencies(), queries: namedQueries, lake: athenaLakeQueries(), subjects };
  });
  const start = async (name: string, parameters: Readonly<Record<string, string>>) => {
    const body = Buffer.from(JSON.stringify({ parameters }));
    const sent = requestAs(['auditor'], 'E0900', { pathParameters: { name }, body });
    const { status, body: told } = await answer(startAuditQuery(dependencies), sent);
    expect(status).toBe(202);
    return startedAuditQuerySchema.parse(told).id;
  };
  const read = async (name: string, id: string, query: Record<string, string> = {}) => {
    const sent = requestAs(['auditor'], 'E0900', { pathParameters: { name, id }, query });
    const { status, body } = await answer(getAuditQueryExecution(dependencies), sent);
    return { status, told: status === 200 ? auditQueryExecutionSchema.parse(body) : body };
  };
  const done = (name: string, id: string, query: Record<string, string> = {}) =>
    vi.waitFor(
      async () => {
        const { told } = await read(name, id, query);
        const execution = auditQueryExecutionSchema.parse(told);
        expect(execution.state).not.toBe('running');
        return execution;
      },
      { timeout: 60_000, interval: 200 },
    );

  it('is answered as the command answers it', async () => {
    const id = await start('access-at', { application: 'github', at: '2026-11-28' });
    const { columns, items, state, next } = await done('access-at', id);
    expect([state, next]).toEqual(['done', undefined]);
    const { out } = await run('access-at', '--application', 'github', '--format', 'json', ...withApi());
    const [row] = items.map((cells) => Object.fromEntries(columns.map((column, at) => [column, cells[at]])));
    expect([row]).toEqual(JSON.parse(out));
    expect(row).toMatchObject({ subject: 'E1001', entitlement: '=admin', privileged: true });
  });

  it('is read page by page, each row once', async () => {
    const id = await start('access-at', { application: 'wiki', at: '2026-11-28' });
    const grants: unknown[] = [];
    let after: string | undefined;
    do {
      const page = await done('access-at', id, { limit: '2', ...(after !== undefined && { after }) });
      expect(page.items.length).toBeLessThanOrEqual(2);
      grants.push(...page.items.map((cells) => cells[page.columns.indexOf('grant_name')]));
      after = page.next;
    } while (after !== undefined);
    expect(grants).toEqual([1, 2, 3, 4, 5].map((n) => `space-${n}`));
  });

  it('finds nothing for what nobody has, whatever its name', async () => {
    for (const application of ["x' OR '1'='1", "'; DROP TABLE events; --", '?', '\\'])
      expect((await done('access-at', await start('access-at', { application, at: '2026-11-28' }))).items).toEqual([]);
  });

  it('knows of no execution that its workgroup has not', async () => {
    const id = await start('access-at', { application: 'github', at: '2026-11-28' });
    await done('access-at', id);
    expect((await read('identity-history', id)).status).toBe(404);
    vi.stubEnv('TENURE_LAKE_WORK_GROUP', 'primary');
    const elsewhere = athenaLakeQueries();
    vi.stubEnv('TENURE_LAKE_WORK_GROUP', 'tenure-audit');
    const [executionId = ''] = id.split('.');
    expect(await elsewhere.find(executionId)).toBeUndefined();
    expect(await dependencies.lake.find('00000000-0000-4000-8000-000000000000')).toBeUndefined();
    expect(await dependencies.lake.find(executionId)).toMatchObject({ state: 'done' });
  });
});
