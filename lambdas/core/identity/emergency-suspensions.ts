// Who is kept out in an emergency by somebody who is not HR: from when that was recorded until it is resumed, for as long as
// any of them stands, and into another employment too, since whoever is hired again may be what it was about. HR's leave is
// another matter: neither ends the other. A pure function of the set of facts, as all states are (timeline.ts).
import type { AccessSuspendedFact, Fact } from './facts.ts';
import { KeptOut } from './kept-out.ts';

interface Suspension {
  readonly fact: AccessSuspendedFact;
  /** Epoch ms; infinite: it stands. */
  readonly untilMs: number;
  /** The fact that resumed it; empty: none. */
  readonly resumedBy: string;
}

/** Those that kept out anybody at any time. @param facts that count */
function suspensionsAmong(facts: readonly Fact[]): readonly Suspension[] {
  const suspended = facts.filter((fact): fact is AccessSuspendedFact => fact.type === 'access-suspended');
  if (suspended.length === 0) return [];
  const ends = new Map<string, { readonly atMs: number; readonly factId: string }>();
  for (const fact of facts) {
    if (fact.type !== 'access-resumed') continue;
    const known = ends.get(fact.resumes);
    if (known === undefined || fact.recordedMs < known.atMs) {
      ends.set(fact.resumes, { atMs: fact.recordedMs, factId: fact.factId });
    }
  }
  return suspended
    .map((fact) => {
      const { atMs: untilMs = Number.POSITIVE_INFINITY, factId: resumedBy = '' } = ends.get(fact.factId) ?? {};
      return { fact, untilMs, resumedBy };
    })
    .filter(({ fact, untilMs }) => fact.recordedMs < untilMs)
    .sort((one, other) => one.fact.recordedMs - other.fact.recordedMs);
}

/** Those that stand, in recorded order. @param facts that count */
export function standingSuspensions(facts: readonly Fact[]): readonly AccessSuspendedFact[] {
  return suspensionsAmong(facts).flatMap(({ fact, untilMs }) => (untilMs === Number.POSITIVE_INFINITY ? [fact] : []));
}

/** Undefined: none. @param facts that count, in recorded order */
export function emergencySuspensionsIn(facts: readonly Fact[]): KeptOut | undefined {
  const suspensions = suspensionsAmong(facts);
  if (suspensions.length === 0) return undefined;
  return new KeptOut(
    suspensions.map(({ fact: { recordedMs: fromMs, factId }, untilMs, resumedBy: endedBy }) => {
      return { fromMs, factId, untilMs, endedBy };
    }),
  );
}
