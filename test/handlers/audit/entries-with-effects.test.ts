// What is done about Tenure itself has its entry in the write of its effect: whoever dies leaves both or neither, and whoever
// does it again leaves it on record once.
import { describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../../lambdas/core/audit/audit.ts';
import { massErrorGuardSchema } from '../../../lambdas/core/hr/mass-error-guard.ts';
import { modelChangeSchema } from '../../../lambdas/core/hr/population-walk.ts';
import { walkPopulation } from '../../../lambdas/handlers/access/walk-population.ts';
import { dropHold } from '../../../lambdas/handlers/hr/drop-hold.ts';
import { receiveHrEvent } from '../../../lambdas/handlers/hr/receive-hr-event.ts';
import { mergeIdentity } from '../../../lambdas/handlers/identity/merge-identity.ts';
import { redrive } from '../../../lambdas/handlers/identity/redrive.ts';
import { beginReconciliation } from '../../../lambdas/handlers/reconciliation/begin-reconciliation.ts';
import { finishReconciliation } from '../../../lambdas/handlers/reconciliation/finish-reconciliation.ts';
import { HOLD_STATUSES } from '../../../lambdas/stores/holds/hold-store.ts';
import { apiDependencies, requestAs, SECRET, signedRequest } from '../../support/api-requests.ts';
import { joinerEvent, leaverEvent } from '../../support/hr-events.ts';
import { memoryHolds } from '../../support/memory-holds.ts';
import { memoryReconciliations } from '../../support/memory-reconciliations.ts';
import { memoryStores } from '../../support/memory-stores.ts';

const PEOPLE = ['E1', 'E2', 'E3', 'E4'];

/** Each life of a function has the clock a second later, so that no two write the same instant by chance. */
function worldOf() {
  let left = Number.POSITIVE_INFINITY;
  let isDead = false;
  const before = async () => {
    isDead ||= left <= 0;
    if (isDead) throw new Error('the function died');
    left -= 1;
  };
  const api = apiDependencies();
  const stores = memoryStores({ before });
  const holds = memoryHolds(stores.table, before);
  const settings = massErrorGuardSchema.parse({ maximumIdentities: 2, neverHeld: 1 });
  const dependencies = {
    ...api,
    ...stores,
    holds,
    reconciliations: memoryReconciliations(stores.table, before),
    clock: () => api.nowMs,
    alert: async () => {},
    bus: { publish: async () => {} },
    guard: { settings, holds, alert: async () => {} },
    guardSettings: () => settings,
    changeSettings: () => modelChangeSchema.parse({}),
    secretsOf: async () => [SECRET],
  };
  /** False: it died before its so-manieth call of a store. */
  const live = async (act: () => Promise<unknown>, calls = Number.POSITIVE_INFINITY): Promise<boolean> => {
    api.nowMs += 1_000;
    left = calls;
    const failure = await act().then(
      () => undefined,
      (error: unknown) => error,
    );
    const died = isDead;
    left = Number.POSITIVE_INFINITY;
    isDead = false;
    if (failure !== undefined && !died) throw failure;
    return !died;
  };
  return { ...dependencies, live };
}

type World = ReturnType<typeof worldOf>;

const post = (world: World, ...events: readonly unknown[]) =>
  receiveHrEvent(world)(signedRequest(events, { atMs: world.clock() }));
const joined = (world: World) =>
  post(world, ...PEOPLE.map((subject) => joinerEvent({}, { id: `j-${subject}`, subject })));
const leaving = (world: World) =>
  post(world, ...PEOPLE.map((subject) => leaverEvent({}, { id: `l-${subject}`, subject })));
const idOf = async (world: World) => (await world.holds.listHolds({ status: 'open', limit: 1 })).items[0]?.holdId ?? '';
const runOf = async (world: World) => (await world.reconciliations.find('crm'))?.run?.status;
const begin = (world: World) => beginReconciliation(world)({ applicationId: 'crm', executionId: 'run-1' });
const finish = (world: World, failed: boolean) =>
  finishReconciliation(world)({ applicationId: 'crm', runId: 'run-1', failed });
const drop = async (world: World) => {
  const pages = await Promise.all(HOLD_STATUSES.map((status) => world.holds.listHolds({ status, limit: 1 })));
  const id = pages.flatMap(({ items }) => items)[0]?.holdId ?? 'there is none';
  const body = Buffer.from('{"reason":"a slip"}');
  await dropHold(world)(requestAs(['security'], 'E9', { pathParameters: { id }, body }));
};

interface Act {
  readonly type: AuditEvent['type'];
  readonly given?: (world: World) => Promise<unknown>;
  readonly act: (world: World) => Promise<unknown>;
  readonly isDone: (world: World) => Promise<boolean>;
  /** Of one act. @default 1 */
  readonly entries?: number;
}

const ACTS: Readonly<Record<string, Act>> = {
  'a hold is opened': {
    type: 'hold-opened',
    given: joined,
    act: leaving,
    isDone: async (world) => (await idOf(world)) !== '',
  },
  'a hold is decided on': {
    type: 'hold-decided',
    given: async (world) => {
      await joined(world);
      await leaving(world);
    },
    act: drop,
    isDone: async (world) => (await idOf(world)) === '',
  },
  'a merge is proposed': {
    type: 'merge-proposed',
    given: joined,
    act: (world) => {
      const body = Buffer.from(JSON.stringify({ duplicate: 'E2', reason: 'same passport' }));
      return mergeIdentity(world)(requestAs(['hr'], 'E9', { pathParameters: { id: 'E1' }, body }));
    },
    isDone: async (world) => (await idOf(world)) !== '',
    entries: 2,
  },
  'a run of reconciliation is begun': {
    type: 'reconciliation-begun',
    act: begin,
    isDone: async (world) => (await runOf(world)) !== undefined,
  },
  'a run of reconciliation failed': {
    type: 'reconciliation-ended',
    given: begin,
    act: (world) => finish(world, true),
    isDone: async (world) => (await runOf(world)) === 'failed',
  },
  'a run of reconciliation ended': {
    type: 'reconciliation-ended',
    given: async (world) => {
      await begin(world);
      const run = (await world.reconciliations.find('crm'))?.run;
      if (run !== undefined) await world.reconciliations.advance('crm', { ...run, step: 1, phase: 'done' });
    },
    act: (world) => finish(world, false),
    isDone: async (world) => (await runOf(world)) === 'finished',
  },
  'a model is deployed': {
    type: 'model-deployed',
    given: joined,
    act: (world) => walkPopulation(world)(),
    isDone: async (world) => (await world.modelChanges.findWalk()) !== undefined,
  },
  'a model is judged': {
    type: 'model-judged',
    given: joined,
    act: (world) => walkPopulation(world)(),
    isDone: async (world) => (await world.modelChanges.findWalk())?.verdict !== undefined,
  },
  'messages are taken back': {
    type: 'redriven',
    given: joined,
    act: (world) =>
      redrive(world)({
        Records: [...PEOPLE, 'nobody'].map((identityId) => ({ body: JSON.stringify({ identityId }) })),
      }),
    isDone: async (world) => (await world.directory.listDue(world.clock(), 10)).length === PEOPLE.length,
  },
};

describe.each(Object.entries(ACTS))('when %s', (_, { type, given, act, isDone, entries = 1 }) => {
  const recorded = async (world: World) => {
    const { items } = await world.audit.listAll({ limit: 1_000 });
    return items.filter(({ event }) => event.type === type).length;
  };

  it('there is an entry with it, wherever the function dies, and one in the end', async () => {
    const seen = new Set<boolean>();
    for (let calls = 0, isOver = false; !isOver; calls += 1) {
      const world = worldOf();
      await given?.(world);
      expect(await recorded(world)).toBe(0);
      isOver = await world.live(() => act(world), calls);
      const done = await isDone(world);
      seen.add(done);
      expect({ calls, entries: await recorded(world) }).toEqual({ calls, entries: done ? entries : 0 });
      // Who began it does it again, unless it is over.
      if (!isOver) expect(await world.live(() => act(world))).toBe(true);
      expect(await isDone(world)).toBe(true);
      expect({ calls, entries: await recorded(world) }).toEqual({ calls, entries });
    }
    expect(seen).toEqual(new Set([false, true]));
  });
});
