// How long a leaver's account is kept, disabled and without access, before it is deleted. It counts from the departure,
// or from when Tenure was told of it where that was later: a departure may be dated back by months.
import type { Application } from '../access-model/access-model.ts';
import type { IdentityState } from '../identity/timeline.ts';

const DAY_MS = 86_400_000;

/** When the account in this application is to be deleted (epoch ms); undefined: it is kept, or its holder has not left. */
export function deletionDueMs({ retention }: Application, state: IdentityState): number | undefined {
  if (state.status !== 'departed' || retention?.deleteAfterDays === undefined) return undefined;
  return Math.max(state.departedMs, state.knownMs) + retention.deleteAfterDays * DAY_MS;
}
