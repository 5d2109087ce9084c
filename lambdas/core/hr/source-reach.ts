// Of whom an HR source may speak: of some kinds of identity, of ids that begin in some way, or of everybody. What goes
// beyond that is refused at intake, so that a small system cannot dismiss or describe people who are none of its own.
import type { Fault } from '../errors.ts';
import type { HrSourceReach } from '../identity/authority.ts';
import type { Fact } from '../identity/facts.ts';
import { type IdentityState, isEmployed } from '../identity/timeline.ts';

/** @returns faults with pointers into the event that said it */
export function faultsBeyondReach(
  fact: Fact,
  { kinds, idPrefixes }: HrSourceReach,
  known: IdentityState,
): readonly Fault[] {
  const { source, identityId } = fact;
  const faults: Fault[] = [];
  if (idPrefixes?.some((prefix) => identityId.startsWith(prefix)) === false) {
    const detail = `${source} may speak only of ids that begin with ${idPrefixes.join(', ')}`;
    faults.push({ pointer: '/subject', detail });
  }
  if (kinds === undefined) return faults;
  const detail = `${source} may speak only of the kinds ${kinds.join(', ')}`;
  const said = fact.type === 'joiner' || fact.type === 'mover' ? fact.attributes.kind : undefined;
  if (said !== undefined && !kinds.includes(said)) faults.push({ pointer: '/data/attributes/kind', detail });
  // Who has left may come back as another kind.
  const isHere = isEmployed(known) || known.status === 'pending';
  if (isHere && !kinds.includes(known.attributes.kind)) faults.push({ pointer: '/subject', detail });
  return faults;
}
