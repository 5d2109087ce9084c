// One call for several applications: whichever fails takes nothing from the others, and a right that is lost is lost for all.
import { beforeEach, expect, it } from 'vitest';
import type { Target } from '../../../lambdas/connectors/contract/connector.ts';
import { RetryableError } from '../../../lambdas/core/errors.ts';
import { appendFact } from '../../../lambdas/handlers/shared/append-fact.ts';
import { groupInputSchema, visitTogether } from '../../../lambdas/handlers/systems/visit-together.ts';
import { MODEL } from '../../simulation/access-model.ts';
import { MemorySystem } from '../../simulation/memory-system.ts';
import { joiner } from '../../support/facts.ts';
import { memoryStores } from '../../support/memory-stores.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const LEASE = { identityId: 'E1', nowMs: NOW, expiresMs: NOW + 90_000, nextCheckMs: NOW };

let stores = memoryStores();
let calls: string[] = [];
let systems: Readonly<Record<string, MemorySystem>> = {};
beforeEach(async () => {
  calls = [];
  stores = memoryStores({ before: async (method) => void calls.push(method) });
  systems = { chat: new MemorySystem({ canDisable: true }), cloud: new MemorySystem({ canDisable: true }) };
  const fact = joiner('2026-11-01', { department: 'Sales' });
  const actor = { type: 'hr-source', id: 'acme-hr' } as const;
  await appendFact({ ...stores, clock: () => NOW }, fact, { payloadHash: fact.factId, actor });
});

async function visit(targetOf = (id: string): Target => (systems[id] ?? expect.fail(id)).target()) {
  const { epoch = 0 } = (await stores.leases.acquireLease({ ...LEASE, holder: 'pass' })) ?? {};
  const visits = ['chat', 'cloud'].map((applicationId) => ({ applicationId, turn: null }));
  const input = { identityId: 'E1', epoch, judgedMs: NOW, trigger: 'test', mode: 'converge', visits } as const;
  calls.length = 0;
  let ids = 0;
  return visitTogether(
    {
      ...stores,
      clock: () => NOW,
      newId: () => {
        ids += 1;
        return `call-${ids}`;
      },
      model: () => MODEL,
      reconciliations: { find: async () => undefined },
      connect: async ({ id }) => ({ kind: 'api', target: targetOf(id) }),
    },
    groupInputSchema.parse(input),
  );
}

it('converges each, and reads what is known of the identity once', async () => {
  const { outcomes, left } = await visit();
  expect(outcomes.map(({ applicationId, outcome }) => [applicationId, outcome])).toEqual([
    ['chat', 'converged'],
    ['cloud', 'converged'],
  ]);
  expect(left).toEqual([]);
  expect(calls.filter((method) => method === 'load')).toHaveLength(1);
  expect(Object.values(systems).map((system) => system.accountOf('E1')?.enabled)).toEqual([true, true]);
});

it('leaves whichever fails, and what it was about to do in the log', async () => {
  const refusing: Target['createAccount'] = async () => {
    throw new RetryableError('503');
  };
  const { outcomes, left } = await visit((id) => {
    const target = (systems[id] ?? expect.fail(id)).target();
    return id === 'chat' ? { ...target, createAccount: refusing } : target;
  });
  expect(outcomes.map(({ applicationId }) => applicationId)).toEqual(['cloud']);
  expect(left).toEqual([{ applicationId: 'chat', turn: null }]);
  const { items } = await stores.audit.list('E1', { limit: 100 });
  const intended = items.flatMap(({ event }) => (event.type === 'access-intended' ? event.applicationId : []));
  expect(intended.toSorted()).toEqual(['chat', 'cloud']);
});

it('sends nothing more once the right to it is lost, in none of them', async () => {
  const changed: string[] = [];
  const { outcomes } = await visit((id) => {
    const target = (systems[id] ?? expect.fail(id)).target();
    const createAccount: Target['createAccount'] = async (profile) => {
      changed.push(`${id} create`);
      await stores.leases.acquireLease({ ...LEASE, nowMs: NOW + 100_000, holder: `another after ${id}` });
      return target.createAccount(profile);
    };
    const grant: Target['grant'] = async (account, name) => {
      changed.push(`${id} grant`);
      return target.grant(account, name);
    };
    return { ...target, createAccount, grant };
  });
  expect(changed.filter((one) => one.endsWith('grant'))).toEqual([]);
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(['overtaken', 'overtaken']);
});

it.each([0, 21])('is refused for %i applications', (count) => {
  const visits = Array.from({ length: count }, (_, index) => ({ applicationId: `a-${index}`, turn: null }));
  const input = { identityId: 'E1', epoch: 1, judgedMs: NOW, trigger: 'test', mode: 'prove', visits };
  expect(groupInputSchema.safeParse(input).success).toBe(false);
});
