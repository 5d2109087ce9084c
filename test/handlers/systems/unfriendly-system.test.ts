// What becomes of people whose system is unfriendly: SCIMMY, a real SCIM server, behind a proxy that distorts what it
// answers, and the whole of a call about one application, from what was recorded to what is told.
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import { RetryableError } from '../../../lambdas/core/errors.ts';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import { appendFact } from '../../../lambdas/handlers/shared/append-fact.ts';
import { convergeApplication } from '../../../lambdas/handlers/systems/converge-application.ts';
import type { ConvergenceInput } from '../../../lambdas/handlers/systems/convergence-call.ts';
import type { RunningTarget } from '../../connectors/contract.ts';
import { scimmyHarness } from '../../connectors/scimmy-harness.ts';
import { MODEL } from '../../simulation/access-model.ts';
import { joiner, leaver, mover, suspension } from '../../support/facts.ts';
import type { Distortion } from '../../support/fault-proxy.ts';
import { memoryStores } from '../../support/memory-stores.ts';

const JOINED = '2026-11-01';
const LEFT = '2026-11-22';

let server: RunningTarget;
let addresses = 0;
beforeAll(async () => {
  server = await scimmyHarness.start(['everyone', 'sales-room', 'extra']);
});
afterEach(async () => {
  server.distort?.(undefined);
  await server.clearFaults();
});
afterAll(() => server?.stop());

/** An organisation of which the chat is the unfriendly system; each has people and addresses of its own. */
function organisation() {
  const stores = memoryStores();
  let nowMs = Date.parse('2026-11-23T12:00:00Z');
  let calls = 0;
  let model = MODEL;
  addresses += 1;
  const suffix = `-${addresses}`;
  const email = `ada${suffix}@acme.example`;
  const record = (who: string, fact: Fact) => {
    const identityId = who + suffix;
    const actor = { type: 'hr-source', id: 'acme-hr' } as const;
    return appendFact({ ...stores, clock: () => nowMs }, { ...fact, identityId }, { payloadHash: fact.factId, actor });
  };
  const call = async (who: string, mode: ConvergenceInput['mode'] = 'converge') => {
    const identityId = who + suffix;
    // Each call is a pass of its own, long after the one before.
    nowMs += 3_600_000;
    const lease = { identityId, holder: `pass-${calls}`, nowMs, expiresMs: nowMs + 90_000, nextCheckMs: nowMs };
    const epoch = (await stores.leases.acquireLease(lease))?.epoch ?? 0;
    const converge = convergeApplication({
      ...stores,
      clock: () => nowMs,
      newId: () => {
        calls += 1;
        return `call-${calls}`;
      },
      model: () => model,
      reconciliations: { find: async () => undefined },
      connect: async () => ({ kind: 'api', target: await server.connect() }),
    });
    return converge({ identityId, applicationId: 'chat', epoch, judgedMs: 0, trigger: 'test', mode });
  };
  const known = async (who: string) =>
    (await stores.directory.load(who + suffix))?.accounts.find(({ applicationId }) => applicationId === 'chat');
  const seen = async (accountId: string | undefined, who = 'E1') => {
    server.distort?.(undefined);
    return (await server.connect()).findAccount({ accountId: accountId ?? '', identityId: who + suffix });
  };
  const change = (changed: AccessModel) => {
    model = changed;
  };
  return { suffix, email, record, call, known, seen, change };
}

/** Without this entitlement of the chat, and without the lines of profiles that give it. */
function without(entitlement: string): AccessModel {
  return {
    ...MODEL,
    applications: MODEL.applications.map((application) => ({
      ...application,
      entitlements: application.entitlements.filter(({ id }) => application.id !== 'chat' || id !== entitlement),
    })),
    profiles: MODEL.profiles.map((profile) => ({
      ...profile,
      entitlements: profile.entitlements.filter((each) => each !== `chat:${entitlement}`),
    })),
  };
}

/** A provider that takes an externalId and forgets it. */
const FORGETS: Distortion = {
  answered: (body) => JSON.parse(JSON.stringify(body, (name, value) => (name === 'externalId' ? undefined : value))),
};
/** A provider that finds nobody by a filter it does not know, and shows nowhere who is in a group. */
const HIDES: Distortion = {
  answered: (body, { path }) => {
    if (path.includes('members.value')) return { totalResults: 0, Resources: [] };
    return JSON.parse(JSON.stringify(body, (name, value) => (name === 'members' ? undefined : value)));
  },
};

it('a newcomer who gets a leaver’s old address does not get the leaver’s account, though the system forgets whose it is', async () => {
  const { email, record, call, known, seen } = organisation();
  server.distort?.(FORGETS);
  await record('E1', joiner(JOINED, { email, department: 'Sales' }));
  expect(await call('E1')).toMatchObject({ outcome: 'converged' });
  await record('E1', leaver(LEFT));
  expect(await call('E1')).toMatchObject({ outcome: 'converged' });
  const hers = await known('E1');

  await record('E2', joiner('2026-11-23', { email, department: 'Sales' }));
  expect(await call('E2')).toMatchObject({ outcome: 'conflict', error: expect.stringContaining('another identity') });
  expect((await known('E2'))?.account).toBeUndefined();
  expect(await seen(hers?.account?.accountId)).toMatchObject({ enabled: false, grants: [] });
});

it('a leaver’s pass leaves the account alone that somebody else has by now, though the system forgets whose it is', async () => {
  const { email, record, call, known, seen } = organisation();
  server.distort?.(FORGETS);
  await record('E3', joiner(JOINED, { email, department: 'Sales' }));
  await record('E4', joiner(JOINED, { email: `former-${email}` }));
  expect(await call('E3')).toMatchObject({ outcome: 'converged' });
  const theirs = (await known('E3'))?.account?.accountId;
  // E4 never had an account here, and left under the address that E3 has now.
  await record('E4', mover('2026-11-20', { email }));
  await record('E4', leaver(LEFT));
  expect(await call('E4', 'lock-down')).toMatchObject({ outcome: 'converged', changed: 0 });
  expect(await call('E4')).toMatchObject({ outcome: 'converged', changed: 0 });
  expect(await call('E4', 'prove')).toMatchObject({ outcome: 'converged' });
  expect(await seen(theirs, 'E3')).toMatchObject({ enabled: true, grants: ['everyone', 'sales-room'] });
});

it.each(['lock-down', 'converge'] as const)(
  'a leaver whose memberships cannot be told is cut off by the id alone, and is not proven gone: %s',
  async (mode) => {
    const { email, record, call, known, seen } = organisation();
    await record('E1', joiner(JOINED, { email, department: 'Sales' }));
    await call('E1');
    const before = await known('E1');
    await record('E1', leaver(LEFT));
    server.distort?.(HIDES);
    await expect(call('E1', mode)).rejects.toThrow(/who is in them/);
    await expect(call('E1', 'prove')).rejects.toThrow(/who is in them/);
    const after = await known('E1');
    // What it held is not forgotten, and nothing says that it is over.
    expect(after).toMatchObject({ account: before?.account, lastError: expect.stringContaining('who is in them') });
    expect(after?.closedMs).toBeUndefined();
    expect(await seen(before?.account?.accountId)).toMatchObject({
      enabled: false,
      grants: ['everyone', 'sales-room'],
    });
    // Once the system tells, everything goes.
    expect(await call('E1')).toMatchObject({ outcome: 'converged' });
    expect(await seen(before?.account?.accountId)).toMatchObject({ enabled: false, grants: [] });
  },
);

it('somebody on leave is kept out though what they hold cannot be told', async () => {
  const { email, record, call, known, seen } = organisation();
  await record('E1', joiner(JOINED, { email }));
  await call('E1');
  await record('E1', suspension(LEFT));
  server.distort?.(HIDES);
  await expect(call('E1')).rejects.toThrow(/who is in them/);
  expect(await seen((await known('E1'))?.account?.accountId)).toMatchObject({ enabled: false });
});

it('a leaver is cut off though the groups do not answer at all', async () => {
  const { email, record, call, known, seen } = organisation();
  await record('E1', joiner(JOINED, { email }));
  await call('E1');
  await record('E1', leaver(LEFT));
  await server.addFault({ kind: 'status', status: 503, match: { method: 'GET', pathPrefix: '/Groups' } });
  await expect(call('E1', 'lock-down')).rejects.toBeInstanceOf(RetryableError);
  await server.clearFaults();
  expect(await seen((await known('E1'))?.account?.accountId)).toMatchObject({ enabled: false });
});

it('a leaver whose account was created by a call that died is found and cut off all the same', async () => {
  const { suffix, email, record, call } = organisation();
  const target = await server.connect();
  const profile = {
    identityId: `E1${suffix}`,
    kind: 'employee',
    userName: email,
    displayName: 'Ada Lovelace',
    email,
  } as const;
  const { accountId } = await target.createAccount(profile);
  await record('E1', joiner(JOINED, { email }));
  await record('E1', leaver(LEFT));
  server.distort?.(HIDES);
  await expect(call('E1', 'lock-down')).rejects.toThrow(/who is in them/);
  server.distort?.(undefined);
  expect(await target.findAccount({ ...profile, accountId })).toMatchObject({ enabled: false });
});

it('an attribute that the system does not let be changed is told, and holds up no grants', async () => {
  const { email, record, call, known, seen } = organisation();
  await record('E1', joiner(JOINED, { email }));
  await call('E1');
  await record('E1', mover('2026-11-20', { familyName: 'King', department: 'Sales' }));
  const body = { scimType: 'mutability', detail: 'displayName' };
  await server.addFault({ kind: 'status', status: 400, body, match: { method: 'PATCH', pathPrefix: '/Users' } });
  expect(await call('E1')).toMatchObject({ outcome: 'conflict', error: expect.stringContaining('may not be changed') });
  await server.clearFaults();
  expect(await seen((await known('E1'))?.account?.accountId)).toMatchObject({ grants: ['everyone', 'sales-room'] });
});

it('a mover leaves the group that was granted, though the system has renamed it; who stays is not taken out of it', async () => {
  const { email, record, call, known, seen } = organisation();
  await record('E1', joiner(JOINED, { email, department: 'Sales' }));
  await call('E1');
  const accountId = (await known('E1'))?.account?.accountId;
  await server.renameGroup?.('sales-room', 'sales-emea');
  try {
    expect(await call('E1')).toMatchObject({ outcome: 'converged', changed: 0 });
    expect(await seen(accountId)).toMatchObject({ grants: ['everyone', 'sales-emea'] });
    await record('E1', mover('2026-11-20', { department: 'Support' }));
    expect(await call('E1')).toMatchObject({ outcome: 'converged' });
    expect(await seen(accountId)).toMatchObject({ grants: ['everyone'] });
    expect((await known('E1'))?.granted).toMatchObject([{ grant: 'everyone', entitlement: 'everyone' }]);
  } finally {
    await server.renameGroup?.('sales-emea', 'sales-room');
  }
});

it('an entitlement that the access model has lost, with the lines that gave it, is taken back from whoever had it', async () => {
  const { email, record, call, known, seen, change } = organisation();
  await record('E1', joiner(JOINED, { email, department: 'Sales' }));
  await call('E1');
  const accountId = (await known('E1'))?.account?.accountId;
  const found = await seen(accountId);
  if (found === undefined) throw new Error('there is no account');
  // What nobody granted from here is the reconciliation's business.
  await (await server.connect()).grant(found, 'extra');
  change(without('sales-room'));
  expect(await call('E1')).toMatchObject({ outcome: 'converged', changed: 1 });
  expect(await seen(accountId)).toMatchObject({ grants: ['everyone', 'extra'] });
});

it('an account with grants that nobody has looked at keeps its name and address when a newcomer is matched to it', async () => {
  const { suffix, email, record, call, known } = organisation();
  const target = await server.connect();
  const former = {
    identityId: '',
    kind: 'employee',
    userName: email,
    displayName: 'Somebody Else',
    email: `old${suffix}@acme.example`,
  } as const;
  const { accountId } = await target.createAccount(former);
  const found = await target.findAccount({ accountId, identityId: '', userName: email });
  if (found === undefined) throw new Error('there is no account');
  await target.grant(found, 'extra');
  await record('E1', joiner(JOINED, { email }));
  expect(await call('E1')).toMatchObject({ outcome: 'converged' });
  expect((await known('E1'))?.unreviewed).toEqual(['extra']);
  const after = await target.findAccount({ accountId, identityId: `E1${suffix}`, userName: email });
  expect(after).toMatchObject({ accountId, grants: ['everyone', 'extra'] });
  expect(after?.attributes).toMatchObject({ displayName: 'Somebody Else', email: former.email });
});
