// What a history is set in: how long accounts are kept, what outlasts a removal, what Tenure may not do, and how soon
// somebody sees to a manual task.
import type { ResidualWindow, Target } from '../../lambdas/connectors/contract/connector.ts';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import { MODEL } from './access-model.ts';
import { type History, MINUTE_MS } from './history.ts';
import type { EarlierAccount } from './memory-system.ts';
import { DAY_MS } from './months.ts';
import type { Random } from './random.ts';

export interface Setting {
  readonly model: AccessModel;
  readonly residual: ResidualWindow | undefined;
  /** What the administrators of one system have not allowed Tenure to do, and never will. */
  readonly refused: { readonly applicationId: string; readonly method: keyof Target } | undefined;
  /** Accounts that were there before Tenure. */
  readonly earlier: readonly Earlier[];
  /** A deployment with another access model. */
  readonly deployment: { readonly atMs: number; readonly model: AccessModel } | undefined;
  /** When an application is reconciled, and what somebody then decides. */
  readonly reconciliation: PlannedReconciliation | undefined;
  /** After how long, at most, somebody looks at the open tasks again. */
  readonly tasksEveryMs: number;
}

export interface Earlier {
  readonly applicationId: string;
  readonly account: EarlierAccount & { readonly holder: string };
}

export interface PlannedReconciliation {
  readonly applicationId: string;
  readonly atMs: number;
  readonly decision: 'report' | 'repair' | undefined;
}

/** Not in the access model. */
export const LEGACY = 'legacy-group';
const REFUSABLE: readonly (keyof Target)[] = ['createAccount', 'grant', 'revoke', 'disableAccount', 'deleteAccount'];
const TOKENS = 'access tokens already issued';

export function randomSetting(random: Random, { startMs, endsMs, arrivals, merges }: History): Setting {
  const isLong = endsMs - startMs > DAY_MS;
  const keeps = isLong && random.chance(0.7);
  const people = [...new Set(arrivals.map(({ fact }) => fact.identityId))].filter((id) => id.startsWith('E'));
  const earlier = merges.length === 0 && random.chance(0.12) ? randomEarlier(random, people) : [];
  const applicationId = earlier[0]?.applicationId ?? 'chat';
  const reconciles = random.chance(earlier.length > 0 ? 0.7 : 0.02);
  const atMs = startMs + random.below(endsMs - startMs);
  const decision = random.pick([undefined, 'report', 'repair'] as const);
  const model = keeps ? keeping(random.pick([0, 1, 14, 30])) : MODEL;
  const changes = earlier.length === 0 && random.chance(0.08);
  const changedMs = startMs + random.below(endsMs - startMs);
  return {
    model,
    deployment: changes ? { atMs: changedMs, model: regranting(model, random) } : undefined,
    residual: random.chance(isLong ? 0.4 : 0.05) ? { seconds: random.pick([600, 3_600]), what: TOKENS } : undefined,
    // For months it would be tried again every half an hour.
    refused:
      !isLong && random.chance(0.06)
        ? { applicationId: random.pick(['chat', 'cloud']), method: random.pick(REFUSABLE) }
        : undefined,
    earlier,
    reconciliation: reconciles ? { applicationId, atMs, decision } : undefined,
    tasksEveryMs: isLong ? random.pick([DAY_MS, 10 * DAY_MS, 45 * DAY_MS]) : 20 * MINUTE_MS,
  };
}

function randomEarlier(random: Random, people: readonly string[]): readonly Earlier[] {
  const holders = people.filter((_, index) => index === 0 || random.chance(0.5));
  const applicationId = random.pick(['chat', 'cloud']);
  const known = MODEL.applications.find(({ id }) => id === applicationId)?.entitlements.map(({ grant }) => grant) ?? [];
  return holders.map((holder) => ({
    applicationId,
    account: {
      holder,
      userName: random.chance(0.5) ? holder : holder.toLowerCase(),
      grants: [...known, LEGACY].filter(() => random.chance(0.5)),
      // What can only delete has no accounts that are disabled.
      enabled: applicationId === 'cloud' || random.chance(0.8),
    },
  }));
}

/** What one profile gives is from now on another's, or nobody's. */
function regranting({ profiles, ...model }: AccessModel, random: Random): AccessModel {
  const [from, to] = random.pick([
    ['sales', 'engineering'],
    ['engineering', 'sales'],
    ['office', 'everyone'],
    ['engineering', 'nobody'],
  ] as const);
  const moved = random.pick(profiles.find(({ id }) => id === from)?.entitlements ?? []);
  const without = profiles.map((profile) =>
    profile.id === from ? { ...profile, entitlements: profile.entitlements.filter((one) => one !== moved) } : profile,
  );
  const regranted = without.map((profile) =>
    profile.id === to ? { ...profile, entitlements: [...profile.entitlements, moved] } : profile,
  );
  return { ...model, hash: `simulated, ${moved} from ${from} to ${to}`, profiles: regranted };
}

/** The chat deletes the account of a leaver after so many days. */
function keeping(deleteAfterDays: number): AccessModel {
  const applications = MODEL.applications.map((application) =>
    application.id === 'chat' ? { ...application, retention: { deleteAfterDays } } : application,
  );
  return { ...MODEL, hash: `simulated, kept ${deleteAfterDays} days`, applications };
}
