// Who answers for an identity that is no person, until when, and which credentials they have to replace.
import type { AnsweringAnswer } from '../../api/ownership.ts';
import type { AccountRecord } from '../../core/access/account-record.ts';
import { ownerNeededBy } from '../../core/identity/ownership.ts';
import { answeringAt } from '../../core/identity/timeline.ts';
import { toIso } from '../../core/moment.ts';
import type { LoadedIdentity } from '../shared/load-identity.ts';

/** Undefined: nobody was ever asked, or it is a person, or has left. */
export function presentAnswering({
  timeline,
  state,
  nowMs,
}: Pick<LoadedIdentity, 'timeline' | 'state' | 'nowMs'>): AnsweringAnswer | undefined {
  const owner = ownerNeededBy(state);
  const known = owner === undefined ? undefined : answeringAt(timeline, nowMs);
  if (owner === undefined || known === undefined) return undefined;
  const { accepted, dueMs } = known;
  return {
    owner,
    acceptedBy: accepted?.acceptedBy,
    acceptedAt: accepted && toIso(accepted.recordedMs),
    dueAt: dueMs === undefined ? undefined : toIso(dueMs),
    lapsed: dueMs !== undefined && dueMs <= nowMs,
  };
}

/** Undefined: all are replaced, or none have to be. */
export function presentExposed({
  exposed,
}: Pick<AccountRecord, 'exposed'>): { readonly credentials: string[]; readonly before: string } | undefined {
  if (exposed === undefined || exposed.credentials.length === 0) return undefined;
  return { credentials: [...exposed.credentials], before: toIso(exposed.dueMs) };
}
