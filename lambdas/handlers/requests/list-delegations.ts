// What somebody delegated themselves, in force or to come.
import { delegationRoutes } from '../../api/delegations.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { type ApiDependencies, liveApiDependencies, requireIdentity } from '../shared/api-dependencies.ts';
import { requirePerson } from '../shared/require-uninvolved.ts';
import { presentDelegations } from './own-delegations.ts';

const ROUTE = delegationRoutes['list-delegations'];

export const listDelegations = answerOperator(ROUTE, async (dependencies: ApiDependencies, { operator }) => {
  const person = await requirePerson(dependencies, operator);
  const items = presentDelegations(await requireIdentity(dependencies, person));
  return { status: 200, shows: [person], body: { items }, log: { items: items.length } };
});

export const handler = serveApi(ROUTE, () => listDelegations(liveApiDependencies()));
