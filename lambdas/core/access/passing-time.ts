// Instants at which time alone changes access by what the access model says, beside those of the timeline: an exception from
// the segregation of duties ends, or a handover, also of the owner whose access limits an agent's. The sweep looks then; no pass
// that began before one settles after it.
import type { AccessModel } from '../access-model/access-model.ts';
import type { DutyException } from '../access-model/duty-rule.ts';
import type { Whom } from '../duties/segregation.ts';
import { identityAt, isEmployed, lastTransitionMs, type Timeline } from '../identity/timeline.ts';
import { handoverEnds } from './handover.ts';
import { limitingOwner } from './owner-ceiling.ts';

/** Undefined: none is to come (epoch ms). */
export function nextModelInstantMs(timeline: Timeline, model: AccessModel, whom: Whom): number | undefined {
  return instantsOfModel(timeline, model, whom).find((atMs) => atMs > whom.nowMs);
}

/** The latest instant, up to now, at which time alone changed what somebody may have (epoch ms). */
export function lastInstantMs(timeline: Timeline, model: AccessModel, whom: Whom): number {
  const { nowMs } = whom;
  const ofModel = instantsOfModel(timeline, model, whom).findLast((atMs) => atMs <= nowMs);
  return Math.max(lastTransitionMs(timeline, nowMs) ?? 0, ofModel ?? 0);
}

/** By the state at that time, ascending (epoch ms). */
export function instantsOfModel(
  timeline: Timeline,
  model: AccessModel,
  { identityId, nowMs }: Whom,
): readonly number[] {
  const { duties = [] } = model;
  const state = identityAt(timeline, nowMs);
  const owner = isEmployed(state) ? limitingOwner(state, model) : undefined;
  const isTheirs = ({ identityId: whose }: DutyException) => whose === identityId || whose === owner?.identityId;
  const exceptions = duties.flatMap(({ mode, exceptions: all }) => (mode === 'prevent' ? [] : all.filter(isTheirs)));
  const handovers = [state, ...(owner ? [owner.state] : [])].flatMap((one) =>
    isEmployed(one) ? handoverEnds(one, model) : [],
  );
  return [...exceptions.map(({ untilMs }) => untilMs), ...handovers].sort((one, other) => one - other);
}
