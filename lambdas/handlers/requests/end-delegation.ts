// Somebody decides themselves again, before what they delegated ends by itself.
import { delegationRoutes } from '../../api/delegations.ts';
import { NotFoundError } from '../../core/errors.ts';
import type { DecisionsDelegatedFact } from '../../core/identity/facts.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { type ApiDependencies, liveApiDependencies, requireIdentity } from '../shared/api-dependencies.ts';
import { requirePerson } from '../shared/require-uninvolved.ts';
import { presentDelegations, recordDelegation } from './own-delegations.ts';

const ROUTE = delegationRoutes['end-delegation'];

export const endDelegation = answerOperator(
  ROUTE,
  async (dependencies: ApiDependencies, { operator, parameters: { id } }) => {
    const person = await requirePerson(dependencies, operator);
    await requireIdentity(dependencies, person);
    const recorded = await recordDelegation(dependencies, { operator, person, says: 'ends' }, ({ timeline, nowMs }) => {
      const known = timeline.facts.findLast(
        (fact): fact is DecisionsDelegatedFact => fact.type === 'decisions-delegated' && fact.delegationId === id,
      );
      if (known === undefined) throw new NotFoundError('You have delegated nothing of that id.');
      const { delegationId, to, startsMs, endsMs } = known;
      return endsMs <= nowMs ? undefined : { delegationId, to, startsMs, endsMs: nowMs };
    });
    const items = presentDelegations(recorded);
    return { status: 200, shows: [person], body: { items }, log: { delegationId: id, identityId: person } };
  },
);

export const handler = serveApi(ROUTE, () => endDelegation(liveApiDependencies()));
