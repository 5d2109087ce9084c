// What happened to an identity, fact by fact, as the operators' API shows it: the newest first, a page at a time.
import type { IdentityAnswer, TimelinePage } from '../../api/identities.ts';
import type { View } from '../../api/roles.ts';
import type { PERSON_ATTRIBUTES, SaidAttributes } from '../../core/identity/attributes.ts';
import { effectiveInstantsOf } from '../../core/identity/effective-instant.ts';
import {
  type AccessGrantedFact,
  type AccessRequestedFact,
  type AnswerAskedFact,
  compareRecorded,
  type ExceptionGrantedFact,
  type Fact,
  type OwnershipAcceptedFact,
} from '../../core/identity/facts.ts';
import type { Timeline } from '../../core/identity/timeline.ts';
import { toIso } from '../../core/moment.ts';
import { decodeCursor, encodeCursor } from '../../stores/cursor.ts';
import type { PageRequest } from '../../stores/page.ts';

/** Facts that are recorded meanwhile change no page that follows: it goes on from a fact, not from a number. */
export function presentTimeline(
  identityId: string,
  timeline: Timeline,
  view: View,
  { limit, after }: PageRequest,
): TimelinePage {
  const place = { identityId, recordedMs: undefined, source: undefined, sourceEventId: undefined };
  const last = decodeCursor(after, place) as Fact | undefined;
  const older = last === undefined ? timeline.facts : timeline.facts.filter((fact) => compareRecorded(fact, last) < 0);
  const page = older.slice(-limit).toReversed();
  const instants = effectiveInstantsOf(timeline);
  return {
    items: page.map((fact) => presentFact(timeline, fact, instants(fact), identityId, view)),
    next: older.length > page.length ? encodeCursor(placeOf(identityId, page.at(-1))) : undefined,
  };
}

function placeOf(identityId: string, fact: Fact | undefined): Record<string, unknown> | undefined {
  return fact && { identityId, recordedMs: fact.recordedMs, source: fact.source, sourceEventId: fact.sourceEventId };
}

function presentFact(
  { rescinded, outweighed }: Timeline,
  fact: Fact,
  effectiveMs: number | undefined,
  identityId: string,
  view: View,
): IdentityAnswer['timeline'][number] {
  const { factId, type, source, cause, about = fact.identityId } = fact;
  return {
    factId,
    type,
    about: about === identityId ? undefined : about,
    source,
    recordedAt: toIso(fact.recordedMs),
    receivedAt: toIso(fact.receivedMs),
    effectiveAt: 'effectiveAt' in fact ? fact.effectiveAt : undefined,
    effectiveInstant: effectiveMs === undefined ? undefined : toIso(effectiveMs),
    rescindedBy: rescinded.get(factId),
    outweighed: outweighed.has(factId) || undefined,
    cause,
    attributes: 'attributes' in fact ? presentAttributes(fact.attributes, view) : undefined,
    immediate: fact.type === 'leaver' ? fact.immediate : undefined,
    reason: view.reasons && 'reason' in fact ? fact.reason : undefined,
    successor: fact.type === 'leaver' ? fact.successor : undefined,
    rescinds: fact.type === 'rescind' ? fact.rescinds : undefined,
    taskId: fact.type === 'task-attested' ? fact.taskId : undefined,
    attestedBy: fact.type === 'task-attested' ? fact.attestedBy : undefined,
    held: fact.held,
    hold: 'hold' in fact ? fact.hold : undefined,
    into: fact.type === 'merged' ? fact.into : undefined,
    duplicate: fact.type === 'absorbed' ? fact.duplicate : undefined,
    proposedBy: 'proposedBy' in fact ? fact.proposedBy : undefined,
    decidedBy: 'decidedBy' in fact ? fact.decidedBy : undefined,
    owned: fact.type === 'handed-over' ? fact.owned.map((one) => one.identityId) : undefined,
    ...(fact.type === 'access-granted' && presentGranted(fact)),
    ...(fact.type === 'access-requested' && presentRequested(fact)),
    ...(fact.type === 'request-decided' && {
      requestId: fact.requestId,
      answer: fact.answer,
      answeredBy: fact.answeredBy,
    }),
    ...(fact.type === 'decisions-delegated' && {
      delegatedTo: fact.to,
      startsAt: toIso(fact.startsMs),
      endsAt: toIso(fact.endsMs),
    }),
    ...(fact.type === 'emergency-reviewed' && {
      requestId: fact.requestId,
      verdict: fact.verdict,
      reviewedBy: fact.reviewedBy,
    }),
    ...(fact.type === 'access-review-opened' && { reviewId: fact.reviewId, dueAt: toIso(fact.dueMs) }),
    ...(fact.type === 'access-review-decided' && {
      reviewId: fact.reviewId,
      entitlement: fact.entitlement,
      answer: fact.answer,
      answeredBy: fact.answeredBy,
      endsAt: fact.endsMs === undefined ? undefined : toIso(fact.endsMs),
    }),
    ...(fact.type === 'access-review-moved' && {
      reviewId: fact.reviewId,
      dueAt: toIso(fact.stages.at(-1)?.dueMs ?? fact.recordedMs),
      movedBy: fact.movedBy,
    }),
    ...(fact.type === 'reviews-reassigned' && {
      campaignId: fact.campaignId,
      delegatedTo: fact.to,
      reassignedBy: fact.reassignedBy,
      endsAt: fact.endsMs === undefined ? undefined : toIso(fact.endsMs),
    }),
    ...(fact.type === 'exception-granted' && presentException(fact)),
    ...(fact.type === 'exception-ended' && { ends: fact.ends, endedBy: fact.endedBy }),
    suspendedBy: fact.type === 'access-suspended' ? fact.suspendedBy : undefined,
    ...(fact.type === 'access-resumed' && { resumes: fact.resumes, resumedBy: fact.resumedBy }),
    ...((fact.type === 'answer-asked' || fact.type === 'ownership-accepted') && presentAnswer(fact, view)),
    ...(fact.type === 'access-ended' && { ends: fact.ends, endedBy: fact.endedBy, endsAt: toIso(fact.endsMs) }),
  };
}

function presentAnswer(fact: AnswerAskedFact | OwnershipAcceptedFact, view: View) {
  const { owner, dueMs } = fact;
  const dueAt = dueMs === undefined ? undefined : toIso(dueMs);
  if (fact.type === 'answer-asked') return { owner, dueAt };
  return { owner, dueAt, acceptedBy: fact.acceptedBy, purpose: view.names ? fact.purpose : undefined };
}

function presentGranted(fact: AccessGrantedFact) {
  const { entitlement, basis, requestId, requestedBy, approvedBy, startsMs, endsMs } = fact;
  const endsAt = endsMs === undefined ? undefined : toIso(endsMs);
  return { entitlement, basis, requestId, requestedBy, approvedBy: [...approvedBy], startsAt: toIso(startsMs), endsAt };
}

function presentException({ rule, owner: exceptionOwner, approvedBy, endsMs }: ExceptionGrantedFact) {
  return { rule, exceptionOwner, approvedBy: [approvedBy], endsAt: toIso(endsMs) };
}

function presentRequested({ entitlement, requestId, requestedBy, startsMs, endsMs }: AccessRequestedFact) {
  const [startsAt, endsAt] = [startsMs, endsMs].map((ms) => (ms === undefined ? undefined : toIso(ms)));
  return { entitlement, requestId, requestedBy, startsAt, endsAt };
}

export function presentAttributes<Shown extends SaidAttributes>(
  attributes: Shown,
  view: View,
): Shown | Omit<Shown, (typeof PERSON_ATTRIBUTES)[number] | 'purpose'> {
  if (view.names) return attributes;
  // What anybody typed may name people.
  const { givenName: _givenName, familyName: _familyName, email: _email, purpose: _purpose, ...shown } = attributes;
  return shown;
}
