// Markers are planted in whatever can be said of a person; when they are erased, none is left anywhere, and the log and the
// lake are whole. What is searched, and how it is decoded, is worked out here.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join as joined } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { marshall } from '@aws-sdk/util-dynamodb';
import { decompress } from 'fzstd';
import { parquetReadObjects } from 'hyparquet';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copyIn } from '../../../bin/audit-verify-files.ts';
import { verifyLog } from '../../../lambdas/core/audit/verify/verify-log.ts';
import { saidAttributesSchema } from '../../../lambdas/core/identity/attributes.ts';
import { listAudit } from '../../../lambdas/handlers/audit/list-audit.ts';
import type { StreamRecord } from '../../../lambdas/handlers/audit/sequence-entries.ts';
import { getHold } from '../../../lambdas/handlers/hr/get-hold.ts';
import { getIdentity } from '../../../lambdas/handlers/identity/get-identity.ts';
import { attestTask } from '../../../lambdas/handlers/systems/attest-task.ts';
import type { Hold } from '../../../lambdas/stores/holds/hold-store.ts';
import { answer, requestAs } from '../../support/api-requests.ts';
import { DAY_MS, ErasingWorld, HOUR_MS } from '../../support/erasing.ts';
import { joinerEvent, leaverEvent, moverEvent } from '../../support/hr-events.ts';
import { findLeaks, type Marker, type Place } from '../../support/leak-search.ts';

const ID = 'E7734-mkId';
const COMPRESSORS = {
  ZSTD: (input: Uint8Array) => decompress(input),
  GZIP: (input: Uint8Array) => new Uint8Array(gunzipSync(input)),
};
let erasing: ErasingWorld;

beforeEach(() => {
  erasing = new ErasingWorld();
});
afterEach(() => erasing.end());

const at = () => new Date(Date.now()).toISOString();
const envelope = (id: string, subject = ID) => ({ id, subject, time: at() });

/** Of each attribute, said once and changed once. */
const FIRST = {
  kind: 'employee',
  givenName: 'mkGivenNameOne',
  familyName: 'mkFamilyNameOne',
  email: 'mkemailone@example.com',
  title: 'mkTitleOne',
  department: 'mkDepartmentOne',
  manager: 'E0007',
  location: 'mkLocationOne',
  timeZone: 'Pacific/Chatham',
  company: 'mkCompanyOne',
  costCenter: 'mkCostCenterOne',
  endsAt: '2031-03-07',
  owner: 'E0007',
  purpose: 'mkPurposeOne',
};
const SECOND = {
  givenName: 'mkGivenNameTwo',
  familyName: 'mkFamilyNameTwo',
  email: 'mkemailtwo@example.com',
  title: 'mkTitleTwo',
  department: 'mkDepartmentTwo',
  location: 'mkLocationTwo',
  company: 'mkCompanyTwo',
  costCenter: 'mkCostCenterTwo',
  purpose: 'mkPurposeTwo',
};
const SAID = [
  'mkReasonOfLeaving',
  'mkEvidence',
  'mkEvidenceOfLeaving',
  'mkPersonId',
  'mk-event-joiner',
  'mk-event-mover',
  'mkDecision',
];
/** Of what the chat's log says of how it is used. */
const USED = {
  agent: 'mkUserAgent/1.0',
  ip: '198.51.100.77',
  key: 'mkCredential',
  raw: 'mkRawOfOwn',
  helper: 'mkRawOfHelper',
  mentioned: 'mkRawOfOther',
  early: 'mkRawOfUnknown',
};
const OTHERS_AGENT = 'otherAgent/1.0';
const MARKERS: readonly Marker[] = [
  ...Object.values({ ...FIRST, timeZone: FIRST.timeZone }).filter(
    (text) => text.startsWith('mk') || text === FIRST.timeZone || text === FIRST.endsAt,
  ),
  ...Object.values(SECOND),
  ...SAID,
  ...Object.values(USED),
].map((text) => ({ name: text, text }));

const rehireFrom = (effectiveAt: string) => {
  const { data, ...event } = joinerEvent({}, envelope('rehired'));
  return { ...event, data: { ...data, effectiveAt } };
};

async function attestAll(evidence: string): Promise<void> {
  const { items } = await erasing.settled(erasing.stores.tasks.listTasks({ status: 'open', limit: 100 }));
  for (const { taskId, identityId } of items) {
    const said = identityId === ID ? evidence : 'a photograph';
    const body = Buffer.from(JSON.stringify({ outcome: 'done', evidence: said }));
    const sent = requestAs(['it'], 'E0800', { pathParameters: { id: taskId }, body });
    expect(await erasing.settled(answer(attestTask(erasing.dependencies()), sent))).toMatchObject({ status: 200 });
  }
  await erasing.wait(HOUR_MS);
}

let told = 0;

function chatRecord(user: object, changes: object): object {
  told += 1;
  return {
    class_uid: 3002,
    activity_id: 1,
    time: Date.now() - 60_000,
    status_id: 1,
    metadata: { version: '1.8.0', uid: `use-${told}`, product: { name: 'Chat', vendor_name: 'Acme' } },
    user: { type_id: 1, ...user },
    service: { name: 'chat' },
    logon_type_id: 2,
    ...changes,
  };
}

const chatAccountOf = (id: string) => erasing.world.systems.get('chat')?.accountOf(id)?.accountId ?? 'nobody';

/** Before they are known there, by themselves, about them, and by somebody else who names them in what they write. */
async function talkInChat(): Promise<void> {
  const [own, other] = [chatAccountOf(ID), chatAccountOf('E0007')];
  const others = { http_request: { user_agent: OTHERS_AGENT }, src_endpoint: { ip: '192.0.2.9' } };
  await erasing.tell([
    chatRecord({ name: FIRST.email }, { unmapped: { seen: USED.early }, status_id: 2 }),
    chatRecord(
      { uid: own, credential_uid: USED.key },
      {
        http_request: { user_agent: USED.agent },
        src_endpoint: { ip: USED.ip },
        unmapped: { seen: USED.raw },
      },
    ),
    chatRecord(
      {},
      {
        ...others,
        class_uid: 3001,
        activity_id: 4,
        actor: { user: { uid: other } },
        user: { uid: own, name: SECOND.email },
        unmapped: { said: USED.helper },
      },
    ),
    chatRecord(
      {},
      {
        ...others,
        class_uid: 6003,
        activity_id: 1,
        actor: { user: { uid: other } },
        user: undefined,
        api: { operation: 'channel.create' },
        resources: [{ name: `for ${FIRST.givenName} ${FIRST.familyName}, who joins`, note: USED.mentioned }],
      },
    ),
    chatRecord({ uid: other }, others),
  ]);
}

async function join(): Promise<void> {
  await erasing.post(
    joinerEvent({}, envelope('other', 'E0007')),
    joinerEvent({ email: 'b@example.com' }, envelope('other-2', 'E0999')),
  );
  const { owner: _owner, ...attributes } = FIRST;
  expect(await erasing.post(joinerEvent(attributes, envelope('mk-event-joiner')))).toBe(202);
  await attestAll('mkEvidence');
  await talkInChat();
}

async function leave(): Promise<void> {
  const leaver = leaverEvent(
    { effectiveAt: at().slice(0, 10), immediate: true, reason: 'mkReasonOfLeaving' },
    envelope('mk-leaver'),
  );
  expect(await erasing.post(leaver)).toBe(202);
  await erasing.wait(HOUR_MS);
  await attestAll('mkEvidenceOfLeaving');
  for (let sweeps = 0; sweeps < 10; sweeps += 1) {
    erasing.world.sweep();
    await erasing.wait(10 * 60_000);
  }
}

async function live(): Promise<void> {
  await join();
  await erasing.settled(erasing.people.tie('acme-hr', 'mkPersonId', ID));
  expect(await erasing.post(moverEvent(SECOND, envelope('mk-event-mover')))).toBe(202);
  await erasing.wait(HOUR_MS);
  erasing.world.systems.get('chat')?.accountOf(ID)?.grants.add('everyone-else');
  await erasing.settled(erasing.world.reconcile('chat'));
  const file = `identityId,kind,givenName,email,manager\nE0007,employee,Ada,ada@example.com,E0007\nE0999,employee,Ada,b@example.com,E0007\n${ID},employee,mkGivenNameTwo,mkemailtwo@example.com,E0007\n`;
  await erasing.settled(erasing.world.importFile({ key: 'acme-hr/all.csv', text: file, writtenMs: Date.now() }));
  await read();
  const denied = requestAs(['hr'], ID, { query: { kind: 'deployment', id: 'tenure' } });
  expect(await erasing.settled(answer(listAudit(erasing.dependencies()), denied))).toMatchObject({ status: 403 });
  await leave();
}

async function read(): Promise<void> {
  const sent = requestAs(['auditor'], 'E0700', { pathParameters: { id: ID } });
  expect(await erasing.settled(answer(getIdentity(erasing.dependencies()), sent))).toMatchObject({ status: 200 });
}

/** Everything that anybody keeps, in the clear wherever it is in the clear. */
async function everythingKept(): Promise<readonly Place[]> {
  const text = (value: unknown) =>
    Buffer.from(
      JSON.stringify(value, (_, part) =>
        part instanceof Uint8Array
          ? Buffer.from(part).toString('latin1')
          : typeof part === 'bigint'
            ? String(part)
            : part,
      ) ?? '',
    );
  const items = erasing.tables.everything().map(([table, item]) => ({
    kind: 'item',
    name: `${table} ${item['pk']} ${item['sk'] ?? ''}`,
    content: text(item),
  }));
  const objects = [...erasing.bucket.objects].map(([name, { bytes }]) => ({
    kind: 'object',
    name,
    content: Buffer.from(bytes),
  }));
  const rows: Place[] = [];
  for (const [name, bytes] of erasing.lake.objects) {
    if (!name.endsWith('.parquet')) continue;
    const read = await parquetReadObjects({ file: bytes.slice().buffer, compressors: COMPRESSORS });
    rows.push(...read.map((row) => ({ kind: 'row', name, content: text(row) })));
  }
  for (const [name, bytes] of erasing.activityLake.objects) {
    const read = await parquetReadObjects({ file: bytes.slice().buffer, compressors: COMPRESSORS });
    rows.push(...read.map((row) => ({ kind: 'row of activity', name, content: text(row) })));
  }
  const handedOn = erasing.handedOn.map((one, index) => ({
    kind: 'handed on',
    name: String(index),
    content: text(one),
  }));
  return [...items, ...objects, ...rows, ...handedOn];
}

async function rowsInLake(): Promise<number> {
  return (await everythingKept()).filter(({ kind }) => kind === 'row').length;
}

/** The keys of the pseudonyms that stand for the id. */
function keysOf(places: readonly Place[]): readonly Marker[] {
  return places
    .filter(({ name }) => name.endsWith(`#${ID} `) && name.startsWith('subjects '))
    .flatMap(({ content }) => {
      const { secret } = JSON.parse(content.toString()) as { readonly secret?: string };
      return secret === undefined ? [] : [{ name: 'key', text: secret }];
    });
}

/** Of the bucket, by the verifier. */
async function faultsOfLog(): Promise<readonly unknown[]> {
  const folder = mkdtempSync(joined(tmpdir(), 'tenure-erased-'));
  try {
    for (const [path, { bytes }] of erasing.bucket.objects) {
      mkdirSync(dirname(joined(folder, path)), { recursive: true });
      writeFileSync(joined(folder, path), bytes);
    }
    const { faults, checked } = await verifyLog(copyIn(folder), { vkeys: [erasing.vkey] });
    expect(checked.entries).toBeGreaterThan(30);
    return faults;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const holdOf = async (holdId: string) => (await erasing.settled(erasing.holds.findHold(holdId))) as Hold;
const record = () => erasing.settled(erasing.stores.directory.load(ID));
const entriesOf = async (partition: string) =>
  (await erasing.settled(erasing.stores.audit.list(partition, { limit: 1_000 }))).items;

function recordsOf(
  audited: readonly { readonly eventName: string; readonly item: Readonly<Record<string, unknown>> }[],
) {
  return audited.map(({ eventName, item }, index) => ({
    eventName,
    dynamodb: {
      SequenceNumber: String(index + 1),
      Keys: marshall({ pk: item['pk'], sk: item['sk'] }),
      NewImage: marshall(item, { removeUndefinedValues: true }),
    },
  })) as StreamRecord[];
}

/** As the clock would have it: begun, sealed, carried out, and what followed is told. */
async function carryOut(): Promise<void> {
  for (let runs = 0; runs < 3; runs += 1) {
    await erasing.erase();
    await erasing.seal();
    await erasing.wait(5 * 60_000);
  }
}

describe('what is known of somebody who is erased', () => {
  it('is planted in whatever can be said of them', () => {
    expect(Object.keys(FIRST).sort()).toEqual(Object.keys(saidAttributesSchema.shape).sort());
  });

  it('is nowhere any more, while the log verifies and the lake still counts', { timeout: 120_000 }, async () => {
    await live();
    await erasing.seal();
    const { body } = await erasing.propose(ID);
    const { holdId } = body as { readonly holdId: string };
    expect(await erasing.decide(holdId, 'release', { reason: 'mkDecision' })).toMatchObject({ status: 200 });
    await erasing.wait(7 * DAY_MS);
    await erasing.seal();
    const before = await everythingKept();
    // What is searched is where they were, each of them, and not only in what is to be found anyway.
    const planted = findLeaks(before, MARKERS);
    expect(MARKERS.filter(({ name }) => !planted.some(({ marker }) => marker === name))).toEqual([]);
    const kinds = new Set(
      findLeaks(before, [{ name: 'id', text: ID }]).map(({ place }) =>
        place.split(' ').slice(1, 3).join(' ').replace(ID, '<id>').replace(/#.*/, '#'),
      ),
    );
    const everywhere = [
      'CERTIFICATE#',
      'EVENT#',
      'SPELLING#',
      'PERSON#',
      'HOLD#',
      'ADDRESS#',
      'identities <id>',
      'audit <id>',
      'READS#',
      'audit OPERATOR#',
      'subjects operator#',
      'subjects identity#',
      'subjects pseudonym#',
    ];
    expect(everywhere.filter((one) => ![...kinds].some((kind) => kind.includes(one)))).toEqual([]);
    const keys = keysOf(before);
    expect(keys).toHaveLength(2);
    const rows = await rowsInLake();

    await carryOut();
    const after = await everythingKept();
    expect(
      findLeaks(
        after.filter(({ kind }) => kind !== 'handed on'),
        [...MARKERS, ...keys],
      ),
    ).toEqual([]);
    // Executions have the id, and those of the events that set them off; the hold says until when.
    expect(
      findLeaks(
        after,
        MARKERS.filter(({ text }) => !text.startsWith('mk-event-')),
      ),
    ).toEqual([]);
    const left = findLeaks(after, [{ name: 'id', text: ID }]).filter(({ place }) => !place.startsWith('handed on'));
    expect(left.map(({ place }) => place).sort()).toEqual([
      `item identities ${ID} ERASED`,
      `item subjects identity#${ID} `,
      `item subjects operator#${ID} `,
    ]);
    expect(await faultsOfLog()).toEqual([]);
    expect(erasing.tampered).toBe(0);
    // What was done is counted all the same, and what somebody else did is theirs still.
    const activity = after.filter(({ kind }) => kind === 'row of activity').map(({ content }) => content.toString());
    expect(activity).toHaveLength(before.filter(({ kind }) => kind === 'row of activity').length);
    expect(activity.filter((row) => row.includes(OTHERS_AGENT))).toHaveLength(3);
    // Nothing left the lake: that they were erased is all that came.
    const kept = after.filter(({ kind }) => kind === 'row').map(({ content }) => content.toString());
    const had = before.filter(({ kind }) => kind === 'row').map(({ content }) => content.toString());
    expect(had.filter((row) => !kept.includes(row))).toEqual([]);
    expect(kept.length - rows).toBe(1);
    expect(kept.filter((row) => row.includes('personal-data-erased'))).toHaveLength(1);
    expect(await holdOf(holdId)).toMatchObject({ status: 'released', decision: { reason: 'not kept' } });
    expect((await holdOf(holdId)).erasure).not.toHaveProperty('identityId', ID);
  });
});

const reasonIn = ({ body }: { body: unknown }) => String((body as { readonly detail?: string }).detail);

describe('an erasure', () => {
  it('is refused, with the reason, as long as what is known is needed', { timeout: 60_000 }, async () => {
    await join();
    const refused = async (reason: string) => {
      const proposed = await erasing.propose(ID);
      expect(proposed).toMatchObject({ status: 409 });
      expect(reasonIn(proposed)).toContain(reason);
    };
    await refused('It is employed, or will be.');
    expect(await erasing.post(leaverEvent({ immediate: true }, envelope('mk-leaver')))).toBe(202);
    await refused('It has open tasks.');
    await attestAll('mkEvidenceOfLeaving');
    for (let sweeps = 0; sweeps < 10; sweeps += 1) {
      erasing.world.sweep();
      await erasing.wait(10 * 60_000);
    }
    expect((await erasing.propose(ID)).status).toBe(202);
    expect(await erasing.post(rehireFrom('2027-01-01'))).toBe(202);
    await refused('Something is still to take effect.');
    await erasing.wait(60 * DAY_MS);
    erasing.world.sweep();
    await erasing.wait(HOUR_MS);
    await refused('It is employed, or will be.');
    expect(await erasing.propose('E4711')).toMatchObject({ status: 404 });
  });

  it('is decided by another person than who proposed it, and proposed once', async () => {
    await join();
    await leave();
    const { status, body } = await erasing.propose(ID, ['hr'], 'E0900');
    expect([status, body]).toEqual([
      202,
      { identityId: ID, holdId: expect.stringMatching(/^\d{8}T\d{4}\.erasure\./), delayDays: 7 },
    ]);
    expect((await erasing.propose(ID, ['security'], 'E0901')).body).toEqual(body);
    const { holdId } = body as { readonly holdId: string };
    expect(holdId).not.toContain(ID);
    expect(await erasing.decide(holdId, 'release', { by: 'E0900' })).toMatchObject({ status: 403 });
    expect(await erasing.decide(holdId, 'release', { by: ID })).toMatchObject({ status: 403 });
    expect(await erasing.propose(ID, ['hr'], ID)).toMatchObject({ status: 403 });
    expect(await erasing.decide(holdId, 'release')).toMatchObject({
      status: 200,
      body: { status: 'releasing', rule: 'erasure' },
    });
    expect(await entriesOf(ID)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          actor: { type: 'operator', id: 'E0900' },
          event: { type: 'erasure-proposed', holdId },
        }),
        expect.objectContaining({
          event: { type: 'erasure-decided', holdId, decision: 'release', reason: 'it was asked for' },
        }),
      ]),
    );
    expect(await entriesOf(`HOLD#${holdId}`)).toEqual([]);
  });

  it('waits for its delay to the millisecond, and can be called off until then', async () => {
    await join();
    await leave();
    await erasing.seal();
    const { holdId } = (await erasing.propose(ID)).body as { readonly holdId: string };
    await erasing.decide(holdId, 'release');
    const { decidedMs = 0 } = (await holdOf(holdId)).decision ?? {};
    const run = (atMs: number) => erasing.erase({ clock: () => atMs });
    expect(await run(decidedMs + 7 * DAY_MS - 1)).toEqual({ erased: 0, waiting: 0 });
    expect((await record())?.header.erasing).toBeUndefined();
    const dropped = await erasing.decide(holdId, 'drop', { by: 'E0900' });
    expect(dropped).toMatchObject({ status: 200, body: { status: 'dropped', erasure: { identityId: ID } } });
    // What was called off is due at no time.
    expect(dropped).not.toHaveProperty('body.erasure.dueAt');
    expect(await run(decidedMs + 8 * DAY_MS)).toEqual({ erased: 0, waiting: 0 });
    expect((await entriesOf(ID)).at(-1)).toMatchObject({ event: { type: 'erasure-decided', decision: 'drop' } });
    const again = (await erasing.propose(ID)).body as { readonly holdId: string };
    await erasing.decide(again.holdId, 'release');
    await erasing.wait(7 * DAY_MS);
    await erasing.erase();
    expect((await record())?.header.erasing).toBe(again.holdId);
    // What has begun is not called off any more.
    expect(await erasing.decide(again.holdId, 'drop')).toMatchObject({ status: 409 });
  });

  it('is called off by a rehire, of whom nothing is lost', async () => {
    await join();
    await leave();
    await erasing.seal();
    const holdId = await erasing.agree(ID);
    expect(await erasing.post(rehireFrom(at()))).toBe(202);
    const { facts = [] } = (await record()) ?? {};
    await carryOut();
    expect(await holdOf(holdId)).toMatchObject({
      status: 'dropped',
      erasure: { waitsFor: 'It is employed, or will be.' },
    });
    expect((await record())?.facts).toHaveLength(facts.length);
    expect(
      (await entriesOf(ID)).some(({ event }) => event.type === 'erasure-decided' && event.decision === 'drop'),
    ).toBe(true);
    expect(await erasing.settled(erasing.subjects.findPseudonyms([{ kind: 'identity', id: ID }]))).toHaveProperty(
      'size',
      1,
    );
  });

  it('takes the files that showed what was done for them, before what says where they are', async () => {
    await join();
    await leave();
    await erasing.seal();
    await erasing.agree(ID);
    const asked: (readonly [string, boolean])[] = [];
    const eraseOf = async (identityId: string) => {
      asked.push([identityId, (await erasing.stores.directory.load(ID)) !== undefined]);
      return asked.length > 1;
    };
    for (let runs = 0; runs < 3; runs += 1) {
      await erasing.erase({ evidenceFiles: { eraseOf } });
      await erasing.seal();
      await erasing.wait(5 * 60_000);
    }
    expect(asked).toEqual([
      [ID, true],
      [ID, true],
    ]);
    expect(await record()).toBeUndefined();
  });

  it('waits until the sealed log has all of it, and says so', async () => {
    await join();
    await leave();
    const holdId = await erasing.agree(ID);
    expect(await erasing.erase()).toEqual({ erased: 0, waiting: 1 });
    const sent = requestAs(['security'], 'E0999', { pathParameters: { id: holdId } });
    const shown = await erasing.settled(answer(getHold(erasing.dependencies()), sent));
    expect(shown.body).toMatchObject({
      erasure: { waitsFor: expect.stringMatching(/^\d+ of its entries are not in the sealed log yet\.$/) },
    });
    expect((await record())?.facts.length).toBeGreaterThan(0);
    await erasing.seal();
    expect(await erasing.erase()).toEqual({ erased: 1, waiting: 0 });
    expect(await record()).toBeUndefined();
    const done = await erasing.settled(answer(getHold(erasing.dependencies()), sent));
    expect(done.body).toMatchObject({ status: 'released', identities: [], erasure: { erasedAt: expect.any(String) } });
    const { remains = [] } = (done.body as { readonly erasure: { readonly remains?: readonly { where: string }[] } })
      .erasure;
    expect(remains.map(({ where }) => where)).toEqual(
      expect.arrayContaining([expect.stringContaining('executions'), expect.stringContaining('earlier states')]),
    );
  });

  it('lets nobody in while it is carried out, and takes whoever comes afterwards for somebody new', async () => {
    await join();
    await leave();
    await erasing.seal();
    const before = await erasing.settled(erasing.subjects.findPseudonyms([{ kind: 'identity', id: ID }]));
    await erasing.agree(ID);
    await erasing.erase();
    expect(await erasing.post(joinerEvent({ manager: 'E0007' }, envelope('meanwhile')))).toBe(503);
    const { lease } = (await record())?.header ?? {};
    expect(lease).toBeUndefined();
    const acquiring = { identityId: ID, holder: 'x', nowMs: Date.now(), expiresMs: Date.now() + 1, nextCheckMs: 0 };
    expect(await erasing.settled(erasing.stores.leases.acquireLease(acquiring))).toBeUndefined();
    await carryOut();
    expect(await erasing.post(joinerEvent({ manager: 'E0007' }, envelope('mk-event-joiner')))).toBe(202);
    const { facts = [], header } = (await record()) ?? {};
    expect(facts).toHaveLength(1);
    expect(header).toMatchObject({ version: expect.any(Number), summary: { status: 'active' } });
    await erasing.seal();
    const after = await erasing.settled(erasing.subjects.findPseudonyms([{ kind: 'identity', id: ID }]));
    expect([...after.values()]).not.toEqual([...before.values()]);
    expect(await faultsOfLog()).toEqual([]);
    expect(erasing.tampered).toBe(0);
  });

  it('lets no event from before bring anybody back, whether or not somebody new is there', async () => {
    await join();
    const old = moverEvent({ title: 'mkTitleTwo' }, envelope('mk-event-mover'));
    expect(await erasing.post(old)).toBe(202);
    await leave();
    await erasing.seal();
    await erasing.agree(ID);
    await carryOut();
    expect(await erasing.post(old)).toBe(422);
    expect(await record()).toBeUndefined();
    // One that is from after it is in all the same.
    expect(await erasing.post(old, joinerEvent({ manager: 'E0007' }, envelope('new')))).toBe(422);
    expect((await record())?.facts.map(({ sourceEventId }) => sourceEventId)).toEqual(['new']);
    expect(await erasing.post(old)).toBe(422);
    expect((await record())?.facts).toHaveLength(1);
  });

  /** Somebody who is to be erased now, of whom everything is sealed. */
  async function due(): Promise<void> {
    erasing.end();
    erasing = new ErasingWorld();
    await join();
    await leave();
    await erasing.seal();
    await erasing.agree(ID);
    await erasing.seal();
  }

  it.each([
    ['while it was prepared', false, 3],
    ['while all was destroyed', true, 7],
  ] as const)('ends the same, wherever it was stopped %s', { timeout: 240_000 }, async (_, isPrepared, step) => {
    let stopped = 0;
    for (let after = 0; ; after += step) {
      await due();
      if (isPrepared) {
        await erasing.erase();
        await erasing.seal();
      }
      erasing.failsAfter = after;
      const outcome = await erasing.erase().catch(() => 'stopped');
      const isThrough = erasing.failsAfter !== undefined;
      erasing.failsAfter = undefined;
      if (outcome === 'stopped') stopped += 1;
      await erasing.seal();
      await carryOut();
      const places = (await everythingKept()).filter(({ kind }) => kind !== 'handed on');
      const left = findLeaks(places, [...MARKERS, { name: 'id', text: ID }]);
      expect(left.map(({ place }) => place).sort(), `after ${after}`).toEqual([
        `item identities ${ID} ERASED`,
        `item subjects identity#${ID} `,
      ]);
      expect(
        places.filter(({ name }) => name.includes('personal-data-erased')),
        `after ${after}`,
      ).toHaveLength(1);
      expect(erasing.tampered, `after ${after}`).toBe(0);
      if (isThrough) break;
    }
    expect(stopped).toBeGreaterThan(5);
  });
});

describe('an entry that leaves the audit table', () => {
  const removed = (pk: string, sk: string) =>
    [{ eventName: 'REMOVE', dynamodb: { SequenceNumber: '1', Keys: { pk: { S: pk }, sk: { S: sk } } } }] as const;

  it('is counted as altered, unless whom it is about was erased, and it is from before that', async () => {
    await join();
    await leave();
    await erasing.seal();
    const tell = async (pk: string, sk: string) => {
      const before = erasing.tampered;
      await erasing.settled(erasing.sequence(removed(pk, sk)));
      return erasing.tampered - before;
    };
    const old = `${at()}#a`;
    expect(await tell(ID, old)).toBe(1);
    await erasing.agree(ID);
    await carryOut();
    expect(await tell(ID, old)).toBe(0);
    expect(await tell(`READS#${ID}`, old)).toBe(0);
    await erasing.wait(1);
    expect(await tell(ID, `${at()}#a`)).toBe(1);
    expect(await tell('E0999', old)).toBe(1);
    expect(await tell(`HOLD#${ID}`, old)).toBe(1);
    // Said to be forgotten, but nowhere on record: by somebody who could write there.
    await erasing.settled(
      erasing.subjects.forget('E0999', Date.now(), Date.now() + DAY_MS, { at: at(), salt: 'AAAAAAAAAAAAAAAAAAAAAA' }),
    );
    expect(await tell('E0999', old)).toBe(1);
  });

  it('brings nobody back when the stream tells of it once more', async () => {
    await join();
    await leave();
    await erasing.seal();
    const told = erasing.tables.audited.filter(({ item }) => item['pk'] === ID);
    await erasing.agree(ID);
    await carryOut();
    const { size } = await erasing.settled(erasing.log.readHead());
    await erasing.settled(erasing.sequence(recordsOf(told)));
    expect((await erasing.settled(erasing.log.readHead())).size).toBe(size);
    expect(await erasing.settled(erasing.subjects.findPseudonyms([{ kind: 'identity', id: ID }]))).toHaveProperty(
      'size',
      0,
    );
  });

  it('leaves no new trace when somebody asks for it', async () => {
    await join();
    await leave();
    await erasing.seal();
    await erasing.agree(ID);
    await carryOut();
    const sent = requestAs(['auditor'], 'E0700', { query: { kind: 'identity', id: ID } });
    expect(await erasing.settled(answer(listAudit(erasing.dependencies()), sent))).toMatchObject({
      status: 200,
      body: { items: [] },
    });
    expect(await entriesOf(`READS#${ID}`)).toEqual([]);
  });
});
