// A request that continues what another has given for a time. It is judged and approved as any other, and what it gives is a
// further grant: it begins where the other ends, so there is no gap when it is approved in time, and of what somebody ended
// early nothing goes on.
import { type AccessEndedFact, ownFactBase } from '../identity/facts.ts';
import { type IdentityState, isEmployed, type Timeline } from '../identity/timeline.ts';
import type { Asked } from './asking.ts';
import { type RequestState, requestsIn } from './request-state.ts';

interface Whose {
  readonly timeline: Timeline;
  readonly state: IdentityState;
  readonly nowMs: number;
}

/** When what is asked for begins (epoch ms), or why that request is not continued, as a sentence. */
export function continued(
  requestId: string,
  { entitlement, endsMs }: Omit<Asked, 'startsMs'>,
  { timeline, state, nowMs }: Whose,
): number | string {
  const request = requestsIn(timeline.facts, nowMs).find(({ asked }) => asked.requestId === requestId);
  if (request?.asked.entitlement !== entitlement) return 'What it is to continue is not a request of theirs for this.';
  if (request.asked.reviewDueMs !== undefined) return 'What was taken in an emergency is not continued.';
  const grants = isEmployed(state) ? (state.grants ?? []) : [];
  const held = grants.find(({ factId }) => factId === request.granted?.factId);
  if (held === undefined) return 'What it is to continue is not held now.';
  const { untilMs } = held;
  if (untilMs === undefined) return 'What it is to continue has no end.';
  if (endsMs === undefined || endsMs <= untilMs) return 'It ends no later than what it is to continue.';
  return untilMs;
}

/** Why an extension can no longer be approved, as a sentence. Undefined: it can, though it may be late. */
export function whyNotContinued({ asked }: RequestState, { timeline, nowMs }: Whose): string | undefined {
  if (asked.extends === undefined) return undefined;
  const before = requestsIn(timeline.facts, nowMs).find((one) => one.asked.requestId === asked.extends);
  const isEnded = endedEarly(timeline).has(before?.granted?.factId ?? '');
  return isEnded || before?.granted === undefined ? 'What it was to continue has been ended.' : undefined;
}

/** Whoever ends access ends what was to continue it, and what was to continue that. */
export function endingsAfter(
  request: RequestState,
  { timeline, nowMs }: Whose,
  { identityId, by, id }: { readonly identityId: string; readonly by: string; readonly id: string },
): readonly AccessEndedFact[] {
  const ended = endedEarly(timeline);
  return extensionsOf(request, requestsIn(timeline.facts, nowMs)).flatMap(({ asked, granted }): AccessEndedFact[] => {
    if (granted === undefined || ended.has(granted.factId) || (granted.endsMs ?? 0) <= nowMs) return [];
    const base = ownFactBase(identityId, `ended/${asked.requestId}/${id}`, nowMs);
    return [{ ...base, type: 'access-ended', ends: granted.factId, endsMs: nowMs, endedBy: by }];
  });
}

/** A request is older than what extends it, so there is no circle. */
function extensionsOf({ asked }: RequestState, all: readonly RequestState[]): readonly RequestState[] {
  const later = all.slice(all.findIndex((one) => one.asked.requestId === asked.requestId) + 1);
  const chain = new Set([asked.requestId]);
  return later.filter((one) => {
    const isIn = chain.has(one.asked.extends ?? '');
    if (isIn) chain.add(one.asked.requestId);
    return isIn;
  });
}

function endedEarly({ facts }: Timeline): ReadonlySet<string> {
  return new Set(facts.flatMap((fact) => (fact.type === 'access-ended' ? [fact.ends] : [])));
}
