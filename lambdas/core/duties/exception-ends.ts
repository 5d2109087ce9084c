// The end of an exception is an instant at which access changes, as the end of a contract is.
import type { AccessModel } from '../access-model/access-model.ts';
import type { DutyException } from '../access-model/duty-rule.ts';
import { lastTransitionMs, type Timeline } from '../identity/timeline.ts';
import type { Whom } from './segregation.ts';

/** Undefined: none is to come (epoch ms). */
export function nextExceptionEndMs(model: AccessModel, { identityId, nowMs }: Whom): number | undefined {
  return endsOf(model, identityId).find((untilMs) => untilMs > nowMs);
}

/** The latest up to now; undefined: none has ended (epoch ms). */
function lastExceptionEndMs(model: AccessModel, { identityId, nowMs }: Whom): number | undefined {
  return endsOf(model, identityId).findLast((untilMs) => untilMs <= nowMs);
}

/** The latest instant, up to now, at which time alone changed what somebody may have (epoch ms). */
export function lastInstantMs(timeline: Timeline, model: AccessModel, whom: Whom): number {
  return Math.max(lastTransitionMs(timeline, whom.nowMs) ?? 0, lastExceptionEndMs(model, whom) ?? 0);
}

/** Ascending. */
function endsOf({ duties = [] }: AccessModel, identityId: string): readonly number[] {
  const isTheirs = (exception: DutyException) => exception.identityId === identityId;
  const ends = duties.flatMap(({ mode, exceptions }) => (mode === 'prevent' ? [] : exceptions.filter(isTheirs)));
  return ends.map(({ untilMs }) => untilMs).sort((one, other) => one - other);
}
