// What became of one HR event, by its source and its id.
import { hrEventRoutes } from '../../api/hr-events.ts';
import { NotFoundError } from '../../core/errors.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { type ApiDependencies, liveApiDependencies } from '../shared/api-dependencies.ts';
import { findIdentity } from '../shared/load-identity.ts';
import { presentHrEvent } from './present-hr-event.ts';

const ROUTE = hrEventRoutes['get-hr-event'];

export const getHrEvent = answerOperator(ROUTE, async (dependencies: ApiDependencies, { query: { source, id } }) => {
  const accepted = await dependencies.facts.findAcceptedEvent(source, id);
  const told = accepted && (await findIdentity(dependencies, accepted.identityId));
  const body = accepted && (await presentHrEvent(dependencies, accepted, told));
  if (body === undefined) throw new NotFoundError('No such event was accepted.');
  return { status: 200, shows: [body.identityId], body, log: { identityId: body.identityId } };
});

export const handler = serveApi(ROUTE, () => getHrEvent(liveApiDependencies()));
