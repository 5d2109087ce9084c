// Somebody decides on a request. Whether they may is found anew, on what is known when the decision is recorded; the last
// approval and what it gives are one write.
import { requestRoutes } from '../../api/requests.ts';
import type { RequestRule } from '../../core/access-model/request-rules.ts';
import { ConflictError, NotFoundError } from '../../core/errors.ts';
import { mayTakeOver } from '../../core/identity/ownership.ts';
import { approversOf, mayDecide } from '../../core/requests/approvers.ts';
import { currentStage } from '../../core/requests/deciding.ts';
import { approvedBy, type RequestState } from '../../core/requests/request-state.ts';
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
import { stateDecision } from './state-decision.ts';
import { unchangedRule } from './waiting-request.ts';

const ROUTE = requestRoutes['decide-request'];

export const decideRequest = answerOperator(
  ROUTE,
  async (dependencies: ApiDependencies, { operator, parameters: { id }, body: { decision: answer, reason } }) => {
    const by = await requirePerson(dependencies, operator);
    const identityId = await identityOfRequest(dependencies, id);
    const recorded = await recordOnVersion(dependencies, identityId, async (loaded) => {
      const request = requestIn(loaded, id);
      if (request === undefined) throw new NotFoundError('There is no such request.');
      const { rule, isDeciding } = await requireDeciding(dependencies, { operator, by, loaded, request, answer });
      if (!isDeciding) return [];
      requireOpen(request);
      return stateDecision(dependencies, {
        loaded,
        request,
        rule: requireUnchanged(rule),
        answer,
        by,
        reason,
        operatorId: operator.id,
        decisionId: dependencies.newId(),
      });
    });
    const request = requestIn(recorded, id);
    if (request === undefined) throw new NotFoundError('There is no such request.');
    const shown = await presentRequest(dependencies, recorded, request);
    const log = { requestId: id, identityId: shown.identityId, answer };
    return { status: 200, shows: [shown.identityId], body: shown, log };
  },
);

interface Deciding {
  readonly operator: Operator;
  /** The operator, as a person. */
  readonly by: string;
  readonly loaded: LoadedIdentity;
  readonly request: RequestState;
  readonly answer: 'approve' | 'reject';
}

/**
 * Throws ApiProblem 403 unless they can decide on its present stage, or have said the same before.
 *
 * @returns the rule it was asked for by; undefined: it has changed since. `isDeciding`: it was not said before
 */
async function requireDeciding(
  dependencies: ApiDependencies,
  { operator, by, loaded, request, answer }: Deciding,
): Promise<{ readonly rule: RequestRule | undefined; readonly isDeciding: boolean }> {
  const people = await peopleFor(dependencies, loaded, request.asked);
  if (people.involved.has(by)) throw new ApiProblem(403, 'Nobody decides on what they asked for, or are to get.');
  const rule = unchangedRule(dependencies, request);
  const place = rule === undefined ? -1 : currentStage(request, rule.stages);
  const approvers = rule?.stages[place] && approversOf(rule.stages[place], people);
  const self = await findWhereItCounts(dependencies, by);
  const isThere = self !== undefined && mayTakeOver(self.state);
  const hasRole = operator.roles.includes('security') && isThere;
  const hasAgreed = approvedBy(request, place).includes(by);
  const isNext = request.status === 'open' && approvers !== undefined && mayDecide(approvers, people, by, hasRole);
  if (isNext && !hasAgreed) return { rule, isDeciding: true };
  if (request.decisions.some((one) => one.answeredBy === by && one.answer === answer))
    return { rule, isDeciding: false };
  // Whoever could decide is told why nobody can any more.
  const isOver = request.status !== 'open' || rule === undefined;
  if (isOver && isThere) return { rule, isDeciding: true };
  throw new ApiProblem(403, 'You are not one of those who can decide on it now.');
}

/** Throws ConflictError. */
function requireOpen({ status }: RequestState): void {
  if (status !== 'open') throw new ConflictError(`The request is ${status}.`);
}

/** Throws ConflictError. */
function requireUnchanged(rule: RequestRule | undefined): RequestRule {
  if (rule === undefined) throw new ConflictError('The rules for this have changed: it has to be asked for again.');
  return rule;
}

export const handler = serveApi(ROUTE, () => decideRequest(liveApiDependencies()));
