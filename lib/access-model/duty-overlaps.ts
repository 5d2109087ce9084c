// Where the conditions of two profiles can hold at once, and each gives another side of a rule: nobody holds both, and
// whoever writes the model should know of whom the rule takes one.
import type { AccessModel, AccessProfile } from '../../lambdas/core/access-model/access-model.ts';
import type { DutyRule } from '../../lambdas/core/access-model/duty-rule.ts';
import type { EventPattern } from '../../lambdas/core/access-model/event-pattern.ts';
import { explainNeverMatches } from '../../lambdas/core/access-model/impossible-pattern.ts';
import { ATTRIBUTE_FIELDS } from './attribute-fields.ts';
import { givesSide } from './load-duties.ts';

/** Whoever reads more than that has other work first. */
const MAXIMUM_OVERLAPS = 100;

/** One sentence each. That two conditions exclude each other is not always found: then it says so in vain. */
export function dutyOverlaps({ duties = [], profiles }: AccessModel): readonly string[] {
  const overlaps: string[] = [];
  for (const rule of duties.filter(({ mode }) => mode !== 'detect')) {
    for (const [one, other, sides] of pairsOf(rule, profiles)) {
      if (overlaps.length >= MAXIMUM_OVERLAPS) return overlaps;
      if (explainNeverMatches(both(one.when, other.when), ATTRIBUTE_FIELDS) !== undefined) continue;
      const gives = `The profiles ${one.id} and ${other.id} can match the same identity, and give "${sides[0]}" and "${sides[1]}"`;
      overlaps.push(`${gives} of the rule ${rule.id}: ${consequenceOf(rule, sides)}`);
    }
  }
  return overlaps;
}

function consequenceOf({ mode }: DutyRule, [stays, refused]: readonly [string, string]): string {
  const without = mode === 'require-exception' ? 'without an exception ' : '';
  return `${without}"${stays}" would be given and "${refused}" would not`;
}

function* pairsOf(
  { sides }: DutyRule,
  profiles: readonly AccessProfile[],
): Generator<readonly [AccessProfile, AccessProfile, readonly [string, string]]> {
  const giving = sides.map((side) => profiles.filter((profile) => givesSide(profile, side)));
  for (const [first, ones] of giving.entries()) {
    for (const [second, others] of giving.entries()) {
      if (second <= first) continue;
      const names = [sides[first]?.name ?? '', sides[second]?.name ?? ''] as const;
      for (const one of ones) for (const other of others) if (one !== other) yield [one, other, names];
    }
  }
}

/** What matches both: the second within each way of meeting the first. */
function both(one: EventPattern, other: EventPattern): EventPattern {
  const { $or: branches, ...conditions } = one;
  return { ...conditions, $or: branches === undefined ? [other] : branches.map((branch) => both(branch, other)) };
}
