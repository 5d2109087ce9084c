// Files of the whole population, from the object's bytes to what lies in the stores.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { massErrorGuardSchema } from '../../../lambdas/core/hr/mass-error-guard.ts';
import type { HrSourcePrecedence } from '../../../lambdas/core/identity/authority.ts';
import { buildTimeline, identityAt } from '../../../lambdas/core/identity/timeline.ts';
import { importPopulation } from '../../../lambdas/handlers/hr/import-population.ts';
import { appendFact } from '../../../lambdas/handlers/shared/append-fact.ts';
import type { Alert } from '../../../lambdas/stores/alerts.ts';
import { apiDependencies, NOW_MS } from '../../support/api-requests.ts';
import { joiner, leaver } from '../../support/facts.ts';
import { memoryHolds } from '../../support/memory-holds.ts';

const HEADER = 'identityId,kind,givenName,familyName,email,department,manager';
const rowOf = (id: string, department = 'Sales') => `${id},employee,Ada,Lovelace,${id}@acme.example,${department},`;
const ids = (count: number) => Array.from({ length: count }, (_, index) => `E${1000 + index}`);
const fileOf = (...rows: readonly string[]) => [HEADER, ...rows].join('\r\n');

function setUp(neverHeld = 100, precedence: HrSourcePrecedence = {}) {
  const dependencies = apiDependencies();
  const holds = memoryHolds();
  const alerts: Alert[] = [];
  const reports = new Map<string, { faulty: number; faults: { line: number; faults: unknown[] }[]; holdId?: string }>();
  let content: string | Buffer = '';
  let chunkBytes = 7;
  let dieAfter = Number.POSITIVE_INFINITY;
  let writtenMs = NOW_MS - 60_000;
  const facts: typeof dependencies.facts = {
    ...dependencies.facts,
    recordFact: async (input) => {
      dieAfter -= 1;
      if (dieAfter < 0) throw new Error('the function died');
      return await dependencies.facts.recordFact(input);
    },
  };
  const run = importPopulation({
    ...dependencies,
    facts,
    guard: {
      settings: massErrorGuardSchema.parse({ neverHeld }),
      holds,
      alert: async (alert) => void alerts.push(alert),
    },
    hrSources: ['acme-hr'],
    precedence,
    files: {
      async open() {
        const bytes = Buffer.from(content);
        async function* chunks() {
          for (let start = 0; start < bytes.length; start += chunkBytes)
            yield bytes.subarray(start, start + chunkBytes);
        }
        return { sizeBytes: bytes.length, writtenMs, chunks: chunks() };
      },
      async putReport(key, report) {
        reports.set(key, JSON.parse(JSON.stringify(report)));
      },
    },
  });
  return {
    ...dependencies,
    holds,
    alerts,
    reports,
    dieAfter: (writes: number) => {
      dieAfter = writes;
    },
    later: () => {
      writtenMs += 1_000;
    },
    put: async (text: string | Buffer, version = 'v1', key = 'acme-hr/2026-11-23.csv', bytes = 4_096) => {
      content = text;
      chunkBytes = bytes;
      return await run({ detail: { object: { key, etag: 'etag', 'version-id': version } } });
    },
    stateOf: async (id: string) =>
      identityAt(buildTimeline((await dependencies.directory.load(id))?.facts ?? []), NOW_MS),
    factsOf: async (id: string) => (await dependencies.directory.load(id))?.facts.map(({ type }) => type),
  };
}

describe('a file', () => {
  it('brings joiners, then movers, then leavers, and nothing at all when it says nothing new', async () => {
    const world = setUp();
    expect(await world.put(fileOf(...ids(10).map((id) => rowOf(id))))).toMatchObject({ rows: 10, joiners: 10 });
    expect(await world.stateOf('E1000')).toMatchObject({ status: 'active', attributes: { department: 'Sales' } });
    world.later();
    expect(await world.put(fileOf(...ids(10).map((id) => rowOf(id))), 'v2')).toMatchObject({
      unchanged: 10,
      movers: 0,
    });
    world.later();
    const changed = [
      rowOf('E1000', 'Legal'),
      ...ids(9)
        .slice(1)
        .map((id) => rowOf(id)),
    ];
    expect(await world.put(fileOf(...changed), 'v3')).toMatchObject({ movers: 1, leavers: 1, unchanged: 8 });
    expect(await world.stateOf('E1000')).toMatchObject({ status: 'active', attributes: { department: 'Legal' } });
    expect(await world.stateOf('E1009')).toMatchObject({ status: 'departed' });
  });

  it('in JSON Lines says the same', async () => {
    const world = setUp();
    const row = { identityId: 'E1', kind: 'employee', givenName: 'Ada', familyName: 'L', email: 'a@acme.example' };
    expect(await world.put(`${JSON.stringify(row)}\n\n{\n`, 'v1', 'acme-hr/all.jsonl')).toMatchObject({
      rows: 2,
      joiners: 1,
      faulty: 1,
    });
  });

  it('is imported whatever rows it holds that cannot be used, which are reported by line and without what they say', async () => {
    const world = setUp();
    const bad = [
      'E2000,robot,Secret,Name,none,Sales,',
      'E2001,employee,"Sec',
      `${'x'.repeat(20_000)}`,
      'a,b',
      rowOf('E1000'),
    ];
    const text = fileOf(rowOf('E1000'), ...bad, rowOf('E1001'));
    for (const bytes of [1, 7, 100_000]) await world.put(text, 'v1', 'acme-hr/2026-11-23.csv', bytes);
    expect(await world.stateOf('E1001')).toMatchObject({ status: 'active' });
    const [[key, report] = ['', undefined]] = [...world.reports];
    expect(key).toMatch(/^reports\/acme-hr\/2026-11-23\.csv\.[0-9a-f]{16}\.json$/);
    expect(report?.faults.map(({ line }) => line).sort()).toEqual([3, 4, 5, 6, 7]);
    expect(JSON.stringify(report)).not.toMatch(/Secret|Lovelace|robot/);
  });

  it.each([
    ['unknown columns', 'identityId,salary\nE1,5'],
    ['no ids', 'kind\nemployee'],
    ['a column twice', 'identityId,kind,kind\nE1,employee,employee'],
  ])('with %s is refused whole', async (_what, text) => {
    const world = setUp();
    await world.put(fileOf(rowOf('E1000')));
    expect(await world.put(text, 'v2')).toMatchObject({ outcome: 'refused', leavers: 0 });
    expect(await world.stateOf('E1000')).toMatchObject({ status: 'active' });
  });

  const utf16 = (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le');
  it.each<[string, (text: string) => string | Buffer]>([
    ['semicolons', (text) => text.replaceAll(',', ';')],
    ['tabs', (text) => text.replaceAll(',', '\t')],
    ['names of columns in another case', (text) => text.replace(HEADER, HEADER.toUpperCase())],
    ['rows of only commas among the others', (text) => `${text}\r\n,,,,,,\r\n,,\r\n`],
    ['a byte order mark', (text) => `\uFEFF${text}`],
    ['UTF-16, as Excel writes "Unicode text"', (text) => utf16(text.replaceAll(',', '\t'))],
    ['UTF-16 in the other order', (text) => utf16(text).swap16()],
  ])('with %s says the same', async (_what, written) => {
    for (const bytes of [1, 7, 100_000]) {
      const world = setUp();
      await world.put(fileOf(rowOf('E1000'), rowOf('E1001')));
      world.later();
      const text = written(fileOf(rowOf('E1000', 'Forschung für 数学')));
      const key = 'acme-hr/2026-11-23.csv';
      expect(await world.put(text, 'v2', key, bytes)).toMatchObject({ rows: 1, movers: 1, leavers: 1, faulty: 0 });
      expect(await world.stateOf('E1000')).toMatchObject({ attributes: { department: 'Forschung für 数学' } });
      expect(await world.stateOf('E1001')).toMatchObject({ status: 'departed' });
    }
  });

  it('in UTF-16 loses only the line that cannot be read', async () => {
    const world = setUp();
    const text = fileOf(rowOf('E1000', 'Sales \uD800'), rowOf('E1001'));
    expect(await world.put(utf16(text))).toMatchObject({ rows: 2, joiners: 1, faulty: 1 });
    expect(await world.stateOf('E1001')).toMatchObject({ status: 'active' });
  });

  it('concerns only whom its source introduced, and brings nobody back', async () => {
    const world = setUp();
    const options = { payloadHash: 'h', actor: { type: 'hr-source', id: 'other' } } as const;
    const other = { ...joiner('2026-11-01T00:00:00Z'), identityId: 'E1', source: 'other', factId: 'other:1' };
    await appendFact(world, other, options);
    await world.put(fileOf(rowOf('E1000'), rowOf('E1001')));
    await appendFact(world, { ...leaver('2026-11-23T08:59:30Z', { immediate: true }), identityId: 'E1000' }, options);
    expect(await world.put(fileOf(rowOf('E1000'), rowOf('E1001')), 'v2')).toMatchObject({ departed: 1, leavers: 0 });
    expect(await world.stateOf('E1000')).toMatchObject({ status: 'departed' });
    expect(await world.stateOf('E1')).toMatchObject({ status: 'active' });
  });

  it('elsewhere in the bucket is left alone', async () => {
    const world = setUp();
    expect(await world.put('x', 'v1', 'reports/acme-hr/x.csv')).toEqual({ outcome: 'ignored' });
    expect(await world.put('x', 'v1', 'acme-hr/x.pdf')).toEqual({ outcome: 'ignored' });
  });
});

describe('the guard', () => {
  it('judges the file as a whole: half a file disables nobody, and a person is told once', async () => {
    const world = setUp(5);
    await world.put(fileOf(...ids(40).map((id) => rowOf(id, 'Legal'))));
    world.later();
    const half = fileOf(...ids(20).map((id) => rowOf(id, 'Sales')));
    const { holdId } = (await world.put(half, 'v2')) as { holdId?: string };
    expect(await world.put(half, 'v2')).toMatchObject({ holdId });
    expect(holdId).toBeDefined();
    expect(world.alerts).toHaveLength(1);
    expect(await world.stateOf('E1030')).toMatchObject({ status: 'active' });
    expect(await world.factsOf('E1030')).toEqual(['joiner', 'leaver']);
    // What takes access from nobody does not wait.
    expect(await world.stateOf('E1000')).toMatchObject({ attributes: { department: 'Sales' } });
  });

  it.each([
    ['without a precedence', {}],
    ['under one', { 'acme-hr': { authority: 10, attributes: {} } }],
  ])('holds movers that strip access, too: a column of departments renamed, %s', async (_what, precedence) => {
    const world = setUp(5, precedence);
    await world.put(fileOf(...ids(40).map((id) => rowOf(id))));
    world.later();
    const renamed = fileOf(...ids(40).map((id) => rowOf(id, 'Sales & Success')));
    const { holdId } = (await world.put(renamed, 'v2')) as { holdId?: string };
    expect(holdId).toBeDefined();
    expect((await world.holds.listHeld({ holdId: holdId ?? '', limit: 100 })).items).toEqual(ids(40));
    expect(await world.stateOf('E1039')).toMatchObject({ attributes: { department: 'Sales' } });
  });

  it('holds end dates under a precedence', async () => {
    const header = `${HEADER},endsAt`;
    const contractor = (id: string, endsAt: string) => `${rowOf(id).replace('employee', 'contractor')},${endsAt}`;
    const world = setUp(5, { 'acme-hr': { authority: 10, attributes: {} } });
    await world.put([header, ...ids(40).map((id) => contractor(id, '2027-06-30'))].join('\n'));
    expect(await world.stateOf('E1039')).toMatchObject({ status: 'active' });
    world.later();
    await world.put([header, ...ids(40).map((id) => contractor(id, '2026-11-20'))].join('\n'), 'v2');
    expect(world.alerts).toHaveLength(1);
    expect(await world.stateOf('E1039')).toMatchObject({ status: 'active' });
  });

  it('holds even one leaver when a row could not be read at all, since it may be theirs', async () => {
    const world = setUp();
    await world.put(fileOf(...ids(10).map((id) => rowOf(id))));
    world.later();
    await world.put(fileOf(...ids(9).map((id) => rowOf(id)), '???'), 'v2');
    expect(world.alerts[0]?.message).toContain('1 of its rows could not be read');
    expect(await world.stateOf('E1009')).toMatchObject({ status: 'active' });
  });
});

it('is imported to its end however often it dies on the way, each event once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(12), { maxLength: 5 }), async (deaths) => {
      const world = setUp();
      await world.put(fileOf(...ids(10).map((id) => rowOf(id))));
      world.later();
      const text = fileOf(...ids(7).map((id) => rowOf(id, 'Legal')), rowOf('E2000'));
      for (const writes of deaths) {
        world.dieAfter(writes);
        await world.put(text, 'v2').catch(() => undefined);
      }
      world.dieAfter(Number.POSITIVE_INFINITY);
      await world.put(text, 'v2');
      expect(await world.factsOf('E1000')).toEqual(['joiner', 'mover']);
      expect(await world.factsOf('E1009')).toEqual(['joiner', 'leaver']);
      expect(await world.factsOf('E2000')).toEqual(['joiner']);
    }),
    { numRuns: 30 },
  );
});
