// Planted faults of what HR posts, of what waits for a person, and of who decides.
import type { GuardDependencies } from '../../lambdas/handlers/hr/guard-delivery.ts';
import type { HoldStore } from '../../lambdas/stores/holds/hold-store.ts';
import { inFacts, inStore, type Plant } from './planting.ts';

type Guard = GuardDependencies['guard'];

function inGuard(flag: string, mistake: string, change: (guard: Guard) => Partial<Guard>): Plant {
  return {
    flag,
    mistake,
    apply: () => (dependencies) => ({
      ...dependencies,
      guard: { ...dependencies.guard, ...change(dependencies.guard) },
    }),
  };
}

function inHolds(flag: string, mistake: string, change: (holds: HoldStore) => Partial<HoldStore>): Plant {
  return {
    flag,
    mistake,
    apply: () => (dependencies) => {
      const holds = { ...dependencies.holds, ...change(dependencies.holds) };
      return { ...dependencies, holds, guard: { ...dependencies.guard, holds } };
    },
  };
}

export const INTAKE_PLANTS: readonly Plant[] = [
  inGuard('guard-asleep', 'nobody is asked, however many lose access', ({ settings }) => ({
    settings: { ...settings, neverHeld: 1_000 },
  })),
  inGuard('guard-asks-of-everybody', 'even one who leaves waits for a person', ({ settings }) => ({
    settings: { ...settings, neverHeld: 0, maximumIdentities: 0 },
  })),
  inHolds('guard-forgets-the-window', 'each delivery is judged as if it were the first', () => ({
    listDisabling: async () => [],
  })),
  {
    flag: 'guard-counts-leavers-only',
    mistake: 'who keeps the job and loses everything in it is not counted',
    apply: () => (dependencies, functionName) => {
      if (functionName !== 'receive-hr-event') return dependencies;
      const model = { ...dependencies.model(), profiles: [] };
      return { ...dependencies, model: () => model };
    },
  },
  inFacts('held-counts-at-once', 'what waits for a person has its effect meanwhile', (facts) =>
    facts.map(({ held: _left, ...fact }) => fact as typeof fact),
  ),
  inFacts('released-in-vain', 'what was released goes on waiting', (facts) =>
    facts.filter(({ type }) => type !== 'hold-released'),
  ),
  inStore('decides-about-oneself', 'nobody looks whom a hold concerns', () => ({ directory }, functionName) => ({
    directory: functionName.endsWith('-hold') ? { ...directory, load: withoutHeld(directory.load) } : {},
  })),
  inHolds('decision-forgotten', 'a decision is noted, and carried out for nobody', () => ({
    listHeld: async () => ({ items: [], next: undefined }),
  })),
  inStore('batch-cut-short', 'of a batch about one identity only the first event is kept', () => ({ facts }) => ({
    facts: { recordFact: ({ also: _left, ...input }) => facts.recordFact(input) },
  })),
  inStore('said-otherwise', 'intake keeps another date than was said', () => ({ facts }, functionName) => ({
    facts: {
      recordFact: ({ fact, ...input }) =>
        facts.recordFact({
          ...input,
          fact: functionName === 'receive-hr-event' ? { ...fact, recordedMs: fact.recordedMs - 1 } : fact,
        }),
    },
  })),
];

type Load = GuardDependencies['directory']['load'];

function withoutHeld(load: Load): Load {
  return async (identityId) => {
    const record = await load(identityId);
    return record && { ...record, facts: record.facts.map(({ held: _left, ...fact }) => fact as typeof fact) };
  };
}
