// A grant, a role or a group was added that no reason holds up: past Tenure, by whoever administers the system.
import type { Detection } from '../detection.ts';
import {
  accountsApplication,
  applicationIn,
  concerned,
  desiredIn,
  isDone,
  isOwnDoing,
  iso,
  namedGrants,
} from '../judging.ts';

export const grantOutsideTenure: Detection = {
  id: 'grant-outside-tenure',
  title: 'A grant, a role or a group was added that no reason holds up',
  severity: 'medium',
  window: 'none: the reasons at that time and now',
  joins: ['what the access model calls the grant', 'reasons that hold it up', 'accounts of Tenure itself'],
  response: { people: 'alert', nonHuman: 'alert' },
  runbook: 'access-outside-tenure',
  judge(record, context) {
    if (record.action !== 'grant' || !isDone(record) || isOwnDoing(record, context.settings)) return undefined;
    const { about, identity } = concerned(context);
    const applicationId = record.application?.applicationId ?? accountsApplication(record, about);
    const application = applicationIn(context, applicationId);
    if (identity === undefined || application === undefined) return undefined;
    const named = namedGrants(record, application, identity);
    const unheld = named.filter(({ held }) => !held).map(({ entitlement }) => entitlement);
    if (unheld.length === 0) {
      // Whatever it is called, who should have no account there should have no grant either.
      const isJustified = named.length > 0 || desiredIn(identity, application.id).length > 0;
      if (isJustified) return undefined;
    }
    const isPrivileged = unheld.some(({ privileged }) => privileged);
    const what =
      unheld.length === 0
        ? `anything in ${application.id}`
        : unheld.map(({ id }) => `${application.id}:${id}`).join(', ');
    return {
      about,
      severity: isPrivileged ? 'high' : 'medium',
      because: `No reason held up ${what} at ${iso(record.timeMs)}, and none does now.`,
      evidence: {
        application: application.id,
        entitlements: unheld.map(({ id }) => id).join(' '),
        reasons: 0,
        privileged: isPrivileged,
      },
      subject: unheld.map(({ id }) => id).join(' '),
    };
  },
};
