// How a fault is planted: what a handler gets from the world is changed as the mistake it stands for would change it.
import type { Target } from '../../lambdas/connectors/contract/connector.ts';
import type { AuditEntry } from '../../lambdas/core/audit/audit.ts';
import type { Fact } from '../../lambdas/core/identity/facts.ts';
import type { Certificate } from '../../lambdas/core/removal/certificate.ts';
import type { IdentityStores } from '../../lambdas/stores/identity-stores.ts';
import type { Random } from './random.ts';
import type { WorldDependencies } from './world.ts';

export interface Plant {
  readonly flag: string;
  /** What somebody got wrong. */
  readonly mistake: string;
  /** Called once per history; what it returns is called once per invocation. */
  readonly apply: (random: Random) => Change;
}

type Change = (dependencies: WorldDependencies, functionName: string) => WorldDependencies;
type StoreChanges = { readonly [Store in keyof IdentityStores]?: Partial<IdentityStores[Store]> };
type StoreChange = (stores: IdentityStores, functionName: string) => StoreChanges;

export function inStore(flag: string, mistake: string, prepare: (random: Random) => StoreChange): Plant {
  return {
    flag,
    mistake,
    apply: (random) => {
      const change = prepare(random);
      return (dependencies, functionName) => changeStores(dependencies, change(dependencies, functionName));
    },
  };
}

function changeStores(dependencies: WorldDependencies, changes: StoreChanges): WorldDependencies {
  const { facts, leases, accounts, tasks, directory } = dependencies;
  return {
    ...dependencies,
    facts: { ...facts, ...changes.facts },
    leases: { ...leases, ...changes.leases },
    accounts: { ...accounts, ...changes.accounts },
    tasks: { ...tasks, ...changes.tasks },
    directory: { ...directory, ...changes.directory },
  };
}

/** What every handler sees of the facts. */
export function inFacts(flag: string, mistake: string, change: (facts: readonly Fact[]) => readonly Fact[]): Plant {
  return inStore(flag, mistake, () => ({ directory }) => ({
    directory: {
      load: async (identityId) => {
        const record = await directory.load(identityId);
        return record && { ...record, facts: change(record.facts) };
      },
    },
  }));
}

/** What a connector gets of its system. */
export function inSystems(
  flag: string,
  mistake: string,
  prepare: () => (target: Target, applicationId: string) => Target,
): Plant {
  return {
    flag,
    mistake,
    apply: () => {
      const change = prepare();
      return (dependencies) => ({
        ...dependencies,
        connect: async (application, purpose) => {
          const connected = await dependencies.connect(application, purpose);
          return connected.kind === 'manual'
            ? connected
            : { ...connected, target: change(connected.target, application.id) };
        },
      });
    },
  };
}

/** What is certified. */
export function inCertificates(
  flag: string,
  mistake: string,
  change: (certificate: Certificate) => Certificate,
): Plant {
  return inStore(flag, mistake, () => ({ accounts }) => ({
    accounts: {
      saveRemoval: ({ certificate, ...input }) =>
        accounts.saveRemoval({ ...input, certificate: certificate && change(certificate) }),
    },
  }));
}

/** What is written into the audit log. */
export function inEntries(
  flag: string,
  mistake: string,
  change: (entries: readonly AuditEntry[]) => readonly AuditEntry[],
): Plant {
  const rewrite = <Input>(input: Input): Input => {
    const { audit } = input as { readonly audit?: readonly AuditEntry[] };
    return audit === undefined ? input : { ...input, audit: change(audit) };
  };
  return inStore(flag, mistake, () => ({ facts, leases, accounts, tasks }) => ({
    facts: {
      recordFact: ({ together, also, ...input }) =>
        facts.recordFact({
          ...rewrite(input),
          together: together && rewrite(together),
          also: also?.map((one) => rewrite(one)),
        }),
      recordEffect: (input) => facts.recordEffect(rewrite(input)),
    },
    leases: {
      fenceOff: (input) => leases.fenceOff(rewrite(input)),
      settleLease: (input) => leases.settleLease(rewrite(input)),
    },
    accounts: {
      saveAccount: (input) => accounts.saveAccount(rewrite(input)),
      saveRemoval: (input) => accounts.saveRemoval(rewrite(input)),
    },
    tasks: {
      openTask: (input) => tasks.openTask(rewrite(input)),
      supersedeTasks: (input) => tasks.supersedeTasks(rewrite(input)),
    },
  }));
}
