// The end of access for a time, as a request tells it: read back from the system, and possible for as long as sessions last.
import { expect, it } from 'vitest';
import type { ResidualWindow } from '../../../lambdas/connectors/contract/connector.ts';
import { PermanentError } from '../../../lambdas/core/errors.ts';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import { presentEnd } from '../../../lambdas/handlers/requests/present-end.ts';
import { appendFact } from '../../../lambdas/handlers/shared/append-fact.ts';
import { findWhereItCounts } from '../../../lambdas/handlers/shared/load-identity.ts';
import { convergeApplication } from '../../../lambdas/handlers/systems/converge-application.ts';
import { MODEL } from '../../simulation/access-model.ts';
import { MemorySystem } from '../../simulation/memory-system.ts';
import { accessEnded, accessGranted, joiner, mover } from '../../support/facts.ts';
import { memoryStores } from '../../support/memory-stores.ts';

const START = Date.parse('2026-11-23T12:00:00Z');
const HOUR_MS = 3_600_000;
const iso = (hours: number) => new Date(START + hours * HOUR_MS).toISOString();
const joins = joiner('2026-11-01', { department: 'Sales' });
/** From the start, for four hours. */
const given = accessGranted('chat:engineering-room', iso(0), iso(4), { recorded: iso(0) });

async function company(...facts: readonly Fact[]) {
  const stores = memoryStores();
  let nowMs = START;
  const clock = () => nowMs;
  const system = new MemorySystem({ canDisable: true });
  const record = (fact: Fact) =>
    appendFact({ ...stores, clock }, fact, { payloadHash: fact.factId, actor: { type: 'hr-source', id: 'acme-hr' } });
  for (const fact of facts) await record(fact);
  let passes = 0;
  return {
    system,
    record,
    at: (hours: number) => {
      nowMs = START + hours * HOUR_MS;
    },
    async converge(residual?: ResidualWindow, target = system.target()) {
      passes += 1;
      const lease = {
        identityId: 'E1',
        holder: `pass-${passes}`,
        nowMs,
        expiresMs: nowMs + 90_000,
        nextCheckMs: nowMs,
      };
      const header = await stores.leases.acquireLease(lease);
      return await convergeApplication({
        ...stores,
        clock,
        newId: () => `call-${passes}`,
        model: () => MODEL,
        reconciliations: { find: async () => undefined },
        connect: async () => ({ kind: 'api', target, residual }),
      })({
        identityId: 'E1',
        applicationId: 'chat',
        epoch: header?.epoch ?? 0,
        judgedMs: nowMs,
        trigger: 'test',
        mode: 'converge',
      });
    },
    async end() {
      const loaded = await findWhereItCounts({ ...stores, clock }, 'E1');
      if (loaded === undefined) throw new Error('nobody is there');
      return presentEnd(MODEL, loaded, given);
    },
  };
}

it('is told when the system was read without it, and until when sessions may have used it', async () => {
  const { at, converge, end, system } = await company(joins, given);
  const residual = { what: 'access tokens already issued', seconds: 3_600 };
  await converge(residual);
  expect(system.accountOf('E1')?.grants).toContain('engineering-room');
  expect(await end()).toBeUndefined();
  at(4);
  // It has ended, and nobody has taken it yet.
  expect(await end()).toEqual({ endedAt: iso(4) });
  at(5);
  await converge(residual);
  expect(system.accountOf('E1')?.grants).not.toContain('engineering-room');
  const told = { endedAt: iso(4), readBackAt: iso(5), possibleUntil: iso(6) };
  expect(await end()).toEqual(told);
  // What is read later changes nothing of it.
  at(9);
  await converge(residual);
  expect(await end()).toEqual(told);
});

it('is possible no longer than it is read back where nothing outlasts it', async () => {
  const { at, converge, end } = await company(joins, given);
  await converge();
  at(5);
  await converge();
  expect(await end()).toEqual({ endedAt: iso(4), readBackAt: iso(5), possibleUntil: iso(5) });
});

it('is not told to be gone by a system that does not answer, or did not do it', async () => {
  const { at, converge, end, system } = await company(joins, given);
  await converge();
  at(5);
  const target = system.target();
  const silent = async () => {
    throw new PermanentError('no answer');
  };
  await converge(undefined, { ...target, revoke: async () => {} });
  expect(await end()).toEqual({ endedAt: iso(4) });
  at(6);
  await expect(converge(undefined, { ...target, findAccount: silent })).rejects.toThrow('no answer');
  expect(await end()).toEqual({ endedAt: iso(4) });
  at(7);
  await converge();
  expect(await end()).toEqual({ endedAt: iso(4), readBackAt: iso(7), possibleUntil: iso(7) });
});

it('takes nothing where another reason holds the same up, and says so', async () => {
  const { at, converge, end, record } = await company(joins, given);
  await converge();
  await record(mover(iso(1), { department: 'Engineering' }));
  at(5);
  await converge();
  expect(await end()).toEqual({ endedAt: iso(4), stillHeld: true });
});

it('is when somebody ended it early', async () => {
  const { at, converge, end, record } = await company(joins, given);
  await converge();
  at(1);
  await record(accessEnded(given, iso(1)));
  at(2);
  await converge();
  expect(await end()).toEqual({ endedAt: iso(1), readBackAt: iso(2), possibleUntil: iso(2) });
});
