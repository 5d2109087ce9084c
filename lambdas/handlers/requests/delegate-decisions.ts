// Somebody lets another person decide in their place for a time.
import { delegationRoutes } from '../../api/delegations.ts';
import { ConflictError } from '../../core/errors.ts';
import { delegationsIn, whyNotDelegated } from '../../core/identity/delegations.ts';
import { mayOwn } from '../../core/identity/ownership.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { ApiProblem } from '../../middleware/api-problem.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { type ApiDependencies, liveApiDependencies, requireIdentity } from '../shared/api-dependencies.ts';
import { personOf, requirePerson } from '../shared/require-uninvolved.ts';
import { type Delegated, presentDelegation, recordDelegation } from './own-delegations.ts';

const ROUTE = delegationRoutes['delegate-decisions'];

export const delegateDecisions = answerOperator(ROUTE, async (dependencies: ApiDependencies, { operator, body }) => {
  const person = await requirePerson(dependencies, operator);
  await requireIdentity(dependencies, body.to);
  const { record, state } = await requireIdentity(dependencies, await personOf(dependencies, body.to));
  const to = record.header.identityId;
  if (to === person) throw new ConflictError('Expected another person than yourself.');
  if (!mayOwn(state)) throw new ConflictError('Expected a person who is employed.');
  await requireIdentity(dependencies, person);
  const delegationId = dependencies.newId();
  const endsMs = Date.parse(body.endsAt);
  let delegated: Delegated | undefined;
  await recordDelegation(dependencies, { operator, person, says: 'begins' }, (loaded) => {
    const { timeline, nowMs } = loaded;
    if (!mayOwn(loaded.state)) throw new ApiProblem(403, 'Only who is employed delegates.');
    const startsMs = Math.max(body.startsAt === undefined ? 0 : Date.parse(body.startsAt), nowMs);
    delegated = { delegationId, to, startsMs, endsMs };
    const refusal = whyNotDelegated(delegated, delegationsIn(timeline.facts, nowMs), nowMs);
    if (refusal !== undefined) throw new ConflictError(refusal);
    return delegated;
  });
  if (delegated === undefined) throw new Error(`delegation ${delegationId} is not there`);
  return {
    status: 202,
    shows: [person],
    body: presentDelegation(delegated),
    log: { delegationId, identityId: person },
  };
});

export const handler = serveApi(ROUTE, () => delegateDecisions(liveApiDependencies()));
