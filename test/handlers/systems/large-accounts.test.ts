// Accounts that hold thousands of grants, over tables that refuse what DynamoDB refuses: from the system that is read to
// the certificate, the sealed log and the lake.
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { decompress } from 'fzstd';
import { parquetReadObjects } from 'hyparquet';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copyIn } from '../../../bin/audit-verify-files.ts';
import type { AuditEntry } from '../../../lambdas/core/audit/audit.ts';
import { verifyLog } from '../../../lambdas/core/audit/verify/verify-log.ts';
import { getIdentity } from '../../../lambdas/handlers/identity/get-identity.ts';
import { attestTask } from '../../../lambdas/handlers/systems/attest-task.ts';
import { answer, requestAs } from '../../support/api-requests.ts';
import { ErasingWorld, HOUR_MS } from '../../support/erasing.ts';
import { joinerEvent, leaverEvent, moverEvent } from '../../support/hr-events.ts';

const ID = 'E1001';
const GRANTS = 5_000;
const LENGTH = 256;
const MINUTE_MS = 60_000;
const WORDS = ['finance', 'ledger', 'reporting', 'read-only', 'production', 'emea', 'warehouse', 'contractors'];
const COMPRESSORS = {
  ZSTD: (input: Uint8Array) => decompress(input),
  GZIP: (input: Uint8Array) => new Uint8Array(gunzipSync(input)),
};
let world: ErasingWorld;

beforeEach(() => {
  world = new ErasingWorld();
});
afterEach(() => world.end());

/** As directories call their groups. */
function named(index: number): string {
  const bytes = [...createHash('sha256').update(String(index)).digest()];
  const units = bytes.map((byte) => `OU=${WORDS[byte % WORDS.length]}`).join(',');
  return `CN=app-${String(index).padStart(5, '0')},${units}`.padEnd(LENGTH, '-').slice(0, LENGTH);
}

/** Nothing that could be compressed but the alphabet: half of its length. */
function random(index: number): string {
  const parts = ['a', 'b', 'c', 'd'].map((part) => createHash('sha256').update(`${part}${index}`).digest('hex'));
  return parts.join('').slice(0, LENGTH);
}

const record = async () => await world.settled(world.stores.directory.load(ID));
const accountInChat = async () => (await record())?.accounts.find(({ applicationId }) => applicationId === 'chat');
const inChat = () => world.world.systems.get('chat')?.accountOf(ID);

async function joinWith(names: readonly string[]): Promise<void> {
  await world.post(joinerEvent({}, { subject: 'E0007', id: 'owner' }));
  await world.post(joinerEvent({ email: 'big@acme.example' }, { subject: ID, id: 'joins' }));
  for (const name of names) inChat()?.grants.add(name);
  expect(await world.post(moverEvent({ department: 'Sales' }, { subject: ID, id: 'moves' }))).toBe(202);
}

async function leave(): Promise<void> {
  expect(await world.post(leaverEvent({ immediate: true }, { subject: ID, id: 'leaves' }))).toBe(202);
  await attestAll();
  world.world.pumpStream();
  await world.wait(HOUR_MS);
}

async function attestAll(): Promise<void> {
  const { items } = await world.settled(world.stores.tasks.listTasks({ status: 'open', limit: 100 }));
  for (const { taskId } of items) {
    const body = Buffer.from(JSON.stringify({ outcome: 'done', evidence: 'seen' }));
    const sent = requestAs(['it'], 'E0800', { pathParameters: { id: taskId }, body });
    expect(await world.settled(answer(attestTask(world.dependencies()), sent))).toMatchObject({ status: 200 });
  }
}

async function pagesOf(partition: string): Promise<readonly (readonly AuditEntry[])[]> {
  const pages: (readonly AuditEntry[])[] = [];
  let after: string | undefined;
  do {
    const page = await world.settled(world.stores.audit.list(partition, { limit: 100, after }));
    pages.push(page.items);
    after = page.next;
  } while (after !== undefined);
  return pages;
}

async function entriesAbout(type: AuditEntry['event']['type'], factId: string): Promise<readonly AuditEntry[]> {
  return (await pagesOf(ID)).flat().filter((entry) => entry.event.type === type && entry.trigger?.endsWith(factId));
}

async function faultsOfLog(): Promise<readonly unknown[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tenure-large-'));
  try {
    for (const [path, { bytes }] of world.bucket.objects) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), bytes);
    }
    return (await verifyLog(copyIn(folder), { vkeys: [world.vkey] })).faults;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Of whatever has a row: an entry has one for each of its steps. */
async function placesInLake(): Promise<readonly number[]> {
  const rows: { readonly unmapped: { readonly log_index: number | bigint } }[] = [];
  for (const [name, bytes] of world.lake.objects) {
    if (!name.endsWith('.parquet')) continue;
    rows.push(...((await parquetReadObjects({ file: bytes.slice().buffer, compressors: COMPRESSORS })) as typeof rows));
  }
  return rows.map(({ unmapped }) => Number(unmapped.log_index));
}

describe(`an account of ${GRANTS} grants of ${LENGTH} characters`, () => {
  const names = Array.from({ length: GRANTS }, (_, index) => named(index));

  it('is read, kept, told of and shown', { timeout: 120_000 }, async () => {
    await joinWith(names);
    const held = [...names, 'everyone'].sort();
    expect(names.every(({ length }) => length === LENGTH)).toBe(true);
    expect((await accountInChat())?.account?.grants).toEqual(held);
    const sent = requestAs(['auditor'], 'E0700', { pathParameters: { id: ID } });
    expect(await world.settled(answer(getIdentity(world.dependencies()), sent))).toMatchObject({ status: 200 });
    expect(world.world.escalations).toEqual([]);
  });

  it('is closed by a leaver, certified, sealed and brought into the lake', { timeout: 300_000 }, async () => {
    await joinWith(names);
    await leave();
    expect(inChat()).toMatchObject({ enabled: false, grants: new Set() });
    const certificate = await world.settled(world.stores.accounts.findCertificate(`${ID}.3`));
    const chat = certificate?.applications.find(({ applicationId }) => applicationId === 'chat');
    expect(chat).toMatchObject({ outcome: 'disabled', provenBy: 'read-back', truncated: true });
    const pages = await pagesOf(ID);
    expect(pages.every((page) => JSON.stringify(page).length < 5_500_000)).toBe(true);
    const entries = pages.flat();
    const read = entries.flatMap(({ event }) =>
      event.type === 'access-read-back' ? [event.observed?.grants ?? []] : [],
    );
    expect(read).toContainEqual([...names, 'everyone'].sort());
    const gone = entries.flatMap(({ event }) =>
      event.type === 'access-changed' && event.step.action === 'revoke' ? [event.step.grant] : [],
    );
    expect(gone.toSorted()).toEqual([...names, 'everyone'].sort());
    expect(chat?.verifiedBy.every((entryId) => entries.some((entry) => entry.entryId === entryId))).toBe(true);

    await world.seal();
    expect(await faultsOfLog()).toEqual([]);
    const inLake = new Set(await placesInLake());
    expect(inLake.size).toBe(world.tables.audited.length);
    expect(world.handedOn.filter((one) => 'reason' in (one as object))).toEqual([]);
    expect(world.world.escalations).toEqual([]);
  });
});

describe('an account whose grants are more than can be kept', () => {
  const within = Array.from({ length: 1_000 }, (_, index) => random(index));
  const beyond = Array.from({ length: 1_300 }, (_, index) => random(index));

  it('is worked on like any other up to there', { timeout: 120_000 }, async () => {
    await joinWith(within);
    expect((await accountInChat())?.account?.grants).toHaveLength(within.length + 1);
    await leave();
    expect(await world.settled(world.stores.accounts.findCertificate(`${ID}.3`))).toBeDefined();
    expect(world.world.escalations).toEqual([]);
  });

  it('is told of by how much, and nothing is done to it by halves', { timeout: 120_000 }, async () => {
    await joinWith(beyond);
    await world.wait(HOUR_MS);
    expect(inChat()?.grants.size).toBe(beyond.length + 1);
    expect((await accountInChat())?.account?.grants).toEqual(['everyone']);
    expect(world.world.escalations.join()).toMatch(
      /chat.*the account holds 1301 grants, whose names take \d+ bytes when compressed: of one account at most 150000 are kept/,
    );
    expect(await entriesAbout('access-intended', 'moves')).toEqual([]);
  });

  it('is cut off by its id when its holder leaves, though it is not proven', { timeout: 120_000 }, async () => {
    await joinWith(beyond);
    await leave();
    expect(inChat()).toMatchObject({ enabled: false });
    expect((await record())?.header.removal?.provenMs).toBeUndefined();
    expect(world.world.escalations.join()).toContain('of one account at most 150000 are kept');
    // Once somebody has taken enough away, all goes on.
    for (const name of beyond.slice(0, 400)) inChat()?.grants.delete(name);
    for (let sweeps = 0; sweeps < 10; sweeps += 1) {
      world.world.sweep();
      await world.wait(10 * MINUTE_MS);
    }
    expect(inChat()?.grants.size).toBe(0);
    expect((await record())?.header.removal?.provenMs).toBeDefined();
  });
});
