// When grants were last held in a system, as far as it was read: what an account held when it was read before and no longer
// holds has gone, and what the connector declares may outlast that, until then.
import { type HeldGrant, heldGrants, lookUpGrants } from './granted-access.ts';

/** The last ones that are kept: requests of an account that loses more at a time tell of the reading after it. */
const MAXIMUM_GONE = 100;

export interface GoneGrant extends HeldGrant {
  /** When it was first read without (epoch ms). */
  readonly goneMs: number;
  /** Until when sessions that were open may still use it (epoch ms). Absent: nothing outlasts it. */
  readonly possibleUntilMs?: number | undefined;
}

type Account = Parameters<typeof heldGrants>[0];

/** What is kept of an account, as far as it tells what has gone (account-record.ts). */
interface Kept {
  readonly account?: Account | undefined;
  readonly granted?: readonly HeldGrant[] | undefined;
  readonly gone?: readonly GoneGrant[] | undefined;
}

/** What is to be remembered by what was just read. Undefined: nothing. @param account undefined: there is none */
export function rememberGone(
  known: Kept | undefined,
  account: Account | undefined,
  { readMs, residualSeconds }: { readonly readMs: number; readonly residualSeconds?: number | undefined },
): readonly GoneGrant[] | undefined {
  const { account: before, granted = [], gone = [] } = known ?? {};
  const seen = before === undefined ? [] : heldGrants(before);
  // By the word of the access model where there is one.
  const worded = lookUpGrants(granted);
  const named = [...granted, ...seen.filter((one) => !worded.has(one))];
  const held = lookUpGrants(account === undefined ? [] : heldGrants(account));
  const lost = named.filter((one) => !held.has(one));
  const possibleUntilMs = residualSeconds === undefined ? undefined : readMs + residualSeconds * 1_000;
  const now = lost.map(({ grant, grantId }) => ({ grant, grantId, goneMs: readMs, possibleUntilMs }));
  const all = [...gone, ...now].slice(-MAXIMUM_GONE);
  return all.length === 0 ? undefined : all;
}

export interface AccessEnd {
  /** When it was read back that it is gone (epoch ms). */
  readonly readBackMs: number;
  /** The last moment at which it was possible (epoch ms); undefined: not known. */
  readonly possibleUntilMs: number | undefined;
}

interface ReadRecord {
  readonly readMs: number;
  readonly lastError?: string | undefined;
  readonly openCallId?: string | undefined;
}

/** What became of a grant whose reason ended. Undefined: it is not known to be gone. */
export function endOfAccess(
  { account, granted = [], gone = [], readMs, lastError, openCallId }: Kept & ReadRecord,
  grant: string,
  endedMs: number,
): AccessEnd | undefined {
  const known = gone.find((one) => one.grant === grant && one.goneMs >= endedMs);
  if (known !== undefined) {
    return { readBackMs: known.goneMs, possibleUntilMs: known.possibleUntilMs ?? known.goneMs };
  }
  // Older records do not tell when.
  const isClear = lastError === undefined && openCallId === undefined && readMs >= endedMs;
  const isHeld = [...granted, ...(account === undefined ? [] : heldGrants(account))].some((one) => one.grant === grant);
  return isClear && !isHeld ? { readBackMs: readMs, possibleUntilMs: undefined } : undefined;
}
