// What a decision on a request says and gives. Whether somebody may decide: approvers.ts.
import type { ApprovalStage } from '../access-model/request-rules.ts';
import { type AccessGrantedFact, ownFactBase, type RequestAnswer, type RequestDecidedFact } from '../identity/facts.ts';
import { approvedBy, type RequestState } from './request-state.ts';

/** The first stage in which not enough have agreed. */
export function currentStage(request: RequestState, stages: readonly ApprovalStage[]): number {
  return stages.findIndex(({ quorum }, index) => approvedBy(request, index).length < quorum);
}

export interface Answering {
  readonly identityId: string;
  readonly request: RequestState;
  readonly stages: readonly ApprovalStage[];
  readonly answer: RequestAnswer;
  /** An identity. */
  readonly by: string;
  readonly reason?: string | undefined;
  readonly nowMs: number;
  /** Of this decision. */
  readonly id: string;
  /** Of a cover: until when what it copies is held (epoch ms). */
  readonly coveredUntilMs?: number | undefined;
}

/** The decision, and what it gives when it is the last that was needed. */
export function factsOfAnswer(answering: Answering): readonly [RequestDecidedFact, AccessGrantedFact?] {
  const { identityId, request, stages, answer, by, reason, nowMs, id } = answering;
  const { requestId } = request.asked;
  const stage = answer === 'withdraw' ? undefined : currentStage(request, stages);
  const decided: RequestDecidedFact = {
    ...ownFactBase(identityId, `decided/${requestId}/${id}`, nowMs),
    type: 'request-decided',
    requestId,
    answer,
    ...(stage !== undefined && { stage }),
    answeredBy: by,
    ...(reason !== undefined && { reason }),
  };
  const after = { ...request, decisions: [...request.decisions, decided] };
  const isLast = answer === 'approve' && currentStage(after, stages) === -1;
  return isLast ? [decided, grantedBy(answering, after)] : [decided];
}

function grantedBy(
  { identityId, nowMs, coveredUntilMs = Number.POSITIVE_INFINITY }: Answering,
  { asked, decisions }: RequestState,
): AccessGrantedFact {
  const { requestId, entitlement, requestedBy, reason, startsMs = 0, covers } = asked;
  const endsMs = asked.endsMs === undefined ? undefined : Math.min(asked.endsMs, coveredUntilMs);
  const agreed = decisions.filter(({ answer }) => answer === 'approve').map(({ answeredBy }) => answeredBy);
  return {
    ...ownFactBase(identityId, `granted/${requestId}`, nowMs),
    type: 'access-granted',
    entitlement,
    basis: endsMs === undefined ? 'request' : covers === undefined ? 'temporary' : 'cover',
    requestId,
    requestedBy,
    approvedBy: [...new Set(agreed)],
    reason,
    startsMs: Math.max(startsMs, nowMs),
    ...(endsMs !== undefined && { endsMs }),
  };
}
