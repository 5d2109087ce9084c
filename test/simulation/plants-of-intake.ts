// Planted faults of what HR posts, of what waits for a person, and of who decides.

import type { Fact } from '../../lambdas/core/identity/facts.ts';
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
    listDisabling: async () => ({ items: [], isWhole: true }),
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
  {
    flag: 'decides-about-oneself',
    mistake: 'nobody looks whom a hold concerns',
    apply: () => (dependencies, functionName) => {
      if (!functionName.endsWith('-hold')) return dependencies;
      const { directory, holds } = dependencies;
      // It is looked up in two places: what is recorded of them, and whom the hold names.
      return {
        ...dependencies,
        directory: { ...directory, load: withoutHeld(directory.load) },
        holds: { ...holds, isHeld: async () => false },
      };
    },
  },
  inHolds('merge-decided-alone', 'nobody looks who proposed a merge', (holds) => ({
    findHold: async (holdId) => {
      const hold = await holds.findHold(holdId);
      if (hold?.merge === undefined) return hold;
      return { ...hold, merge: { ...hold.merge, proposedBy: 'somebody', proposerId: 'somebody' } };
    },
  })),
  inHolds('decision-forgotten', 'a decision is noted, and carried out for nobody', () => ({
    listHeld: async () => ({ items: [], next: undefined }),
  })),
  inHandovers(
    'on-leave-takes-over',
    'what a leaver owned goes to somebody on leave',
    ({ type }) => type !== 'suspension',
  ),
  inHandovers('successor-not-asked', 'whom HR named as successor is not asked', undefined),
  inStore('absent-stays', 'whom a file of everybody leaves out stays', () => ({ directory }, functionName) => ({
    directory:
      functionName === 'import-population' ? { ...directory, listIdentities: async () => ({ items: [] }) } : {},
  })),
  inGuard('part-of-a-file', 'a file that leaves out too many is imported', ({ settings }) => ({
    settings: { ...settings, missingShare: 1 },
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

/** @param counts what those who hand over see; undefined: no successor */
function inHandovers(flag: string, mistake: string, counts: ((fact: Fact) => boolean) | undefined): Plant {
  const isConcerned = (functionName: string) => ['hand-over-ownership', 'plan-access'].includes(functionName);
  const blind = (fact: Fact): Fact => (fact.type === 'leaver' ? { ...fact, successor: undefined } : fact);
  return inStore(flag, mistake, () => ({ directory }, functionName) => ({
    directory: isConcerned(functionName)
      ? {
          load: async (identityId) => {
            const record = await directory.load(identityId);
            const facts = record?.facts ?? [];
            return record && { ...record, facts: counts === undefined ? facts.map(blind) : facts.filter(counts) };
          },
        }
      : {},
  }));
}

type Load = GuardDependencies['directory']['load'];

function withoutHeld(load: Load): Load {
  return async (identityId) => {
    const record = await load(identityId);
    return record && { ...record, facts: record.facts.map(({ held: _left, ...fact }) => fact as typeof fact) };
  };
}
