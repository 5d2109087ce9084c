// One alert, with all that speaks for it.
import { alertRoutes } from '../../api/alerts.ts';
import type { Alert } from '../../core/detection/alert.ts';
import { NotFoundError } from '../../core/errors.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import type { ActivityStore } from '../../stores/activity/activity-store.ts';
import { dynamoActivityStore } from '../../stores/activity/dynamo-activity-store.ts';
import { liveApiDependencies } from '../shared/api-dependencies.ts';
import { presentAlertDetail, shownBy } from './present-alert.ts';

const ROUTE = alertRoutes['get-alert'];

interface GetDependencies {
  readonly activity: Pick<ActivityStore, 'findAlerts'>;
}

/** Throws NotFoundError. */
export async function requireAlert({ activity }: GetDependencies, alertId: string): Promise<Alert> {
  const [alert] = await activity.findAlerts([alertId]);
  if (alert === undefined) throw new NotFoundError('There is no such alert.');
  return alert;
}

export const getAlert = answerOperator(ROUTE, async (dependencies: GetDependencies, { parameters }) => {
  const alert = await requireAlert(dependencies, parameters.id);
  return { status: 200, shows: shownBy(alert), body: presentAlertDetail(alert), log: { alertId: alert.alertId } };
});

export const handler = serveApi(ROUTE, () => getAlert({ ...liveApiDependencies(), activity: dynamoActivityStore() }));
