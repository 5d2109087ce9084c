// Whether an emergency was open that explains a record: an emergency grant (core/requests/emergency.ts) of the same application,
// at the record's time. One that began or ended a second off explains nothing, nor does one of another application.
import { LONGEST_EMERGENCY_HOURS } from '../access-model/emergency-rule.ts';
import { identityAt, type Timeline } from '../identity/timeline.ts';
import type { ActivityRecord } from './activity.ts';
import type { DetectionSettings } from './context.ts';
import { HOUR_MS, isAmong } from './judging.ts';

export const LONGEST_EMERGENCY_MS = LONGEST_EMERGENCY_HOURS * HOUR_MS;

/** Nobody's own: it is used in an emergency that somebody has declared, or by a thief. */
export function isBreakGlass(
  { who }: Pick<ActivityRecord, 'who'>,
  { breakGlassAccounts }: Pick<DetectionSettings, 'breakGlassAccounts'>,
): boolean {
  return who.breakGlass === true || isAmong(who, breakGlassAccounts);
}

/** Who is suspended uses nothing, so an emergency of theirs explains nothing. */
export function holdsEmergencyGrant(
  timeline: Timeline,
  applicationIds: ReadonlySet<string | undefined>,
  atMs: number,
): boolean {
  const state = identityAt(timeline, atMs);
  if (state.status !== 'active') return false;
  return (state.grants ?? []).some(
    ({ basis, entitlement }) =>
      basis === 'break-glass' && applicationIds.has(entitlement.slice(0, entitlement.indexOf(':'))),
  );
}
