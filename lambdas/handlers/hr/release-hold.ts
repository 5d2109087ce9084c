// What was held counts after all: each held fact takes effect as it would have, from the instant it names.
import { holdRoutes } from '../../api/holds.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { dynamoHoldStore } from '../../stores/holds/dynamo-hold-store.ts';
import { liveApiDependencies } from '../shared/api-dependencies.ts';
import { decideHold } from './decide-hold.ts';

const ROUTE = holdRoutes['release-hold'];

export const releaseHold = answerOperator(ROUTE, decideHold('releasing'));

export const handler = serveApi(ROUTE, () => releaseHold({ ...liveApiDependencies(), holds: dynamoHoldStore() }));
