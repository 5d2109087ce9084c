// Files of the whole population, from the object's bytes to what lies in the stores.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appendFact } from '../../../lambdas/handlers/shared/append-fact.ts';
import { NOW_MS } from '../../support/api-requests.ts';
import { joiner, leaver } from '../../support/facts.ts';
import { memoryHolds } from '../../support/memory-holds.ts';
import { mergeByTwo } from '../../support/merging.ts';
import { fileOf, HEADER, ids, populationWorld, rowOf } from '../../support/population-world.ts';

const utf16 = (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le');

describe('a file', () => {
  it('brings joiners, then movers, then leavers, and nothing at all when it says nothing new', async () => {
    const world = populationWorld();
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
    const world = populationWorld();
    const row = { identityId: 'E1', kind: 'employee', givenName: 'Ada', familyName: 'L', email: 'a@acme.example' };
    expect(await world.put(`${JSON.stringify(row)}\n\n{\n`, 'v1', 'acme-hr/all.jsonl')).toMatchObject({
      rows: 2,
      joiners: 1,
      faulty: 1,
    });
  });

  it('is imported whatever rows it holds that cannot be used, which are reported by line and without what they say', async () => {
    const world = populationWorld();
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
    ['nothing', ''],
    ['a byte order mark alone', '\uFEFF'],
    ['a byte order mark of UTF-16 alone', Buffer.from([0xff, 0xfe])],
    ['a header alone', `${HEADER}\r\n`],
    ['a header alone, as spreadsheets write it', utf16(`${HEADER.replaceAll(',', ';')}\r\n;;;;;;\r\n`)],
    ['rows of only commas', `${HEADER}\r\n,,,,,,\r\n,\r\n`],
    ['no row that names somebody', `${HEADER}\r\n,employee,Ada,Lovelace,ada@acme.example,Sales,`],
    ['unknown columns', 'identityId,salary\nE1,5'],
    ['no ids', 'kind\nemployee'],
    ['a column twice', 'identityId,kind,kind\nE1,employee,employee'],
  ])('with %s is refused whole', async (_what, text) => {
    const world = populationWorld();
    await world.put(fileOf(rowOf('E1000')));
    expect(await world.put(text, 'v2')).toMatchObject({ outcome: 'refused', leavers: 0 });
    expect(await world.factsOf('E1000')).toEqual(['joiner']);
    expect(world.alerts.map(({ subject }) => subject)).toEqual(['Tenure refused a file of acme-hr']);
  });

  it.each([
    ['200,000 rows', 199_999, { outcome: 'imported', rows: 200_000, joiners: 1, faulty: 199_999 }],
    ['a row more', 200_000, { outcome: 'refused', rows: 200_001, joiners: 0 }],
  ])('of %s is taken as long as it is read to its end', { timeout: 60_000 }, async (_what, empty, expected) => {
    const world = populationWorld();
    const person = { identityId: 'E1000', kind: 'employee', givenName: 'Ada', familyName: 'Lovelace' };
    const text = `${JSON.stringify({ ...person, email: 'ada@acme.example' })}\n${'{}\n'.repeat(empty)}`;
    expect(await world.put(text, 'v1', 'acme-hr/2026-11-23.jsonl', 65_536)).toMatchObject(expected);
  });

  it.each([
    ['100 MB is taken', 100_000_000, 'imported'],
    ['more than 100 MB is refused whole', 100_000_001, 'refused'],
  ])('of %s', async (_what, sizeBytes, outcome) => {
    const world = populationWorld();
    world.claimSize(sizeBytes);
    expect(await world.put(fileOf(rowOf('E1000')))).toMatchObject({ outcome });
  });

  it.each([
    [1_000, 'imported'],
    [1_001, 'refused'],
  ])('is compared with %i pages of identities, of which it is %s', async (pages, outcome) => {
    const world = populationWorld();
    await world.put(fileOf(rowOf('E1000'), rowOf('E1001')));
    world.later();
    // What comes last is somebody whom the file lacks.
    world.spreadDirectory(pages);
    const answer = await world.put(fileOf(rowOf('E1000')), 'v2');
    expect(answer).toMatchObject({ outcome, leavers: outcome === 'imported' ? 1 : 0 });
    expect(world.alerts).toHaveLength(outcome === 'imported' ? 0 : 1);
  });

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
      const world = populationWorld();
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
    const world = populationWorld();
    const text = fileOf(rowOf('E1000', 'Sales \uD800'), rowOf('E1001'));
    expect(await world.put(utf16(text))).toMatchObject({ rows: 2, joiners: 1, faulty: 1 });
    expect(await world.stateOf('E1001')).toMatchObject({ status: 'active' });
  });

  it('concerns only whom its source introduced, and brings nobody back', async () => {
    const world = populationWorld();
    const options = { payloadHash: 'h', actor: { type: 'hr-source', id: 'other' } } as const;
    const other = { ...joiner('2026-11-01T00:00:00Z'), identityId: 'E1', source: 'other', factId: 'other:1' };
    await appendFact(world, other, options);
    await world.put(fileOf(rowOf('E1000'), rowOf('E1001')));
    await appendFact(world, { ...leaver('2026-11-23T08:59:30Z', { immediate: true }), identityId: 'E1000' }, options);
    expect(await world.put(fileOf(rowOf('E1000'), rowOf('E1001')), 'v2')).toMatchObject({ departed: 1, leavers: 0 });
    expect(await world.stateOf('E1000')).toMatchObject({ status: 'departed' });
    expect(await world.stateOf('E1')).toMatchObject({ status: 'active' });
  });

  it('moves the first day of somebody who has not begun, and calls it off once it no longer names them', async () => {
    const world = populationWorld();
    const file = (...rows: string[]) => [`${HEADER},effectiveAt`, `${rowOf('E1000')},`, ...rows].join('\n');
    const on = (day: string) => Date.parse(`${day}T12:00:00Z`);
    await world.put(file(`${rowOf('E1')},2026-12-01`));
    world.later();
    await world.put(file(`${rowOf('E1')},2027-01-04`), 'v2');
    expect(await world.stateOf('E1', on('2027-01-03'))).toMatchObject({ status: 'pending' });
    expect(await world.stateOf('E1', on('2027-01-04'))).toMatchObject({ status: 'active' });
    world.later();
    await world.put(file(), 'v3');
    expect(await world.stateOf('E1', on('2027-01-04'))).toEqual({ status: 'unknown' });
  });

  it('does not call off whom an event announces: it lists those employed', async () => {
    const world = populationWorld();
    const told = joiner('2026-12-01T00:00:00Z', {}, { recorded: '2026-11-01T00:00:00Z' });
    await appendFact(world, told, { payloadHash: 'h', actor: { type: 'hr-source', id: 'acme-hr' } });
    await world.put(fileOf(rowOf('E1000')));
    expect(await world.stateOf('E1')).toMatchObject({ status: 'pending' });
  });

  describe('with ends of contracts', () => {
    const contract = (endsAt: string) =>
      `${HEADER},endsAt\n${rowOf('E1000')},\nE1,contractor,Ada,Lovelace,E1@acme.example,Sales,,${endsAt}`;

    it('goes on with a contract that had run out and is extended', async () => {
      const world = populationWorld();
      await world.put(contract('2026-11-20'));
      expect(await world.stateOf('E1')).toMatchObject({ status: 'departed' });
      world.later();
      await world.put(contract('2026-11-20'), 'v2');
      expect(await world.factsOf('E1')).toEqual(['joiner']);
      world.later();
      await world.put(contract('2027-03-31'), 'v3');
      expect(await world.stateOf('E1')).toMatchObject({ status: 'active', attributes: { endsAt: '2027-03-31' } });
    });

    it('misses whom it no longer names, however far off the end of the contract', async () => {
      const world = populationWorld();
      await world.put(contract('2027-03-31'));
      world.later();
      await world.put(fileOf(rowOf('E1000')), 'v2');
      expect(await world.stateOf('E1')).toMatchObject({ status: 'departed' });
    });

    it('leaves whoever has a leaver to come to that', async () => {
      const world = populationWorld();
      await world.put(contract('2027-03-31'));
      const told = leaver('2026-11-30T00:00:00Z', { recorded: '2026-11-23T08:59:30Z' });
      await appendFact(world, told, { payloadHash: 'h', actor: { type: 'hr-source', id: 'acme-hr' } });
      world.later();
      await world.put(fileOf(rowOf('E1000')), 'v2');
      expect(await world.factsOf('E1')).toEqual(['joiner', 'leaver']);
      expect(await world.stateOf('E1')).toMatchObject({ status: 'active' });
    });
  });

  describe('of a source that knows one person by two ids, which were merged', () => {
    const SINCE_MS = NOW_MS + 60_000;
    const merged = async () => {
      const world = populationWorld();
      await world.put(fileOf(...['E1000', 'E1', 'E2'].map((id) => rowOf(id))));
      const merged = await mergeByTwo({ ...world, holds: memoryHolds() }, { identityId: 'E1', duplicate: 'E2' });
      expect(merged).toMatchObject({ body: { status: 'released' } });
      // What was written before the merge yields to what the survivor's own record says.
      world.later(SINCE_MS - NOW_MS + 30_000);
      return world;
    };

    it.each([
      ['both', ['E1', 'E2']],
      ['the survivor', ['E1']],
      ['the duplicate', ['E2']],
    ])('keeps them where it names %s', async (_which, named) => {
      const world = await merged();
      const before = await world.factsOf('E1');
      const text = fileOf(...['E1000', ...named].map((id) => rowOf(id)));
      expect(await world.put(text, 'v2')).toMatchObject({ leavers: 0, movers: 0, unchanged: named.length + 1 });
      expect(await world.factsOf('E1')).toEqual(before);
      expect(await world.stateOf('E1', SINCE_MS)).toMatchObject({ status: 'active' });
    });

    it('moves them by what either row says anew, once', async () => {
      const world = await merged();
      const text = fileOf(rowOf('E1000'), rowOf('E1'), rowOf('E2', 'Legal'));
      expect(await world.put(text, 'v2')).toMatchObject({ movers: 1, unchanged: 2 });
      expect(await world.stateOf('E1', SINCE_MS)).toMatchObject({ attributes: { department: 'Legal' } });
      world.later();
      expect(await world.put(text, 'v3')).toMatchObject({ movers: 0, unchanged: 3 });
    });

    it('ends their employment where it names neither', async () => {
      const world = await merged();
      expect(await world.put(fileOf(rowOf('E1000')), 'v2')).toMatchObject({ leavers: 1 });
      expect(await world.stateOf('E1', SINCE_MS)).toMatchObject({ status: 'departed' });
    });
  });

  it('refuses the row of an id that differs only by case, and ends nobody for it', async () => {
    const world = populationWorld();
    await world.put(fileOf(...ids(10).map((id) => rowOf(id))));
    world.later();
    const others = ids(9)
      .slice(1)
      .map((id) => rowOf(id));
    const answered = await world.put(fileOf(rowOf('e1000'), rowOf('e1009'), ...others), 'v2');
    expect(answered).toMatchObject({ outcome: 'imported', faulty: 2, joiners: 0, leavers: 0 });
    const [report] = [...world.reports.values()].slice(-1);
    const faults = [{ pointer: '/identityId', detail: expect.stringContaining('upper and lower case') }];
    expect(report?.faults).toEqual([
      { line: 2, faults },
      { line: 3, faults },
    ]);
    for (const id of ['E1000', 'E1009']) expect(await world.stateOf(id)).toMatchObject({ status: 'active' });
    expect(await world.directory.load('e1000')).toBeUndefined();
  });

  it('takes the first of two new ids that differ only by case', async () => {
    const world = populationWorld();
    const answered = await world.put(fileOf(rowOf('e1'), rowOf('E1')));
    expect(answered).toMatchObject({ outcome: 'imported', joiners: 1, faulty: 1 });
    expect(await world.stateOf('e1')).toMatchObject({ status: 'active' });
    expect(await world.directory.load('E1')).toBeUndefined();
  });

  it('elsewhere in the bucket is left alone', async () => {
    const world = populationWorld();
    expect(await world.put('x', 'v1', 'reports/acme-hr/x.csv')).toEqual({ outcome: 'ignored' });
    expect(await world.put('x', 'v1', 'acme-hr/x.pdf')).toEqual({ outcome: 'ignored' });
  });
});

describe('the guard', () => {
  it('judges the file as a whole: half a file disables nobody, and a person is told once', async () => {
    const world = populationWorld(5);
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
    const world = populationWorld(5, precedence);
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
    const world = populationWorld(5, { 'acme-hr': { authority: 10, attributes: {} } });
    await world.put([header, ...ids(40).map((id) => contractor(id, '2027-06-30'))].join('\n'));
    expect(await world.stateOf('E1039')).toMatchObject({ status: 'active' });
    world.later();
    await world.put([header, ...ids(40).map((id) => contractor(id, '2026-11-20'))].join('\n'), 'v2');
    expect(world.alerts).toHaveLength(1);
    expect(await world.stateOf('E1039')).toMatchObject({ status: 'active' });
  });

  it('need not judge a file that lacks more than half of the people: it is refused, and nothing of it counts', async () => {
    const world = populationWorld(5);
    await world.put(fileOf(...ids(40).map((id) => rowOf(id))));
    world.later();
    const part = fileOf(...ids(19).map((id) => rowOf(id, 'Legal')), rowOf('E2000'));
    const refused = { outcome: 'refused', refusedBecause: expect.stringContaining('lacks 21 of 40 people') };
    expect(await world.put(part, 'v2')).toMatchObject({ ...refused, joiners: 0, movers: 0, leavers: 0 });
    const half = fileOf(...ids(20).map((id) => rowOf(id)));
    expect(await world.put(half, 'v3', 'acme-hr/dry-run/half.csv')).toMatchObject({ outcome: 'dry-run', leavers: 20 });
    expect(await world.factsOf('E1000')).toEqual(['joiner']);
    expect(await world.factsOf('E1030')).toEqual(['joiner']);
    expect(await world.factsOf('E2000')).toBeUndefined();
    expect(world.alerts.map(({ message }) => message)).toEqual([expect.stringContaining('lacks 21 of 40 people')]);
    // Of a handful a share says little.
    const small = populationWorld(5);
    await small.put(fileOf(...ids(6).map((id) => rowOf(id))));
    small.later();
    expect(await small.put(fileOf(rowOf('E1000')), 'v2')).toMatchObject({ outcome: 'imported', leavers: 5 });
  });

  it('holds even one leaver when a row could not be read at all, since it may be theirs', async () => {
    const world = populationWorld();
    await world.put(fileOf(...ids(10).map((id) => rowOf(id))));
    world.later();
    await world.put(fileOf(...ids(9).map((id) => rowOf(id)), '???'), 'v2');
    expect(world.alerts[0]?.message).toContain('1 of its rows could not be read');
    expect(await world.stateOf('E1009')).toMatchObject({ status: 'active' });
  });
});

describe('a dry run', () => {
  const DRY = 'acme-hr/dry-run/2026-11-23.csv';
  const everything = async (world: ReturnType<typeof populationWorld>) => ({
    facts: await Promise.all([...ids(40), 'E2000'].map((id) => world.factsOf(id))),
    holds: (await world.holds.listHolds({ status: 'open', limit: 10 })).items,
    lately: await world.holds.listDisabling(0, 10),
    alerts: [...world.alerts],
  });

  it('says who would change and what the guard would hold, as then happens, and records nothing', async () => {
    const world = populationWorld(5);
    await world.put(fileOf(...ids(40).map((id) => rowOf(id))));
    world.later();
    const half = fileOf(...ids(20).map((id) => rowOf(id, id === 'E1000' ? 'Legal' : 'Sales')), rowOf('E2000'));
    const before = await everything(world);
    const counts = { rows: 21, joiners: 1, movers: 1, leavers: 20, unchanged: 19 };
    // The mover loses all that Sales has, too.
    const wouldHold = { rule: 'share', count: 21, threshold: 6 };
    expect(await world.put(half, 'v2', DRY)).toMatchObject({ outcome: 'dry-run', ...counts, wouldHold });
    expect(await everything(world)).toEqual(before);
    const report = [...world.reports].find(([key]) => key.startsWith(`reports/${DRY}.`))?.[1];
    expect(report).toMatchObject({
      people: expect.arrayContaining([
        { identityId: 'E2000', events: ['joiner'] },
        { identityId: 'E1000', events: ['mover'] },
        { identityId: 'E1039', events: ['leaver'] },
      ]),
    });
    expect(await world.put(half, 'v2')).toMatchObject({ outcome: 'imported', ...counts, holdId: expect.any(String) });
  });

  it('says that the file would be refused, and tells nobody', async () => {
    const world = populationWorld(5);
    await world.put(fileOf(...ids(40).map((id) => rowOf(id))));
    expect(await world.put(fileOf(rowOf('E1000')), 'v2', DRY)).toMatchObject({ outcome: 'refused' });
    expect(world.alerts).toEqual([]);
  });
});

it('is imported to its end however often it dies on the way, each event once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(12), { maxLength: 5 }), async (deaths) => {
      const world = populationWorld();
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

it('is imported to its end though who left since would make it lack too many by now', async () => {
  const world = populationWorld(1);
  await world.put(fileOf(...ids(5).map((id) => rowOf(id))));
  world.later();
  const text = fileOf(...ids(3).map((id) => rowOf(id, 'Legal')));
  world.dieAfter(1);
  await expect(world.put(text, 'v2')).rejects.toThrow('the function died');
  world.dieAfter(Number.POSITIVE_INFINITY);
  for (const identityId of ['E1001', 'E1002']) {
    const left = leaver('2026-11-23T08:59:30Z', { immediate: true });
    const fact = { ...left, identityId, factId: `hr:${identityId}`, sourceEventId: identityId };
    await appendFact(world, fact, { payloadHash: 'h', actor: { type: 'hr-source', id: 'other' } });
  }
  // Another file of the same people is judged by who is there now.
  expect(await world.put(fileOf(...ids(3).map((id) => rowOf(id))), 'v3')).toMatchObject({ outcome: 'refused' });
  expect(await world.put(text, 'v2')).toMatchObject({ outcome: 'imported' });
  expect(await world.factsOf('E1000')).toEqual(['joiner', 'mover']);
});
