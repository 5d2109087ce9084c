// By whom an identity is kept out in an emergency. Why is told to those who see why anybody is away.
import type { View } from '../../api/roles.ts';
import type { SuspensionAnswer } from '../../api/suspensions.ts';
import type { Timeline } from '../../core/identity/timeline.ts';
import { toIso } from '../../core/moment.ts';

/** Undefined: by nobody. */
export function presentSuspensions({ suspensions }: Timeline, view: View): SuspensionAnswer[] | undefined {
  if (suspensions.length === 0) return undefined;
  return suspensions.map(({ factId, suspendedBy, suspendedAs, recordedMs, reason }) => ({
    fact: factId,
    by: suspendedBy,
    as: suspendedAs,
    since: toIso(recordedMs),
    reason: view.reasons ? reason : undefined,
  }));
}
