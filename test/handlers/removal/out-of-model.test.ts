// An application that is gone from the access model while somebody has an account in it: nothing reads it any more, so it
// is a task for people, the proof of a removal waits for it, and the certificate says what nobody has read.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { identitySchema } from '../../../lambdas/api/identities.ts';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import { getIdentity } from '../../../lambdas/handlers/identity/get-identity.ts';
import { getCertificate } from '../../../lambdas/handlers/removal/get-certificate.ts';
import type { ApiHandler } from '../../../lambdas/middleware/serve-api.ts';
import { MODEL } from '../../simulation/access-model.ts';
import { VirtualTime } from '../../simulation/virtual-time.ts';
import { World } from '../../simulation/world.ts';
import { answer, CLAIMS, requestAs } from '../../support/api-requests.ts';
import { joiner, leaver, mover, rescind } from '../../support/facts.ts';

const MINUTE_MS = 60_000;
const retryPolicy = { maximumPasses: 3, firstWaitSeconds: 5, maximumWaitSeconds: 60, afterEscalationSeconds: 1_800 };
const JOINS = joiner('2026-11-01', { department: 'Engineering' });
const LEAVES = leaver('2026-11-22');

let time: VirtualTime;
beforeEach(() => {
  time = new VirtualTime(Date.parse('2026-11-23T09:00:00Z'));
});
afterEach(() => time.uninstall());

function begin() {
  const world = new World({ model: MODEL, retryPolicy });
  const tell = async (...facts: readonly Fact[]) => {
    for (const fact of facts) {
      await world.record(fact);
      await time.runUntil(time.nowMs + 5 * MINUTE_MS);
    }
  };
  const record = async () => {
    const found = await world.stores.directory.load('E1');
    if (found === undefined) throw new Error('E1 is not known');
    return found;
  };
  const openTasks = async () => (await record()).tasks.filter(({ status }) => status === 'open');
  const attest = async (applicationId: string) => {
    const task = (await openTasks()).find((one) => one.applicationId === applicationId);
    if (task === undefined) throw new Error(`no task is open in ${applicationId}`);
    await world.attest(task, 'it-1');
    await time.runUntil(time.nowMs + 5 * MINUTE_MS);
    return task;
  };
  const sweepFor = async (hours: number) => {
    for (let minute = 0; minute < hours * 60; minute += 5) {
      world.sweep();
      await time.runUntil(time.nowMs + 5 * MINUTE_MS);
    }
  };
  const isProven = async () => (await record()).header.removal?.provenMs !== undefined;
  const certificateId = async () => `E1.${(await record()).header.removal?.version}`;
  const certificate = async () => world.stores.accounts.findCertificate(await certificateId());
  const ask = (handle: (dependencies: never) => ApiHandler, id: string) => {
    const dependencies = { ...world.stores, clock: () => time.nowMs, model: () => world.model, claims: CLAIMS };
    return answer(handle(dependencies as never), requestAs(['it', 'auditor'], 'E9', { pathParameters: { id } }));
  };
  return {
    world,
    tell,
    record,
    openTasks,
    attest,
    sweepFor,
    isProven,
    certificate,
    shown: async () => identitySchema.parse((await ask(getIdentity, 'E1')).body),
    whyNoCertificate: async () => ask(getCertificate, await certificateId()),
    accountIn: (applicationId: string) => world.systems.get(applicationId)?.accountOf('E1'),
    takeOut: (applicationId: string) => {
      world.models.push({
        ...world.model,
        applications: world.model.applications.filter(({ id }) => id !== applicationId),
        profiles: world.model.profiles.map((profile) => ({
          ...profile,
          entitlements: profile.entitlements.filter((entitlement) => !entitlement.startsWith(`${applicationId}:`)),
        })),
      });
    },
    putBack: () => {
      world.models.push(MODEL);
    },
  };
}

describe('a leaver with an account in an application that is gone from the access model', () => {
  async function left() {
    const world = begin();
    await world.tell(JOINS);
    world.takeOut('cloud');
    await world.tell(LEAVES);
    return world;
  }

  it('is not proven to have no access while the account is open, however long that takes', async () => {
    const { accountIn, isProven, certificate, openTasks, sweepFor, world } = await left();
    expect(accountIn('cloud')).toMatchObject({ enabled: true });
    expect([...(accountIn('cloud')?.grants ?? [])]).toContain('production-admin');
    await sweepFor(24);
    expect(await isProven()).toBe(false);
    expect(await certificate()).toBeUndefined();
    const [task, ...more] = await openTasks();
    expect(more).toEqual([]);
    expect(task).toMatchObject({ applicationId: 'cloud', assignee: 'it' });
    expect(task?.instructions).toContain(accountIn('cloud')?.accountId);
    expect(task?.steps.map((step) => ('grant' in step ? step.grant : step.action)).sort()).toEqual([
      'developer',
      'disable-account',
      'production-admin',
    ]);
    // One execution waits, and nobody is told that it failed.
    expect(await world.stores.tasks.listWaitingTokens('E1')).toHaveLength(1);
    expect(world.escalations).toEqual([]);
  });

  it('is shown to operators with what the proof waits for', async () => {
    const { shown, whyNoCertificate } = await left();
    const { accounts, removal } = await shown();
    expect(accounts.find(({ applicationId }) => applicationId === 'cloud')).toMatchObject({
      outOfReach: true,
      lastError: expect.stringContaining('no longer has this application'),
      account: { enabled: true, grants: ['developer', 'production-admin'] },
    });
    expect(accounts.find(({ applicationId }) => applicationId === 'chat')).not.toHaveProperty('outOfReach');
    expect(removal).toMatchObject({ waitsFor: ['cloud'] });
    expect(removal).not.toHaveProperty('provenAt');
    expect(await whyNoCertificate()).toMatchObject({
      status: 404,
      body: { detail: expect.stringContaining('It waits for open tasks in cloud.') },
    });
  });

  it('is proven once a person has attested, by a certificate that says what nobody has read', async () => {
    const { attest, isProven, certificate, shown } = await left();
    await attest('cloud');
    expect(await isProven()).toBe(true);
    const { applications, notProven, attestations } = (await certificate()) ?? {};
    expect(applications?.map(({ applicationId, provenBy }) => [applicationId, provenBy])).toEqual([
      ['chat', 'read-back'],
    ]);
    expect(notProven).toMatchObject([{ applicationId: 'cloud', why: 'not-in-model' }]);
    expect(Date.parse(notProven?.[0]?.lastReadAt ?? '')).toBeLessThan(Date.parse('2026-11-23T09:05:00Z'));
    expect(attestations).toMatchObject([{ applicationId: 'cloud', attestedBy: 'it-1' }]);
    expect((await shown()).removal).not.toHaveProperty('waitsFor');
  });

  it('has the account taken back by its connector when the application is put back, and the task is nobody’s any more', async () => {
    const { putBack, tell, accountIn, openTasks, isProven, certificate } = await left();
    putBack();
    await tell(mover('2026-11-20', { title: 'Engineer' }));
    expect(accountIn('cloud')).toBeUndefined();
    expect(await openTasks()).toEqual([]);
    expect(await isProven()).toBe(true);
    const cloud = (await certificate())?.applications.find(({ applicationId }) => applicationId === 'cloud');
    expect(cloud).toMatchObject({ outcome: 'deleted', provenBy: 'read-back' });
  });
});

it('an application that goes while the removal waits for another is asked for, and waited for', async () => {
  const { world, tell, takeOut, attest, isProven, openTasks, record, sweepFor } = begin();
  await tell(joiner('2026-11-01', { department: 'Engineering', location: 'Berlin' }));
  await attest('badge');
  await tell(LEAVES);
  const chat = (await record()).accounts.find(({ applicationId }) => applicationId === 'chat');
  if (chat === undefined) throw new Error('there is no account');
  // Reconciliation found it open again.
  const account = { ...chat, revision: chat.revision + 1, closedMs: undefined };
  await world.stores.accounts.saveAccount({ identityId: 'E1', account, audit: [] });
  takeOut('chat');
  await attest('badge');
  await sweepFor(1);
  expect((await openTasks()).map(({ applicationId }) => applicationId)).toEqual(['chat']);
  expect(await isProven()).toBe(false);
  await attest('chat');
  expect(await isProven()).toBe(true);
  expect(world.escalations).toEqual([]);
});

describe('somebody employed with an account in an application that is gone', () => {
  it('has a task opened by the next pass; once attested, a later leaver waits for nothing', async () => {
    const { tell, takeOut, attest, openTasks, isProven, certificate, record } = begin();
    await tell(JOINS);
    takeOut('cloud');
    await tell(mover('2026-11-21', { title: 'Engineer' }));
    expect((await openTasks()).map(({ applicationId }) => applicationId)).toEqual(['cloud']);
    await attest('cloud');
    expect(await openTasks()).toEqual([]);
    const cloud = (await record()).accounts.find(({ applicationId }) => applicationId === 'cloud');
    expect(cloud).toMatchObject({ account: { enabled: false, grants: [] } });
    expect(cloud?.lastError).toBeUndefined();
    expect(cloud?.closedMs).toBeGreaterThan(cloud?.readMs ?? 0);
    await tell(leaver('2026-11-23T09:11:00Z', { recorded: '2026-11-22T09:00:00Z' }));
    expect(await isProven()).toBe(true);
    expect((await certificate())?.notProven).toMatchObject([{ applicationId: 'cloud', why: 'not-in-model' }]);
  });

  it('is asked for though the only trace is a call that died before it told of an account', async () => {
    const { world, tell, takeOut, openTasks, attest, record } = begin();
    await tell(JOINS);
    const known = (await record()).accounts.find(({ applicationId }) => applicationId === 'cloud');
    if (known === undefined) throw new Error('there is no account');
    const lost = { ...known, account: undefined, revision: known.revision + 1, openCallId: 'died' };
    await world.stores.accounts.saveAccount({ identityId: 'E1', account: lost, audit: [] });
    takeOut('cloud');
    await tell(mover('2026-11-21', { title: 'Engineer' }));
    expect((await openTasks()).map(({ steps }) => steps.map(({ action }) => action))).toEqual([['disable-account']]);
    const { items } = await world.stores.audit.list('E1', { limit: 1_000 });
    const outcome = items.find(({ event }) => event.type === 'access-read-back' && event.callId === 'died');
    expect(outcome?.event).toMatchObject({ error: expect.stringContaining('no longer has') });
    await tell(mover('2026-11-21', { title: 'Senior Engineer' }));
    expect(await openTasks()).toHaveLength(1);
    await attest('cloud');
    expect(await openTasks()).toEqual([]);
  });

  it('and of which nothing was ever there is not asked for', async () => {
    const { tell, takeOut, openTasks } = begin();
    await tell(joiner('2026-11-01', { department: 'Engineering' }), LEAVES, rescind(LEAVES, '2026-11-23T09:06:00Z'));
    takeOut('badge');
    await tell(mover('2026-11-21', { title: 'Engineer' }));
    expect(await openTasks()).toEqual([]);
  });
});

describe('a system that only people can change, gone from the access model', () => {
  it.each(['attested', 'asked for and never attested'])('is asked for by what was %s', async (what) => {
    const { tell, takeOut, attest, openTasks, isProven, sweepFor } = begin();
    await tell(joiner('2026-11-01', { location: 'Berlin' }));
    if (what === 'attested') await attest('badge');
    takeOut('badge');
    await tell(LEAVES);
    await sweepFor(1);
    expect(await isProven()).toBe(false);
    expect((await openTasks()).map(({ steps }) => steps.map(({ action }) => action))).toEqual([
      ['disable-account', 'revoke'],
    ]);
    await attest('badge');
    expect(await isProven()).toBe(true);
  });
});
