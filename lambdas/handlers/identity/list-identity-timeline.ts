// The facts about one identity, the newest first: what `GET /identities/{id}` shows the newest part of.
import { identityRoutes } from '../../api/identities.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { type ApiDependencies, liveApiDependencies, requireIdentity } from '../shared/api-dependencies.ts';
import { requireReadable } from '../shared/require-readable.ts';
import { presentTimeline } from './present-timeline.ts';

const ROUTE = identityRoutes['list-identity-timeline'];

export const listIdentityTimeline = answerOperator(
  ROUTE,
  async (dependencies: ApiDependencies, { operator, parameters, query }) => {
    const { record, timeline } = await requireIdentity(dependencies, parameters.id);
    const view = await requireReadable(dependencies, operator, record.header);
    const { identityId } = record.header;
    const body = presentTimeline(identityId, timeline, view, query);
    return { status: 200, shows: [identityId], body, log: { identityId, items: body.items.length } };
  },
);

export const handler = serveApi(ROUTE, () => listIdentityTimeline(liveApiDependencies()));
