// A leaver is cut off before anything of their account is read, so that no answer of a system holds it up, nor the want of
// one: a listing that never ends would end the function first.
import { describe, expect, it } from 'vitest';
import type { Target } from '../../../lambdas/connectors/contract/connector.ts';
import { RetryableError } from '../../../lambdas/core/errors.ts';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import { appendFact } from '../../../lambdas/handlers/shared/append-fact.ts';
import { convergeApplication } from '../../../lambdas/handlers/systems/converge-application.ts';
import { MODEL } from '../../simulation/access-model.ts';
import { MemorySystem } from '../../simulation/memory-system.ts';
import { joiner, leaver } from '../../support/facts.ts';
import { memoryStores } from '../../support/memory-stores.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');

/** E1 leaves: with an account in chat by Tenure's own doing, or before there was one. */
async function leaving(canDisable = true, hasAccount = true) {
  const stores = memoryStores();
  const record = (fact: Fact) =>
    appendFact({ ...stores, clock: () => NOW }, fact, {
      payloadHash: fact.factId,
      actor: { type: 'hr-source', id: 'acme-hr' },
    });
  const sent: string[] = [];
  const system = new MemorySystem({ canDisable, onChange: ({ method }) => sent.push(method) });
  let ids = 0;
  const call = async (mode: 'converge' | 'lock-down' | 'prove', target: Target) => {
    const lease = { identityId: 'E1', holder: 'pass', nowMs: NOW, expiresMs: NOW + 90_000, nextCheckMs: NOW };
    const header = await stores.leases.acquireLease(lease);
    const input = { identityId: 'E1', applicationId: 'chat', judgedMs: 0, trigger: 'test', mode };
    return convergeApplication({
      ...stores,
      clock: () => NOW,
      newId: () => {
        ids += 1;
        return `call-${ids}`;
      },
      model: () => MODEL,
      reconciliations: { find: async () => undefined },
      connect: async () => ({ kind: 'api', target }),
    })({ ...input, epoch: header?.epoch ?? 0 });
  };
  await record(joiner('2026-11-01', { department: 'Sales' }));
  if (hasAccount) await call('converge', system.target());
  await record(leaver('2026-11-22'));
  sent.length = 0;
  const known = async () => {
    const account = (await stores.directory.load('E1'))?.accounts[0];
    if (account === undefined) throw new Error('nothing is known of the account');
    return account;
  };
  const lockDown = (target: Target = system.target()) => call('lock-down', target);
  return { stores, system, sent, record, call, known, lockDown };
}

describe('locking down an account', () => {
  it('refuses sign-in and ends sessions before it reads anything', async () => {
    const { system, sent, lockDown } = await leaving();
    const target = system.target();
    const findAccount: Target['findAccount'] = async (key) => {
      sent.push('read');
      return target.findAccount(key);
    };
    expect(await lockDown({ ...target, findAccount })).toMatchObject({ outcome: 'converged' });
    expect(sent).toEqual(['disableAccount', 'endSessions', 'read']);
    expect(system.accountOf('E1')).toMatchObject({ enabled: false, openSessions: 0 });
  });

  it('tells of what it reads first without access, since nothing that follows may tell of it', async () => {
    const { stores, system, lockDown, call } = await leaving(true, false);
    await lockDown();
    const told = async () => (await stores.audit.list('E1', { limit: 100 })).items.map(({ event }) => event.type);
    const before = await told();
    expect(before.filter((type) => type === 'access-read-back')).toHaveLength(1);
    await call('converge', system.target());
    expect(await told()).toEqual(before);
  });

  it('does so though the reading never ends', async () => {
    const { system, lockDown } = await leaving();
    void lockDown({ ...system.target(), findAccount: () => new Promise<never>(() => {}) });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(system.accountOf('E1')).toMatchObject({ enabled: false, openSessions: 0 });
  });

  it('reads all the same where that is refused, and stays a failure', async () => {
    const { system, sent, lockDown } = await leaving();
    const target = system.target();
    const disableAccount = () => Promise.reject(new RetryableError('503'));
    const answer = await lockDown({ ...target, disableAccount }).catch((error: Error) => error);
    expect(answer).toBeInstanceOf(RetryableError);
    expect(sent).not.toContain('disableAccount');
    expect(system.accountOf('E1')?.enabled).toBe(true);
  });

  it('tells the audit log what it did without having read, and claims to have read nothing', async () => {
    const { stores, known, lockDown } = await leaving();
    await lockDown();
    const { items } = await stores.audit.list('E1', { limit: 100 });
    const disabled = items.find(
      ({ event }) => event.type === 'access-changed' && event.step.action === 'disable-account',
    );
    const callId = disabled?.event.type === 'access-changed' ? disabled.event.callId : undefined;
    const ofCall = items.filter(({ event }) => 'callId' in event && event.callId === callId);
    expect(ofCall.map(({ event }) => event.type).sort()).toEqual([
      'access-changed',
      'access-changed',
      'access-intended',
      'access-read-back',
    ]);
    const end = ofCall.find(({ event }) => event.type === 'access-read-back')?.event;
    expect(end).toMatchObject({ error: expect.stringContaining('not read yet') });
    expect(end).not.toHaveProperty('observed.enabled');
    expect(await known()).toMatchObject({ account: { enabled: false } });
    expect((await known()).openCallId).toBeUndefined();
    // Nothing is in doubt, so no proof waits for it.
    expect((await known()).doubtUntilMs).toBeUndefined();
  });

  it('sends nothing twice to an account that is known to be disabled', async () => {
    const { sent, lockDown } = await leaving();
    await lockDown();
    sent.length = 0;
    await lockDown();
    expect(sent).toEqual([]);
  });

  it('leaves an account alone that is linked to somebody else as well', async () => {
    const { stores, sent, known, lockDown, system } = await leaving();
    const account = { ...(await known()), revision: 1 };
    await stores.accounts.saveAccount({ identityId: 'E2', account, audit: [] });
    await lockDown({ ...system.target(), findAccount: async () => undefined });
    expect(sent).toEqual([]);
    expect(system.accountOf('E1')?.enabled).toBe(true);
  });

  it.each(['lock-down', 'prove'] as const)('does nothing (%s) to who is employed again by then', async (mode) => {
    const { system, sent, record, call } = await leaving();
    await record(joiner('2026-11-23', { department: 'Sales' }, { id: 'again', recorded: '2026-11-23T11:00:00Z' }));
    expect(await call(mode, system.target())).toEqual({ applicationId: 'chat', outcome: 'overtaken' });
    expect(sent).toEqual([]);
    expect(system.accountOf('E1')).toMatchObject({ enabled: true, openSessions: 1 });
  });

  it('reads first where only the grants can be taken, since they must be known', async () => {
    const { sent, lockDown, system } = await leaving(false);
    const target = system.target();
    const findAccount: Target['findAccount'] = async (key) => {
      sent.push('read');
      return target.findAccount(key);
    };
    await lockDown({ ...target, findAccount });
    expect(sent[0]).toBe('read');
    expect([...(system.accountOf('E1')?.grants ?? [])]).toEqual([]);
  });
});
