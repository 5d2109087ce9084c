// Everything about one identity: what it may access, now or at another instant, and every reason why, and how it came to be so.
import { identityRoutes } from '../../api/identities.ts';
import type { ActivityMemory } from '../../core/detection/memory.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import type { ActivityStore } from '../../stores/activity/activity-store.ts';
import { dynamoActivityStore } from '../../stores/activity/dynamo-activity-store.ts';
import { type ApiDependencies, liveApiDependencies, requireIdentity } from '../shared/api-dependencies.ts';
import { judgingModel } from '../shared/judging-model.ts';
import { requireReadable } from '../shared/require-readable.ts';
import { askedInstant } from './asked-instant.ts';
import { presentIdentity } from './present-identity.ts';
import { withLastUse } from './present-last-use.ts';

const ROUTE = identityRoutes['get-identity'];

interface GetDependencies extends ApiDependencies {
  /** @default nothing is told of how access is used */
  readonly activity?: Pick<ActivityStore, 'recall'>;
}

export const getIdentity = answerOperator(
  ROUTE,
  async (dependencies: GetDependencies, { operator, parameters, query }) => {
    const loaded = await requireIdentity(dependencies, parameters.id);
    const view = await requireReadable(dependencies, operator, loaded.record.header);
    // What a changed model would take is still held up by the one before, until somebody agrees.
    const { model } = await judgingModel(dependencies, loaded.record.header, loaded.state, loaded.nowMs);
    const at = query.at === undefined ? undefined : await askedInstant(dependencies, query.at);
    const { identityId } = loaded.record.header;
    const memory = await recallOf(dependencies, identityId);
    const body = withLastUse(presentIdentity(loaded, model, view, at), memory);
    return { status: 200, shows: [identityId], body, log: { identityId } };
  },
);

async function recallOf({ activity }: GetDependencies, identityId: string): Promise<ActivityMemory | undefined> {
  if (activity === undefined) return undefined;
  return (await activity.recall([identityId])).get(identityId)?.memory as ActivityMemory | undefined;
}

export const handler = serveApi(ROUTE, () =>
  getIdentity({ ...liveApiDependencies(), activity: dynamoActivityStore() }),
);
