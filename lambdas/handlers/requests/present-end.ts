// What became of access that was given by a request, once that has ended: when it was read back, and until when sessions that
// were open may have used it, as an offboarding certificate tells of leavers.
import type { RequestAnswerBody } from '../../api/requests.ts';
import { desiredAccess } from '../../core/access/desired-access.ts';
import { endOfAccess } from '../../core/access/gone-grants.ts';
import type { AccessModel } from '../../core/access-model/access-model.ts';
import { findEntitlement } from '../../core/access-model/find-entitlement.ts';
import type { AccessGrantedFact } from '../../core/identity/facts.ts';
import { type IdentityState, isEmployed, type Timeline } from '../../core/identity/timeline.ts';
import { toIso } from '../../core/moment.ts';
import type { LoadedIdentity } from '../shared/load-identity.ts';

/** Undefined: it holds still, or never did. */
export function presentEnd(
  model: AccessModel,
  { record, timeline, nowMs }: LoadedIdentity,
  { factId, entitlement }: AccessGrantedFact,
): RequestAnswerBody['ended'] {
  const endedMs = endOf(timeline, factId, nowMs);
  if (endedMs === undefined) return undefined;
  const endedAt = toIso(endedMs);
  const found = findEntitlement(model, entitlement);
  if (found === undefined) return { endedAt };
  const { id: applicationId } = found.application;
  const desired = desiredAccess(timeline, model, nowMs, record.header.identityId).accounts.find(
    (one) => one.applicationId === applicationId,
  );
  if (desired?.entitlements.some((one) => one.entitlement === found.entitlement.id)) {
    return { endedAt, stillHeld: true };
  }
  const account = record.accounts.find((one) => one.applicationId === applicationId);
  const end = account && endOfAccess(account, found.entitlement.grant, endedMs);
  if (end === undefined) return { endedAt };
  const { readBackMs, possibleUntilMs } = end;
  return {
    endedAt,
    readBackAt: toIso(readBackMs),
    ...(possibleUntilMs !== undefined && { possibleUntil: toIso(possibleUntilMs) }),
  };
}

/** When a grant last ceased to count (epoch ms). */
function endOf({ changes }: Timeline, factId: string, nowMs: number): number | undefined {
  const past = changes.filter(({ atMs }) => atMs <= nowMs);
  const last = past.findLastIndex(({ state }) => isHeldIn(state, factId));
  return last === -1 ? undefined : past[last + 1]?.atMs;
}

function isHeldIn(state: IdentityState, factId: string): boolean {
  return isEmployed(state) && state.grants?.some((grant) => grant.factId === factId) === true;
}
