// When what is no person changed hands: from docs/reference/removal.md ("What a leaver knew ends as well") and the glossary,
// with nothing from lambdas/core but its types.
import type { Fact } from '../../lambdas/core/identity/facts.ts';
import { referenceOf, turningPoints } from './state.ts';

/** Up to an instant, each instant at which it got another owner than the one it had (epoch ms), ascending. */
export function ownerChanges(facts: readonly Fact[], untilMs: number): readonly number[] {
  const stateAt = referenceOf(facts);
  let owner: string | undefined;
  return turningPoints(facts)
    .filter((atMs) => atMs <= untilMs)
    .filter((atMs) => {
      const next = stateAt(atMs).attributes.owner ?? undefined;
      const isChange = owner !== undefined && next !== undefined && next !== owner;
      owner = next ?? owner;
      return isChange;
    });
}
