// Somebody else has looked at what was taken in an emergency. What was not justified ends at once.
import { requestRoutes } from '../../api/requests.ts';
import { canonicalJson, sha256Hex } from '../../core/canonical-json.ts';
import { ConflictError, NotFoundError } from '../../core/errors.ts';
import { type AccessEndedFact, type EmergencyReviewedFact, type Fact, ownFactBase } from '../../core/identity/facts.ts';
import { mayTakeOver } from '../../core/identity/ownership.ts';
import { isEmployed } from '../../core/identity/timeline.ts';
import { mayDecide } from '../../core/requests/approvers.ts';
import { emergencyRuleFor, reviewersOf, reviewOf } from '../../core/requests/emergency.ts';
import type { RequestState } from '../../core/requests/request-state.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { ApiProblem } from '../../middleware/api-problem.ts';
import type { Operator } from '../../middleware/authorize.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { type ApiDependencies, liveApiDependencies } from '../shared/api-dependencies.ts';
import { findWhereItCounts, type LoadedIdentity } from '../shared/load-identity.ts';
import { recordOnVersion } from '../shared/record-on-version.ts';
import { requirePerson } from '../shared/require-uninvolved.ts';
import { identityOfRequest, peopleFor, requestIn } from './load-request.ts';
import { presentRequest } from './present-request.ts';

const ROUTE = requestRoutes['review-request'];

export const reviewRequest = answerOperator(
  ROUTE,
  async (dependencies: ApiDependencies, { operator, parameters: { id }, body: { verdict, reason } }) => {
    const by = await requirePerson(dependencies, operator);
    const identityId = await identityOfRequest(dependencies, id);
    const recorded = await recordOnVersion(dependencies, identityId, async (loaded) => {
      const request = requestIn(loaded, id);
      const review = request && reviewOf(request, loaded.nowMs);
      if (request === undefined || review === undefined) throw new NotFoundError('There is no such review.');
      await requireReviewing(dependencies, { operator, by, loaded, request });
      if (review.answer !== undefined) {
        const { verdict: said, reviewedBy } = review.answer;
        if (said === verdict && reviewedBy === by) return [];
        throw new ConflictError(`It was answered already: ${said}.`);
      }
      const held = heldBy(request, loaded);
      if (verdict === 'justified' && held !== undefined) throw new ConflictError('It is in use still: end it first.');
      const reviewed: EmergencyReviewedFact = {
        ...ownFactBase(loaded.record.header.identityId, `reviewed/${id}/${dependencies.newId()}`, loaded.nowMs),
        ...{ type: 'emergency-reviewed', requestId: id, verdict, reviewedBy: by, reason },
      };
      const facts: readonly Fact[] = held === undefined ? [reviewed] : [reviewed, endedBy(held, reviewed)];
      const payloadHash = sha256Hex(canonicalJson({ requestId: id, verdict, by, reason }));
      return facts.map((fact) => ({ fact, payloadHash, actor: { type: 'operator', id: operator.id } }));
    });
    const request = requestIn(recorded, id);
    if (request === undefined) throw new NotFoundError('There is no such review.');
    const shown = await presentRequest(dependencies, recorded, request);
    const log = { requestId: id, identityId: shown.identityId, verdict };
    return { status: 200, shows: [shown.identityId], body: shown, log };
  },
);

/** Throws ApiProblem 403: whoever took it does not say that it was justified. */
async function requireReviewing(
  dependencies: ApiDependencies,
  {
    operator,
    by,
    loaded,
    request,
  }: {
    readonly operator: Operator;
    readonly by: string;
    readonly loaded: LoadedIdentity;
    readonly request: RequestState;
  },
): Promise<void> {
  const people = await peopleFor(dependencies, loaded, request.asked);
  const reviewers = reviewersOf(emergencyRuleFor(dependencies.model(), request.asked.entitlement), people);
  const self = await findWhereItCounts(dependencies, by);
  const isThere = self !== undefined && mayTakeOver(self.state);
  const hasRole = operator.roles.includes('security');
  if (isThere && mayDecide(reviewers, people, by, hasRole)) return;
  throw new ApiProblem(403, 'You are not one of those who can answer it now.');
}

/** The fact that gives what is held by it still. */
function heldBy({ granted }: RequestState, { state }: LoadedIdentity): string | undefined {
  const isHeld = isEmployed(state) && state.grants?.some(({ factId }) => factId === granted?.factId) === true;
  return isHeld ? granted?.factId : undefined;
}

function endedBy(
  ends: string,
  { identityId, requestId, recordedMs, reviewedBy = '' }: EmergencyReviewedFact,
): AccessEndedFact {
  const base = ownFactBase(identityId, `ended/${requestId}/reviewed`, recordedMs);
  return { ...base, type: 'access-ended', ends, endsMs: recordedMs, endedBy: reviewedBy };
}

export const handler = serveApi(ROUTE, () => reviewRequest(liveApiDependencies()));
