// A request as the operators' API shows it: who can decide, until when, and what happens next.
import type { RequestAnswerBody } from '../../api/requests.ts';
import { toIso } from '../../core/moment.ts';
import { type Approvers, approversOf } from '../../core/requests/approvers.ts';
import { askedIn } from '../../core/requests/asking.ts';
import { currentStage } from '../../core/requests/deciding.ts';
import { emergencyRuleFor, reviewersOf, reviewOf } from '../../core/requests/emergency.ts';
import { type ForeseenConflict, foreseenConflicts } from '../../core/requests/foreseen-conflicts.ts';
import { approvedBy, type RequestState } from '../../core/requests/request-state.ts';
import { whyWithoutEffect } from '../../core/requests/without-effect.ts';
import type { LoadedIdentity } from '../shared/load-identity.ts';
import { presentDutyConflict } from '../shared/present-duty-conflict.ts';
import { beneficiaryOf, peopleFor, type RequestDependencies } from './load-request.ts';
import { presentEnd } from './present-end.ts';
import { unchangedRule } from './waiting-request.ts';

export async function presentRequest(
  dependencies: RequestDependencies,
  loaded: LoadedIdentity,
  request: RequestState,
): Promise<RequestAnswerBody> {
  const { asked, decisions, granted, status } = request;
  const { requestId, entitlement, requestedBy, recordedMs, reason, startsMs, endsMs, expiresMs } = asked;
  const rule = unchangedRule(dependencies, request);
  const stages = rule?.stages ?? [];
  const stage = status === 'open' ? stages[currentStage(request, stages)] : undefined;
  const approvers = stage && approversOf(stage, await peopleFor(dependencies, loaded, asked));
  const whom = beneficiaryOf(loaded);
  const conflicts = status === 'open' ? foreseenConflicts(askedIn(request), whom, dependencies.model()) : [];
  const ended = granted && presentEnd(dependencies.model(), loaded, granted);
  const isOver = ended?.endedAt !== undefined || (status !== 'open' && status !== 'approved');
  const withoutEffect = isOver ? undefined : whyWithoutEffect(askedIn(request), whom, dependencies.model());
  return {
    requestId,
    identityId: loaded.record.header.identityId,
    entitlement,
    requestedBy,
    requestedAt: toIso(recordedMs),
    reason,
    startsAt: isoOf(startsMs),
    endsAt: isoOf(endsMs),
    extends: asked.extends,
    covers: asked.covers,
    status,
    expiresAt: toIso(expiresMs),
    stages: stages.map(({ anyOf, quorum }, index) => {
      return { anyOf: [...anyOf], quorum, approvedBy: [...approvedBy(request, index)] };
    }),
    decisions: decisions.map(({ answer, answeredBy, recordedMs: atMs, reason: because }) => {
      return { answer, by: answeredBy, at: toIso(atMs), ...(because !== undefined && { reason: because }) };
    }),
    canDecide: status === 'open' ? [...(approvers?.people ?? [])] : undefined,
    securityCanDecide: status === 'open' ? approvers?.security === true : undefined,
    duties: conflicts.length === 0 ? undefined : conflicts.map(presentForeseen),
    withoutEffect,
    whatNext: whatNext(request, {
      isByRule: rule !== undefined,
      approvers,
      conflicts,
      endedAt: ended?.endedAt,
      withoutEffect,
    }),
    fact: granted?.factId,
    ended,
    review: await presentReview(dependencies, loaded, request),
  };
}

async function presentReview(
  dependencies: RequestDependencies,
  loaded: LoadedIdentity,
  request: RequestState,
): Promise<RequestAnswerBody['review']> {
  const review = reviewOf(request, loaded.nowMs);
  if (review === undefined) return undefined;
  const { dueMs, status, answer } = review;
  const dueAt = toIso(dueMs);
  if (answer !== undefined) {
    const { reviewedBy: by, recordedMs, reason } = answer;
    return { dueAt, status, by, at: toIso(recordedMs), reason };
  }
  const rule = emergencyRuleFor(dependencies.model(), request.asked.entitlement);
  const reviewers = reviewersOf(rule, await peopleFor(dependencies, loaded, request.asked));
  return { dueAt, status, canAnswer: [...reviewers.people], securityCanAnswer: reviewers.security };
}

function whatNext(
  { asked, status, granted }: RequestState,
  known: {
    readonly isByRule: boolean;
    readonly approvers: Approvers | undefined;
    readonly conflicts: readonly ForeseenConflict[];
    readonly endedAt: string | undefined;
    readonly withoutEffect: string | undefined;
  },
): string {
  const { isByRule, approvers, conflicts, endedAt, withoutEffect } = known;
  switch (status) {
    case 'approved': {
      const { startsMs = 0, endsMs } = granted ?? {};
      const until = endsMs === undefined ? '' : ` until ${toIso(endsMs)}`;
      const isGiven = `It is given from ${toIso(startsMs)}${until}.`;
      const still = withoutEffect === undefined ? isGiven : `${isGiven} It has no effect meanwhile: ${withoutEffect}`;
      const given = endedAt === undefined ? still : `It ended at ${endedAt}.`;
      if (asked.reviewDueMs === undefined) return given;
      return `${given} Somebody else answers by ${toIso(asked.reviewDueMs)} whether it was justified.`;
    }
    case 'rejected':
    case 'withdrawn':
      return 'Nothing: it can be asked for again.';
    case 'expired':
      return 'Nothing: nobody decided in time. It can be asked for again.';
    case 'open':
      break;
    default:
      return status satisfies never;
  }
  const until = `until ${toIso(asked.expiresMs)}`;
  if (!isByRule) return 'Nothing: the rules for it have changed. Take it back and ask again.';
  const barred = conflicts.find(({ outcome }) => outcome === 'prevented');
  if (barred !== undefined) return `Nothing, as things stand: by the rule ${barred.rule.id} it cannot be approved.`;
  if (withoutEffect !== undefined) return `Nothing, as things stand: it cannot be approved. ${withoutEffect}`;
  if (approvers === undefined) return `Nobody who can decide is there now; it waits for somebody ${until}.`;
  const who = [...approvers.people, ...(approvers.security ? ['whoever has the role security'] : [])].join(' or ');
  return `It waits for ${who}, ${until}.`;
}

function presentForeseen(conflict: ForeseenConflict) {
  return { ...presentDutyConflict(conflict), from: toIso(conflict.fromMs) };
}

function isoOf(instantMs: number | undefined): string | undefined {
  return instantMs === undefined ? undefined : toIso(instantMs);
}
