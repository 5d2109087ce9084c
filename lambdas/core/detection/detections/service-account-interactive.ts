// A service account signs in at a screen: somebody uses a machine’s password.
import type { Detection } from '../detection.ts';
import { identityIn, isAgent, isMachine, iso, isUse } from '../judging.ts';

export const serviceAccountInteractive: Detection = {
  id: 'service-account-interactive',
  title: 'A service account, an integration or an agent signed in interactively',
  severity: 'high',
  window: 'none',
  joins: ['kind of the identity', 'owner'],
  response: { people: 'record', nonHuman: 'alert' },
  runbook: 'machine-misused',
  judge(record, { actor }) {
    const identity = identityIn(actor);
    if (identity === undefined || record.action !== 'sign-in' || record.interactive !== true) return undefined;
    if (!isMachine(identity) || !isUse(record)) return undefined;
    return {
      about: 'actor',
      because: `It is ${isAgent(identity) ? 'an agent' : 'a machine'}, and somebody signed in as it at ${iso(record.timeMs)}.`,
      evidence: { owner: identity.owner?.identityId ?? 'none', method: record.method ?? 'not told' },
    };
  },
};
