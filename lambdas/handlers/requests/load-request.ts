// A request, whom it is for, and who might decide on it, as all of them are now.
import type { AccessModel } from '../../core/access-model/access-model.ts';
import { findEntitlement } from '../../core/access-model/find-entitlement.ts';
import { NotFoundError } from '../../core/errors.ts';
import { OWN_SOURCE } from '../../core/identity/facts.ts';
import type { People } from '../../core/requests/approvers.ts';
import type { Beneficiary } from '../../core/requests/foreseen-conflicts.ts';
import { type RequestState, requestEventId, requestsIn } from '../../core/requests/request-state.ts';
import type { CampaignStore } from '../../stores/campaigns/campaign-store.ts';
import type { ApiDependencies } from '../shared/api-dependencies.ts';
import { findWhereItCounts, type LoadedIdentity } from '../shared/load-identity.ts';
import { loadSuperiors } from '../shared/load-superiors.ts';
import { personOf } from '../shared/require-uninvolved.ts';

export type RequestDependencies = Pick<ApiDependencies, 'facts' | 'directory' | 'clock' | 'model' | 'newId'> & {
  /** Of those who are told what they have to answer. @default nobody is told of campaigns */
  readonly campaigns?: Pick<CampaignStore, 'listCampaigns' | 'listQueue'> | undefined;
};

/** Longer than any that was given out. */
const MAXIMUM_ID = 100;

/** Where the request is recorded. Throws NotFoundError. */
export async function identityOfRequest({ facts }: RequestDependencies, requestId: string): Promise<string> {
  const isId = requestId !== '' && requestId.length <= MAXIMUM_ID;
  const accepted = isId ? await facts.findAcceptedEvent(OWN_SOURCE, requestEventId(requestId)) : undefined;
  if (accepted === undefined) throw new NotFoundError('There is no such request.');
  return accepted.identityId;
}

/** Throws NotFoundError. */
export async function requireRequest(
  dependencies: RequestDependencies,
  requestId: string,
): Promise<{ readonly loaded: LoadedIdentity; readonly request: RequestState }> {
  const identityId = await identityOfRequest(dependencies, requestId);
  const loaded = await findWhereItCounts(dependencies, identityId);
  const request = loaded && requestIn(loaded, requestId);
  if (loaded === undefined || request === undefined) throw new NotFoundError('There is no such request.');
  return { loaded, request };
}

export function requestIn(
  { timeline, nowMs }: LoadedIdentity,
  requestId: string | undefined,
): RequestState | undefined {
  return requestsIn(timeline.facts, nowMs).find(({ asked }) => asked.requestId === requestId);
}

export function beneficiaryOf({ record, timeline, nowMs }: LoadedIdentity): Beneficiary {
  return { identityId: record.header.identityId, timeline, nowMs };
}

/** Who might decide on what is asked for somebody by somebody. */
export async function peopleFor(
  dependencies: RequestDependencies,
  { record }: LoadedIdentity,
  { entitlement, requestedBy }: { readonly entitlement: string; readonly requestedBy: string },
): Promise<People> {
  const { identityId, summary } = record.header;
  const owner = ownerOf(dependencies.model(), entitlement);
  const ownOwner = findEntitlement(dependencies.model(), entitlement)?.entitlement.owner ?? owner;
  const loading = loadSuperiors(dependencies, owner);
  const [superiors, owners, entitlementOwners, requester] = await Promise.all([
    loadSuperiors(dependencies, summary.ownerId ?? summary.managerId),
    loading,
    ownOwner === owner ? loading : loadSuperiors(dependencies, ownOwner),
    personOf(dependencies, requestedBy),
  ]);
  return { superiors, owners, entitlementOwners, involved: new Set([identityId, requester]) };
}

function ownerOf({ applications }: AccessModel, entitlement: string): string | undefined {
  const [applicationId] = entitlement.split(':');
  return applications.find(({ id }) => id === applicationId)?.owner;
}
