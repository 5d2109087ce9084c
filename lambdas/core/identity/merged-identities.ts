// One person known by two HR ids. The duplicate's facts count in the survivor's timeline as the survivor's own would,
// with two exceptions, both decided by what the facts themselves say and never by which side they arrived on:
// what was said about a duplicate before the merge yields to what was said about the survivor, and ending the
// duplicate's record does not end an employment that the survivor's own record holds up (both: timeline.ts).
//
// A merge is taken back by rescinding its facts on both sides. From then on nothing that was said about the duplicate
// counts at the survivor, and the duplicate has back what was said about it in between.
import type { AbsorbedFact, Fact, MergedFact } from './facts.ts';

/** More than a duplicate ever has, and well below what one DynamoDB item holds. */
export const MAXIMUM_ABSORBED_FACTS = 100;

/** Each duplicate's id → when the merge was decided (epoch ms). */
export type Duplicates = ReadonlyMap<string, number>;

/** The facts with those that merges, and merges taken back, brought along, once each. */
export function withAbsorbed(facts: Iterable<Fact>): readonly Fact[] {
  const told = [...facts];
  const takenBack = rescindedAmong(told);
  const known = new Map<string, Fact>();
  for (const fact of told) {
    known.set(fact.factId, fact);
    const brought = broughtBy(fact, takenBack);
    if (brought.length > 0) for (const one of withAbsorbed(brought)) known.set(one.factId, one);
  }
  return [...known.values()];
}

const NONE: readonly Fact[] = [];

function broughtBy(fact: Fact, takenBack: ReadonlySet<string>): readonly Fact[] {
  if (fact.type === 'rescind') return fact.facts ?? NONE;
  return fact.type === 'absorbed' && !takenBack.has(fact.factId) ? fact.facts : NONE;
}

/** What merges stand on is rescinded by Tenure alone, and such a rescind by nobody. */
function rescindedAmong(facts: readonly Fact[]): ReadonlySet<string> {
  return new Set(facts.flatMap((fact) => (fact.type === 'rescind' ? fact.rescinds : [])));
}

/** Those whose merge stands. */
export function duplicatesAmong(facts: readonly Fact[]): Duplicates {
  const merges = facts.filter((fact): fact is AbsorbedFact => fact.type === 'absorbed');
  if (merges.length === 0) return new Map();
  const takenBack = rescindedAmong(facts);
  const standing = merges.filter(({ factId }) => !takenBack.has(factId));
  return new Map(standing.map(({ duplicate, recordedMs }) => [duplicate, recordedMs]));
}

/** False of what was said about a duplicate whose merge was taken back: that counts at the duplicate again. */
export function isSaidOfPerson({ about }: Fact, duplicates: Duplicates): boolean {
  return about === undefined || duplicates.has(about);
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
  return standingMerge(facts)?.into;
}

/** Of a duplicate: the merge it is in. */
export function standingMerge(facts: readonly Fact[]): MergedFact | undefined {
  const merges = facts.filter((fact): fact is MergedFact => fact.type === 'merged');
  if (merges.length === 0) return undefined;
  const takenBack = rescindedAmong(facts);
  return merges.find(({ factId }) => !takenBack.has(factId));
}

/** The fact as it counts at the survivor; as it is, where it concerns the duplicate's own accounts or bookkeeping. */
export function redirect(fact: Fact, survivorId: string): Fact {
  return movesWithPerson(fact) ? { ...fact, identityId: survivorId, about: aboutWhom(fact) } : fact;
}

/** As it was said, wherever it counts: the other way round. */
export function unredirected<Told extends Fact>(fact: Told): Told {
  const { about, ...said } = fact;
  return about === undefined ? fact : ({ ...said, identityId: about } as Told);
}

/** What concerns the accounts of this one id, or is bookkeeping about it. */
const STAYING: ReadonlySet<Fact['type']> = new Set(['task-attested', 'access-seen', 'handed-over', 'merged']);

/** What a merge takes along, and what follows it: all that HR says about the person. */
export function movesWithPerson(fact: Fact): boolean {
  return !STAYING.has(fact.type);
}

/** The HR id that it was said about, wherever it counts. */
export function aboutWhom({ about, identityId }: Fact): string {
  return about ?? identityId;
}
