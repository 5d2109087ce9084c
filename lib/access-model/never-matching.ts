// Finds the parts of a condition that can never match, each where it is written. A dead alternative beside a live one
// is reported too: it is a typing error that takes access from somebody.
import { type Alternative, type EventPattern, split } from '../../lambdas/core/access-model/event-pattern.ts';
import { explainNeverMatches } from '../../lambdas/core/access-model/impossible-pattern.ts';
import { ATTRIBUTE_FIELDS } from './attribute-fields.ts';
import { didYouMean } from './did-you-mean.ts';
import type { ValuePath } from './yaml-file.ts';

export interface DeadPart {
  readonly path: ValuePath;
  /** The fault is the name itself rather than what stands under it. */
  readonly atKey: boolean;
  readonly message: string;
}

/** `within` puts a branch of `$or` back among the conditions around it. */
export function findDeadParts(
  pattern: EventPattern,
  path: ValuePath,
  within: (branch: EventPattern) => EventPattern = (whole) => whole,
): readonly DeadPart[] {
  const { conditions, branches = [] } = split(pattern);
  const surrounding = Object.fromEntries(conditions);
  const dead = [
    ...conditions.flatMap(([name, alternatives]) => findDeadAlternatives(name, alternatives, [...path, name])),
    ...branches.flatMap((branch, index) =>
      findDeadParts(branch, [...path, '$or', index], (inner) => within({ ...surrounding, $or: [inner] })),
    ),
  ];
  if (dead.length > 0) return dead;
  const reason = explainNeverMatches(within(pattern), ATTRIBUTE_FIELDS);
  return reason === undefined ? [] : [{ path, atKey: false, message: `can never match: ${reason}` }];
}

function findDeadAlternatives(
  name: string,
  alternatives: readonly Alternative[],
  path: ValuePath,
): readonly DeadPart[] {
  if (!Object.hasOwn(ATTRIBUTE_FIELDS, name)) {
    const known = Object.keys(ATTRIBUTE_FIELDS);
    const hint = didYouMean(name, known) || `: expected one of ${known.join(', ')}`;
    return [{ path, atKey: true, message: `unknown attribute "${name}"${hint}` }];
  }
  return alternatives.flatMap((alternative, index) => {
    const reason = explainNeverMatches({ [name]: [alternative] }, ATTRIBUTE_FIELDS);
    return reason === undefined
      ? []
      : [{ path: [...path, index], atKey: false, message: `can never match: ${reason}` }];
  });
}
