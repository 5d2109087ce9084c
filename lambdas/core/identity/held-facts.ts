// Facts that wait for a person. A held fact is recorded like any other, so nothing accepted is lost, but counts only
// once the same identity has a fact that releases its hold. Both are facts, so what counts remains a function of the
// set of them: a release may even arrive before what it releases.
import type { Fact } from './facts.ts';

/** The facts that count: those not held, and those whose hold was released and not dropped. */
export function withoutHeld(facts: readonly Fact[]): readonly Fact[] {
  if (!facts.some(({ held }) => held !== undefined)) return facts;
  const released = new Set(facts.flatMap((fact) => (fact.type === 'hold-released' ? fact.hold : [])));
  const dropped = new Set(facts.flatMap((fact) => (fact.type === 'hold-dropped' ? fact.hold : [])));
  return facts.filter(({ held }) => held === undefined || (released.has(held) && !dropped.has(held)));
}
