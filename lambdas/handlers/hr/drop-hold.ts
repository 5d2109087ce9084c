// What was held never counts: it stays in the record, with who decided so.
import { holdRoutes } from '../../api/holds.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { dynamoHoldStore } from '../../stores/holds/dynamo-hold-store.ts';
import { liveApiDependencies } from '../shared/api-dependencies.ts';
import { decideHold } from './decide-hold.ts';

const ROUTE = holdRoutes['drop-hold'];

export const dropHold = answerOperator(ROUTE, decideHold('dropping'));

export const handler = serveApi(ROUTE, () => dropHold({ ...liveApiDependencies(), holds: dynamoHoldStore() }));
