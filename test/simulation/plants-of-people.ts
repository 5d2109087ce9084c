// Planted faults of what people are asked and what is said of them: manual tasks, merges, owners, and whose word counts.
import type { Fact } from '../../lambdas/core/identity/facts.ts';
import { toIso } from '../../lambdas/core/moment.ts';
import { START_MS } from './history.ts';
import { MemorySystem } from './memory-system.ts';
import { inFacts, inStore, inSystems, type Plant } from './planting.ts';

export const PEOPLE_PLANTS: readonly Plant[] = [
  {
    flag: 'manual-always-done',
    mistake: 'what only people can do is taken for done, and nobody is asked',
    apply: () => {
      const imagined = new MemorySystem({ canDisable: true });
      return (dependencies) => ({
        ...dependencies,
        connect: async (application, purpose) => {
          const connected = await dependencies.connect(application, purpose);
          return connected.kind === 'api' ? connected : { kind: 'api', target: imagined.target() };
        },
      });
    },
  },
  inStore('tasks-never-asked', 'a pass waits for a task that nobody has', () => () => ({
    tasks: { openTask: async () => true },
  })),
  inStore('tasks-born-done', 'a task is done as soon as it is asked for', () => ({ tasks }) => ({
    tasks: {
      openTask: (input) =>
        tasks.openTask({ ...input, task: { ...input.task, status: 'done', attestedBy: 'it-1', attestedMs: 0 } }),
    },
  })),
  inStore('tasks-not-superseded', 'people go on being asked for what nobody wants any more', () => ({ tasks }) => ({
    tasks: {
      openTask: (input) => tasks.openTask({ ...input, supersedes: [] }),
      supersedeTasks: async () => true,
    },
  })),
  inStore('attestation-not-kept', 'a task that was attested stays open', () => ({ facts }) => ({
    facts: { recordFact: ({ attestedTask: _left, ...input }) => facts.recordFact(input) },
  })),
  inStore('owned-by-itself', 'what a leaver owned answers for itself', () => ({ facts }) => ({
    facts: {
      recordFact: ({ fact, ...input }) => {
        const isHandover = fact.type === 'mover' && fact.cause !== undefined;
        const own = isHandover ? { ...fact, attributes: { owner: fact.identityId } } : fact;
        return facts.recordFact({ ...input, fact: own });
      },
    },
  })),
  {
    flag: 'application-not-planned',
    mistake: 'a pass leaves out an application',
    apply: () => (dependencies, functionName) => {
      if (functionName !== 'plan-access') return dependencies;
      const { applications, ...model } = dependencies.model();
      const rest = { ...model, applications: applications.filter(({ id }) => id !== 'cloud') };
      return { ...dependencies, model: () => rest };
    },
  },
  inFacts('recorded-time-ignored', 'when HR recorded something is not looked at', (facts) =>
    facts.map((fact) => ({ ...fact, recordedMs: fact.receivedMs })),
  ),
  inFacts('ahead-of-time', 'what is to come counts at once', (facts) => facts.map(atOnce)),
  inFacts('merge-keeps-access', 'a duplicate keeps the access it had', (facts) =>
    facts.filter(({ type }) => type !== 'merged'),
  ),
  inFacts('absorbed-forgotten', 'what was known of a duplicate is lost with it', (facts) =>
    facts.map((fact) => (fact.type === 'absorbed' ? { ...fact, facts: [] } : fact)),
  ),
  inFacts('duplicate-speaks-louder', 'what was said of a duplicate counts as what was said of the survivor', (facts) =>
    facts.map((fact) => (fact.type === 'absorbed' ? { ...fact, duplicate: 'nobody' } : fact)),
  ),
  inFacts('undo-ignored', 'a merge that was taken back goes on counting', (facts) =>
    facts.filter((fact) => !isUndo(fact)),
  ),
  inFacts('survivor-keeps-duplicate', 'what was said of who is somebody else after all goes on counting', (facts) =>
    facts.map((fact) => ('about' in fact && facts.some(isUndo) ? { ...fact, about: undefined } : fact)),
  ),
  inFacts(
    'returned-forgotten',
    'what was said of a duplicate while it was merged is lost when that is undone',
    (facts) => facts.map((fact) => (fact.type === 'rescind' ? { ...fact, facts: undefined } : fact)),
  ),
  inStore('exposure-forgotten', 'which keys a former owner may know is found anew each time', () => ({ accounts }) => ({
    accounts: {
      saveAccount: ({ account, ...input }) =>
        accounts.saveAccount({ ...input, account: { ...account, exposed: undefined } }),
    },
  })),
  {
    flag: 'no-grace',
    mistake: 'a new owner has no time to replace keys',
    apply: () => (dependencies) => {
      const { applications, ...model } = dependencies.model();
      const hasty = { ...model, applications: applications.map((one) => ({ ...one, credentialGraceHours: 0 })) };
      return { ...dependencies, model: () => hasty };
    },
  },
  inSystems('keys-not-seen', 'an account is closed, and its keys work on', () => (target) => ({
    ...target,
    findAccount: async (key) => {
      const account = await target.findAccount(key);
      return account && { ...account, credentials: [] };
    },
  })),
  inFacts('authority-ignored', 'every source has the same say', (facts) =>
    facts.map((fact) => ('authority' in fact ? { ...fact, authority: undefined } : fact)),
  ),
  inFacts('rehires-ignored', 'nobody comes back', (facts) => {
    const [first] = facts.filter(({ type }) => type === 'joiner').toSorted((a, b) => a.recordedMs - b.recordedMs);
    return facts.filter((fact) => fact.type !== 'joiner' || fact === first);
  }),
];

function atOnce(fact: Fact): Fact {
  if (!('effectiveAt' in fact) || fact.effectiveAt === undefined) return fact;
  return Date.parse(fact.effectiveAt) > START_MS ? { ...fact, effectiveAt: toIso(START_MS) } : fact;
}

/** On either side of a merge. */
function isUndo({ factId }: Fact): boolean {
  return /^tenure:un(absorbed|merged)\//.test(factId);
}
