// Access that is taken at once in an emergency: whether it may be, what it gives, and who is to have looked at it until when.
import { compiled } from '../access/compiled-model.ts';
import type { AccessModel } from '../access-model/access-model.ts';
import type { EmergencyRule } from '../access-model/emergency-rule.ts';
import { canonicalJson, sha256Hex } from '../canonical-json.ts';
import {
  type AccessGrantedFact,
  type AccessRequestedFact,
  type EmergencyReviewedFact,
  type Fact,
  ownFactBase,
  type ReviewVerdict,
} from '../identity/facts.ts';
import type { IdentityState, Timeline } from '../identity/timeline.ts';
import { type Approvers, approversOf, type People } from './approvers.ts';
import { MAXIMUM_TIMED_GRANTS } from './asking.ts';
import { type RequestState, requestsIn } from './request-state.ts';

const HOUR_MS = 3_600_000;
/** What nobody has looked at yet, of one identity. */
const MAXIMUM_OPEN_REVIEWS = 3;

/** The rule for an entitlement that is there. Undefined: it may not be taken in an emergency. */
export function emergencyRuleFor(
  { emergency = [], applications }: AccessModel,
  entitlement: string,
): EmergencyRule | undefined {
  const isThere = applications.some(
    ({ id, retired, entitlements }) => !retired && entitlements.some((one) => `${id}:${one.id}` === entitlement),
  );
  return isThere ? emergency.find(({ entitlements }) => entitlements.includes(entitlement)) : undefined;
}

/** Whether they are one of those who may. */
export function isEntitledInEmergency({ who }: EmergencyRule, state: IdentityState, model: AccessModel): boolean {
  // Who is suspended, or on leave, breaks no glass.
  if (state.status !== 'active') return false;
  const { profiles } = compiled(model).givenTo(state.attributes);
  return profiles.some((place) => who.includes(model.profiles[place]?.id ?? ''));
}

export interface Taking {
  readonly entitlement: string;
  /** Epoch ms; undefined: as long as the rule allows. */
  readonly endsMs: number | undefined;
}

/** Why it cannot be taken now, as a sentence. Undefined: it can. */
export function whyNotTaken(
  { longestHours }: EmergencyRule,
  { entitlement, endsMs }: Taking,
  { timeline, state, nowMs }: { readonly timeline: Timeline; readonly state: IdentityState; readonly nowMs: number },
): string | undefined {
  const unseen = requestsIn(timeline.facts, nowMs).filter((request) => isUnanswered(request));
  if (unseen.some(({ asked }) => asked.entitlement === entitlement)) {
    return 'Nobody has looked yet at why it was taken before.';
  }
  if (unseen.some(({ asked }) => (asked.reviewDueMs ?? 0) <= nowMs)) {
    return 'Nobody has looked in time at what was taken before.';
  }
  if (unseen.length >= MAXIMUM_OPEN_REVIEWS) {
    return `Nobody has looked at ${unseen.length} of those before: expected fewer than ${MAXIMUM_OPEN_REVIEWS}.`;
  }
  if ('grants' in state && (state.grants?.length ?? 0) >= MAXIMUM_TIMED_GRANTS) {
    return `It holds ${MAXIMUM_TIMED_GRANTS} entitlements for a time: expected fewer.`;
  }
  if (endsMs === undefined) return undefined;
  if (endsMs <= nowMs) return 'It ends before it starts.';
  return endsMs > nowMs + longestHours * HOUR_MS
    ? `It lasts too long: expected at most ${longestHours} hours.`
    : undefined;
}

export interface TakingFor extends Taking {
  readonly identityId: string;
  readonly requestId: string;
  readonly reason: string;
  readonly nowMs: number;
}

/** Asked for and given: one is not there without the other. */
export function factsOfTaking(
  rule: EmergencyRule,
  { identityId, requestId, entitlement, reason, nowMs, endsMs }: TakingFor,
  eventId: string,
): readonly [AccessRequestedFact, AccessGrantedFact] {
  const untilMs = endsMs ?? nowMs + rule.longestHours * HOUR_MS;
  const said = { requestId, entitlement, requestedBy: identityId, reason, startsMs: nowMs, endsMs: untilMs };
  return [
    {
      ...ownFactBase(identityId, eventId, nowMs),
      type: 'access-requested',
      ...said,
      expiresMs: untilMs,
      rule: sha256Hex(canonicalJson(rule)),
      reviewDueMs: untilMs + rule.reviewWithinHours * HOUR_MS,
    },
    {
      ...ownFactBase(identityId, `granted/${requestId}`, nowMs),
      type: 'access-granted',
      ...said,
      basis: 'break-glass',
      approvedBy: [],
    },
  ];
}

export interface Review {
  /** Epoch ms. */
  readonly dueMs: number;
  readonly status: 'open' | ReviewVerdict;
  /** Absent: nobody has answered. */
  readonly answer: EmergencyReviewedFact | undefined;
}

/** Undefined: it was not taken in an emergency. */
export function reviewOf({ asked, reviews }: RequestState, nowMs: number): Review | undefined {
  const { reviewDueMs: dueMs } = asked;
  if (dueMs === undefined) return undefined;
  const answer = reviews.find(({ verdict }) => verdict !== 'overdue');
  return { dueMs, status: answer?.verdict ?? (dueMs <= nowMs ? 'overdue' : 'open'), answer };
}

function isUnanswered({ asked, reviews }: RequestState): boolean {
  return asked.reviewDueMs !== undefined && reviews.every(({ verdict }) => verdict === 'overdue');
}

/** Who can answer: as who approves, they are found anew. Security can where nobody else is there. */
export function reviewersOf(rule: EmergencyRule | undefined, people: People): Approvers {
  const stage = { anyOf: rule?.reviewedBy ?? [], quorum: 1, fallback: ['security'] } as const;
  return approversOf(stage, people) ?? { people: [], security: true };
}

/** Those that nobody answered in time, and of which nobody was told yet. */
export function lapsedReviews(facts: readonly Fact[], nowMs: number): readonly RequestState[] {
  return requestsIn(facts, nowMs).filter(
    ({ asked, reviews }) => asked.reviewDueMs !== undefined && asked.reviewDueMs <= nowMs && reviews.length === 0,
  );
}

/** When the next of those comes due that nobody has answered (epoch ms): a person is told by then. */
export function nextReviewDueMs(facts: readonly Fact[], nowMs: number): number | undefined {
  const dues = requestsIn(facts, nowMs).flatMap(({ asked, reviews }) =>
    asked.reviewDueMs === undefined || reviews.length > 0 ? [] : [asked.reviewDueMs],
  );
  return dues.length === 0 ? undefined : Math.min(...dues);
}
