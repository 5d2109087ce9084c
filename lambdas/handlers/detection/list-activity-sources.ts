// The systems whose activity is judged, and when each that is fetched was asked last.
import { type ActivitySourceTold, alertRoutes } from '../../api/alerts.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { toIso } from '../../core/moment.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import type { ActivityStore } from '../../stores/activity/activity-store.ts';
import { dynamoActivityStore } from '../../stores/activity/dynamo-activity-store.ts';
import { fromEnvironment } from '../../stores/environment.ts';
import { liveApiDependencies } from '../shared/api-dependencies.ts';

const ROUTE = alertRoutes['list-activity-sources'];
const CONCURRENT_READS = 10;

interface ListDependencies {
  readonly activity: Pick<ActivityStore, 'readCursor'>;
  readonly sources: readonly ActivitySourceTold[];
}

export const listActivitySources = answerOperator(ROUTE, async ({ activity, sources }: ListDependencies) => {
  const items = await mapBounded(sources, CONCURRENT_READS, async (told) => {
    const read = told.comes === 'fetched' ? await activity.readCursor(told.source) : undefined;
    return { ...told, readAt: read && toIso(read.readMs) };
  });
  return { status: 200, shows: [], body: { items }, log: { items: items.length } };
});

export const handler = serveApi(ROUTE, () =>
  listActivitySources({
    ...liveApiDependencies(),
    activity: dynamoActivityStore(),
    sources: JSON.parse(fromEnvironment('activitySources')) as readonly ActivitySourceTold[],
  }),
);
