// Interim cover: somebody gets, for a time, what somebody else holds. It is asked for and approved as anything else, and lasts no
// longer than what holds it up for the one who is covered: their leave does not end it, their leaving or moving away does.
import { desiredAccessInState } from '../access/desired-access.ts';
import { instantsOfModel } from '../access/passing-time.ts';
import type { AccessModel } from '../access-model/access-model.ts';
import { identityAt, isEmployed, type Timeline } from '../identity/timeline.ts';
import type { Asked } from './asking.ts';

/** As they are now. */
export interface Covered {
  readonly identityId: string;
  readonly timeline: Timeline;
  readonly nowMs: number;
}

/** The next so many are looked at; what may change after those is taken for the end, and looked at again by then. */
const MAXIMUM_INSTANTS = 200;

/**
 * Until when reasons of their own hold an entitlement up for somebody, by all that is known to come (epoch ms; infinite: no end
 * is known). What they hold in an emergency, or cover for somebody else, is none. Undefined: nothing holds it up now.
 */
export function heldUntilMs(entitlement: string, covered: Covered, model: AccessModel): number | undefined {
  const { timeline, nowMs } = covered;
  if (!holds(entitlement, covered, nowMs, model)) return undefined;
  const { identityId } = covered;
  const changes = timeline.changes.map(({ atMs }) => atMs).filter((atMs) => atMs > nowMs);
  // A handover ends by the model, and one that is yet to begin does as well.
  const known = [nowMs, ...changes.slice(0, MAXIMUM_INSTANTS)];
  const ofModel = known.flatMap((atMs) => instantsOfModel(timeline, model, { identityId, nowMs: atMs }));
  const later = [...changes, ...ofModel.filter((atMs) => atMs > nowMs)];
  const instants = [...new Set(later)].sort((one, other) => one - other);
  const looked = instants.slice(0, MAXIMUM_INSTANTS);
  const lost = looked.find((atMs) => !holds(entitlement, covered, atMs, model));
  return lost ?? instants[MAXIMUM_INSTANTS] ?? Number.POSITIVE_INFINITY;
}

function holds(entitlement: string, { identityId, timeline }: Covered, atMs: number, model: AccessModel): boolean {
  const state = identityAt(timeline, atMs);
  if (!isEmployed(state)) return false;
  const grants = state.grants?.filter(({ basis }) => basis !== 'cover' && basis !== 'break-glass');
  const { accounts } = desiredAccessInState({ ...state, grants }, model, { identityId, nowMs: atMs });
  return accounts.some(({ applicationId, entitlements }) =>
    entitlements.some((one) => `${applicationId}:${one.entitlement}` === entitlement),
  );
}

/** Why what is asked for is no cover, as a sentence. Undefined: it is one. @param identityId whom it is for */
export function whyNotCovered(
  { entitlement, startsMs = 0, endsMs }: Asked,
  identityId: string,
  covered: Covered,
  model: AccessModel,
): string | undefined {
  if (endsMs === undefined) return 'Who covers for somebody does so for a time: it needs an end.';
  if (covered.identityId === identityId) return 'Nobody covers for themselves.';
  if (covered.timeline.suspensions.length > 0) return 'Who is to be covered is suspended in an emergency.';
  const untilMs = heldUntilMs(entitlement, covered, model);
  if (untilMs === undefined) return 'Who is to be covered does not hold it.';
  return untilMs <= startsMs ? 'Who is to be covered does not hold it any more when it is to start.' : undefined;
}
