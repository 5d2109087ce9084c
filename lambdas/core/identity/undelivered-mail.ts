// Mails that came back: for a while whoever they were to is passed over for whoever stands in for them, who can then decide as
// well. It is the address that counts, so that another one that HR tells of is tried anew.
import { sha256Hex } from '../canonical-json.ts';
import { type IdentityState, isEmployed } from './timeline.ts';

/** After this it is tried again. */
const RETRIED_AFTER_MS = 30 * 86_400_000;

export interface Undelivered {
  /** SHA-256 of the address, hex: what is kept says nothing of it. */
  readonly addressHash: string;
  /** Until when nothing is mailed to it (epoch ms). */
  readonly untilMs: number;
}

export function undeliveredAt(address: string, nowMs: number): Undelivered {
  return { addressHash: addressHashOf(address), untilMs: nowMs + RETRIED_AFTER_MS };
}

/** Whether what is mailed to somebody comes back, as far as is known. */
export function comesBack(undelivered: Undelivered | undefined, state: IdentityState, nowMs: number): boolean {
  const address = isEmployed(state) ? state.attributes.email : undefined;
  if (undelivered === undefined || address === undefined || nowMs >= undelivered.untilMs) return false;
  return undelivered.addressHash === addressHashOf(address);
}

/** Mail systems hardly ever tell letters by their case, and SES says back what it was told. */
export function isSameAddress(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function addressHashOf(address: string): string {
  return sha256Hex(address.toLowerCase());
}

/** As a mail carries it, whose values are letters, digits, `-` and `_`. */
export function tagOf(identityId: string): string {
  return Buffer.from(identityId).toString('base64url');
}

export function identityOfTag(tag: string): string {
  return Buffer.from(tag, 'base64url').toString('utf8');
}
