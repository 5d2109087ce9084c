// Somebody made a key, or set a password, that lets them in as somebody else.
import type { Detection } from '../detection.ts';
import { identityIn, isDone, isOneself, isOwnDoing, iso } from '../judging.ts';

export const keyMadeForAnother: Detection = {
  id: 'key-made-for-another',
  title: 'A key was made for somebody else',
  severity: 'high',
  window: 'none',
  joins: ['whose key it is', 'who made it', 'who owns a service account or an agent'],
  response: { people: 'alert', nonHuman: 'alert' },
  runbook: 'credentials-changed',
  judge(record, context) {
    if (record.action !== 'key-create' || record.target === undefined || record.target.clues.length === 0)
      return undefined;
    if (!isDone(record) || isOwnDoing(record, context.settings) || isOneself(record, context)) return undefined;
    const [actor, target] = [identityIn(context.actor), identityIn(context.target)];
    // Whoever answers for it may make its keys.
    if (actor !== undefined && target?.owner !== undefined && target.owner.identityId === actor.identityId)
      return undefined;
    return {
      about: target === undefined ? 'actor' : 'target',
      because: `It was made at ${iso(record.timeMs)} by ${actor === undefined ? 'somebody whom Tenure does not know' : actor.identityId}, who neither is nor answers for whose it is.`,
      evidence: {
        madeBy: actor?.identityId ?? 'unknown',
        madeFor: target?.identityId ?? 'unknown',
        unlimited: record.change?.unlimited ?? false,
      },
      subject: target === undefined ? record.target.clues[0]?.value : undefined,
    };
  },
};
