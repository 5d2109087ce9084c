// Everything about one identity: what it may access, now or at another instant, and every reason why, and how it came to be so.
import { identityRoutes } from '../../api/identities.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { type ApiDependencies, liveApiDependencies, requireIdentity } from '../shared/api-dependencies.ts';
import { judgingModel } from '../shared/judging-model.ts';
import { requireReadable } from '../shared/require-readable.ts';
import { askedInstant } from './asked-instant.ts';
import { presentIdentity } from './present-identity.ts';

const ROUTE = identityRoutes['get-identity'];

export const getIdentity = answerOperator(
  ROUTE,
  async (dependencies: ApiDependencies, { operator, parameters, query }) => {
    const loaded = await requireIdentity(dependencies, parameters.id);
    const view = await requireReadable(dependencies, operator, loaded.record.header);
    // What a changed model would take is still held up by the one before, until somebody agrees.
    const { model } = await judgingModel(dependencies, loaded.record.header, loaded.state, loaded.nowMs);
    const at = query.at === undefined ? undefined : await askedInstant(dependencies, query.at);
    const body = presentIdentity(loaded, model, view, at);
    const { identityId } = loaded.record.header;
    return { status: 200, shows: [identityId], body, log: { identityId } };
  },
);

export const handler = serveApi(ROUTE, () => getIdentity(liveApiDependencies()));
