// Somebody wants to hear of it again.
import { alertRoutes } from '../../api/alerts.ts';
import { auditKeyOf, DEPLOYMENT } from '../../core/audit/subject.ts';
import { NotFoundError } from '../../core/errors.ts';
import { toIso } from '../../core/moment.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import type { ActivityStore } from '../../stores/activity/activity-store.ts';
import { dynamoActivityStore } from '../../stores/activity/dynamo-activity-store.ts';
import { type ApiDependencies, liveApiDependencies } from '../shared/api-dependencies.ts';
import { mutesAt } from './list-mutes.ts';

const ROUTE = alertRoutes['end-mute'];

interface EndDependencies extends ApiDependencies {
  readonly activity: Pick<ActivityStore, 'endMute' | 'listMutes'>;
}

export const endMute = answerOperator(ROUTE, async (dependencies: EndDependencies, { operator, parameters }) => {
  const { activity, clock } = dependencies;
  const nowMs = clock();
  const mute = (await activity.listMutes(nowMs)).find(({ muteId }) => muteId === parameters.id);
  if (mute === undefined) throw new NotFoundError('There is no such mute, or it has ended.');
  const { muteId, detection } = mute;
  await activity.endMute(muteId, nowMs, [
    {
      identityId: auditKeyOf(DEPLOYMENT),
      entryId: `mute-ended:${muteId}`,
      at: toIso(nowMs),
      actor: { type: 'operator', id: operator.id },
      event: { type: 'mute-ended', muteId, detection },
    },
  ]);
  return { status: 200, ...(await mutesAt(dependencies)), log: { muteId } };
});

export const handler = serveApi(ROUTE, () => endMute({ ...liveApiDependencies(), activity: dynamoActivityStore() }));
