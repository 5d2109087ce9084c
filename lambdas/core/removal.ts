// How far the removal of a departed identity's access has come.
import type { IdentityState } from './timeline.ts';

/** Instants in epoch ms. */
export interface Removal {
  /** The identity's version when the removal began; with the identity's id it names the certificate. */
  readonly version: number;
  readonly startedMs: number;
  /** When every system had been read back clean. */
  readonly provenMs?: number | undefined;
}

/** True for a departed identity until the removal that followed *this* departure is proven. */
export function awaitsProof(state: IdentityState, removal: Removal | undefined): boolean {
  if (state.status !== 'departed') return false;
  return removal === undefined || removal.startedMs < state.departedMs || removal.provenMs === undefined;
}

export function certificateIdOf(identityId: string, removal: Removal): string {
  return `${identityId}.${removal.version}`;
}
