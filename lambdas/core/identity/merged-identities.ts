// One person known by two HR ids. The duplicate's facts count in the survivor's timeline as the survivor's own would,
// with two exceptions, both decided by what the facts themselves say and never by which side they arrived on:
// what was said about a duplicate before the merge yields to what was said about the survivor, and ending the
// duplicate's record does not end an employment that the survivor's own record holds up (both: timeline.ts).
import type { AbsorbedFact, Fact, MergedFact } from './facts.ts';

/** More than a duplicate ever has, and well below what one DynamoDB item holds. */
export const MAXIMUM_ABSORBED_FACTS = 100;

/** Each duplicate's id → when the merge was decided (epoch ms). */
export type Duplicates = ReadonlyMap<string, number>;

/** The facts with those that merges brought along, once each. */
export function withAbsorbed(facts: Iterable<Fact>): readonly Fact[] {
  const known = new Map<string, Fact>();
  for (const fact of facts) {
    known.set(fact.factId, fact);
    if (fact.type === 'absorbed') for (const brought of withAbsorbed(fact.facts)) known.set(brought.factId, brought);
  }
  return [...known.values()];
}

export function duplicatesAmong(facts: readonly Fact[]): Duplicates {
  const merges = facts.filter((fact): fact is AbsorbedFact => fact.type === 'absorbed');
  return new Map(merges.map(({ duplicate, recordedMs }) => [duplicate, recordedMs]));
}

export function isAboutDuplicate(fact: Fact, duplicates: Duplicates): boolean {
  return duplicates.has(aboutWhom(fact));
}

/** Said about a duplicate while it was still taken for somebody else. */
export function isFromBeforeMerge(fact: Fact, duplicates: Duplicates): boolean {
  return fact.recordedMs < (duplicates.get(aboutWhom(fact)) ?? Number.NEGATIVE_INFINITY);
}

/** The identity at which the facts of this one count; undefined when it stands for itself. */
export function mergedInto(facts: readonly Fact[]): string | undefined {
  return facts.find((fact): fact is MergedFact => fact.type === 'merged')?.into;
}

/** The fact as it counts at the survivor; as it is, where it concerns the duplicate's own accounts or bookkeeping. */
export function redirect(fact: Fact, survivorId: string): Fact {
  return movesWithPerson(fact) ? { ...fact, identityId: survivorId, about: aboutWhom(fact) } : fact;
}

/** What a merge takes along, and what follows it: all that HR says about the person. */
export function movesWithPerson(fact: Fact): boolean {
  return fact.type !== 'task-attested' && fact.type !== 'handed-over' && fact.type !== 'merged';
}

/** The HR id that it was said about, wherever it counts. */
export function aboutWhom({ about, identityId }: Fact): string {
  return about ?? identityId;
}
