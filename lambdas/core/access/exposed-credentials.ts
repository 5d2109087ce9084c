// A service account changes hands with its credentials, and whoever owned it may know them still. What was there when
// the owner changed is to be replaced within a time that the application sets; what is not is then revoked.

import type { Timeline } from '../identity/timeline.ts';
import type { Credential } from '../systems/credential.ts';

const HOUR_MS = 3_600_000;
export const DEFAULT_GRACE_HOURS = 24;

/** Credentials that a former owner may know. */
export interface ExposedCredentials {
  /** When the owner changed: another change exposes all credentials anew. Epoch ms. */
  readonly changedMs: number;
  /** What was set after this is new. Epoch ms. */
  readonly noticedMs: number;
  /** When those that are left are revoked. Epoch ms. */
  readonly dueMs: number;
  /** The ids of those still there, sorted; empty once all are replaced. */
  readonly credentials: readonly string[];
}

/** Undefined: it has had one owner only, or none. Whoever is none any more in the very instant has never been one. */
export function lastOwnerChangeMs({ changes }: Timeline, nowMs: number): number | undefined {
  let owner: string | undefined;
  let changedMs: number | undefined;
  for (const [index, { atMs, state }] of changes.entries()) {
    if (atMs > nowMs) break;
    if (changes[index + 1]?.atMs === atMs) continue;
    const next = 'attributes' in state ? state.attributes.owner : undefined;
    if (owner !== undefined && next !== undefined && next !== owner) changedMs = atMs;
    owner = next ?? owner;
  }
  return changedMs;
}

export interface ExposureInput {
  /** The latest change of its owner. */
  readonly changedMs: number | undefined;
  /** As they were found; undefined: there are none, or the system does not tell. */
  readonly credentials?: readonly Credential[] | undefined;
  readonly known?: ExposedCredentials | undefined;
  /** The account has not been read before: what is in it may have been replaced long since. */
  readonly firstContact: boolean;
  /** @default 24 */
  readonly graceHours?: number | undefined;
  readonly nowMs: number;
}

/** Which credentials are exposed, by what was just read. Credentials that come later than the change was noticed are not. */
export function exposedCredentials({
  changedMs,
  known,
  firstContact,
  nowMs,
  ...input
}: ExposureInput): ExposedCredentials | undefined {
  if (changedMs === undefined) return undefined;
  const { credentials = [], graceHours = DEFAULT_GRACE_HOURS } = input;
  if (known?.changedMs === changedMs) {
    const old = credentials.filter(({ setMs }) => setMs === undefined || setMs <= known.noticedMs);
    const left = new Set(old.map(({ credentialId }) => credentialId));
    return { ...known, credentials: known.credentials.filter((id) => left.has(id)) };
  }
  const found = credentials.map(({ credentialId }) => credentialId).sort();
  const dueMs = nowMs + graceHours * HOUR_MS;
  return { changedMs, noticedMs: nowMs, dueMs, credentials: firstContact ? [] : found };
}

/** What is to go now: a shared secret at once, since rotating it breaks nobody who reads it where it is kept. */
export function isDue(
  { credentialId, kind }: Credential,
  exposed: ExposedCredentials | undefined,
  nowMs: number,
): boolean {
  if (exposed?.credentials.includes(credentialId) !== true) return false;
  return kind === 'shared-secret' || exposed.dueMs <= nowMs;
}

/** When somebody has to look again (epoch ms). */
export function exposureDueMs(exposed: ExposedCredentials | undefined, nowMs: number): number | undefined {
  return exposed !== undefined && exposed.credentials.length > 0 && exposed.dueMs > nowMs ? exposed.dueMs : undefined;
}
