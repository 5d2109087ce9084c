import { describe, expect, it } from 'vitest';
import type { ResidualWindow, Target } from '../../../lambdas/connectors/contract/connector.ts';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import type { AuditEntry } from '../../../lambdas/core/audit/audit.ts';
import { PermanentError, RetryableError } from '../../../lambdas/core/errors.ts';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import type { ObservedAccount } from '../../../lambdas/core/systems/account.ts';
import type { Credential } from '../../../lambdas/core/systems/credential.ts';
import { appendFact } from '../../../lambdas/handlers/shared/append-fact.ts';
import type { Visit } from '../../../lambdas/handlers/systems/connect-application.ts';
import { convergeApplication } from '../../../lambdas/handlers/systems/converge-application.ts';
import { MODEL } from '../../simulation/access-model.ts';
import { MemorySystem } from '../../simulation/memory-system.ts';
import { taskOf } from '../../stores/identities/examples.ts';
import { joiner, leaver, mover, returning, suspension } from '../../support/facts.ts';
import { memoryStores } from '../../support/memory-stores.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');

/** What is known of E1, and a call about it in the chat. */
async function begin(facts: readonly Fact[], model: AccessModel = MODEL, judgedMs = 0) {
  const stores = memoryStores();
  let nowMs = NOW;
  const clock = () => nowMs;
  const record = (fact: Fact) =>
    appendFact({ ...stores, clock }, fact, { payloadHash: fact.factId, actor: { type: 'hr-source', id: 'acme-hr' } });
  for (const fact of facts) await record(fact);
  const nextCheckMs = NOW;
  const lease = { identityId: 'E1', holder: 'pass', nowMs: NOW, expiresMs: NOW + 90_000, nextCheckMs };
  const header = await stores.leases.acquireLease(lease);
  const input = {
    identityId: 'E1',
    applicationId: 'chat',
    epoch: header?.epoch ?? 0,
    judgedMs,
    trigger: 'test',
  } as const;
  let calls = 0;
  const newId = () => {
    calls += 1;
    return `call-${calls}`;
  };
  const visits: (Visit | undefined)[] = [];
  const converge = (
    target: Target,
    residual?: ResidualWindow,
    epoch = input.epoch,
    mode: 'converge' | 'prove' = 'converge',
  ) =>
    convergeApplication({
      ...stores,
      clock,
      newId,
      model: () => model,
      reconciliations: { find: async () => undefined },
      connect: async (_application, _purpose, visit) => {
        visits.push(visit);
        return { kind: 'api', target, residual };
      },
    })({ ...input, epoch, mode });
  const waitUntil = (instantMs: number) => {
    nowMs = instantMs;
  };
  return { stores, record, converge, waitUntil, visits };
}

/** One call about E1 in the chat; `onGrant` runs when its first grant takes effect. */
async function callWith(
  facts: readonly Fact[],
  onGrant: (
    record: (fact: Fact) => Promise<unknown>,
    others: Pick<Awaited<ReturnType<typeof begin>>, 'stores' | 'waitUntil'>,
  ) => Promise<unknown>,
) {
  const { record, converge, ...others } = await begin(facts);
  const system = new MemorySystem({ canDisable: true });
  const target = system.target();
  const outcome = await converge({
    ...target,
    grant: async (account, grant) => {
      await target.grant(account, grant);
      if (system.accountOf('E1')?.grants.size === 1) await onGrant(record, others);
    },
  });
  return { outcome, held: [...(system.accountOf('E1')?.grants ?? [])] };
}

describe('a call to a system', () => {
  const joins = joiner('2026-11-01', { department: 'Sales' });

  it.each([
    ['leaves a lease as it is that outlives it', 10_000, NOW + 90_000],
    ['renews a lease that may end before it', 10_001, NOW + 10_001 + 90_000],
  ])('%s', async (_, afterMs, expiresMs) => {
    const { stores, converge, waitUntil } = await begin([joins]);
    waitUntil(NOW + afterMs);
    expect(await converge(new MemorySystem({ canDisable: true }).target())).toMatchObject({ outcome: 'converged' });
    expect((await stores.directory.load('E1'))?.header.lease?.expiresMs).toBe(expiresMs);
  });

  it('relies on what earlier calls found out only for whom nothing is known to be taken from', async () => {
    const { converge, record, visits } = await begin([joins]);
    const target = new MemorySystem({ canDisable: true }).target();
    for (const fact of [mover('2026-11-02', { department: 'Support' }), leaver('2026-11-22')]) {
      await converge(target);
      await record(fact);
    }
    await converge(target);
    expect(visits.map((visit) => visit?.givesOnly)).toEqual([true, false, false]);
    const gone = await begin([joins, leaver('2026-11-22')]);
    await gone.converge(target);
    expect(gone.visits.map((visit) => visit?.givesOnly)).toEqual([false]);
  });

  it('leaves to who is at work what nobody has looked at, though their account cannot be read', async () => {
    const inSales = MODEL.profiles.map((profile) => ({ ...profile, when: { department: ['Sales'] } }));
    const { record, converge, waitUntil } = await begin([joins], { ...MODEL, profiles: inSales });
    const system = new MemorySystem({ canDisable: false });
    const account = system.addEarlier({ userName: 'ada@acme.example', grants: ['legacy-group'] });
    await converge(system.target());
    expect(account.grants).toContain('everyone');
    await record(mover('2026-11-22', { department: 'Finance' }));
    waitUntil(NOW + 1_000);
    const findAccount = async () => Promise.reject(new RetryableError('answered 503'));
    await expect(converge({ ...system.target(), findAccount })).rejects.toThrow('answered 503');
    expect([...account.grants]).toEqual(['legacy-group']);
  });

  it('knows by its own id what a leave takes though it was renamed, and the account cannot be read', async () => {
    const { record, converge, waitUntil } = await begin([joins]);
    const system = new MemorySystem({ canDisable: false });
    system.tellsIds = true;
    await converge(system.target());
    system.rename('sales-room', 'sales-room-emea');
    expect(await converge(system.target())).toMatchObject({ outcome: 'converged', changed: 0 });
    await record(suspension('2026-11-23'));
    waitUntil(NOW + 1_000);
    const findAccount = async () => Promise.reject(new RetryableError('answered 503'));
    await expect(converge({ ...system.target(), findAccount })).rejects.toThrow('answered 503');
    expect([...(system.accountOf('E1')?.grants ?? [])]).toEqual([]);
    await record(mover('2026-11-23', { department: 'Support' }));
    await record(returning('2026-11-23'));
    waitUntil(NOW + 2_000);
    expect(await converge(system.target())).toMatchObject({ outcome: 'converged' });
    expect([...(system.accountOf('E1')?.grants ?? [])]).toEqual(['everyone']);
  });

  it('is made again where something was said meanwhile about a task that nobody need do now', async () => {
    const { stores, converge } = await begin([joins]);
    const target = new MemorySystem({ canDisable: true }).target();
    const task = taskOf('E1', '0', { applicationId: 'chat' });
    await stores.tasks.openTask({ task, supersedes: [], audit: [] });
    const isAnswered = async (...given: Parameters<Target['grant']>) => {
      await target.grant(...given);
      await stores.tasks.saveTask({ task, audit: [] });
    };
    await expect(converge({ ...target, grant: isAnswered })).rejects.toBeInstanceOf(RetryableError);
    expect(await converge(target)).toMatchObject({ outcome: 'converged' });
    expect((await stores.directory.load('E1'))?.tasks).toMatchObject([{ status: 'superseded' }]);
  });

  it('takes a system at its word that it made an account only until it reads what the account holds', async () => {
    const { stores, converge, waitUntil } = await begin([joins]);
    const system = new MemorySystem({ canDisable: true });
    const account = system.addEarlier({ userName: 'ada@acme.example', grants: ['engineering-room'] });
    const target = system.target();
    let isClaimed = false;
    const claiming: Target = {
      ...target,
      findAccount: async (key) => (isClaimed ? target.findAccount(key) : undefined),
      createAccount: async () => {
        isClaimed = true;
        return { accountId: account.accountId, userName: account.userName, enabled: true, grants: [], attributes: {} };
      },
    };
    expect(await converge(claiming)).toMatchObject({ outcome: 'not-converged', left: ['revoke'] });
    expect((await stores.directory.load('E1'))?.accounts).toMatchObject([
      { account: { accountId: account.accountId, grants: expect.arrayContaining(['engineering-room']) } },
    ]);
    waitUntil(NOW + 1_000);
    expect(await converge(claiming)).toMatchObject({ outcome: 'converged', changed: 1 });
    expect([...account.grants]).toEqual(['everyone', 'sales-room']);
  });

  it('does nothing once somebody else has the lease', async () => {
    const { stores, converge } = await begin([joins]);
    const nowMs = NOW + 100_000;
    await stores.leases.acquireLease({ identityId: 'E1', holder: 'b', nowMs, expiresMs: nowMs, nextCheckMs: nowMs });
    const system = new MemorySystem({ canDisable: true });
    expect(await converge(system.target())).toEqual({ applicationId: 'chat', outcome: 'overtaken' });
    expect(system.accountOf('E1')).toBeUndefined();
  });

  it('stops before its next step when a leaver comes in meanwhile', async () => {
    const { outcome, held } = await callWith([joins], (record) => record(leaver('2026-11-22')));
    expect(outcome).toEqual({ applicationId: 'chat', modelBasis: MODEL.hash, outcome: 'outdated' });
    expect(held).toEqual(['everyone']);
  });

  it('changes nothing when another call was faster to keep what it read: its intent is not written', async () => {
    const { stores, converge } = await begin([joins]);
    const system = new MemorySystem({ canDisable: true });
    const target = system.target();
    const findAccount: Target['findAccount'] = async (key) => {
      const account = { applicationId: 'chat', readMs: NOW, revision: 1 };
      await stores.accounts.saveAccount({ identityId: 'E1', account, audit: [] });
      return target.findAccount(key);
    };
    await expect(converge({ ...target, findAccount })).rejects.toThrow(RetryableError);
    expect(system.accounts.size).toBe(0);
  });

  it('tells what it has done though another call was faster to keep what it read', async () => {
    const { stores, converge } = await begin([joins]);
    const target = new MemorySystem({ canDisable: true }).target();
    const grant: Target['grant'] = async (...asked) => {
      await target.grant(...asked);
      const known = (await stores.directory.load('E1'))?.accounts[0] ?? expect.fail();
      const account = { ...known, revision: known.revision + 1 };
      expect(await stores.accounts.saveAccount({ identityId: 'E1', account, audit: [] })).toBe(true);
    };
    await converge({ ...target, grant }).catch(() => undefined);
    const { items } = await stores.audit.list('E1', { limit: 100 });
    const changed = items.flatMap(({ event }) => (event.type === 'access-changed' ? event.step.action : []));
    expect(changed).toEqual(expect.arrayContaining(['create-account', 'grant']));
  });

  it('tells of nothing before the time by which it judges, though its own clock is behind', async () => {
    const judgedMs = NOW + 1_000;
    const { stores, converge } = await begin([joins], MODEL, judgedMs);
    await converge(new MemorySystem({ canDisable: true }).target());
    const { items } = await stores.audit.list('E1', { limit: 100 });
    const ofCall = items.filter(({ event }) => 'callId' in event);
    expect(ofCall.map(({ event }) => event.type)).toContain('access-read-back');
    expect(ofCall.filter(({ at }) => Date.parse(at) < judgedMs)).toEqual([]);
    const record = await stores.directory.load('E1');
    expect(record?.accounts.map(({ readMs }) => readMs)).toEqual([judgedMs]);
    const read = ofCall.filter(({ event }) => event.type === 'access-read-back');
    expect(read).toMatchObject([{ event: { answered: true, observed: { enabled: true } } }]);
  });

  it('dates no reading before an earlier one, by a function whose clock is ahead', async () => {
    const { stores, converge } = await begin([joins, leaver('2026-11-22')]);
    const account = { applicationId: 'chat', readMs: NOW + 900, revision: 1, closedMs: NOW + 900 };
    await stores.accounts.saveAccount({ identityId: 'E1', account, audit: [] });
    await converge(new MemorySystem({ canDisable: true }).target());
    const record = await stores.directory.load('E1');
    expect(record?.accounts).toMatchObject([{ revision: 2, readMs: NOW + 900, closedMs: NOW + 900 }]);
  });

  it('tells of the first reading without access, and of the first since a removal began: a proof may rest on it alone', async () => {
    const { stores, converge, waitUntil } = await begin([joins, leaver('2026-11-22')]);
    const target = new MemorySystem({ canDisable: true }).target();
    const told = async (epoch?: number) => {
      await converge(target, undefined, epoch);
      const { items } = await stores.audit.list('E1', { limit: 100 });
      return items.filter(({ event }) => event.type === 'access-read-back').length;
    };
    expect([await told(), await told()]).toEqual([1, 1]);
    const removal = { version: 2, startedMs: NOW + 1, epoch: 2 };
    await stores.leases.fenceOff({ identityId: 'E1', epoch: 1, removal, audit: [] });
    waitUntil(NOW + 2);
    const again = { identityId: 'E1', holder: 'another', nowMs: NOW + 2, expiresMs: NOW + 90_000, nextCheckMs: NOW };
    const epoch = (await stores.leases.acquireLease(again))?.epoch;
    expect([await told(epoch), await told(epoch)]).toEqual([2, 2]);
  });

  it('leaves in doubt what it only looks at and a late call has given, so that the next look takes it away', async () => {
    const { stores, record, converge } = await begin([joins]);
    const target = new MemorySystem({ canDisable: true }).target();
    await converge(target);
    await record(leaver('2026-11-22'));
    const [known] = (await stores.directory.load('E1'))?.accounts ?? [];
    const inDoubt = { ...(known ?? expect.fail()), doubtUntilMs: NOW - 1, revision: (known?.revision ?? 0) + 1 };
    await stores.accounts.saveAccount({ identityId: 'E1', account: inDoubt, audit: [] });
    const doubt = async () => (await stores.directory.load('E1'))?.accounts.map(({ doubtUntilMs }) => doubtUntilMs);
    expect(await converge(target, undefined, undefined, 'prove')).toMatchObject({ outcome: 'not-converged' });
    expect(await doubt()).toEqual([NOW - 1]);
    await converge(target);
    expect(await doubt()).toEqual([undefined]);
    expect(await converge(target, undefined, undefined, 'prove')).toMatchObject({ outcome: 'converged' });
    expect(await doubt()).toEqual([undefined]);
  });

  it('takes what was read of somebody employed for no reading since the departure that came meanwhile', async () => {
    const { stores, record, converge, waitUntil } = await begin([joins], { ...MODEL, profiles: [] });
    const target = new MemorySystem({ canDisable: true }).target();
    const leaving: Target['findAccount'] = async (key) => {
      const found = await target.findAccount(key);
      await record(leaver('2026-11-23T11:00:00Z', { received: '2026-11-23T12:00:00Z' }));
      const removal = { version: 2, startedMs: NOW + 1, epoch: 2 };
      await stores.leases.fenceOff({ identityId: 'E1', epoch: 1, removal, audit: [] });
      waitUntil(NOW + 2);
      return found;
    };
    await converge({ ...target, findAccount: leaving });
    expect((await stores.directory.load('E1'))?.accounts).toMatchObject([{ readMs: NOW }]);
    const again = { identityId: 'E1', holder: 'another', nowMs: NOW + 2, expiresMs: NOW + 90_000, nextCheckMs: NOW };
    await converge(target, undefined, (await stores.leases.acquireLease(again))?.epoch);
    const { items } = await stores.audit.list('E1', { limit: 100 });
    expect(items.filter(({ event }) => event.type === 'access-read-back')).toHaveLength(1);
  });

  it('announces the removal of thousands of grants in entries of which each fits into one item', async () => {
    const { stores, converge } = await begin([joins, leaver('2026-11-22')]);
    const system = new MemorySystem({ canDisable: true, revokesTogether: true });
    const grants = Array.from({ length: 5_000 }, (_, index) => `cn=group-${index},ou=${'x'.repeat(200)}`);
    system.addEarlier({ userName: 'ada@acme.example', holder: 'E1', grants });
    expect(await converge(system.target())).toMatchObject({ outcome: 'converged' });
    expect(system.heldBy('E1')?.grants.size).toBe(0);
    const { items } = await stores.audit.list('E1', { limit: 10_000 });
    const intents = items.filter(({ event }) => event.type === 'access-intended');
    expect(intents.filter((entry) => JSON.stringify(entry).length > 200_000)).toEqual([]);
    const revoked = (entries: readonly AuditEntry[]) =>
      entries.flatMap(({ event }) => {
        if (event.type === 'access-intended') return event.steps;
        return event.type === 'access-changed' ? event.step : [];
      });
    const told = revoked(intents).flatMap((step) => ('grant' in step ? step.grant : []));
    expect(told.sort()).toEqual(grants.sort());
    const done = revoked(items.filter(({ event }) => event.type === 'access-changed'));
    expect(done.flatMap((step) => ('grant' in step ? step.grant : [])).sort()).toEqual(grants);
  });

  it('says of a call that died only what was read since, and not what was known before', async () => {
    const { stores, converge } = await begin([joins, leaver('2026-11-22')]);
    const system = new MemorySystem({ canDisable: true });
    const target = system.target();
    const { accountId, userName } = await target.createAccount({
      identityId: 'E1',
      kind: 'employee',
      userName: 'E1',
      displayName: 'E1',
    });
    const account = { accountId, userName, enabled: true, grants: ['everyone'] };
    const kept = { applicationId: 'chat', account, readMs: NOW, revision: 1, openCallId: 'died' };
    await stores.accounts.saveAccount({ identityId: 'E1', account: kept, audit: [] });
    const unread = async () => {
      throw new RetryableError('the groups do not answer');
    };
    await expect(converge({ ...target, findAccount: unread })).rejects.toThrow(RetryableError);
    expect(system.accountOf('E1')?.enabled).toBe(false);
    const { items } = await stores.audit.list('E1', { limit: 100 });
    const ofLost = items.filter(({ event }) => 'callId' in event && event.callId === 'died');
    expect(ofLost).toMatchObject([{ event: { type: 'access-read-back', error: expect.stringContaining('answer') } }]);
    expect(ofLost[0]?.event).not.toMatchObject({ answered: true });
  });

  it.each([
    ['taken for closed', { applicationId: 'chat', readMs: NOW - 9_000, revision: 1, closedMs: NOW - 9_000 }],
    ['never seen', undefined],
  ])('counts from now when it closes what was %s and is open', async (_known, account) => {
    const { stores, converge } = await begin([joins, leaver('2026-11-22')]);
    if (account !== undefined) await stores.accounts.saveAccount({ identityId: 'E1', account, audit: [] });
    const system = new MemorySystem({ canDisable: true });
    const target = system.target();
    // By a call that was under way for a long time.
    await target.createAccount({ identityId: 'E1', kind: 'employee', userName: 'E1', displayName: 'E1' });
    await converge(target, { what: 'a session', seconds: 60 });
    const record = await stores.directory.load('E1');
    const residual = { what: 'a session', untilMs: NOW + 60_000 };
    expect(record?.accounts).toMatchObject([{ account: { enabled: false }, closedMs: NOW, residual }]);
  });

  it('stops before its next step when the lease has changed hands', async () => {
    const removal = { version: 1, startedMs: NOW };
    const { outcome, held } = await callWith([joins], (_record, { stores }) =>
      stores.leases.fenceOff({ identityId: 'E1', epoch: 1, removal, audit: [] }),
    );
    expect(outcome).toEqual({ applicationId: 'chat', modelBasis: MODEL.hash, outcome: 'overtaken' });
    expect(held).toEqual(['everyone']);
  });

  it('stops before its next step when a leaver that was announced takes effect', async () => {
    const leavesMs = NOW + 10_000;
    const announced = leaver(new Date(leavesMs).toISOString(), { recorded: '2026-11-20T00:00:00Z' });
    const waiting = (waitedMs: number) =>
      callWith([joins, announced], async (_record, { waitUntil }) => waitUntil(NOW + waitedMs));
    expect(await waiting(9_999)).toMatchObject({ outcome: { outcome: 'converged' } });
    const { outcome, held } = await waiting(10_000);
    expect(outcome).toEqual({ applicationId: 'chat', modelBasis: MODEL.hash, outcome: 'outdated' });
    expect(held).toEqual(['everyone']);
  });

  it('goes on when nothing comes in', async () => {
    const { outcome, held } = await callWith([joins], async () => {});
    expect(outcome).toEqual({ applicationId: 'chat', modelBasis: MODEL.hash, outcome: 'converged', changed: 3 });
    expect(held).toEqual(['everyone', 'sales-room']);
  });
});

describe('a system that takes back several grants at once', () => {
  const joins = joiner('2026-11-01', { department: 'Sales' });
  const held = ['everyone', 'extra', 'sales-room'];

  async function openAccount(target: Target): Promise<void> {
    const account = await target.createAccount({
      identityId: 'E1',
      kind: 'employee',
      userName: 'ada',
      displayName: '',
    });
    for (const grant of held) await target.grant(account, grant);
  }

  /** E1 leaves; what the system does in one call can be changed. */
  async function leaving(change: (target: Target) => Partial<Target> = () => ({})) {
    const { stores, record, converge } = await begin([joins, leaver('2026-11-22')]);
    const changes: string[] = [];
    const system = new MemorySystem({
      canDisable: true,
      revokesTogether: true,
      onChange: ({ method, grant }) => changes.push(grant === undefined ? method : `${method} ${grant}`),
    });
    const target = system.target();
    await openAccount(target);
    changes.length = 0;
    const calls: (readonly string[])[] = [];
    const revokeAll = async (of: ObservedAccount, grants: readonly string[]) => {
      calls.push(grants);
      return (await target.revokeAll?.(of, grants)) ?? [];
    };
    const together = { ...target, revokeAll };
    const outcome = await converge({ ...together, ...change(together) }).catch((error: Error) => error);
    const { items } = await stores.audit.list('E1', { limit: 100 });
    const told = items.flatMap(({ entryId, event }) =>
      event.type === 'access-changed' && 'grant' in event.step ? [`${entryId} ${event.step.grant}`] : [],
    );
    const left = [...(system.accountOf('E1')?.grants ?? [])];
    return { outcome, changes, calls, told, left, record };
  }

  it('is asked once, and each step is told by itself', async () => {
    const { outcome, changes, calls, told } = await leaving();
    expect(outcome).toEqual({ applicationId: 'chat', modelBasis: MODEL.hash, outcome: 'converged', changed: 5 });
    expect(calls).toEqual([held]);
    expect(changes).toEqual(['disableAccount', 'endSessions', 'revoke everyone', 'revoke extra', 'revoke sales-room']);
    expect(told).toEqual(['call-1:2 everyone', 'call-1:3 extra', 'call-1:4 sales-room']);
  });

  it('is not asked once a fact has come in', async () => {
    const { record, converge } = await begin([joins, leaver('2026-11-22')]);
    const system = new MemorySystem({ canDisable: true, revokesTogether: true });
    const target = system.target();
    await openAccount(target);
    const outcome = await converge({
      ...target,
      endSessions: async (of) => {
        await target.endSessions?.(of);
        await record(joiner('2026-11-23', { department: 'Sales' }, { recorded: '2026-11-23T11:00:00Z' }));
      },
    });
    expect(outcome).toEqual({ applicationId: 'chat', modelBasis: MODEL.hash, outcome: 'outdated' });
    expect([...(system.accountOf('E1')?.grants ?? [])]).toEqual(held);
  });

  it('keeps what it is refused for good, and nothing else', async () => {
    const { outcome, calls, told, left } = await leaving((target) => ({
      revokeAll: async (account, grants) =>
        (await target.revokeAll?.(
          account,
          grants.filter((grant) => grant !== 'extra'),
        )) ?? [],
      revoke: async () => Promise.reject(new PermanentError('the group belongs to somebody else')),
    }));
    expect(outcome).toMatchObject({ outcome: 'failed', error: expect.stringContaining('belongs to somebody else') });
    expect(calls).toEqual([['everyone', 'sales-room']]);
    expect(left).toEqual(['extra']);
    expect(told).toEqual(['call-1:2 everyone', 'call-1:4 sales-room']);
  });

  it.each([
    ['refuses the whole call', () => Promise.reject(new PermanentError('no such operation'))],
    ['takes nothing that way', async () => []],
  ])('is asked one by one where it %s', async (_, revokeAll) => {
    const { outcome, told } = await leaving(() => ({ revokeAll }));
    expect(outcome).toMatchObject({ outcome: 'converged', changed: 5 });
    expect(told).toEqual(['call-1:2 everyone', 'call-1:3 extra', 'call-1:4 sales-room']);
  });

  it('is left alone when it asks to wait', async () => {
    const revokeAll = () => Promise.reject(new RetryableError('429', { retryAfterMs: 60_000 }));
    const { outcome, left } = await leaving(() => ({ revokeAll }));
    expect(outcome).toBeInstanceOf(RetryableError);
    expect(left).toEqual(held);
  });
});

describe('credentials that a former owner may know', () => {
  const bot = joiner('2026-01-01', { kind: 'service-account', owner: 'E2', department: 'Sales' });
  const given = mover('2026-11-23T11:00:00Z', { owner: 'E3' });
  const chatWithin = (credentialGraceHours: number): AccessModel => ({
    ...MODEL,
    applications: MODEL.applications.map((application) => ({ ...application, credentialGraceHours })),
  });

  async function afterAChange(graceHours: number, kind: Credential['kind']) {
    const { stores, record, converge } = await begin([bot], chatWithin(graceHours));
    const system = new MemorySystem({ canDisable: true });
    const target = system.target();
    const findAccount: Target['findAccount'] = async (key) => {
      const found = await target.findAccount(key);
      return found && { ...found, credentials: found.credentials?.map((one) => ({ ...one, kind })) };
    };
    await converge({ ...target, findAccount });
    system.accountOf('E1')?.credentials.add('known');
    await record(given);
    const exposed = async () =>
      (await stores.directory.load('E1'))?.accounts.find(({ applicationId }) => applicationId === 'chat')?.exposed;
    const converged = () => converge({ ...target, findAccount });
    return { converge, converged, target, exposed, held: () => [...(system.accountOf('E1')?.credentials ?? [])] };
  }

  it.each([
    ['go at once where no grace is given', 0, 'token', []],
    ['go at once where they are shared secrets', 24, 'shared-secret', []],
    ['are kept for a while where somebody has to replace them', 24, 'token', ['known']],
  ] as const)('%s', async (_what, graceHours, kind, left) => {
    const { converged, held, exposed } = await afterAChange(graceHours, kind);
    expect(await converged()).toMatchObject({ outcome: 'converged' });
    expect(held()).toEqual(left);
    expect((await exposed())?.credentials).toEqual(left);
  });

  it('stay exposed while the system does not answer', async () => {
    const { converge, converged, target, exposed } = await afterAChange(24, 'token');
    await converged();
    const findAccount = () => Promise.reject(new RetryableError('503'));
    await converge({ ...target, findAccount }).catch(() => {});
    expect((await exposed())?.credentials).toEqual(['known']);
  });
});
