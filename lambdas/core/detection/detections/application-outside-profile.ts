// Somebody uses an application in which no reason gives them anything, and nobody who does the same work uses it.
import type { Detection } from '../detection.ts';
import { accountIn, applicationIn, desiredIn, identityIn, iso, isResidual, isUnderWay, isUse } from '../judging.ts';
import { memberOf } from '../memory.ts';

export const applicationOutsideProfile: Detection = {
  id: 'application-outside-profile',
  title: 'An application was used outside the profiles of whoever used it, and unlike their peers',
  severity: 'medium',
  window: 'the reasons at that time and now; what peers were seen to use',
  joins: ['reasons that hold up access in the application', 'applications that peers use'],
  response: { people: 'alert', nonHuman: 'alert' },
  runbook: 'access-outside-tenure',
  judge(record, context) {
    const identity = identityIn(context.actor);
    const applicationId = record.application?.applicationId;
    if (identity?.thenState.status !== 'active' || applicationId === undefined || !isUse(record)) return undefined;
    if (applicationIn(context, applicationId) === undefined || desiredIn(identity, applicationId).length > 0)
      return undefined;
    const account = accountIn(identity, applicationId);
    if (isResidual(account, record.timeMs) || isUnderWay(account?.closedMs, record.timeMs, context.settings))
      return undefined;
    const users = identity.peers?.applications[applicationId] ?? [];
    const others = users.filter((member) => member !== memberOf(identity.identityId)).length;
    if (others > 0) return undefined;
    return {
      about: 'actor',
      because: `No reason gives it anything in ${applicationId}, which it used at ${iso(record.timeMs)}, and none of its peers was seen there.`,
      evidence: {
        application: applicationId,
        reasons: 0,
        peersSeenThere: 0,
        peersKnown: identity.peers?.members.length ?? 0,
      },
      subject: applicationId,
    };
  },
};
