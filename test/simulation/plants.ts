// Faults planted on purpose, each behind one flag: a simulator that cannot fail proves nothing. Each changes what the
// handlers get from the world, as the mistake it stands for would.
import type { Fact } from '../../lambdas/core/identity/facts.ts';
import { isDateTime, toIso } from '../../lambdas/core/moment.ts';
import type { ObservedAccount } from '../../lambdas/core/systems/account.ts';
import { inFacts, inStore, inSystems, type Plant } from './planting.ts';
import { PLANTS_OF_CAMPAIGNS } from './plants-of-campaigns.ts';
import { DUTY_PLANTS } from './plants-of-duties.ts';
import { EVIDENCE_PLANTS } from './plants-of-evidence.ts';
import { INTAKE_PLANTS } from './plants-of-intake.ts';
import { PLANTS_OF_MOVES } from './plants-of-moves.ts';
import { PEOPLE_PLANTS } from './plants-of-people.ts';
import { PLANTS_OF_REQUESTS } from './plants-of-requests.ts';
import { PLANTS_OF_TRUST } from './plants-of-trust.ts';

export const PLANTS: readonly Plant[] = [
  inStore('fence-not-checked', 'a call goes on although the lease has changed hands', () => ({ leases, directory }) => {
    let mine: { epoch: number; version: number } | undefined;
    return {
      leases: {
        renewLease: async () => true,
        readMark: async (identityId) => {
          const mark = await leases.readMark(identityId);
          return mark && { epoch: mine?.epoch ?? 0, version: mark.version };
        },
      },
      directory: {
        load: async (identityId) => {
          const record = await directory.load(identityId);
          mine ??= record?.header;
          return record;
        },
      },
    };
  }),
  inStore('fence-not-raised', 'a leaver does not fence off what is running', () => () => ({
    leases: { fenceOff: async () => 'fenced' },
  })),
  inStore('lease-never-expires', 'a dead holder keeps its lease', () => ({ leases }) => ({
    leases: { acquireLease: (input) => leases.acquireLease({ ...input, nowMs: 0 }) },
  })),
  inStore('stale-plan-settled', 'a pass settles although a fact came in since its plan', () => {
    const planned = new Map<string, number>();
    return ({ leases, directory }, functionName) => {
      if (functionName === 'plan-access') {
        const load: typeof directory.load = async (identityId) => {
          const record = await directory.load(identityId);
          if (record !== undefined) planned.set(identityId, record.header.version);
          return record;
        };
        return { directory: { load } };
      }
      if (functionName !== 'settle') return {};
      let current = 0;
      const load: typeof directory.load = async (identityId) => {
        const record = await directory.load(identityId);
        current = record?.header.version ?? 0;
        return record && { ...record, header: { ...record.header, version: planned.get(identityId) ?? current } };
      };
      return {
        leases: { settleLease: (input) => leases.settleLease({ ...input, version: current }) },
        directory: { load },
      };
    };
  }),
  failureSettled(),
  inStore(
    'stream-record-skipped',
    'now and then the router leaves out a record',
    (random) => (_stores, functionName) => {
      if (functionName !== 'route-facts' || !random.chance(0.05)) return {};
      return { directory: { load: async () => undefined } };
    },
  ),
  inStore('accepted-but-lost', 'now and then an event is answered 202 and not written', (random) => () => {
    return random.chance(0.05) ? { facts: { recordFact: async () => 'recorded' } } : {};
  }),
  inStore('clock-trusted', 'each function judges by its own clock alone', () => ({ directory }) => ({
    directory: {
      load: async (identityId) => {
        const record = await directory.load(identityId);
        return record && { ...record, header: { ...record.header, clockMs: 0 } };
      },
    },
  })),
  inStore(
    'late-write-kept',
    'a write that was overtaken on its way is kept all the same',
    () =>
      ({ accounts, directory }) => ({
        accounts: {
          saveAccount: async (input) => {
            const record = await directory.load(input.identityId);
            const known = record?.accounts.find(({ applicationId }) => applicationId === input.account.applicationId);
            return accounts.saveAccount({
              ...input,
              account: { ...input.account, revision: (known?.revision ?? 0) + 1 },
            });
          },
        },
      }),
  ),
  inStore('effect-not-recorded', 'an instant that came is not recorded', () => () => ({
    facts: { recordEffect: async () => 'recorded' },
  })),
  inStore('owned-forgotten', 'what a leaver owned is left to nobody', () => () => ({
    directory: { listOwnedBy: async () => [] },
  })),
  inStore('handover-kept', 'a departure that never was keeps what it handed over', () => ({ facts }) => ({
    facts: {
      findAcceptedEvent: async (source, sourceEventId) =>
        sourceEventId.startsWith('undo/')
          ? { source, sourceEventId, payloadHash: '', identityId: '', version: 0 }
          : facts.findAcceptedEvent(source, sourceEventId),
    },
  })),
  inStore('sweep-blind', 'the sweep finds nothing', () => () => ({ directory: { listDue: async () => [] } })),
  inStore('intent-not-written', 'a change is made before it is announced', () => ({ accounts }) => ({
    accounts: {
      saveAccount: ({ audit, ...input }) =>
        accounts.saveAccount({ ...input, audit: audit.filter(({ event }) => event.type !== 'access-intended') }),
    },
  })),
  {
    flag: 'schedule-forgotten',
    mistake: 'what takes effect later is never scheduled',
    apply: () => (dependencies) => ({ ...dependencies, scheduler: { schedule: async () => {} } }),
  },
  arrivalOrder(),
  inFacts('rescind-ignored', 'a rescinded event goes on counting', (facts) =>
    facts.filter(({ type }) => type !== 'rescind'),
  ),
  inFacts('grants-never-end', 'what was decided for a time stays for good', (facts) =>
    facts.map((fact) => (fact.type === 'access-granted' ? { ...fact, endsMs: Number.MAX_SAFE_INTEGER } : fact)),
  ),
  inFacts('grants-begin-at-once', 'what was decided for later is given at once', (facts) =>
    facts.map((fact) => (fact.type === 'access-granted' ? { ...fact, startsMs: fact.recordedMs } : fact)),
  ),
  inFacts('grants-not-ended-early', 'what somebody ended early goes on to its end', (facts) =>
    facts.filter(({ type }) => type !== 'access-ended'),
  ),
  inFacts('grants-outlive-a-leaver', 'who is hired again has what was decided before', (facts) => {
    const joinsMs = facts.flatMap((fact) => (fact.type === 'joiner' ? Date.parse(fact.effectiveAt) : []));
    const latestMs = Math.max(0, ...joinsMs);
    return facts.map((fact) =>
      fact.type === 'access-granted' ? { ...fact, recordedMs: Math.max(fact.recordedMs, latestMs) } : fact,
    );
  }),
  inFacts('suspensions-ignored', 'nobody is kept out in an emergency', (facts) =>
    facts.filter(({ type }) => type !== 'access-suspended'),
  ),
  inFacts('questions-ignored', 'what nobody answers for in time stays usable', (facts) =>
    facts.filter(({ type }) => type !== 'answer-asked'),
  ),
  inFacts('answers-ignored', 'what its owner has answered for stays suspended', (facts) =>
    facts.filter(({ type }) => type !== 'ownership-accepted'),
  ),
  inFacts('answers-last', 'whoever has answered for something once is never asked again', (facts) =>
    facts.map((fact) => (fact.type === 'ownership-accepted' ? { ...fact, dueMs: undefined } : fact)),
  ),
  inFacts('suspensions-stay', 'who was let in again stays kept out', (facts) =>
    facts.filter(({ type }) => type !== 'access-resumed'),
  ),
  inFacts('leavers-ignored', 'nobody ever leaves', (facts) => facts.filter(({ type }) => type !== 'leaver')),
  {
    flag: 'every-profile-for-everybody',
    mistake: 'conditions of profiles are not looked at',
    apply: () => (dependencies) => {
      const { profiles, ...model } = dependencies.model();
      const open = { ...model, profiles: profiles.map((profile) => ({ ...profile, when: {} })) };
      return { ...dependencies, model: () => open };
    },
  },
  inRetention('retention-forgotten', 'an account is kept for ever', undefined),
  inRetention('retention-cut-short', 'an account is deleted as soon as its holder has left', 0),
  {
    flag: 'earlier-access-taken',
    mistake: 'what was there before Tenure is taken away at the first contact',
    apply: () => (dependencies) => ({
      ...dependencies,
      reconciliations: {
        ...dependencies.reconciliations,
        find: async (applicationId) => {
          const decision = { answer: 'repair', reason: '', decidedBy: '', decidedMs: 0, runId: '' } as const;
          return { applicationId, ...(await dependencies.reconciliations.find(applicationId)), decision };
        },
      },
    }),
  },
  inFacts('suspension-ignored', 'a leave of absence changes nothing', (facts) =>
    facts.filter(({ type }) => type !== 'suspension'),
  ),
  inSystems('success-trusted', 'what a system answers is kept as what it is, and never read back', () => {
    const kept = new Map<string, ObservedAccount | undefined>();
    return (target, applicationId) => {
      const nameOf = (identityId: string) => `${applicationId} ${identityId}`;
      const change = (account: ObservedAccount, changed: Partial<ObservedAccount> | undefined) => {
        for (const [name, known] of kept) {
          if (!name.startsWith(`${applicationId} `) || known?.accountId !== account.accountId) continue;
          kept.set(name, changed && { ...known, ...changed });
        }
      };
      const grantsOf = (account: ObservedAccount) =>
        [...kept.values()].find((known) => known?.accountId === account.accountId)?.grants ?? [];
      return {
        ...target,
        findAccount: async (key) => {
          const name = nameOf(key.identityId);
          if (!kept.has(name)) kept.set(name, await target.findAccount(key));
          return kept.get(name);
        },
        createAccount: async (profile) => {
          const account = await target.createAccount(profile);
          kept.set(nameOf(profile.identityId), account);
          return account;
        },
        grant: async (account, grant) => {
          await target.grant(account, grant);
          change(account, { grants: [...grantsOf(account), grant].sort() });
        },
        revoke: async (account, grant) => {
          await target.revoke(account, grant);
          change(account, { grants: grantsOf(account).filter((held) => held !== grant) });
        },
        ...(target.revokeAll && {
          revokeAll: async (account, grants) => {
            await target.revokeAll?.(account, grants);
            change(account, { grants: grantsOf(account).filter((held) => !grants.includes(held)) });
            return grants;
          },
        }),
        ...(target.disableAccount && {
          disableAccount: async (account) => {
            await target.disableAccount?.(account);
            change(account, { enabled: false });
          },
          enableAccount: async (account) => {
            await target.enableAccount?.(account);
            change(account, { enabled: true });
          },
          endSessions: async (account) => {
            await target.endSessions?.(account);
            change(account, { openSessions: 0 });
          },
        }),
        deleteAccount: async (account) => {
          await target.deleteAccount?.(account);
          change(account, undefined);
        },
      };
    };
  }),
  inSystems('old-answer-reused', 'an account is read once and remembered for good', () => {
    const remembered = new Map<string, ObservedAccount>();
    return (target, applicationId) => ({
      ...target,
      findAccount: async (key) => {
        const name = `${applicationId} ${key.identityId}`;
        const account = remembered.get(name) ?? (await target.findAccount(key));
        if (account !== undefined) remembered.set(name, account);
        return account;
      },
    });
  }),
  inSystems('group-ids-not-read', 'a group that was renamed is taken for another', () => (target) => ({
    ...target,
    findAccount: async (key) => {
      const account = await target.findAccount(key);
      if (account === undefined) return undefined;
      const { grantIds: _ids, ...named } = account;
      return named;
    },
  })),
  inStore('granted-forgotten', 'what was granted is known by its name alone', () => ({ accounts }) => ({
    accounts: {
      saveAccount: ({ account, ...input }) => {
        const granted = account.granted?.map(({ grantId: _id, ...one }) => one);
        return accounts.saveAccount({ ...input, account: { ...account, granted } });
      },
    },
  })),
  inStore('model-not-walked', 'nobody looks whom a changed access model concerns', () => ({ directory }, name) => ({
    directory: {
      listIdentities: async (asked) =>
        name === 'walk-population' ? { items: [] } : await directory.listIdentities(asked),
    },
  })),
  ...DUTY_PLANTS,
  ...PLANTS_OF_REQUESTS,
  ...PLANTS_OF_TRUST,
  ...PLANTS_OF_MOVES,
  ...PLANTS_OF_CAMPAIGNS,
  ...EVIDENCE_PLANTS,
  ...PEOPLE_PLANTS,
  ...INTAKE_PLANTS,
];

function inRetention(flag: string, mistake: string, deleteAfterDays: number | undefined): Plant {
  return {
    flag,
    mistake,
    apply: () => (dependencies) => {
      const { applications, ...model } = dependencies.model();
      const changed = {
        ...model,
        applications: applications.map((one) => ({ ...one, retention: { deleteAfterDays } })),
      };
      return { ...dependencies, model: () => changed };
    },
  };
}

/** The first pass that fails is the last. */
function failureSettled(): Plant {
  return {
    flag: 'failure-settled',
    mistake: 'a pass that failed is taken for settled',
    apply: () => (dependencies) => ({
      ...dependencies,
      retryPolicy: () => ({ ...dependencies.retryPolicy(), maximumPasses: 1 }),
      leases: {
        ...dependencies.leases,
        releaseLease: async (input) => {
          const record = await dependencies.directory.load(input.identityId);
          if (record === undefined) return false;
          const { version, summary } = record.header;
          const nowMs = Date.now();
          return dependencies.leases.settleLease({
            ...input,
            version,
            summary,
            applications: [],
            nowMs,
            nextCheckMs: undefined,
            audit: [],
          });
        },
      },
    }),
  };
}

/** Facts take effect when they arrive instead of when they say. */
function arrivalOrder(): Plant {
  return inStore('arrival-order', 'what arrives later is taken to be later', () => {
    const arrivedMs = new Map<string, number>();
    return ({ facts, directory }) => ({
      facts: {
        recordFact: async (input) => {
          const outcome = await facts.recordFact(input);
          if (outcome === 'recorded') arrivedMs.set(input.fact.factId, Date.now());
          return outcome;
        },
      },
      directory: {
        load: async (identityId) => {
          const record = await directory.load(identityId);
          return record && { ...record, facts: record.facts.map((fact) => delay(fact, arrivedMs.get(fact.factId))) };
        },
      },
    });
  });
}

function delay(fact: Fact, arrivedMs: number | undefined): Fact {
  if (arrivedMs === undefined || !('effectiveAt' in fact) || fact.effectiveAt === undefined) return fact;
  if (!isDateTime(fact.effectiveAt) || Date.parse(fact.effectiveAt) >= arrivedMs) return fact;
  return { ...fact, effectiveAt: toIso(arrivedMs) };
}
