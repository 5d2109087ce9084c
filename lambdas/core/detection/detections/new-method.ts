// Somebody signs in by a way that neither they nor anybody who does the same work was ever seen to use.
import type { Detection } from '../detection.ts';
import { hasLearned, identityIn, iso, isUse } from '../judging.ts';
import { memberOf } from '../memory.ts';

/** Fewer peers tell nothing of what is usual. */
const LEAST_PEERS = 3;

export const newMethod: Detection = {
  id: 'new-method',
  title: 'A method of signing in was used that neither the identity nor its peers had used',
  severity: 'medium',
  window: 'what was remembered, once for 14 days (learningDays)',
  joins: ['methods remembered of the identity', 'methods that peers use'],
  response: { people: 'ask', nonHuman: 'alert' },
  runbook: 'unusual-use',
  judge(record, { actor, settings }) {
    const identity = identityIn(actor);
    const { method } = record;
    if (identity?.memory === undefined || method === undefined || record.action !== 'sign-in' || !isUse(record))
      return undefined;
    if (!hasLearned(identity, record, settings)) return undefined;
    const { methods } = identity.memory;
    if (Object.keys(methods).length === 0 || Object.hasOwn(methods, method)) return undefined;
    const peers = identity.peers;
    if (peers === undefined || peers.members.length < LEAST_PEERS) return undefined;
    const users = Object.hasOwn(peers.methods, method) ? (peers.methods[method] ?? []) : [];
    if (users.some((member) => member !== memberOf(identity.identityId))) return undefined;
    return {
      about: 'actor',
      anywhere: true,
      because: `It signed in by ${method} at ${iso(record.timeMs)}; it had used ${Object.keys(methods).length} other methods, and none of ${peers.members.length} peers this one.`,
      evidence: { method, usual: Object.keys(methods).sort().join(' '), peersKnown: peers.members.length },
      subject: method,
    };
  },
};
