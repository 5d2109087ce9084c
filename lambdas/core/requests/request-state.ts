// How far requests have come, by what was said of them: a pure function of the facts, in whatever order they came.
import type {
  AccessGrantedFact,
  AccessRequestedFact,
  EmergencyReviewedFact,
  Fact,
  RequestDecidedFact,
} from '../identity/facts.ts';

export const REQUEST_STATUSES = ['open', 'approved', 'rejected', 'withdrawn', 'expired'] as const;
export type RequestStatus = (typeof REQUEST_STATUSES)[number];

export interface RequestState {
  readonly asked: AccessRequestedFact;
  /** In recorded order. */
  readonly decisions: readonly RequestDecidedFact[];
  readonly granted: AccessGrantedFact | undefined;
  /** Of what was taken in an emergency, in recorded order. */
  readonly reviews: readonly EmergencyReviewedFact[];
  readonly status: RequestStatus;
}

/** Under which event it is recorded that a request was made. */
export function requestEventId(requestId: string): string {
  return `requested/${requestId}`;
}

/** In the order in which they were asked. @param facts in recorded order, as a timeline has them */
export function requestsIn(facts: readonly Fact[], nowMs: number): readonly RequestState[] {
  const decisions = new Map<string, RequestDecidedFact[]>();
  const granted = new Map<string, AccessGrantedFact>();
  const reviews = new Map<string, EmergencyReviewedFact[]>();
  for (const fact of facts) {
    if (fact.type === 'access-granted') granted.set(fact.requestId, fact);
    if (fact.type === 'emergency-reviewed') {
      reviews.set(fact.requestId, [...(reviews.get(fact.requestId) ?? []), fact]);
    }
    if (fact.type !== 'request-decided') continue;
    decisions.set(fact.requestId, [...(decisions.get(fact.requestId) ?? []), fact]);
  }
  return facts.flatMap((asked): RequestState[] => {
    if (asked.type !== 'access-requested') return [];
    const said = { decisions: decisions.get(asked.requestId) ?? [], granted: granted.get(asked.requestId) };
    return [{ asked, ...said, reviews: reviews.get(asked.requestId) ?? [], status: statusOf(asked, said, nowMs) }];
  });
}

function statusOf(
  { expiresMs }: AccessRequestedFact,
  { decisions, granted }: Pick<RequestState, 'decisions' | 'granted'>,
  nowMs: number,
): RequestStatus {
  if (granted !== undefined) return 'approved';
  const last = decisions.find(({ answer }) => answer !== 'approve');
  if (last !== undefined) return last.answer === 'reject' ? 'rejected' : 'withdrawn';
  return nowMs < expiresMs ? 'open' : 'expired';
}

/** Who agreed to a stage of the approval chain, each once. */
export function approvedBy({ decisions }: Pick<RequestState, 'decisions'>, stage: number): readonly string[] {
  const agreed = decisions.filter((one) => one.answer === 'approve' && one.stage === stage);
  return [...new Set(agreed.map(({ answeredBy }) => answeredBy))];
}

const OF_REQUESTS: readonly Fact['type'][] = ['access-requested', 'request-decided', 'access-granted', 'access-ended'];
const OF_OWNERS: readonly Fact['type'][] = ['answer-asked', 'ownership-accepted'];
const OF_REVIEWS: readonly Fact['type'][] = ['access-review-opened', 'access-review-decided'];

/** Whether somebody may have to be told of it. Of a campaign reviewers are told by itself, and not once for each person. */
export function mayBeNews(fact: Fact): boolean {
  if (fact.type === 'access-review-opened' && fact.basis === 'campaign') return false;
  return [...OF_REQUESTS, ...OF_OWNERS, ...OF_REVIEWS].includes(fact.type);
}
