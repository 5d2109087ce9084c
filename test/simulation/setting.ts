// What a history is set in: how long accounts are kept, what outlasts a removal, what Tenure may not do, and how soon
// somebody sees to a manual task.
import type { ResidualWindow, Target } from '../../lambdas/connectors/contract/connector.ts';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import { MODEL } from './access-model.ts';
import { type History, MINUTE_MS } from './history.ts';
import { DAY_MS } from './months.ts';
import type { Random } from './random.ts';

export interface Setting {
  readonly model: AccessModel;
  readonly residual: ResidualWindow | undefined;
  /** What the administrators of one system have not allowed Tenure to do, and never will. */
  readonly refused: { readonly applicationId: string; readonly method: keyof Target } | undefined;
  /** After how long, at most, somebody looks at the open tasks again. */
  readonly tasksEveryMs: number;
}

const REFUSABLE: readonly (keyof Target)[] = ['createAccount', 'grant', 'revoke', 'disableAccount', 'deleteAccount'];
const TOKENS = 'access tokens already issued';

export function randomSetting(random: Random, { startMs, endsMs }: History): Setting {
  const isLong = endsMs - startMs > DAY_MS;
  const keeps = isLong && random.chance(0.7);
  return {
    model: keeps ? keeping(random.pick([0, 1, 14, 30])) : MODEL,
    residual: random.chance(isLong ? 0.4 : 0.05) ? { seconds: random.pick([600, 3_600]), what: TOKENS } : undefined,
    // For months it would be tried again every half an hour.
    refused:
      !isLong && random.chance(0.06)
        ? { applicationId: random.pick(['chat', 'cloud']), method: random.pick(REFUSABLE) }
        : undefined,
    tasksEveryMs: isLong ? random.pick([DAY_MS, 10 * DAY_MS, 45 * DAY_MS]) : 20 * MINUTE_MS,
  };
}

/** The chat deletes the account of a leaver after so many days. */
function keeping(deleteAfterDays: number): AccessModel {
  const applications = MODEL.applications.map((application) =>
    application.id === 'chat' ? { ...application, retention: { deleteAfterDays } } : application,
  );
  return { ...MODEL, hash: `simulated, kept ${deleteAfterDays} days`, applications };
}
