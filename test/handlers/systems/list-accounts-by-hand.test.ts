// What somebody brings from a system without an API, through the real state machines: it shows access gone, or still there.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listedSchema } from '../../../lambdas/api/applications.ts';
import { reconciliationDetailSchema } from '../../../lambdas/api/reconciliations.ts';
import { reconciliationSettingsSchema } from '../../../lambdas/core/access-model/reconciliation-settings.ts';
import { getReconciliation } from '../../../lambdas/handlers/reconciliation/get-reconciliation.ts';
import { listAccountsByHand } from '../../../lambdas/handlers/systems/list-accounts-by-hand.ts';
import type { ReconciliationStore } from '../../../lambdas/stores/reconciliations/reconciliation-store.ts';
import { MODEL } from '../../simulation/access-model.ts';
import { VirtualTime } from '../../simulation/virtual-time.ts';
import { World } from '../../simulation/world.ts';
import { answer, CLAIMS, requestAs } from '../../support/api-requests.ts';
import { joiner, leaver, mover } from '../../support/facts.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const retryPolicy = { maximumPasses: 3, firstWaitSeconds: 5, maximumWaitSeconds: 60, afterEscalationSeconds: 1_800 };
const HEADER = 'account,entitlement,enabled\n';

let time: VirtualTime;
let world: World;
let reconciliations: ReconciliationStore;
let model = MODEL;
/** Whether the state machine that ends a run is started. */
let starts = true;

beforeEach(() => {
  time = new VirtualTime(Date.parse('2026-11-23T09:00:00Z'));
  model = MODEL;
  world = new World({ model: MODEL, retryPolicy });
  reconciliations = world.reconciliations;
  starts = true;
});
afterEach(() => time.uninstall());

async function pass(minutes: number) {
  for (let minute = 0; minute < minutes; minute += 1) {
    await time.runUntil(time.nowMs + MINUTE_MS);
    world.pumpStream();
    world.sweep();
  }
  await time.runUntil(time.nowMs + MINUTE_MS);
}

const record = () => world.stores.directory.load('E1');
const openTask = async () => (await record())?.tasks.find(({ status }) => status === 'open');
const provenMs = async () => (await record())?.header.removal?.provenMs;

async function attest(as: string) {
  const task = await openTask();
  if (task === undefined) throw new Error('there is no task');
  await world.attest(task, as);
  await pass(3);
}

let ids = 0;

async function bring(
  content: string | Buffer,
  { ageMs = 0, as = 'E7', contentType = 'text/csv', id = 'badge', directory = world.stores.directory } = {},
) {
  const dependencies = {
    ...world.stores,
    directory,
    clock: () => time.nowMs,
    newId: () => `id-${++ids}`,
    model: () => model,
    claims: CLAIMS,
    reconciliations,
    workflow: {
      goOn: async (applicationId: string, runId: string) => {
        if (starts) void world.start('reconcile', { applicationId, ask: 'go-on', runId });
      },
    },
    manualConnectors: ['manual'],
  };
  const sent = {
    pathParameters: { id },
    query: { exportedAt: new Date(time.nowMs - ageMs).toISOString() },
    headers: { 'content-type': contentType },
    body: Buffer.from(content),
  };
  return await answer(listAccountsByHand(dependencies), requestAs(['it'], as, sent));
}

async function leave() {
  await world.record(joiner('2026-11-01', { location: 'Berlin' }));
  await pass(3);
  await attest('it-1');
  await world.record(leaver('2026-11-22'));
  await pass(3);
}

describe('a list of what is in a disconnected system', () => {
  it('shows that a leaver has nothing left, which proves it', async () => {
    await leave();
    expect(await provenMs()).toBeUndefined();
    const { status, body } = await bring(`${HEADER}somebody else,office,true\n`);
    expect(status).toBe(200);
    expect(listedSchema.parse(body)).toMatchObject({ attestedTasks: 1, reopened: 0, counts: { orphan: 1 } });
    await pass(3);
    expect(await openTask()).toBeUndefined();
    expect((await record())?.tasks.at(-1)).toMatchObject({ status: 'done', attestedBy: 'E7' });
    expect(await provenMs()).toBeDefined();
  });

  it('shows that it is there still: the task comes back, and nothing is proven before it is gone', async () => {
    await leave();
    await attest('it-1');
    await pass(3);
    expect(await provenMs()).toBeDefined();
    await pass(2);
    const { body } = await bring(`${HEADER}E1,office,true\n`);
    expect(listedSchema.parse(body)).toMatchObject({ attestedTasks: 0, reopened: 1 });
    await pass(10);
    expect((await openTask())?.steps).toMatchObject([{ action: 'disable-account' }, { action: 'revoke' }]);
    expect((await record())?.facts.at(-1)).toMatchObject({
      type: 'access-seen',
      applicationId: 'badge',
      uploadedBy: 'E7',
    });
    await bring(`${HEADER}somebody else,,\n`);
    await pass(10);
    expect(await openTask()).toBeUndefined();
  });

  it('shows that a mover has it still, who is asked after it again', async () => {
    await world.record(joiner('2026-11-01', { location: 'Berlin' }));
    await pass(3);
    await attest('it-1');
    await world.record(mover('2026-11-22', { location: 'Paris' }));
    await pass(3);
    await attest('it-1');
    expect(await openTask()).toBeUndefined();
    await pass(2);
    expect(await bring(`${HEADER}E1,office,true\n`)).toMatchObject({ body: { reopened: 1 } });
    await pass(3);
    expect((await openTask())?.steps).toMatchObject([{ action: 'disable-account' }, { action: 'revoke' }]);
  });

  it('says nothing of what was done after it was made', async () => {
    await leave();
    await attest('it-1');
    const { body } = await bring(`${HEADER}E1,office,true\n`, { ageMs: HOUR_MS });
    expect(listedSchema.parse(body)).toMatchObject({ reopened: 0 });
    await pass(3);
    expect(await openTask()).toBeUndefined();
  });

  it('closes no task that was opened after it was made, nor that of whoever brought it', async () => {
    await leave();
    await bring(`${HEADER}somebody else,,\n`, { ageMs: HOUR_MS });
    expect(await openTask()).toBeDefined();
    await bring(`${HEADER}somebody else,,\n`, { as: 'E1' });
    expect(await openTask()).toBeDefined();
  });

  it('is one word of two, where the access model asks for a second person', async () => {
    const attestation = { secondPerson: 'required' } as const;
    await leave();
    model = { ...MODEL, applications: MODEL.applications.map((one) => ({ ...one, attestation })) };
    expect(await bring(`${HEADER}somebody else,,\n`)).toMatchObject({ body: { attestedTasks: 0 } });
    expect(await openTask()).toMatchObject({ first: { by: 'E7' } });
  });

  it('is read as spreadsheets write it', async () => {
    await leave();
    const text = '\uFEFFAccount;Entitlement;Enabled\r\n"E1";office;yes\r\n;;\r\n';
    expect(await bring(Buffer.from(text, 'utf16le'))).toMatchObject({ status: 200, body: { accounts: 1 } });
    await pass(1);
    expect(await bring('account\tentitlement\nE1\toffice\nE1\tvault\n')).toMatchObject({ body: { accounts: 1 } });
  });

  it.each<[string, string, number]>([
    ['empty', '', 422],
    ['only a header', HEADER, 422],
    ['without accounts', 'entitlement\noffice\n', 422],
    ['with a row that cannot be read', `${HEADER}E1,office,true\nE2,"off,true\n`, 422],
    ['with a row that says neither', `${HEADER}E1,office,perhaps\n`, 422],
    ['at odds with itself', `${HEADER}E1,office,true\nE1,vault,false\n`, 422],
    ['too long', `${HEADER}${Array.from({ length: 5_001 }, (_, row) => `a${row},,`).join('\n')}`, 422],
  ])('is refused as a whole when it is %s', async (_, content, status) => {
    await leave();
    expect(await bring(content)).toMatchObject({ status });
    expect((await reconciliations.find('badge'))?.list).toBeUndefined();
    expect(await openTask()).toBeDefined();
  });

  it('is refused when it is of a time to come, no later than the last, of another type, or of a system that is read', async () => {
    await leave();
    const content = `${HEADER}somebody else,,\n`;
    expect(await bring(content, { ageMs: -HOUR_MS })).toMatchObject({ status: 422 });
    expect(await bring(content, { contentType: 'text/html' })).toMatchObject({ status: 415 });
    expect(await bring(Buffer.alloc(4_000_001))).toMatchObject({ status: 413 });
    const connected = MODEL.applications.find(({ connector }) => connector !== 'manual')?.id ?? '';
    expect(await bring(content, { id: connected })).toMatchObject({ status: 409 });
    expect(await bring(content)).toMatchObject({ status: 200 });
    expect(await bring(content)).toMatchObject({ status: 200 });
    expect(await bring(`${content}E1,,\n`)).toMatchObject({ status: 409 });
    expect(await bring(content, { ageMs: 1 })).toMatchObject({ status: 409 });
  });

  it.each<[number, number, boolean]>([
    [5, 8, true],
    [6, 8, false],
    [6, 30, true],
    [7, 30, false],
  ])('that lacks %i of %i who should be there is taken: %s', async (lacking, expected, isTaken) => {
    await leave();
    const headers = Array.from({ length: expected }, (_, index) => ({
      identityId: `E1${index}`,
      applications: ['badge'],
    }));
    const listIdentities = async () => ({ items: headers as never });
    const load = async (id: string) =>
      headers.some(({ identityId }) => identityId === id) ? await record() : undefined;
    const rows = headers.slice(lacking).map(({ identityId }) => `${identityId},office,true`);
    const directory = { ...world.stores.directory, listIdentities, load };
    const answered = await bring(`${HEADER}${rows.join('\n')}\n`, { directory });
    expect(answered).toMatchObject({ status: isTaken ? 200 : 409 });
    expect((await reconciliations.find('badge'))?.list === undefined).toBe(!isTaken);
  });

  it.each([
    [100, undefined],
    [101, 'too-many-identities'],
  ])('is compared with %i pages of the directory, and says what it did not see: %s', async (pages, incomplete) => {
    await settled();
    let read = 0;
    const listIdentities: typeof world.stores.directory.listIdentities = async (page) => {
      read += 1;
      if (read < pages) return { items: [], next: String(read) };
      return await world.stores.directory.listIdentities({ ...page, after: undefined });
    };
    const directory = { ...world.stores.directory, listIdentities };
    expect(await bring(`${HEADER}e9@acme.example,office,true\n`, { directory })).toMatchObject({ status: 200 });
    await pass(3);
    const { report } = await reportOf();
    expect(report).toMatchObject({ accounts: 1, counts: { missing: incomplete === undefined ? 1 : 0 } });
    expect(report?.incomplete).toBe(incomplete);
  });
});

/** E1 works in Berlin, where an office badge is due, and was given one; E2 works elsewhere. */
async function settled() {
  await world.record(joiner('2026-11-01', { location: 'Berlin' }));
  await world.record({ ...joiner('2026-11-01', { location: 'Paris', email: 'e2@acme.example' }), identityId: 'E2' });
  await pass(3);
  await attest('it-1');
  await pass(2);
}

async function reportOf(id = 'badge') {
  const dependencies = { ...world.stores, clock: () => time.nowMs, newId: () => 'id', claims: CLAIMS };
  const handle = getReconciliation({ ...dependencies, model: () => model, reconciliations });
  const { body } = await answer(handle, requestAs(['auditor'], 'E8', { pathParameters: { applicationId: id } }));
  return reconciliationDetailSchema.parse(body);
}

async function openTaskOf(identityId: string) {
  const tasks = (await world.stores.directory.load(identityId))?.tasks ?? [];
  return tasks.find(({ status }) => status === 'open');
}

describe('what a list shows is reconciled like what a connector reads', () => {
  it('is the report of its application, which asks nobody for anything before somebody has decided', async () => {
    await settled();
    await bring(`${HEADER}E2,office,true\nstranger,office,true\n`);
    await pass(5);
    const { report, run, findings } = await reportOf();
    expect(report).toMatchObject({
      accounts: 2,
      matched: 1,
      counts: { orphan: 1, extra: 1, missing: 1 },
      newOrphans: 1,
      list: { broughtBy: 'E7' },
    });
    expect(run).toMatchObject({ status: 'finished' });
    expect(findings.map(({ kind, identityId, unreviewed }) => [kind, identityId, unreviewed])).toEqual([
      ['extra', 'E2', true],
      ['missing', 'E1', undefined],
      ['orphan', undefined, undefined],
    ]);
    expect(await openTaskOf('E1')).toBeUndefined();
    expect(await openTaskOf('E2')).toBeUndefined();
  });

  it('asks people to put it right once somebody has decided for repair, of whom the next list shows that it is', async () => {
    await settled();
    await bring(`${HEADER}E2,office,true\n`);
    await pass(5);
    expect(await world.decideReconciliation('badge', 'repair')).toBe(200);
    await pass(5);
    expect((await openTaskOf('E2'))?.steps).toMatchObject([{ action: 'disable-account' }, { action: 'revoke' }]);
    expect((await openTaskOf('E1'))?.steps).toMatchObject([{ action: 'grant' }, { action: 'enable-account' }]);
    await bring(`${HEADER}E1,office,true\n`);
    await pass(5);
    expect(await openTaskOf('E1')).toBeUndefined();
    expect(await openTaskOf('E2')).toBeUndefined();
    expect(await reportOf()).toMatchObject({ report: { counts: { orphan: 0, extra: 0, missing: 0 } }, findings: [] });
  });

  it('repairs by itself where the access model says so, and leaves what was there before to a decision', async () => {
    const reconciliation = { ...reconciliationSettingsSchema.parse({}), answer: 'repair' } as const;
    model = { ...MODEL, applications: MODEL.applications.map((one) => ({ ...one, reconciliation })) };
    world.deploy(model);
    await settled();
    await bring(`${HEADER}E2,office,true\n`);
    await pass(5);
    expect(await openTaskOf('E1')).toBeDefined();
    expect(await openTaskOf('E2')).toBeUndefined();
  });

  it('is no proof that what it lacks is gone: whoever leaves is asked after it', async () => {
    await settled();
    await bring(`${HEADER}E2,,\n`);
    await pass(5);
    await world.decideReconciliation('badge', 'repair');
    await world.record(leaver('2026-11-23T09:00:00Z'));
    await pass(10);
    expect((await openTask())?.steps).toMatchObject([{ action: 'disable-account' }, { action: 'revoke' }]);
    expect(await provenMs()).toBeUndefined();
  });

  it('lacks nothing that was given since it was made', async () => {
    await settled();
    await bring(`${HEADER}E2,,\n`, { ageMs: HOUR_MS });
    await pass(5);
    expect((await reportOf()).report?.counts).toMatchObject({ missing: 0 });
  });

  it('stays the report when a run is started that can list nothing', async () => {
    await settled();
    await bring(`${HEADER}stranger,office,true\n`);
    await pass(5);
    await world.reconcile('badge');
    await pass(2);
    expect(await reportOf()).toMatchObject({ run: { status: 'finished' }, report: { counts: { orphan: 1 } } });
    expect((await reportOf()).report?.list).toBeDefined();
  });

  it('is read one at a time; what broke off is read again at once, and another a minute later', async () => {
    await settled();
    starts = false;
    expect(await bring(`${HEADER}E1,office,true\n`)).toMatchObject({ status: 200 });
    await time.runUntil(time.nowMs + 50_000);
    expect(await bring(`${HEADER}E2,office,true\n`)).toMatchObject({ status: 409 });
    expect(await bring(`${HEADER}E1,office,true\n`, { ageMs: 50_000 })).toMatchObject({ status: 200 });
    await time.runUntil(time.nowMs + 61_000);
    starts = true;
    expect(await bring(`${HEADER}E2,office,true\n`)).toMatchObject({ status: 200 });
    await pass(2);
    expect((await reportOf()).report).toMatchObject({ counts: { extra: 1, missing: 1 } });
  });
});
