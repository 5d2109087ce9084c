// Who decides in somebody's place for a time: what they delegated themselves, and did not end. Only one step of it counts: whom
// a delegate delegates to decides nothing in the first one's place.
import type { DecisionsDelegatedFact, Fact } from './facts.ts';

const DAY_MS = 86_400_000;
export const LONGEST_DELEGATION_DAYS = 90;
/** Of one person, those that are to come among them. */
export const MAXIMUM_DELEGATIONS = 20;

/** Those that are in force or to come, in the order in which they were made. @param facts in recorded order */
export function delegationsIn(facts: readonly Fact[], nowMs: number): readonly DecisionsDelegatedFact[] {
  const latest = new Map<string, DecisionsDelegatedFact>();
  for (const fact of facts) if (fact.type === 'decisions-delegated') latest.set(fact.delegationId, fact);
  return [...latest.values()].filter(({ startsMs, endsMs }) => startsMs < endsMs && nowMs < endsMs);
}

/** Of several in force the one that was made last. @param sinceMs what was said before is of an employment that is over */
export function delegateAt(facts: readonly Fact[], nowMs: number, sinceMs: number): string | undefined {
  const standing = delegationsIn(facts, nowMs);
  return standing.findLast(({ startsMs, recordedMs }) => startsMs <= nowMs && sinceMs <= recordedMs)?.to;
}

/** Why it cannot be, as a sentence. Undefined: it can. */
export function whyNotDelegated(
  { startsMs, endsMs }: { readonly startsMs: number; readonly endsMs: number },
  standing: readonly DecisionsDelegatedFact[],
  nowMs: number,
): string | undefined {
  if (endsMs <= Math.max(startsMs, nowMs)) return 'It ends before it starts, or has ended.';
  if (endsMs - startsMs > LONGEST_DELEGATION_DAYS * DAY_MS) {
    return `It lasts too long: expected at most ${LONGEST_DELEGATION_DAYS} days.`;
  }
  if (standing.length >= MAXIMUM_DELEGATIONS) {
    return `${standing.length} are in force or to come: expected fewer than ${MAXIMUM_DELEGATIONS}.`;
  }
  return undefined;
}
