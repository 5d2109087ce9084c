// A key of an agent or a service account may do more than any reason gives its holder.
import type { Detection } from '../detection.ts';
import {
  accountsApplication,
  applicationIn,
  concerned,
  isDone,
  isMachine,
  isOwnDoing,
  iso,
  namedGrants,
} from '../judging.ts';

export const agentKeyTooBroad: Detection = {
  id: 'agent-key-too-broad',
  title: 'A key of an agent or a service account may do more than its profile gives',
  severity: 'high',
  window: 'the reasons at that time and now',
  joins: ['scopes as entitlements of the access model', 'reasons that hold them up'],
  response: { people: 'record', nonHuman: 'alert' },
  runbook: 'machine-misused',
  judge(record, context) {
    if (record.action !== 'key-create' || !isDone(record) || isOwnDoing(record, context.settings)) return undefined;
    const { about, identity } = concerned(context);
    if (identity === undefined || !isMachine(identity) || record.change === undefined) return undefined;
    const { scopes = [], unlimited = false } = record.change;
    const application = applicationIn(context, record.application?.applicationId ?? accountsApplication(record, about));
    const named =
      application === undefined ? [] : namedGrants({ ...record, change: { grants: scopes } }, application, identity);
    const beyond = named.filter(({ held }) => !held).map(({ entitlement }) => entitlement.id);
    if (!unlimited && beyond.length === 0) return undefined;
    return {
      about,
      severity: unlimited ? 'high' : 'medium',
      because: unlimited
        ? `A key was made at ${iso(record.timeMs)} that may do everything.`
        : `A key was made at ${iso(record.timeMs)} for ${beyond.join(', ')}, which no reason gives.`,
      evidence: { unlimited, scopes: scopes.length, beyond: beyond.join(' ') },
      subject: unlimited ? 'unlimited' : beyond.join(' '),
    };
  },
};
