// What a fact says, as it is sealed and restored: the hash by which it is known again, and whom else it names.
import { canonicalJson, sha256Hex } from '../canonical-json.ts';
import { wellFormed, withStrings } from '../well-formed.ts';
import type { Fact } from './facts.ts';

/** SHA-256 of the fact in canonical JSON (RFC 8785). */
export function factHashOf(fact: Fact): string {
  return sha256Hex(canonicalJson(withStrings(fact, wellFormed)));
}

export interface NamedInFact {
  /** Ids of other identities. */
  readonly identities: readonly string[];
  readonly operators: readonly string[];
}

/** Each once, in no order; the identity that the fact is about is not among them. */
export function namedInFact(fact: Fact): NamedInFact {
  const identities = new Set(identitiesIn(fact));
  identities.delete(fact.identityId);
  return { identities: [...identities], operators: [...new Set(operatorsIn(fact))] };
}

function identitiesIn(fact: Fact): readonly string[] {
  return [fact.identityId, fact.about, ...ofType(fact)].filter((id) => typeof id === 'string' && id !== '') as string[];
}

function ofType(fact: Fact): readonly (string | null | undefined)[] {
  switch (fact.type) {
    case 'joiner':
    case 'mover':
      return [fact.attributes.manager, fact.attributes.owner];
    case 'leaver':
      return [fact.successor];
    case 'merged':
      return [fact.into];
    case 'absorbed':
      return [fact.duplicate, ...fact.facts.flatMap(identitiesIn)];
    case 'rescind':
      return (fact.facts ?? []).flatMap(identitiesIn);
    case 'handed-over':
      return [fact.successor, ...fact.owned.map(({ identityId }) => identityId)];
    case 'access-granted':
      return [fact.requestedBy, ...fact.approvedBy];
    case 'access-ended':
      return [fact.endedBy];
    case 'access-requested':
      return [fact.requestedBy, fact.covers];
    case 'request-decided':
    case 'access-review-decided':
      return [fact.answeredBy];
    case 'exception-granted':
      return [fact.owner, fact.approvedBy];
    case 'exception-ended':
      return [fact.endedBy];
    case 'decisions-delegated':
      return [fact.to];
    case 'access-review-moved':
      return [fact.movedBy];
    case 'reviews-reassigned':
      return [fact.to, fact.reassignedBy, ...(fact.identities ?? [])];
    case 'emergency-reviewed':
      return [fact.reviewedBy];
    case 'access-seen':
      return [fact.uploadedBy];
    case 'access-suspended':
      return [fact.suspendedBy];
    case 'access-resumed':
      return [fact.resumedBy];
    case 'answer-asked':
      return [fact.owner];
    case 'ownership-accepted':
      return [fact.owner, fact.acceptedBy];
    case 'access-review-opened':
    case 'suspension':
    case 'return':
    case 'task-attested':
    case 'hold-released':
    case 'hold-dropped':
      return [];
    default:
      return fact satisfies never;
  }
}

function operatorsIn(fact: Fact): readonly string[] {
  const own = [
    'attestedBy' in fact ? fact.attestedBy : undefined,
    'confirmedBy' in fact ? fact.confirmedBy : undefined,
    'decidedBy' in fact ? fact.decidedBy : undefined,
    'proposedBy' in fact ? fact.proposedBy : undefined,
  ].filter((id) => id !== undefined && id !== '') as string[];
  const within = (fact.type === 'absorbed' || fact.type === 'rescind') && fact.facts ? fact.facts : [];
  return [...own, ...within.flatMap(operatorsIn)];
}
