// A request is taken back by who asked; what it has given already ends now, by who asked, who has it, whoever is above them,
// or security.
import { requestRoutes } from '../../api/requests.ts';
import { canonicalJson, sha256Hex } from '../../core/canonical-json.ts';
import { ConflictError, NotFoundError } from '../../core/errors.ts';
import { type AccessEndedFact, type Fact, ownFactBase } from '../../core/identity/facts.ts';
import { isEmployed } from '../../core/identity/timeline.ts';
import type { People } from '../../core/requests/approvers.ts';
import { factsOfAnswer } from '../../core/requests/deciding.ts';
import { endingsAfter } from '../../core/requests/extension.ts';
import type { RequestState } from '../../core/requests/request-state.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { ApiProblem } from '../../middleware/api-problem.ts';
import type { Operator } from '../../middleware/authorize.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { type ApiDependencies, liveApiDependencies } from '../shared/api-dependencies.ts';
import type { LoadedIdentity } from '../shared/load-identity.ts';
import { recordOnVersion } from '../shared/record-on-version.ts';
import { personOf, requirePerson } from '../shared/require-uninvolved.ts';
import { identityOfRequest, peopleFor, requestIn } from './load-request.ts';
import { presentRequest } from './present-request.ts';

const ROUTE = requestRoutes['withdraw-request'];

export const withdrawRequest = answerOperator(
  ROUTE,
  async (dependencies: ApiDependencies, { operator, parameters: { id } }) => {
    const by = await requirePerson(dependencies, operator);
    const identityId = await identityOfRequest(dependencies, id);
    const recorded = await recordOnVersion(dependencies, identityId, async (loaded) => {
      const request = requestIn(loaded, id);
      if (request === undefined) throw new NotFoundError('There is no such request.');
      const people = await peopleFor(dependencies, loaded, request.asked);
      const requester = await personOf(dependencies, request.asked.requestedBy);
      requireEnding(request, people, { operator, by, requester });
      const ending = { by, id: dependencies.newId() };
      const fact = endingFact(loaded, request, ending);
      if (fact === undefined) return [];
      const { identityId: whose } = loaded.record.header;
      const facts = [fact, ...endingsAfter(request, loaded, { identityId: whose, ...ending })];
      const payloadHash = sha256Hex(canonicalJson({ requestId: id, answer: 'withdraw', by }));
      return facts.map((one) => ({ fact: one, payloadHash, actor: { type: 'operator', id: operator.id } }));
    });
    const request = requestIn(recorded, id);
    if (request === undefined) throw new NotFoundError('There is no such request.');
    const shown = await presentRequest(dependencies, recorded, request);
    const log = { requestId: id, identityId: shown.identityId };
    return { status: 200, shows: [shown.identityId], body: shown, log };
  },
);

/** Throws ApiProblem 403. */
function requireEnding(
  { granted }: RequestState,
  { superiors, involved }: People,
  { operator, by, requester }: { readonly operator: Operator; readonly by: string; readonly requester: string },
): void {
  if (granted === undefined) {
    if (by !== requester) throw new ApiProblem(403, 'Only who asked takes a request back.');
    return;
  }
  const isAbove =
    operator.scope !== 'self' && superiors.some(({ identityId, employed }) => identityId === by && employed);
  if (involved.has(by) || isAbove || operator.roles.includes('security')) return;
  throw new ApiProblem(403, 'Who asked, who has it, whoever is above them, or security ends it.');
}

/** Throws ConflictError. Undefined: it was said before. */
function endingFact(
  { record, nowMs, state }: LoadedIdentity,
  request: RequestState,
  { by, id }: { readonly by: string; readonly id: string },
): Fact | undefined {
  const { identityId } = record.header;
  const { status, granted, asked } = request;
  if (status === 'withdrawn') return undefined;
  if (granted === undefined) {
    if (status !== 'open') throw new ConflictError(`The request is ${status}.`);
    const [fact] = factsOfAnswer({ identityId, request, stages: [], answer: 'withdraw', by, nowMs, id });
    return fact;
  }
  const isHeld = isEmployed(state) && state.grants?.some(({ factId }) => factId === granted.factId) === true;
  if (!isHeld && granted.startsMs <= nowMs) return undefined;
  const ended: AccessEndedFact = {
    ...ownFactBase(identityId, `ended/${asked.requestId}/${id}`, nowMs),
    type: 'access-ended',
    ends: granted.factId,
    endsMs: nowMs,
    endedBy: by,
  };
  return ended;
}

export const handler = serveApi(ROUTE, () => withdrawRequest(liveApiDependencies()));
