// How far the removal of a departed identity's access has come.
import type { AccountRecord } from '../access/account-record.ts';
import type { IdentityHeader, Removal } from '../access/identity-record.ts';
import { type IdentityState, isEmployed } from '../identity/timeline.ts';

/**
 * True for a departed identity until the removal that follows *this* departure has begun. Whoever never came, or is yet to
 * come, and was looked for in a system all the same had a reason that was taken back: that waits for a removal as well.
 */
export function awaitsRemoval(
  state: IdentityState,
  removal: Removal | undefined,
  accounts: readonly Pick<AccountRecord, 'closedMs'>[],
): boolean {
  if (state.status === 'departed') return removal === undefined || coveredFromMs(removal) < state.departedMs;
  return !isEmployed(state) && removal === undefined && accounts.length > 0;
}

function coveredFromMs({ startedMs, certifiedFromMs = startedMs }: Removal): number {
  return certifiedFromMs;
}

/**
 * Whether a removal is to begin, of somebody who is not employed, though what was said last changes nothing by itself: two
 * leavers that say the same, say, of a departure that is dated back to before an earlier removal.
 */
export function beginsRemoval(
  state: IdentityState,
  removal: Removal | undefined,
  accounts: readonly Pick<AccountRecord, 'closedMs'>[],
): boolean {
  return awaitsRemoval(state, removal, accounts) || (!isEmployed(state) && wasOpenAfterProof(removal, accounts));
}

/** True for one who is not employed, until the removal that was begun, or is due, is proven. */
export function awaitsProof(
  state: IdentityState,
  removal: Removal | undefined,
  accounts: readonly Pick<AccountRecord, 'closedMs'>[],
): boolean {
  if (isEmployed(state)) return false;
  if (awaitsRemoval(state, removal, accounts)) return true;
  if (removal === undefined) return false;
  return removal.provenMs === undefined || wasOpenAfterProof(removal, accounts);
}

/** What was given since the proof, by an employment that is over or never was, it does not cover. */
function wasOpenAfterProof(
  removal: Removal | undefined,
  accounts: readonly Pick<AccountRecord, 'closedMs'>[],
): boolean {
  const provenMs = removal?.provenMs;
  if (provenMs === undefined) return false;
  return accounts.some(({ closedMs }) => closedMs === undefined || closedMs > provenMs);
}

/** Whether an account was read as that of somebody departed, since the departure. What was read before says nothing about it. */
export function isReadSince(
  { readMs, ofEmployed }: Pick<AccountRecord, 'readMs' | 'ofEmployed'>,
  removal: Removal,
  state: IdentityState,
): boolean {
  return ofEmployed !== true && readMs >= departureReadFromMs(removal, state);
}

/** Epoch ms. */
function departureReadFromMs(removal: Removal, state: IdentityState): number {
  return state.status === 'departed' ? Math.max(state.departedMs, removal.startedMs) : removal.startedMs;
}

/** What locks down in a burst of leavers has this long before anybody takes it for dead. */
const BEGINNING_MS = 300_000;

/**
 * Until when an execution that has fenced off is taken to be locking down (epoch ms): no pass has had the lease since, and nothing
 * was recorded. Starting another beside it has every leaver of a burst locked down twice when that takes longer than a minute.
 * Undefined: none is, or it is taking so long, or by a clock so far ahead, that it may have died.
 */
export function beginsUntilMs(
  { removal, epoch, version }: Pick<IdentityHeader, 'removal' | 'epoch' | 'version'>,
  nowMs: number,
): number | undefined {
  if (removal?.epoch !== epoch || removal.version !== version) return undefined;
  return Math.abs(nowMs - removal.startedMs) < BEGINNING_MS ? removal.startedMs + BEGINNING_MS : undefined;
}

/** Whether a later fence has begun the removal anew: what an execution of an earlier one still does proves nothing. */
export function isOvertaken(removal: Removal | undefined, epoch: number | undefined): boolean {
  return epoch !== undefined && removal?.epoch !== undefined && removal.epoch !== epoch;
}

export function certificateIdOf(identityId: string, removal: Removal): string {
  return `${identityId}.${removal.version}`;
}
