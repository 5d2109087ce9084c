// Who takes over what an owner leaves: from docs/reference/hr-events.md ("What is no person has an owner who answers for
// it"), one question after the other, with nothing from lambdas/ but types.
import type { Fact } from '../../lambdas/core/identity/facts.ts';
import { leaverAt, type ReferenceState, referenceOf, standingMerges, turningPoints } from './state.ts';

const PEOPLE: readonly string[] = ['employee', 'contractor', 'partner'];
/** Longer chains than organisations have. */
const MAXIMUM_CHAIN = 12;

export interface KnownThen {
  readonly instantMs: number;
  factsOf(identityId: string): readonly Fact[];
  stateOf(identityId: string): ReferenceState;
}

/** Whether somebody may go on answering for what they own: a person, employed, on leave or not. */
export function answersFor({ status, attributes }: ReferenceState): boolean {
  return (status === 'active' || status === 'suspended') && PEOPLE.includes(attributes.kind ?? '');
}

/** Undefined: nobody, so that it is suspended. */
export function heirOf(ownerId: string, known: KnownThen): string | undefined {
  const person = survivorOf(ownerId, known);
  // The same person, by the id that counts.
  if (person !== ownerId && answersFor(known.stateOf(person))) return person;
  // All that is said of them counts there: who takes over, and who is above.
  const successor = leaverAt(known.factsOf(person), known.instantMs)?.successor;
  const named = successor === undefined ? undefined : survivorOf(successor, known);
  if (named !== undefined && isAtWork(known.stateOf(named))) return named;
  const asked = new Set<string>();
  let above = aboveOf(person, known);
  while (above !== undefined && !asked.has(above) && asked.size < MAXIMUM_CHAIN) {
    if (isAtWork(known.stateOf(above))) return above;
    asked.add(above);
    const survivor = survivorOf(above, known);
    above = survivor === above ? aboveOf(above, known) : survivor;
  }
  return undefined;
}

function isAtWork(state: ReferenceState): boolean {
  return answersFor(state) && state.status === 'active';
}

function survivorOf(identityId: string, known: KnownThen): string {
  const [merged] = standingMerges(known.factsOf(identityId));
  return merged === undefined ? identityId : survivorOf(merged.into, known);
}

/** Of a person the manager; of what is no person its owner. */
function aboveOf(identityId: string, known: KnownThen): string | undefined {
  const { kind, manager, owner } = toldOf(identityId, known);
  if (kind === undefined) return undefined;
  return (PEOPLE.includes(kind) ? manager : owner) ?? undefined;
}

/** What is said of an identity; of one that is yet to begin, what it begins with. */
export function toldOf(identityId: string, { instantMs, factsOf, stateOf }: KnownThen): ReferenceState['attributes'] {
  const { status, attributes } = stateOf(identityId);
  if (status !== 'pending') return attributes;
  const facts = factsOf(identityId);
  const stateAt = referenceOf(facts);
  const toCome = turningPoints(facts).filter((atMs) => atMs > instantMs);
  const begun = toCome.map(stateAt).find((state) => state.status === 'active' || state.status === 'suspended');
  return begun?.attributes ?? {};
}
