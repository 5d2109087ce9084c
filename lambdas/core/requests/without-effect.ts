// What would be given and not held: an agent holds no more than its owner, and what is no person holds nothing before all that it
// needs is known. Asked for, approved and without effect it would only look as if it were there.
import { desiredAccessInState } from '../access/desired-access.ts';
import type { AccessModel } from '../access-model/access-model.ts';
import type { Needed } from '../access-model/non-human-rules.ts';
import { identityAt, isEmployed } from '../identity/timeline.ts';
import type { Asked } from './asking.ts';
import type { Beneficiary } from './foreseen-conflicts.ts';

const UNKNOWN: Readonly<Record<Needed, string>> = {
  purpose: 'what it is for, which its owner says by POST /identities/{id}/acceptance, or HR',
  end: 'when it ends, which HR says',
};

/** Why it would not be held when it begins, by who owns it then, as a sentence. Undefined: nothing of that is in its way. */
export function whyWithoutEffect(
  { entitlement, startsMs = 0, endsMs }: Asked,
  { identityId, timeline, nowMs }: Beneficiary,
  model: AccessModel,
): string | undefined {
  const fromMs = Math.max(startsMs, nowMs);
  const state = identityAt(timeline, fromMs);
  if (!isEmployed(state)) return undefined;
  const grant = { factId: '', entitlement, basis: 'request', requestId: '', sinceMs: fromMs, untilMs: endsMs } as const;
  const given = { ...state, grants: [...(state.grants ?? []), grant] };
  const { lacks = [], beyondOwner } = desiredAccessInState(given, model, { identityId, nowMs: fromMs });
  if (lacks.length > 0) return `It holds nothing before it is known ${lacks.map((one) => UNKNOWN[one]).join(' and ')}.`;
  if (beyondOwner?.entitlements.includes(entitlement) !== true) return undefined;
  return `An agent holds no more than its owner, and ${beyondOwner.ownerId || 'nobody'} does not hold it.`;
}
