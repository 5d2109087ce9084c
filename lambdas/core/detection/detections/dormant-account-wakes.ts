// An account that nobody had used for long is used again, though nobody came back.
import type { Detection } from '../detection.ts';
import { DAY_MS, identityIn, iso, isUse } from '../judging.ts';
import { applicationsUsed } from '../memory.ts';

export const dormantAccountWakes: Detection = {
  id: 'dormant-account-wakes',
  title: 'An account was used that had not been used for long',
  severity: 'low',
  window: '90 days (dormantAfterDays)',
  joins: ['last used, per application', 'returns from leave'],
  response: { people: 'record', nonHuman: 'alert' },
  runbook: 'unusual-use',
  judge(record, { actor, settings }) {
    const identity = identityIn(actor);
    if (identity?.memory === undefined || !isUse(record) || record.clockDoubted === true) return undefined;
    const { applications } = identity.memory;
    const dormantMs = settings.dormantAfterDays * DAY_MS;
    for (const applicationId of applicationsUsed(record)) {
      const lastMs = Object.hasOwn(applications, applicationId) ? applications[applicationId] : undefined;
      if (lastMs === undefined || record.timeMs - lastMs < dormantMs) continue;
      // A leave, or a time away from the company, explains it.
      if (identity.sinceMs !== undefined && identity.sinceMs > lastMs) continue;
      const days = Math.floor((record.timeMs - lastMs) / DAY_MS);
      return {
        about: 'actor',
        because: `Its account in ${applicationId} had not been used for ${days} days.`,
        evidence: { application: applicationId, lastUsedAt: iso(lastMs), days },
        subject: applicationId,
      };
    }
    return undefined;
  },
};
