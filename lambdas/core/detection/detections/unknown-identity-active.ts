// Somebody, or something, uses access that Tenure knows no holder of: an account made past it, or one that it never was told of.

import type { Detection } from '../detection.ts';
import { isOwnDoing, iso, isUse } from '../judging.ts';
import { shortHash } from '../short-hash.ts';

export const unknownIdentityActive: Detection = {
  id: 'unknown-identity-active',
  title: 'Access was used by an identity that Tenure does not know',
  severity: 'low',
  window: 'none',
  joins: ['accounts, keys, role sessions, user names and e-mail addresses of all identities'],
  response: { people: 'alert', nonHuman: 'record' },
  runbook: 'unknown-identity',
  judge(record, { actor, settings }) {
    const [surest] = record.who.clues;
    if (actor.found === 'one' || surest === undefined || !isUse(record)) return undefined;
    // The platform’s own doing is nobody’s, and root has a detection of its own.
    if (record.who.kind === 'platform' || record.who.breakGlass === true || isOwnDoing(record, settings))
      return undefined;
    const several = actor.found === 'several' ? actor.identityIds.length : 0;
    return {
      about: 'actor',
      severity: record.who.kind === 'person' && several === 0 ? 'medium' : 'low',
      because:
        several === 0
          ? `No identity is known by what the record says of who it was, at ${iso(record.timeMs)}.`
          : `${several} identities are known by what the record says of who it was, at ${iso(record.timeMs)}.`,
      evidence: { knownBy: surest.by, candidates: several, kind: record.who.kind },
      // Not the clue itself: it may be somebody’s name.
      subject: shortHash(`${surest.by}/${surest.applicationId ?? ''}/${surest.value}`),
    };
  },
};
