// What detections found, last found first.
import { alertRoutes } from '../../api/alerts.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import type { ActivityStore } from '../../stores/activity/activity-store.ts';
import { dynamoActivityStore } from '../../stores/activity/dynamo-activity-store.ts';
import { liveApiDependencies } from '../shared/api-dependencies.ts';
import { presentAlert, shownBy } from './present-alert.ts';

const ROUTE = alertRoutes['list-alerts'];

interface ListDependencies {
  readonly activity: Pick<ActivityStore, 'listAlerts'>;
}

export const listAlerts = answerOperator(ROUTE, async ({ activity }: ListDependencies, { query }) => {
  const { items, next } = await activity.listAlerts(query);
  const body = { items: items.map(presentAlert), next };
  return { status: 200, shows: items.flatMap(shownBy), body, log: { items: items.length } };
});

export const handler = serveApi(ROUTE, () => listAlerts({ ...liveApiDependencies(), activity: dynamoActivityStore() }));
