// When each fact takes effect, for showing a timeline to people. Deciding uses the timeline's own changes.

import { DEFAULT_TIME_ZONE } from '../moment.ts';
import { type Fact, isEffective } from './facts.ts';
import { instantOf, type Timeline } from './timeline.ts';

/** Epoch ms; undefined for facts that have no time of their own (a rescind, an attestation). */
export function effectiveInstantMs(timeline: Timeline, fact: Fact): number | undefined {
  if (!isEffective(fact)) return undefined;
  // Rescinded, or without effect on the state: the instant it would have had.
  const change = timeline.changes.find(({ factId }) => factId === fact.factId);
  return change?.atMs ?? instantOf(fact, timeZoneOf(timeline, fact));
}

function timeZoneOf(timeline: Timeline, fact: Fact): string {
  const own = 'attributes' in fact ? (fact.attributes.timeZone ?? undefined) : undefined;
  const known = timeline.changes.findLast(({ state }) => 'attributes' in state)?.state;
  const inherited = known !== undefined && 'attributes' in known ? known.attributes.timeZone : undefined;
  return own ?? inherited ?? DEFAULT_TIME_ZONE;
}
