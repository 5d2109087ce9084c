// How far the removal of a departed identity's access has come.
import type { Removal } from '../access/identity-record.ts';
import { type IdentityState, isEmployed } from '../identity/timeline.ts';

/** True for a departed identity until the removal that follows *this* departure has begun. */
export function awaitsRemoval(state: IdentityState, removal: Removal | undefined): boolean {
  return state.status === 'departed' && (removal === undefined || removal.startedMs < state.departedMs);
}

/** True for one who is not employed, until the removal that was begun, or is due, is proven. */
export function awaitsProof(state: IdentityState, removal: Removal | undefined): boolean {
  if (isEmployed(state)) return false;
  return awaitsRemoval(state, removal) || (removal !== undefined && removal.provenMs === undefined);
}

/** What was read before this says nothing about the departure (epoch ms). */
export function departureReadFromMs(removal: Removal, state: IdentityState): number {
  return state.status === 'departed' ? Math.max(state.departedMs, removal.startedMs) : removal.startedMs;
}

/** Whether a later fence has begun the removal anew: what an execution of an earlier one still does proves nothing. */
export function isOvertaken(removal: Removal | undefined, epoch: number | undefined): boolean {
  return epoch !== undefined && removal?.epoch !== undefined && removal.epoch !== epoch;
}

export function certificateIdOf(identityId: string, removal: Removal): string {
  return `${identityId}.${removal.version}`;
}
