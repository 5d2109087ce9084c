import { describe, expect, it } from 'vitest';
import type { Fact } from '../../lambdas/core/facts.ts';
import { convergeApplication } from '../../lambdas/handlers/converge-application.ts';
import { appendFact } from '../../lambdas/handlers/shared/append-fact.ts';
import { MODEL } from '../simulation/access-model.ts';
import { MemorySystem } from '../simulation/memory-system.ts';
import { joiner, leaver } from '../support/facts.ts';
import { memoryStores } from '../support/memory-stores.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');

/** One call about E1 in the chat; `onGrant` runs when its first grant takes effect. */
async function callWith(
  facts: readonly Fact[],
  onGrant: (record: (fact: Fact) => Promise<unknown>) => Promise<unknown>,
) {
  const stores = memoryStores();
  const clock = () => NOW;
  const record = (fact: Fact) =>
    appendFact({ ...stores, clock }, fact, { payloadHash: fact.factId, actor: { type: 'hr-source', id: 'acme-hr' } });
  for (const fact of facts) await record(fact);
  const attentionMs = NOW;
  const lease = { identityId: 'E1', holder: 'pass', nowMs: NOW, expiresMs: NOW + 90_000, attentionMs };
  const header = await stores.identities.acquireLease(lease);
  const system = new MemorySystem({ canDisable: true });
  const target = system.target();
  const run = convergeApplication({
    ...stores,
    clock,
    newId: () => 'call',
    model: () => MODEL,
    reconciliations: { find: async () => undefined },
    connect: async () => ({
      kind: 'api',
      target: {
        ...target,
        grant: async (account, grant) => {
          await target.grant(account, grant);
          if (system.accountOf('E1')?.grants.size === 1) await onGrant(record);
        },
      },
    }),
  });
  const input = {
    identityId: 'E1',
    applicationId: 'chat',
    epoch: header?.epoch ?? 0,
    judgedMs: 0,
    trigger: 'test',
    mode: 'converge',
  } as const;
  const outcome = await run(input);
  return { outcome, held: [...(system.accountOf('E1')?.grants ?? [])] };
}

describe('a call to a system', () => {
  const joins = joiner('2026-11-01', { department: 'Sales' });

  it('stops before its next step when a leaver comes in meanwhile', async () => {
    const { outcome, held } = await callWith([joins], (record) => record(leaver('2026-11-22')));
    expect(outcome).toEqual({ applicationId: 'chat', outcome: 'outdated' });
    expect(held).toEqual(['everyone']);
  });

  it('goes on when nothing comes in', async () => {
    const { outcome, held } = await callWith([joins], async () => {});
    expect(outcome).toEqual({ applicationId: 'chat', outcome: 'converged', changed: 3 });
    expect(held).toEqual(['everyone', 'sales-room']);
  });
});
