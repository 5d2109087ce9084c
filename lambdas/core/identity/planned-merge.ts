// What stating that two ids are one person, and taking that back, adds to either: two facts that are written together or
// not at all. Planned anew whenever either side has changed, so that two merges can never form a circle.
import { ConflictError } from '../errors.ts';
import {
  type AbsorbedFact,
  type Fact,
  type MergeDecision,
  type MergedFact,
  ownFactBase,
  type RescindFact,
} from './facts.ts';
import {
  duplicatesAmong,
  MAXIMUM_ABSORBED_FACTS,
  mergedInto,
  movesWithPerson,
  standingMerge,
  withAbsorbed,
} from './merged-identities.ts';

export interface MergeSide {
  readonly identityId: string;
  readonly facts: readonly Fact[];
}

/** `done`: it is so already, by this fact of the surviving identity. */
export type PlannedMerge =
  | { readonly outcome: 'planned'; readonly survivor: Fact; readonly duplicate: Fact }
  | { readonly outcome: 'done'; readonly fact: Fact };

/** `merge`: the two are one person; `undo-merge`: they are two after all. */
export type MergeChange = 'merge' | 'undo-merge';

export type DecidedMerge = MergeDecision & { readonly hold: string };

/** What was said about a duplicate while it was merged, in characters of JSON: well below what one DynamoDB item holds. */
const MAXIMUM_RETURNED = 250_000;

/** Throws ConflictError when it cannot be done as things are. */
export function planMerge(
  change: MergeChange,
  survivor: MergeSide,
  duplicate: MergeSide,
  decision: DecidedMerge,
  nowMs: number,
): PlannedMerge {
  const written = writtenBy(decision, survivor);
  if (written !== undefined) return { outcome: 'done', fact: written };
  if (mergedInto(survivor.facts) !== undefined) throw new ConflictError('This identity was merged into another.');
  const plan = change === 'merge' ? planMerging : planUndoing;
  return plan(survivor, duplicate, decision, nowMs);
}

/** Whoever takes up a decision again that was carried out has nothing left to do, whatever has come of it since. */
function writtenBy({ hold }: DecidedMerge, { facts }: MergeSide): Fact | undefined {
  return facts.find((fact) => (fact.type === 'absorbed' || fact.type === 'rescind') && fact.hold === hold);
}

function planMerging(survivor: MergeSide, duplicate: MergeSide, decision: DecidedMerge, nowMs: number): PlannedMerge {
  const standing = standingMerge(duplicate.facts);
  const absorbed = absorbedBy(survivor, duplicate.identityId).at(-1);
  if (absorbed !== undefined && standing?.into === survivor.identityId) return { outcome: 'done', fact: absorbed };
  if (standing !== undefined) throw new ConflictError('The duplicate was merged into another.');
  const facts = duplicate.facts.filter(movesWithPerson);
  if (withAbsorbed(facts).length > MAXIMUM_ABSORBED_FACTS) {
    throw new ConflictError(`The duplicate has more than ${MAXIMUM_ABSORBED_FACTS} facts: is it the other way round?`);
  }
  const [survivorId, duplicateId] = [survivor.identityId, duplicate.identityId];
  const { hold } = decision;
  const absorbing: AbsorbedFact = {
    ...ownFactBase(survivorId, `absorbed/${duplicateId}/${hold}`, nowMs),
    ...decision,
    type: 'absorbed',
    duplicate: duplicateId,
    facts,
  };
  const merging: MergedFact = {
    ...ownFactBase(duplicateId, `merged/${duplicateId}/${hold}`, nowMs),
    ...decision,
    type: 'merged',
    into: survivorId,
  };
  return { outcome: 'planned', survivor: absorbing, duplicate: merging };
}

function planUndoing(survivor: MergeSide, duplicate: MergeSide, decision: DecidedMerge, nowMs: number): PlannedMerge {
  const [survivorId, duplicateId] = [survivor.identityId, duplicate.identityId];
  const absorbed = absorbedBy(survivor, duplicateId);
  const takenBack = (fact: Fact) =>
    survivor.facts.find((other) => other.type === 'rescind' && other.rescinds === fact.factId);
  const standing = absorbed.find((fact) => takenBack(fact) === undefined);
  const merged = standingMerge(duplicate.facts);
  if (standing === undefined || merged?.into !== survivorId) {
    const before = absorbed.map(takenBack).at(-1);
    if (before !== undefined && merged === undefined) return { outcome: 'done', fact: before };
    throw new ConflictError('The duplicate is not merged into this identity.');
  }
  const facts = returnedTo(duplicateId, survivor.facts, standing);
  if (JSON.stringify(facts).length > MAXIMUM_RETURNED) {
    throw new ConflictError('Too much was said about the duplicate since: it cannot be taken out again.');
  }
  const undo = (identityId: string, name: string, rescinds: string): RescindFact => ({
    ...ownFactBase(identityId, `${name}/${duplicateId}/${decision.hold}`, nowMs),
    ...decision,
    type: 'rescind',
    rescinds,
  });
  return {
    outcome: 'planned',
    survivor: undo(survivorId, 'unabsorbed', standing.factId),
    duplicate: { ...undo(duplicateId, 'unmerged', merged.factId), facts },
  };
}

function absorbedBy({ facts }: MergeSide, duplicateId: string): readonly AbsorbedFact[] {
  return facts.filter((fact): fact is AbsorbedFact => fact.type === 'absorbed' && fact.duplicate === duplicateId);
}

/** What was said meanwhile about the duplicate, and about those that had been merged into it. */
function returnedTo(duplicateId: string, facts: readonly Fact[], absorbed: AbsorbedFact): readonly Fact[] {
  const concerned = new Set([duplicateId, ...duplicatesAmong(withAbsorbed(absorbed.facts)).keys()]);
  return withAbsorbed(facts).flatMap((fact): Fact[] => {
    const { about, ...own } = fact;
    if (about === undefined || !concerned.has(about)) return [];
    return [{ ...own, identityId: duplicateId, ...(about !== duplicateId && { about }) } as Fact];
  });
}
