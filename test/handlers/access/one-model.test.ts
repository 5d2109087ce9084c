// A deployment replaces functions one by one: those of two models may have a part in one pass, which then does not settle.
import fc from 'fast-check';
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

type Carried = Parameters<ReturnType<typeof planAccess>>[0]['progress'];

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
  const end = settle({
    ...at(ending),
    retryPolicy,
    executions: { wake: async () => {} },
    notices: { wake: async () => {} },
  });
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

/** The same access by another model: what is asked is only who decided. */
const TWIN: AccessModel = { ...MODEL, hash: 'twin' };
const MODELS = { simulated: MODEL, twin: TWIN } as const;
const TURN = { lane: 'others', startsMs: NOW_MS, shiftMs: 0 } as const;
const anyModel = fc.constantFrom('simulated', 'simulated', 'simulated', 'twin');
const anyPass = fc.record({
  execution: fc.constantFrom('one', 'one', 'two'),
  planned: anyModel,
  ending: anyModel,
  // Of the applications in their order.
  called: fc.array(
    fc.record({ by: anyModel, outcome: fc.constantFrom('converged', 'converged', 'converged', 'busy', 'outdated') }),
    {
      minLength: 2,
      maxLength: 2,
    },
  ),
  diesBefore: fc.constantFrom('end', undefined, undefined, undefined),
});

it('settles only by the model by which each application was made to agree last, whoever did', async () => {
  let settledTimes = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(anyPass, { minLength: 1, maxLength: 10 }), async (passes) => {
      const stores = memoryStores();
      let nowMs = NOW_MS;
      const at = (model: AccessModel) => ({ ...stores, clock: () => nowMs, newId: () => 'id', model: () => model });
      const actor = { type: 'hr-source', id: 'acme-hr' } as const;
      await appendFact(at(MODEL), joiner('2026-11-01', { department: 'Sales' }), { payloadHash: 'x', actor });
      const agreesBy = new Map<string, string>();
      const carried = new Map<string, Carried>();
      for (const { execution, planned, ending, called, diesBefore } of passes) {
        nowMs += 600_000;
        const progress = carried.get(execution);
        const plan = await planAccess(at(MODELS[planned]))({ identityId: 'E1', executionId: execution, progress });
        if (plan.status === 'held') continue;
        const { applications = [], batches: _batches, status: _status, ...told } = plan;
        const outcomes = applications.map(({ applicationId }, index): ApplicationOutcome => {
          const { by, outcome } = called[index] ?? { by: 'simulated', outcome: 'converged' };
          const said = { applicationId, modelBasis: by };
          if (outcome === 'outdated') return { ...said, outcome };
          if (outcome === 'busy') {
            return { ...said, outcome: 'postponed', because: 'busy', retryAfterMs: 1, error: 'busy', turn: TURN };
          }
          agreesBy.set(applicationId, by);
          return { ...said, outcome: 'converged', changed: 1 };
        });
        if (diesBefore === 'end') continue;
        const end = settle({
          ...at(MODELS[ending]),
          retryPolicy,
          executions: { wake: async () => {} },
          notices: { wake: async () => {} },
        });
        const settlement = await end({ identityId: 'E1', trigger: 't', ...told, outcomes });
        if ('progress' in settlement) carried.set(execution, settlement.progress);
        if (settlement.next !== 'settled') continue;
        settledTimes += 1;
        const { modelHash } = (await stores.directory.load('E1'))?.header ?? {};
        expect(modelHash).toBe(planned);
        expect(Object.fromEntries(agreesBy)).toEqual({ chat: modelHash, cloud: modelHash });
        carried.delete(execution);
      }
    }),
    { numRuns: 1_000, seed: 10 },
  );
  expect(settledTimes).toBeGreaterThan(100);
});
