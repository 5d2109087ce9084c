// A deployment replaces functions one by one: those of two models may have a part in one pass, which then does not settle.
import { expect, it } from 'vitest';
import type { ApplicationOutcome } from '../../../lambdas/core/access/settlement.ts';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import { planAccess } from '../../../lambdas/handlers/access/plan-access.ts';
import { settle } from '../../../lambdas/handlers/access/settle.ts';
import { appendFact } from '../../../lambdas/handlers/shared/append-fact.ts';
import { MODEL } from '../../simulation/access-model.ts';
import { joiner } from '../../support/facts.ts';
import { memoryStores } from '../../support/memory-stores.ts';

const NOW_MS = Date.parse('2026-11-23T12:00:00Z');
const OTHER: AccessModel = { ...MODEL, hash: 'other', profiles: [] };
const retryPolicy = () => ({
  maximumPasses: 3,
  firstWaitSeconds: 5,
  maximumWaitSeconds: 60,
  afterEscalationSeconds: 1_800,
});

/** What a pass ends in whose plan, calls and end were by these models; undefined: the function did not say. */
async function passOf(
  planned: AccessModel,
  called: readonly (AccessModel | undefined)[],
  ending: AccessModel,
  says = true,
) {
  const stores = memoryStores();
  const at = (model: AccessModel) => ({ ...stores, clock: () => NOW_MS, newId: () => 'id', model: () => model });
  const actor = { type: 'hr-source', id: 'acme-hr' } as const;
  await appendFact(at(MODEL), joiner('2026-11-01', { department: 'Sales' }), { payloadHash: 'x', actor });
  const plan = await planAccess(at(planned))({ identityId: 'E1', executionId: 'one' });
  if (plan.status === 'held') throw new Error('there is no plan');
  const { epoch, version, judgedMs, modelBasis } = plan;
  const outcomes = called.map((model, index): ApplicationOutcome => {
    return { applicationId: `a${index}`, outcome: 'converged', changed: 1, ...(model && { modelBasis: model.hash }) };
  });
  const end = settle({ ...at(ending), retryPolicy, executions: { wake: async () => {} } });
  const told = says ? { modelBasis } : {};
  const settlement = await end({ identityId: 'E1', trigger: 't', epoch, version, judgedMs, outcomes, ...told });
  return { settlement, header: (await stores.directory.load('E1'))?.header };
}

const SETTLED = { next: 'settled', openTasks: 0 };

it('settles what one model decided from beginning to end, and says by which', async () => {
  expect(await passOf(MODEL, [MODEL, MODEL], MODEL)).toMatchObject({
    settlement: SETTLED,
    header: { modelHash: MODEL.hash },
  });
  expect(await passOf(OTHER, [], OTHER)).toMatchObject({ settlement: SETTLED, header: { modelHash: OTHER.hash } });
});

it.each([
  ['plan', OTHER, [MODEL, MODEL], MODEL],
  ['call', MODEL, [MODEL, OTHER], MODEL],
  ['end', MODEL, [MODEL, MODEL], OTHER],
  ['plan, though nothing was to be done by it,', OTHER, [], MODEL],
] as const)('does not settle when the %s was by another', async (_, planned, called, ending) => {
  const { settlement, header } = await passOf(planned, called, ending);
  expect(settlement).toMatchObject({ next: 'try-again', progress: { done: [] } });
  expect([header?.settledVersion, header?.lease]).toEqual([undefined, undefined]);
});

it('settles what functions from before did that do not say, and has it looked at again soon', async () => {
  for (const pass of [passOf(MODEL, [MODEL, undefined], MODEL), passOf(MODEL, [MODEL], MODEL, false)]) {
    const { settlement, header } = await pass;
    expect(settlement).toEqual(SETTLED);
    expect(header).toMatchObject({ settledVersion: 1, nextCheckMs: NOW_MS + 300_000 });
    expect(header?.modelHash).toBeUndefined();
  }
});
