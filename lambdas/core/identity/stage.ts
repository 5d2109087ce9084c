// The lifecycle stage is found from what changes, not believed from the label an HR system gave its event.
import { withAbsorbed } from './merged-identities.ts';
import { hasSameAttributes } from './moves.ts';
import { buildTimeline, type IdentityState, identityAt, isEmployed, type Timeline } from './timeline.ts';

export type Stage = 'joiner' | 'mover' | 'leaver' | 'suspension' | 'return' | 'unchanged';

/**
 * The stage by which one state becomes another. Somebody may be known to have left before anything is known of the
 * employment, or by what a merge brings along: that is a leaver, too.
 */
export function stageBetween(before: IdentityState, after: IdentityState): Stage {
  if (after.status === 'departed') return before.status === 'departed' ? 'unchanged' : 'leaver';
  if (!isEmployed(after)) return isEmployed(before) ? 'leaver' : 'unchanged';
  if (!isEmployed(before)) return 'joiner';
  if (before.status !== after.status) return after.status === 'suspended' ? 'suspension' : 'return';
  return hasSameAttributes(before.attributes, after.attributes) ? 'unchanged' : 'mover';
}

/** What one fact changes, now: the state with it against the state without it. */
export function stageOfFact(timeline: Timeline, factId: string, nowMs: number): Stage {
  const taken = withAbsorbed(timeline.facts.filter((fact) => fact.factId === factId));
  const ids = new Set(taken.map((fact) => fact.factId));
  const without = buildTimeline(timeline.facts.filter((fact) => !ids.has(fact.factId)));
  return stageBetween(identityAt(without, nowMs), identityAt(timeline, nowMs));
}

/** What the passing of an instant changed, judged by the state that holds now. */
export function stageOfInstant(timeline: Timeline, instantMs: number, nowMs: number): Stage {
  return stageBetween(identityAt(timeline, instantMs - 1), identityAt(timeline, nowMs));
}
