// Who was seen by a source, and belongs to no identity that Tenure knows.
import { alertRoutes } from '../../api/alerts.ts';
import { auditKeyOf } from '../../core/audit/subject.ts';
import { toIso } from '../../core/moment.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import type { ActivityStore } from '../../stores/activity/activity-store.ts';
import { dynamoActivityStore } from '../../stores/activity/dynamo-activity-store.ts';
import { liveApiDependencies } from '../shared/api-dependencies.ts';

const ROUTE = alertRoutes['list-unknown-actors'];

interface ListDependencies {
  readonly activity: Pick<ActivityStore, 'listUnknown'>;
}

export const listUnknownActors = answerOperator(
  ROUTE,
  async ({ activity }: ListDependencies, { parameters: { source }, query }) => {
    const { items, next } = await activity.listUnknown({ source, ...query });
    const actors = items.map(({ actor, firstMs, lastMs, count }) => {
      return { actor, firstSeenAt: toIso(firstMs), lastSeenAt: toIso(lastMs), records: count };
    });
    // Names of nobody who is known: of the application's accounts, as a report of reconciliation.
    const shows = [auditKeyOf({ kind: 'application', id: source })];
    return { status: 200, shows, body: { items: actors, next }, log: { source, items: actors.length } };
  },
);

export const handler = serveApi(ROUTE, () =>
  listUnknownActors({ ...liveApiDependencies(), activity: dynamoActivityStore() }),
);
