// Short ways to write facts in tests: instants are given as RFC 3339, everything else has a plain default.
import type { SaidAttributes } from '../../lambdas/core/identity/attributes.ts';
import {
  type AccessEndedFact,
  type AccessGrantedFact,
  type Fact,
  factIdOf,
  type GrantBasis,
  type JoinerFact,
  ownFactBase,
} from '../../lambdas/core/identity/facts.ts';

const SOURCE = 'acme-hr';
let sequence = 0;

/** Those of one instant are in the order in which they were made, however many there were before. */
function nextId(prefix: string): string {
  sequence += 1;
  return `${prefix}-${String(sequence).padStart(6, '0')}`;
}

interface Told {
  /** The event's id; a new one by default. */
  readonly id?: string;
  /** When the source recorded it; by default when it takes effect. */
  readonly recorded?: string;
  readonly received?: string;
}

function base(effectiveAt: string, { id, recorded, received }: Told) {
  const sourceEventId = id ?? nextId('event');
  const recordedMs = Date.parse(recorded ?? effectiveAt);
  return {
    factId: factIdOf(SOURCE, sourceEventId),
    identityId: 'E1',
    source: SOURCE,
    sourceEventId,
    recordedMs,
    receivedMs: received === undefined ? recordedMs : Date.parse(received),
  };
}

export function joiner(effectiveAt: string, attributes: Partial<JoinerFact['attributes']> = {}, told: Told = {}): Fact {
  return {
    ...base(effectiveAt, told),
    type: 'joiner',
    effectiveAt,
    attributes: {
      kind: 'employee',
      givenName: 'Ada',
      familyName: 'Lovelace',
      email: 'ada@acme.example',
      ...attributes,
    },
  };
}

export function mover(effectiveAt: string, attributes: SaidAttributes, told: Told = {}): Fact {
  return { ...base(effectiveAt, told), type: 'mover', effectiveAt, attributes };
}

export function leaver(effectiveAt: string, told: Told & { immediate?: boolean; successor?: string } = {}): Fact {
  const { immediate = false, successor } = told;
  return { ...base(effectiveAt, told), type: 'leaver', effectiveAt, immediate, successor };
}

export function suspension(effectiveAt: string, told: Told = {}): Fact {
  return { ...base(effectiveAt, told), type: 'suspension', effectiveAt };
}

export function returning(effectiveAt: string, told: Told = {}): Fact {
  return { ...base(effectiveAt, told), type: 'return', effectiveAt };
}

export function rescind(fact: Fact, recorded: string, told: Told = {}): Fact {
  return { ...base(recorded, told), type: 'rescind', rescinds: fact.factId };
}

/** Decided when the employment of most tests has begun, by default. */
export function accessGranted(
  entitlement: string,
  startsAt: string,
  endsAt: string | undefined,
  { recorded = '2026-03-15T00:00:00Z', basis = 'request' }: Told & { readonly basis?: GrantBasis } = {},
): AccessGrantedFact {
  return {
    ...ownFactBase('E1', nextId('grant'), Date.parse(recorded)),
    type: 'access-granted',
    entitlement,
    basis,
    requestId: nextId('request'),
    requestedBy: 'E1',
    approvedBy: ['E7'],
    startsMs: Date.parse(startsAt),
    ...(endsAt !== undefined && { endsMs: Date.parse(endsAt) }),
  };
}

export function accessEnded({ factId }: AccessGrantedFact, endsAt: string): AccessEndedFact {
  const base = ownFactBase('E1', nextId('end'), Date.parse(endsAt));
  return { ...base, type: 'access-ended', ends: factId, endsMs: Date.parse(endsAt), endedBy: 'E7' };
}
