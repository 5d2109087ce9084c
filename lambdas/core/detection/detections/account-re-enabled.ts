// An account of somebody who has left or is suspended was let in again, and HR knows of no rehire and no return.
import type { Detection } from '../detection.ts';
import { accountsApplication, concerned, desiredIn, isDone, isOwnDoing, iso } from '../judging.ts';

export const accountReEnabled: Detection = {
  id: 'account-re-enabled',
  title: 'An account was enabled or recovered without a rehire or a return',
  severity: 'high',
  window: 'none: the state at that time and now',
  joins: ['state of the identity then and now', 'reasons that hold up the account'],
  response: { people: 'suspend', nonHuman: 'suspend' },
  runbook: 'ended-access-used',
  judge(record, context) {
    if (record.action !== 'account-enable' && record.action !== 'account-recover') return undefined;
    if (!isDone(record) || isOwnDoing(record, context.settings)) return undefined;
    const { about, identity } = concerned(context);
    if (identity === undefined) return undefined;
    const { thenState, nowState } = identity;
    const isOut = (status: string) => status === 'departed' || status === 'suspended';
    // Who is back by now was let in a little early.
    if (isOut(thenState.status)) {
      if (!isOut(nowState.status)) return undefined;
      return {
        about,
        because: `It was ${thenState.status} at ${iso(record.timeMs)}, and no rehire and no return says otherwise.`,
        evidence: {
          status: thenState.status,
          ...(thenState.status === 'departed' && { departedAt: iso(thenState.departedMs) }),
        },
      };
    }
    const applicationId = accountsApplication(record, about);
    if (thenState.status !== 'active' || record.action !== 'account-enable' || applicationId === undefined)
      return undefined;
    if (desiredIn(identity, applicationId).length > 0) return undefined;
    return {
      about,
      severity: 'medium',
      because: `No reason holds up an account in ${applicationId}.`,
      evidence: { status: thenState.status, reasons: 0 },
    };
  },
};
