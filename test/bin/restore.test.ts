// `tenure restore` as an operator runs it: from a copy of the log and a table of keys into empty tables of an emulator.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DynamoDBClient, RestoreTableToPointInTimeCommand } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { runCommand } from '../../bin/command.ts';
import { restoreState } from '../../bin/restore-state.ts';
import type { AuditEntry } from '../../lambdas/core/audit/audit.ts';
import { erasedEntry } from '../../lambdas/core/audit/erasure-entry.ts';
import { Rebuilder, type Rebuilt } from '../../lambdas/core/audit/rebuild.ts';
import { auditKeyOf, DEPLOYMENT } from '../../lambdas/core/audit/subject.ts';
import { type Fact, ownFactBase } from '../../lambdas/core/identity/facts.ts';
import { appendFact } from '../../lambdas/handlers/shared/append-fact.ts';
import { ENVIRONMENT } from '../../lambdas/stores/environment.ts';
import { dynamoErasureStore } from '../../lambdas/stores/erasures/dynamo-erasure-store.ts';
import { dynamoHoldStore } from '../../lambdas/stores/holds/dynamo-hold-store.ts';
import { dynamoReconciliationStore } from '../../lambdas/stores/reconciliations/dynamo-reconciliation-store.ts';
import { dynamoRestoreStore } from '../../lambdas/stores/restore/dynamo-restore-store.ts';
import type { RestoreMark } from '../../lambdas/stores/restore/restore-store.ts';
import { dynamoSubjectStore } from '../../lambdas/stores/subjects/dynamo-subject-store.ts';
import { readKeptSubjects } from '../../lambdas/stores/subjects/kept-subjects.ts';
import { dynamoStores } from '../support/dynamo-stores.ts';
import {
  createActivityTable,
  createAuditTable,
  createIdentitiesTable,
  createSubjectsTable,
} from '../support/dynamo-tables.ts';
import { joiner, leaver, mover } from '../support/facts.ts';
import { type MemoryStores, memoryStores } from '../support/memory-stores.ts';
import { through } from '../support/memory-table.ts';
import { type MiniStack, startMiniStack } from '../support/ministack.ts';
import { sealedHistory } from '../support/sealed-history.ts';
import { sealedLog, VKEY } from '../support/sealed-log.ts';

const MERGED_MS = Date.parse('2026-11-20T12:00:00Z');
const HOLD = '20261128T1200.acme-hr.1';
let emulator: MiniStack | undefined;
let client: DynamoDBClient;
let documents: DynamoDBDocumentClient;
let world: World;
let tables = 0;

interface World {
  readonly folder: string;
  readonly stores: MemoryStores;
  readonly keys: string;
  readonly identities: string;
  readonly audit: string;
  readonly subjects: string;
  readonly activity: string;
}

beforeAll(async () => {
  emulator = await startMiniStack();
  for (const [name, value] of Object.entries({
    AWS_ENDPOINT_URL: emulator.url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  }))
    vi.stubEnv(name, value);
  client = new DynamoDBClient();
  documents = DynamoDBDocumentClient.from(client);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await emulator?.stop();
});

beforeEach(async () => {
  tables += 1;
  const [keys, identities, audit, subjects, activity] = ['keys', 'identities', 'audit', 'subjects', 'activity'].map(
    (one) => `${one}-${tables}`,
  );
  world = {
    folder: mkdtempSync(join(tmpdir(), 'tenure-restore-')),
    stores: memoryStores(),
    keys: keys as string,
    identities: identities as string,
    audit: audit as string,
    subjects: subjects as string,
    activity: activity as string,
  };
  await Promise.all([
    createSubjectsTable(client, world.keys),
    createIdentitiesTable(client, world.identities),
    createAuditTable(client, world.audit),
    createSubjectsTable(client, world.subjects),
    createActivityTable(client, world.activity),
  ]);
  return () => rmSync(world.folder, { recursive: true });
});

function about(identityId: string, fact: Fact): Fact {
  return { ...fact, identityId };
}

/** A joiner who moved, one who left, one whose leaving is held, and two who are one. */
async function happen(): Promise<void> {
  const merged = joiner('2026-11-01', { email: 'bea@acme.example' }, { id: 'bea-2' });
  const merge = { decidedBy: 'op-1', reason: 'one person', proposedBy: 'op-2', hold: '20261128T1200.merge.x' };
  const facts = [
    about('Ada', joiner('2026-11-01', { manager: 'Cid' }, { id: 'ada-1' })),
    about('Ada', mover('2026-11-02', { title: 'Lead' }, { id: 'ada-2' })),
    about('Bob', joiner('2026-11-01', {}, { id: 'bob-1' })),
    about('Bob', leaver('2026-11-03', { id: 'bob-2' })),
    about('Cid', joiner('2026-11-01', {}, { id: 'cid-1' })),
    { ...about('Cid', leaver('2026-11-03', { id: 'cid-2' })), held: HOLD },
    about('Bea', joiner('2026-11-01', {}, { id: 'bea-1' })),
    about('Bea2', merged),
    { ...ownFactBase('Bea2', 'merge/1', MERGED_MS), type: 'merged', into: 'Bea', ...merge } as const,
    {
      ...ownFactBase('Bea', 'merge/2', MERGED_MS),
      type: 'absorbed',
      duplicate: 'Bea2',
      facts: [about('Bea2', merged)],
      ...merge,
    } as const,
  ];
  let nowMs = Date.parse('2026-11-28T12:00:00Z');
  for (const fact of facts) {
    nowMs += 1_000;
    const told = { payloadHash: `hash of ${fact.factId}`, actor: { type: 'hr-source', id: 'acme-hr' } } as const;
    await appendFact({ ...world.stores, clock: () => nowMs }, fact, told);
  }
  await world.stores.leases.fenceOff({
    identityId: 'Bob',
    epoch: 0,
    removal: { version: 2, startedMs: nowMs },
    audit: [
      {
        identityId: 'Bob',
        entryId: 'fence',
        at: new Date(nowMs).toISOString(),
        actor: { type: 'tenure', id: 'fence-off' },
        epoch: 1,
        version: 2,
        event: { type: 'work-fenced-off', epoch: 1 },
      },
    ],
  });
}

async function seal(without?: (entry: AuditEntry) => boolean): Promise<void> {
  vi.stubEnv(ENVIRONMENT.subjectsTable, world.keys);
  const { leaves, entries } = await sealedHistory(world.stores, dynamoSubjectStore(), without);
  const objects = await sealedLog(leaves, [leaves.length]);
  for (const { entry, detail } of entries)
    if (detail !== undefined) objects.set(`details/${entry.detail?.sha256}`, detail);
  for (const [path, bytes] of objects) {
    mkdirSync(dirname(join(world.folder, path)), { recursive: true });
    writeFileSync(join(world.folder, path), bytes);
  }
}

const restore = (...more: readonly string[]) => restoreWith({}, ...more);

async function restoreWith(other: { readonly activity?: undefined }, ...more: readonly string[]) {
  const [out, errors]: [string[], string[]] = [[], []];
  const { folder, keys, identities, audit, subjects, activity } = world;
  const given = { log: folder, key: VKEY, keys, identities, audit, subjects, activity };
  const args = Object.entries({ ...given, ...other }).flatMap(([name, value]) => (value ? [`--${name}`, value] : []));
  const streams = { out: (text: string) => void out.push(text), error: (text: string) => void errors.push(text) };
  const code = await runCommand(['restore', ...args, ...more], streams);
  return { code, out: out.join('\n'), errors: errors.join('\n') };
}

async function itemsOf(table: string): Promise<readonly Record<string, unknown>[]> {
  const { Items = [] } = await documents.send(new ScanCommand({ TableName: table, ConsistentRead: true }));
  return Items;
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, inOrder(member)]));
}

const statusOf = async (id: string) => (await dynamoStores().directory.load(id))?.header.summary.status;

describe('a restore', () => {
  beforeEach(async () => {
    await happen();
    await seal();
  });

  it('says first what it would do, names nobody, and writes nothing', async () => {
    const { code, out } = await restore();
    expect(code).toBe(0);
    expect(out).toMatch(/5 identities with 10 facts/);
    expect(out).toMatch(/1 holds with 1 identities/);
    expect(out).toMatch(/^Nothing was written/m);
    expect(out).not.toMatch(/Ada|Bob|Cid|Bea|acme\.example|op-1/);
    for (const table of [world.identities, world.audit, world.subjects]) expect(await itemsOf(table)).toEqual([]);
  });

  it('brings back everybody as they were: who left has left, who is held is held, who is one is one', async () => {
    expect(await restore('--carry-out')).toMatchObject({ code: 0, errors: '' });
    const { directory, facts, audit } = dynamoStores();
    for (const id of ['Ada', 'Bob', 'Cid', 'Bea', 'Bea2']) {
      const before = await world.stores.directory.load(id);
      const after = await directory.load(id);
      expect(JSON.parse(JSON.stringify(after?.facts))).toEqual(JSON.parse(JSON.stringify(before?.facts)));
      expect(after?.header.summary).toEqual(JSON.parse(JSON.stringify(before?.header.summary)));
      expect(after?.header.version).toBeGreaterThan(before?.header.version ?? Number.NaN);
      expect(after?.header.epoch).toBeGreaterThan(before?.header.epoch ?? Number.NaN);
      expect(after?.header.lease).toBeUndefined();
      expect(after?.header.nextCheckMs).toBeLessThan(Date.now() + 60_000);
    }
    expect(await Promise.all(['Ada', 'Bob', 'Cid', 'Bea', 'Bea2'].map(statusOf))).toEqual([
      'active',
      'departed',
      'active',
      'active',
      'departed',
    ]);
    expect(await dynamoHoldStore().listHeld({ holdId: HOLD, limit: 10 })).toMatchObject({ items: ['Cid'] });
    expect(await dynamoHoldStore().findHold(HOLD)).toMatchObject({ status: 'open', source: 'acme-hr' });
    const listed = await facts.listAcceptedEvents({ source: 'acme-hr', limit: 100 });
    expect(listed.items.map(({ sourceEventId }) => sourceEventId)).toContain('ada-2');
    expect(await facts.findAcceptedEvent('acme-hr', 'ada-2')).toMatchObject({
      payloadHash: 'hash of acme-hr:ada-2',
      version: 2,
    });
    const { items } = await audit.list(auditKeyOf(DEPLOYMENT), { limit: 10 });
    expect(items).toMatchObject([{ event: { type: 'state-restored', identities: 5, facts: 10, forgotten: 0 } }]);
    expect((await audit.list('Ada', { limit: 10 })).items).toHaveLength(2);
    const withKeys = (await itemsOf(world.keys)).map(({ pk }) => pk).sort();
    expect((await itemsOf(world.subjects)).map(({ pk }) => pk).sort()).toEqual(withKeys);
  });

  it('is done once however often it is asked for, though somebody has worked there since', async () => {
    await restore('--carry-out');
    const header = (await dynamoStores().directory.load('Ada'))?.header;
    await dynamoStores().leases.fenceOff({
      identityId: 'Ada',
      epoch: header?.epoch ?? 0,
      removal: { version: 1, startedMs: 1 },
      audit: [],
    });
    const before = await itemsOf(world.identities);
    expect((await restore('--carry-out')).code).toBe(0);
    expect(await itemsOf(world.identities)).toEqual(before);
  });

  it('stops before a deployment that knows anybody, and before one that another log was restored into', async () => {
    vi.stubEnv(ENVIRONMENT.identitiesTable, world.identities);
    vi.stubEnv(ENVIRONMENT.auditTable, world.audit);
    const told = { payloadHash: 'a hash', actor: { type: 'hr-source', id: 'acme-hr' } } as const;
    await appendFact({ ...dynamoStores(), clock: Date.now }, about('Dee', joiner('2026-11-01')), told);
    const refused = await restore('--carry-out');
    expect(refused).toMatchObject({ code: 2, errors: expect.stringContaining('not empty') });
    expect(await itemsOf(world.subjects)).toEqual([]);
  });

  it('goes on with no other log than the one it began with', async () => {
    await restore('--carry-out');
    const { stores } = world;
    rmSync(world.folder, { recursive: true });
    await appendFact({ ...stores, clock: Date.now }, about('Dee', joiner('2026-11-01')), {
      payloadHash: 'a hash',
      actor: { type: 'hr-source', id: 'acme-hr' },
    });
    await seal();
    expect(await restore('--carry-out')).toMatchObject({ code: 2, errors: expect.stringContaining('was begun there') });
  });

  it('takes nothing from a log that does not verify', async () => {
    const path = join(world.folder, 'tile/entries/000.p/11');
    const bytes = readFileSync(path);
    bytes[40] = (bytes[40] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const refused = await restore('--carry-out');
    expect(refused).toMatchObject({ code: 3, errors: expect.stringContaining('does not verify') });
    expect(await itemsOf(world.identities)).toEqual([]);
  });

  it('says why it ended before it was done, without a name, and goes on when it is given again', async () => {
    const { audit } = world;
    world = { ...world, audit: 'no-such-table' };
    const ended = await restore('--carry-out');
    expect(ended).toMatchObject({
      code: 2,
      errors: expect.stringMatching(/ended before it was done \(ResourceNotFound/),
    });
    expect(ended.errors).not.toMatch(/Ada|Bob|Cid|Bea|acme\.example/);
    world = { ...world, audit };
    expect((await restore('--carry-out')).code).toBe(0);
    expect(await statusOf('Ada')).toBe('active');
  });

  it('says so when the keys are those of somebody else', async () => {
    world = { ...world, keys: world.subjects };
    expect(await restore()).toMatchObject({ code: 2, errors: expect.stringContaining('right one') });
  });

  it('leaves out whose key was destroyed, and says how many', async () => {
    vi.stubEnv(ENVIRONMENT.subjectsTable, world.keys);
    await dynamoSubjectStore().forget('Cid', Date.now(), Date.now() + 86_400_000);
    const { out } = await restore('--carry-out');
    expect(out).toMatch(/1 identities have no key any more/);
    expect(out).toMatch(/1 facts name people/);
    expect(await statusOf('Cid')).toBeUndefined();
    const left = (await itemsOf(world.identities)).filter((item) => JSON.stringify(item).includes('Cid'));
    expect(left).toMatchObject([{ pk: 'Cid', sk: 'ERASED' }]);
    // That there was somebody is remembered here as well.
    expect(await itemsOf(world.subjects)).toContainEqual(expect.objectContaining({ pk: 'identity#Cid' }));
  });
});

describe('somebody who was erased', () => {
  const told = { payloadHash: 'a hash', actor: { type: 'hr-source', id: 'acme-hr' } } as const;
  const JOINED_MS = Date.parse('2026-11-28T11:00:00Z');
  const LEFT_MS = JOINED_MS + 60_000;
  const BEGUN_MS = Date.parse('2026-11-28T13:00:00Z');
  const FORGOTTEN_MS = BEGUN_MS + 60_000;
  const proof = { at: new Date(BEGUN_MS).toISOString(), salt: 'AAAAAAAAAAAAAAAAAAAAAA' };
  const recordedAt = (fact: Fact, recordedMs: number) => ({ ...about('Dee', fact), recordedMs });
  const came = recordedAt(joiner('2026-11-01', { givenName: 'Deirdre' }, { id: 'dee-1' }), JOINED_MS);
  const left = recordedAt(leaver('2026-11-03', { id: 'dee-2' }), LEFT_MS);
  let secret: string;

  const keyTable = () => {
    vi.stubEnv(ENVIRONMENT.subjectsTable, world.keys);
    return dynamoSubjectStore();
  };
  const asText = (items: readonly object[]) =>
    JSON.stringify(items, (_, part) => (part instanceof Uint8Array ? Buffer.from(part).toString('hex') : part));

  /** Dee joins, leaves and is erased, so that the log says it; whether the key is gone as well is another matter. */
  async function beErased({ stores }: World): Promise<void> {
    await appendFact({ ...stores, clock: () => JOINED_MS }, came, told);
    await appendFact({ ...stores, clock: () => LEFT_MS }, left, told);
    const names = [
      { kind: 'identity', id: 'Dee' },
      { kind: 'operator', id: 'Dee' },
    ] as const;
    const subjects = [...(await keyTable().subjectsOf(names)).values()];
    secret = Buffer.from(subjects[0]?.key ?? '').toString('hex');
    const pseudonyms = subjects.map(({ pseudonym }) => pseudonym);
    const agreed = { holdId: 'a-hold', pseudonyms, proposedBy: 'x', approvedBy: 'y' };
    await stores.audit.append([erasedEntry({ identityId: 'Dee', ...proof, ...agreed })]);
  }

  async function staysErased(): Promise<void> {
    expect(await statusOf('Dee')).toBeUndefined();
    const people = await itemsOf(world.identities);
    expect(people.filter((item) => JSON.stringify(item).includes('Dee'))).toEqual([
      expect.objectContaining({ pk: 'Dee', sk: 'ERASED' }),
    ]);
    expect(asText([...people, ...(await itemsOf(world.audit))])).not.toContain('Deirdre');
    expect(await itemsOf(world.audit)).not.toContainEqual(expect.objectContaining({ pk: 'Dee' }));
    const kept = await itemsOf(world.subjects);
    expect(asText(kept)).not.toContain(secret);
    const ofDee = kept.filter((item) => asText([item]).includes('Dee'));
    expect(ofDee.map(({ pk, pseudonym }) => [pk, pseudonym]).sort()).toEqual([
      ['identity#Dee', undefined],
      ['operator#Dee', undefined],
    ]);
    // What was told before is refused, and whoever comes now is somebody new.
    const late = recordedAt(joiner('2026-11-01', {}, { id: 'dee-3' }), BEGUN_MS);
    const there = { ...dynamoStores(), clock: Date.now };
    await expect(appendFact(there, late, told)).rejects.toThrow('from before');
    await expect(appendFact(there, came, told)).rejects.toThrow('from before');
    expect(await statusOf('Dee')).toBeUndefined();
    await appendFact(there, recordedAt(joiner('2026-11-01', {}, { id: 'dee-4' }), FORGOTTEN_MS + 1), told);
    expect((await dynamoStores().directory.load('Dee'))?.facts).toHaveLength(1);
  }

  it.each([
    ['when the keys are of now', true],
    ['when the keys are of before that', false],
  ])('does not come back, %s', async (_, isForgotten) => {
    await happen();
    await beErased(world);
    await seal();
    if (isForgotten) await keyTable().forget('Dee', FORGOTTEN_MS, FORGOTTEN_MS + 35 * 86_400_000, proof);
    const { code, out, errors } = await restore('--carry-out');
    expect([code, errors]).toEqual([0, '']);
    expect(out).toMatch(/^5 identities with 10 facts/m);
    expect(out).toMatch(/^1 identities have no key any more/m);
    await staysErased();
  });

  async function eraseHalf(): Promise<void> {
    const { version = 0, epoch = 0 } = (await dynamoStores().directory.load('Dee'))?.header ?? {};
    expect(await dynamoErasureStore().freeze({ identityId: 'Dee', version, epoch, holdId: 'restore' })).toBe(true);
    const items = (await itemsOf(world.identities)).filter((item) => JSON.stringify(item).includes('Dee'));
    for (const { pk, sk } of items.filter((item) => item['sk'] !== 'HEADER'))
      await documents.send(new DeleteCommand({ TableName: world.identities, Key: { pk, sk } }));
  }

  it.each([
    ['when the keys are of now', true, false],
    ['when the keys are of before that', false, false],
    ['when that was stopped half-way', true, true],
  ])('is erased again where tables of before they left come back, %s', async (_, isForgotten, isStopped) => {
    vi.stubEnv(ENVIRONMENT.identitiesTable, world.identities);
    vi.stubEnv(ENVIRONMENT.auditTable, world.audit);
    await appendFact({ ...dynamoStores(), clock: () => JOINED_MS }, about('Ada', joiner('2026-11-01')), told);
    await appendFact({ ...dynamoStores(), clock: () => JOINED_MS }, came, told);
    expect(await statusOf('Dee')).toBe('active');
    await appendFact({ ...world.stores, clock: () => JOINED_MS }, about('Ada', joiner('2026-11-01')), told);
    await beErased(world);
    await seal();
    if (isForgotten) await keyTable().forget('Dee', FORGOTTEN_MS, FORGOTTEN_MS + 35 * 86_400_000, proof);
    world = { ...world, subjects: world.keys };
    if (isStopped) await eraseHalf();
    const remembered = { pk: 'Dee', sk: 'MEMORY', of: 'how Dee works' };
    const ofAda = { ...remembered, pk: 'Ada' };
    for (const Item of [remembered, ofAda]) await documents.send(new PutCommand({ TableName: world.activity, Item }));
    const planned = await restore('--recovered');
    expect(planned.out).toMatch(/^1 identities were erased since then/m);
    expect(await statusOf('Dee')).toBe('active');
    expect(JSON.stringify([planned.out, planned.errors])).not.toContain('Dee');
    expect(await restore('--recovered', '--carry-out')).toMatchObject({ code: 0, errors: '' });
    expect(await statusOf('Ada')).toBe('active');
    const sought = (item: Readonly<Record<string, unknown>>) => item['pk'] === 'LAKE-ERASURES';
    const kept = await itemsOf(world.activity);
    expect(kept.filter((item) => !sought(item))).toEqual([ofAda]);
    // The lake of activity is no table, and is looked through again for what is known by now.
    expect(kept.filter(sought)).toHaveLength(isStopped ? 0 : 1);
    await staysErased();
  });

  it('asks for the table in which what they did is remembered', async () => {
    const { code, errors } = await restoreWith({ activity: undefined }, '--recovered');
    expect(code).toBe(2);
    expect(errors).toContain('--activity is missing: expected the table of how access is used');
  });
});

describe('a restore that dies', () => {
  const mark: RestoreMark = { origin: 'test', size: 1, root: 'a root', startedMs: 1_900_000_000_000, phase: 'writing' };

  /** The calls that were made; those after `dies` are not answered. */
  async function run(rebuilt: Rebuilt, dies = Number.POSITIVE_INFINITY): Promise<number> {
    vi.stubEnv(ENVIRONMENT.identitiesTable, world.identities);
    vi.stubEnv(ENVIRONMENT.auditTable, world.audit);
    let calls = 0;
    const before = async () => {
      calls += 1;
      if (calls > dies) throw new Error('it died');
    };
    const restore = through(dynamoRestoreStore(), before);
    const dependencies = {
      restore,
      ...dynamoStores(),
      audit: through(dynamoStores().audit, before),
      holds: through(dynamoHoldStore(), before),
      erasures: dynamoErasureStore(),
      reconciliations: dynamoReconciliationStore(),
      clock: () => mark.startedMs,
    };
    const known = (await dynamoRestoreStore().findMark()) ?? mark;
    await restoreState(dependencies, rebuilt, known).catch((error: Error) => {
      if (error.message !== 'it died') throw error;
    });
    return calls;
  }

  async function rebuild(): Promise<Rebuilt> {
    vi.stubEnv(ENVIRONMENT.subjectsTable, world.keys);
    const { entries } = await sealedHistory(world.stores, dynamoSubjectStore());
    const { subjects } = await readKeptSubjects(world.keys);
    const rebuilder = new Rebuilder(new Map(subjects.map((subject) => [subject.pseudonym, subject])));
    for (const { entry, detail } of entries) rebuilder.add(entry, detail);
    return rebuilder.finish('20300317T1746.restore.1', mark.startedMs);
  }

  const sorted = async (table: string) => (await itemsOf(table)).map((item) => JSON.stringify(inOrder(item))).sort();

  async function freshTables(): Promise<void> {
    tables += 1;
    world = { ...world, identities: `identities-${tables}`, audit: `audit-${tables}` };
    await Promise.all([createIdentitiesTable(client, world.identities), createAuditTable(client, world.audit)]);
  }

  it('after any of its calls is taken up again, and ends as if it had not', { timeout: 120_000 }, async () => {
    await happen();
    const rebuilt = await rebuild();
    const calls = await run(rebuilt);
    const whole = [await sorted(world.identities), await sorted(world.audit)];
    expect(calls).toBeGreaterThan(20);
    for (let dies = 0; dies < calls; dies += 1) {
      await freshTables();
      await run(rebuilt, dies);
      await run(rebuilt);
      expect([await sorted(world.identities), await sorted(world.audit)], `after call ${dies}`).toEqual(whole);
    }
  });

  it('leaves nobody who may act before everybody is there', async () => {
    await happen();
    const rebuilt = await rebuild();
    const calls = await run(rebuilt);
    let seen = 0;
    for (let dies = 0; dies < calls; dies += 3) {
      await freshTables();
      await run(rebuilt, dies);
      const known = rebuilt.identities.map(({ identityId }) => identityId);
      const headers = await Promise.all(known.map(async (id) => (await dynamoStores().directory.load(id))?.header));
      if (headers.every((header) => header !== undefined)) continue;
      seen += headers.filter((header) => header !== undefined).length;
      for (const { identityId, nextCheckMs } of headers.filter((header) => header !== undefined)) {
        expect(nextCheckMs).toBeUndefined();
        const nowMs = mark.startedMs + 3_600_000;
        const asked = { identityId, holder: 'a pass', nowMs, expiresMs: nowMs + 1, nextCheckMs: nowMs };
        expect(await dynamoStores().leases.acquireLease(asked)).toBeUndefined();
      }
    }
    expect(seen).toBeGreaterThan(0);
  });
});

describe('tables of an earlier point in time', () => {
  const told = { payloadHash: 'a hash', actor: { type: 'hr-source', id: 'acme-hr' } } as const;
  const at = (minute: number) => ({
    ...dynamoStores(),
    clock: () => Date.parse('2026-11-28T12:00:00Z') + minute * 60_000,
  });

  /** What lies there now lies there under another name, as the service recovers it. */
  async function recover(table: string): Promise<string> {
    const TargetTableName = `${table}-recovered`;
    await client.send(
      new RestoreTableToPointInTimeCommand({ SourceTableName: table, TargetTableName, UseLatestRestorableTime: true }),
    );
    return TargetTableName;
  }

  it('are brought up to the log: who left since has left, who came since is there, and old work is fenced off', async () => {
    vi.stubEnv(ENVIRONMENT.identitiesTable, world.identities);
    vi.stubEnv(ENVIRONMENT.auditTable, world.audit);
    const [came, moved] = [
      joiner('2026-11-01', {}, { id: 'ada-1' }),
      mover('2026-11-02', { title: 'Lead' }, { id: 'ada-2' }),
    ];
    for (const [minute, fact] of [came, moved].entries()) await appendFact(at(minute), about('Ada', fact), told);
    await appendFact(at(2), about('Bob', joiner('2026-11-01', {}, { id: 'bob-1' })), told);
    const [identities, audit] = [await recover(world.identities), await recover(world.audit)];
    await appendFact(at(3), about('Bob', leaver('2026-11-03', { id: 'bob-2' })), told);
    await appendFact(at(4), about('Cid', joiner('2026-11-01', {}, { id: 'cid-1' })), told);
    const lease = await dynamoStores().leases.acquireLease({
      identityId: 'Bob',
      holder: 'a pass that still runs',
      nowMs: 1,
      expiresMs: 2_000_000_000_000,
      nextCheckMs: 1,
    });
    const before = await Promise.all(['Ada', 'Bob', 'Cid'].map((id) => dynamoStores().directory.load(id)));
    world = { ...world, stores: { ...world.stores, ...dynamoStores() } };
    await seal();
    world = { ...world, identities, audit };

    expect(await restore('--carry-out')).toMatchObject({ code: 2, errors: expect.stringContaining('--recovered') });
    expect(await restore('--recovered', '--carry-out')).toMatchObject({ code: 0, errors: '' });
    const after = await Promise.all(['Ada', 'Bob', 'Cid'].map((id) => dynamoStores().directory.load(id)));
    expect(after.map((record) => record?.facts)).toEqual(before.map((record) => record?.facts));
    expect(after.map((record) => record?.header.summary.status)).toEqual(['active', 'departed', 'active']);
    for (const record of after) {
      expect(record?.header.epoch).toBeGreaterThan(lease?.epoch ?? Number.NaN);
      expect(record?.header.nextCheckMs).toEqual(expect.any(Number));
      expect(record?.header.lease).toBeUndefined();
    }
    const entries = (await dynamoStores().audit.list('Bob', { limit: 10 })).items;
    expect(entries.map(({ actor }) => actor.id)).toEqual(['acme-hr', 'restore']);

    expect((await restore('--recovered', '--carry-out')).code).toBe(0);
    const again = await Promise.all(['Ada', 'Bob', 'Cid'].map((id) => dynamoStores().directory.load(id)));
    expect(again.map((record) => record?.facts)).toEqual(after.map((record) => record?.facts));
  });
});

it('puts into a hold what is left of somebody who was recorded before facts were sealed', async () => {
  await happen();
  await seal(({ entryId }) => entryId === 'fact:acme-hr:ada-2');
  const { out } = await restore('--carry-out');
  expect(out).toMatch(/1 identities cannot be rebuilt whole \(1 facts/);
  expect(out).toMatch(/^ {2}[\w-]{22}$/m);
  expect(out).not.toContain('Ada');
  expect(await statusOf('Ada')).toBe('unknown');
  const { items } = await dynamoHoldStore().listHolds({ status: 'open', limit: 10 });
  const hold = items.find(({ reason }) => reason.rule === 'incomplete-record');
  expect(await dynamoHoldStore().listHeld({ holdId: hold?.holdId ?? '', limit: 10 })).toMatchObject({ items: ['Ada'] });
});
