// Handing over what a leaver owned, and taking that back when the departure turns out never to have been. An owner
// stated since then stands, since the facts that are taken back came before it.
import type { HandedOverFact } from './facts.ts';
import { departureIdOf, identityAt, isEmployed, type Timeline } from './timeline.ts';

/** Those whose departure has gone from the timeline: rescinded, or moved to another time. A rehire undoes nothing. */
export function undoneHandovers(timeline: Timeline, nowMs: number): readonly HandedOverFact[] {
  if (!isEmployed(identityAt(timeline, nowMs))) return [];
  const departures = new Set(
    timeline.changes.flatMap(({ atMs, state }) =>
      state.status === 'departed' && atMs <= nowMs ? departureIdOf(state) : [],
    ),
  );
  return timeline.facts.filter(
    (fact): fact is HandedOverFact => fact.type === 'handed-over' && !departures.has(fact.departure),
  );
}
