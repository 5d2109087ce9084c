// What was held counts after all: each held fact takes effect as it would have, from the instant it names.
import { serveApi } from '../../middleware/serve-api.ts';
import { dynamoHoldStore } from '../../stores/holds/dynamo-hold-store.ts';
import { liveApiDependencies } from '../shared/api-dependencies.ts';
import { type DecideDependencies, decideHold } from './decide-hold.ts';

export const releaseHold = (dependencies: DecideDependencies) => decideHold('release-hold', dependencies);

export const handler = serveApi('release-hold', () =>
  releaseHold({ ...liveApiDependencies(), holds: dynamoHoldStore() }),
);
