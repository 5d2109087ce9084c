// What was held never counts: it stays in the record, with who decided so.
import { serveApi } from '../../middleware/serve-api.ts';
import { dynamoHoldStore } from '../../stores/holds/dynamo-hold-store.ts';
import { liveApiDependencies } from '../shared/api-dependencies.ts';
import { type DecideDependencies, decideHold } from './decide-hold.ts';

export const dropHold = (dependencies: DecideDependencies) => decideHold('drop-hold', dependencies);

export const handler = serveApi('drop-hold', () => dropHold({ ...liveApiDependencies(), holds: dynamoHoldStore() }));
