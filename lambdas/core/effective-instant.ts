// When each fact takes effect, for showing a timeline to people. Deciding uses the timeline's own changes.
import type { Fact } from './facts.ts';
import { DEFAULT_TIME_ZONE, resolveMoment } from './moment.ts';
import type { Timeline } from './timeline.ts';

/** Epoch ms; undefined for facts that have no time of their own (a rescind, an attestation). */
export function effectiveInstantMs(timeline: Timeline, fact: Fact): number | undefined {
  if (fact.type === 'rescind' || fact.type === 'task-attested') return undefined;
  const change = timeline.changes.find(({ factId }) => factId === fact.factId);
  if (change !== undefined) return change.atMs;
  // Rescinded, or without effect on the state: the instant it would have had.
  if (fact.type === 'leaver' && (fact.immediate || fact.effectiveAt === undefined)) {
    return Math.min(fact.recordedMs, fact.receivedMs);
  }
  const edge = fact.type === 'leaver' ? 'end-of-day' : 'start-of-day';
  return resolveMoment(fact.effectiveAt as string, timeZoneOf(timeline, fact), edge);
}

function timeZoneOf(timeline: Timeline, fact: Fact): string {
  const own = 'attributes' in fact ? fact.attributes.timeZone : undefined;
  const known = timeline.changes.findLast(({ state }) => 'attributes' in state)?.state;
  const inherited = known !== undefined && 'attributes' in known ? known.attributes.timeZone : undefined;
  return own ?? inherited ?? DEFAULT_TIME_ZONE;
}
