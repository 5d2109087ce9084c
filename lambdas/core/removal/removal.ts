// How far the removal of a departed identity's access has come.
import { type IdentityState, isEmployed } from '../identity/timeline.ts';

/** Instants in epoch ms. */
export interface Removal {
  /** The identity's version when the removal began; with the identity's id it names the certificate. */
  readonly version: number;
  readonly startedMs: number;
  /** When every system had been read back clean. */
  readonly provenMs?: number | undefined;
  /** Clean, but something may outlast that: until when its proof waits for the next read-back. */
  readonly waitsUntilMs?: number | undefined;
}

/** True for a departed identity until the removal that follows *this* departure has begun. */
export function awaitsRemoval(state: IdentityState, removal: Removal | undefined): boolean {
  return state.status === 'departed' && (removal === undefined || removal.startedMs < state.departedMs);
}

/** True for one who is not employed, until the removal that was begun, or is due, is proven. */
export function awaitsProof(state: IdentityState, removal: Removal | undefined): boolean {
  if (isEmployed(state)) return false;
  return awaitsRemoval(state, removal) || (removal !== undefined && removal.provenMs === undefined);
}

export function certificateIdOf(identityId: string, removal: Removal): string {
  return `${identityId}.${removal.version}`;
}
