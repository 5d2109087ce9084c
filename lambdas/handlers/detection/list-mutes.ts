// What nobody wants to hear of, until when, and why.
import { alertRoutes } from '../../api/alerts.ts';
import { isUnknownSubject } from '../../core/detection/alert.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import type { ActivityStore } from '../../stores/activity/activity-store.ts';
import { dynamoActivityStore } from '../../stores/activity/dynamo-activity-store.ts';
import { liveApiDependencies } from '../shared/api-dependencies.ts';
import { presentMute } from './present-alert.ts';

const ROUTE = alertRoutes['list-mutes'];

interface ListDependencies {
  readonly activity: Pick<ActivityStore, 'listMutes'>;
  readonly clock: () => number;
}

export async function mutesAt({ activity, clock }: ListDependencies) {
  const mutes = await activity.listMutes(clock());
  const shows = mutes.flatMap(({ subjectId }) => {
    return subjectId === undefined || isUnknownSubject(subjectId) ? [] : [subjectId];
  });
  return { shows, body: { items: mutes.map(presentMute) } };
}

export const listMutes = answerOperator(ROUTE, async (dependencies: ListDependencies) => {
  return { status: 200, ...(await mutesAt(dependencies)) };
});

export const handler = serveApi(ROUTE, () => listMutes({ ...liveApiDependencies(), activity: dynamoActivityStore() }));
