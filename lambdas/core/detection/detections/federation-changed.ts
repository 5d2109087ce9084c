// Who may change whom a system trusts to say who somebody is may be anybody.
import type { Detection } from '../detection.ts';
import { identityIn, isDone, isOwnDoing, iso } from '../judging.ts';

export const federationChanged: Detection = {
  id: 'federation-changed',
  title: 'Identity provider, federation or sign-on settings were changed',
  severity: 'high',
  window: 'the emergency grants open at that time',
  joins: ['who changed them', 'open emergency grants'],
  response: { people: 'alert', nonHuman: 'alert' },
  runbook: 'trust-changed',
  judge(record, { actor, settings, openBreakGlass }) {
    if (record.action !== 'trust-change' || !isDone(record) || isOwnDoing(record, settings)) return undefined;
    const identity = identityIn(actor);
    const strengthens = record.change?.strengthens === true;
    return {
      about: 'actor',
      severity: strengthens ? 'low' : openBreakGlass ? 'medium' : 'high',
      because: `${record.operation} at ${iso(record.timeMs)}, by ${identity === undefined ? 'somebody whom Tenure does not know' : identity.identityId}.`,
      evidence: { operation: record.operation, strengthens, openEmergencyGrant: openBreakGlass },
      subject: record.operation,
    };
  },
};
