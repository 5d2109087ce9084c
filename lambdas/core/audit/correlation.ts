// What ties together all that one HR event brings about, from the event to the last removal, whatever came in between:
// an instant that was waited for, the sweep, a person who tried again. It is the fact to which the state goes back that
// access is made to agree with, so nobody need hand it on.
import { type Fact, isEffective, isExcepting, isSuspending, isTimed } from '../identity/facts.ts';
import type { Timeline } from '../identity/timeline.ts';

/** Of what is done at that time (epoch ms). Undefined: nothing has taken effect. */
export function correlationAt({ changes }: Timeline, atMs: number): string | undefined {
  // An end date that was reached is that of the fact before; the end of a grant that of what says so.
  return changes.findLast((change) => change.atMs <= atMs && change.factId !== undefined)?.factId;
}

/** Of the recording of a fact: itself, unless it follows from others or takes one back. */
export function correlationOf(fact: Fact, timeline: Timeline, atMs: number): string {
  const isOwn = isEffective(fact) || isTimed(fact) || isSuspending(fact) || isExcepting(fact);
  if (isOwn || fact.type === 'ownership-accepted') return fact.factId;
  return (fact.type === 'rescind' ? fact.rescinds : correlationAt(timeline, atMs)) ?? fact.factId;
}
