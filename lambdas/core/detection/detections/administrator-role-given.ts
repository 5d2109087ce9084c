// Somebody became an administrator. Whether a reason holds it up is said beside it.
import type { Detection } from '../detection.ts';
import {
  accountsApplication,
  applicationIn,
  concerned,
  identityIn,
  isDone,
  isOwnDoing,
  iso,
  namedGrants,
} from '../judging.ts';

export const administratorRoleGiven: Detection = {
  id: 'administrator-role-given',
  title: 'An administrator’s role was given',
  severity: 'high',
  window: 'none: the reasons at that time and now',
  joins: ['privileged entitlements of the access model', 'reasons that hold them up', 'accounts of Tenure itself'],
  response: { people: 'alert', nonHuman: 'alert' },
  runbook: 'access-outside-tenure',
  judge(record, context) {
    if (record.action !== 'grant' || !isDone(record) || isOwnDoing(record, context.settings)) return undefined;
    const { about, identity } = concerned(context);
    const application = applicationIn(context, record.application?.applicationId ?? accountsApplication(record, about));
    const privileged =
      application === undefined
        ? []
        : namedGrants(record, application, identity).filter(({ entitlement }) => entitlement.privileged);
    if (record.change?.administrator !== true && privileged.length === 0) return undefined;
    const isHeldUp = privileged.length > 0 && privileged.every(({ held }) => held);
    const itself =
      about === 'target' && identity !== undefined && identity.identityId === identityIn(context.actor)?.identityId;
    return {
      about,
      severity: isHeldUp ? 'low' : itself ? 'critical' : 'high',
      because: isHeldUp
        ? `A reason holds it up, and it was given past Tenure at ${iso(record.timeMs)}.`
        : `No reason holds it up; it was given at ${iso(record.timeMs)}${itself ? ', by whoever has it now' : ''}.`,
      evidence: {
        reasons: privileged.filter(({ held }) => held).length,
        toOneself: itself,
        known: identity !== undefined,
      },
      subject: privileged.map(({ entitlement }) => entitlement.id).join(' '),
    };
  },
};
