// How long a leaver's account is kept, disabled and without access, before it is deleted. It counts from the departure,
// or from when Tenure was told of it where that was later: a departure may be dated back by months, and one of long ago may
// count only since what spoke against it was taken back.
import type { Application } from '../access-model/access-model.ts';
import type { Fact } from '../identity/facts.ts';
import type { IdentityState } from '../identity/timeline.ts';

const DAY_MS = 86_400_000;

/** When the account in this application is to be deleted (epoch ms); undefined: it is kept, or its holder has not left. */
export function deletionDueMs(
  { retention }: Application,
  state: IdentityState,
  facts: readonly Fact[],
): number | undefined {
  if (state.status !== 'departed' || retention?.deleteAfterDays === undefined) return undefined;
  const knownMs = Math.max(state.departedMs, state.knownMs);
  const decidedMs = facts.reduce(
    (latest, fact) => (decides(fact) ? Math.max(latest, fact.receivedMs) : latest),
    knownMs,
  );
  return decidedMs + retention.deleteAfterDays * DAY_MS;
}

/**
 * Whether the fact decides which others count, so that somebody may have left long ago since it was received. Where it
 * changes nothing the account is kept for a little longer than asked; deleted too soon, it could not be given back.
 */
function decides(fact: Fact): boolean {
  switch (fact.type) {
    case 'rescind':
    case 'hold-released':
    case 'hold-dropped':
    case 'absorbed':
    // What it says of an employment takes the place of what was said of it before, and may be over already.
    case 'joiner':
      return true;
    case 'mover':
      return fact.attributes.endsAt !== undefined;
    case 'leaver':
      // It calls off whatever was to come, a rehire under way included.
      return fact.immediate;
    default:
      return false;
  }
}
