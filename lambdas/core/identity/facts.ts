// A fact is anything that may change what an identity can access. Facts are immutable and only ever added; each
// says when it takes effect and when its source recorded it. What the facts of one identity add up to: timeline.ts.
import type { AttributeName, Attributes, SaidAttributes } from './attributes.ts';

export interface FactBase {
  /** Unique for ever: `<source>:<the source's own id>`. */
  readonly factId: string;
  readonly identityId: string;
  /** Who said so: an HR source (`acme-hr`), or `tenure` for what follows from another fact. */
  readonly source: string;
  readonly sourceEventId: string;
  /** When the source recorded it, by the source's clock (epoch ms). Orders facts; arrival never does. */
  readonly recordedMs: number;
  /** When Tenure accepted it (epoch ms). Evidence only: no decision rests on it but that of `immediate`. */
  readonly receivedMs: number;
  /** The fact this one follows from, where Tenure itself stated it. */
  readonly cause?: string | undefined;
  /** The HR id it was said about, where that is merged into this identity; absent when it is the identity's own. */
  readonly about?: string | undefined;
  /** The hold of the mass-error guard it waits in: it does not count before a fact releases that. */
  readonly held?: string | undefined;
  /** How much its source's word counts on who is employed; absent is 0. Stamped by intake. */
  readonly sourceAuthority?: number | undefined;
}

/** Of a source's word. */
export const MAXIMUM_AUTHORITY = 100;

/** How much the source's word on an attribute counts; absent is 0. Stamped by intake, so no later setting changes it. */
export type Authority = Partial<Readonly<Record<AttributeName, number>>>;

export interface JoinerFact extends FactBase {
  readonly type: 'joiner';
  /** RFC 3339 date-time, or date: the start of that day where the identity works. */
  readonly effectiveAt: string;
  readonly attributes: SaidAttributes & Pick<Attributes, 'kind'>;
  readonly authority?: Authority | undefined;
}

export interface MoverFact extends FactBase {
  readonly type: 'mover';
  readonly effectiveAt: string;
  /** Only what changed; null: no longer. */
  readonly attributes: SaidAttributes;
  readonly authority?: Authority | undefined;
}

export interface LeaverFact extends FactBase {
  readonly type: 'leaver';
  /** RFC 3339 date-time, or date: the end of that day where the identity works. Absent: with `immediate`. */
  readonly effectiveAt?: string | undefined;
  readonly immediate: boolean;
  readonly reason?: string | undefined;
  /** The identity that takes over what the leaver owns. */
  readonly successor?: string | undefined;
}

export interface SuspensionFact extends FactBase {
  readonly type: 'suspension';
  readonly effectiveAt: string;
  readonly reason?: string | undefined;
}

export interface ReturnFact extends FactBase {
  readonly type: 'return';
  readonly effectiveAt: string;
}

export interface RescindFact extends FactBase {
  readonly type: 'rescind';
  /** The fact that no longer counts. */
  readonly rescinds: string;
  readonly reason?: string | undefined;
  /** Of a merge that is taken back: on the duplicate, what was said about it while it was merged. */
  readonly facts?: readonly Fact[] | undefined;
  readonly hold?: string | undefined;
  readonly proposedBy?: string | undefined;
  readonly decidedBy?: string | undefined;
}

/** Somebody states that a manual task was carried out: from then on its steps count as observed in the system. */
export interface TaskAttestedFact extends FactBase {
  readonly type: 'task-attested';
  readonly taskId: string;
  readonly applicationId: string;
  readonly attestedBy: string;
  /** Who confirmed it, where it took a second person. */
  readonly confirmedBy?: string | undefined;
  readonly evidence?: string | undefined;
  /** SHA-256 of the files that show it, hex. */
  readonly files?: readonly string[] | undefined;
  readonly steps: readonly AttestedStep[];
}

/** A list of a system without an API shows other access than people have stated: it counts as of the list's time. */
export interface AccessSeenFact extends FactBase {
  readonly type: 'access-seen';
  readonly applicationId: string;
  /** SHA-256 of the list, hex. */
  readonly list: string;
  /** When the list was made (epoch ms). */
  readonly seenMs: number;
  /** An identity. */
  readonly uploadedBy: string;
  /** As if they were taken by then. What a list lacks is asked for again, and is no proof that it is gone. */
  readonly steps: readonly AttestedStep[];
}

export interface AttestedStep {
  readonly action: 'create-account' | 'enable-account' | 'disable-account' | 'grant' | 'revoke';
  readonly grant?: string | undefined;
}

/** This HR id is the same person as another: from now on its facts count there, and it has no access of its own. */
export interface MergedFact extends FactBase, MergeDecision {
  readonly type: 'merged';
  readonly into: string;
}

/** The other side of a merge, written in the same transaction: whose facts count here, and those known by then. */
export interface AbsorbedFact extends FactBase, MergeDecision {
  readonly type: 'absorbed';
  readonly duplicate: string;
  readonly facts: readonly Fact[];
}

export interface MergeDecision {
  readonly decidedBy: string;
  /** Why the two are one, as who proposed it said. */
  readonly reason: string;
  /** Who proposed it, and the hold in which it waited for the decision; absent of what was decided before it needed two. */
  readonly proposedBy?: string | undefined;
  readonly hold?: string | undefined;
}

/** On an owner who is not there: which facts handed over what it owned. Should it be there after all, they go. */
export interface HandedOverFact extends FactBase {
  readonly type: 'handed-over';
  /** As absenceIdOf (ownership.ts) names it. */
  readonly departure: string;
  readonly owned: readonly { readonly identityId: string; readonly factId: string }[];
  /** Who took it over; absent where nobody did, and in facts that were written before it was kept. */
  readonly successor?: string | undefined;
}

/** A person decided that what the mass-error guard held counts after all; or that it never will. */
export interface HoldDecisionFact extends FactBase {
  readonly type: 'hold-released' | 'hold-dropped';
  readonly hold: string;
  readonly decidedBy: string;
  readonly reason: string;
}

/** Why somebody has what no access profile gives them. Only what was asked for as such may have no end. */
export const GRANT_BASES = ['request', 'temporary', 'break-glass', 'cover', 'exception'] as const;
export type GrantBasis = (typeof GRANT_BASES)[number];

/** Access that people decided on: from its start to its end, and no longer than the employment in which it was decided. */
export interface AccessGrantedFact extends FactBase {
  readonly type: 'access-granted';
  /** `application:entitlement`, as the access model names it. */
  readonly entitlement: string;
  readonly basis: GrantBasis;
  readonly requestId: string;
  /** Identities. */
  readonly requestedBy: string;
  readonly approvedBy: readonly string[];
  readonly reason?: string | undefined;
  /** Epoch ms. What is decided later counts from then. */
  readonly startsMs: number;
  /** Epoch ms; absent: as long as the employment lasts. */
  readonly endsMs?: number | undefined;
}

/** Such access ends earlier than was decided. */
export interface AccessEndedFact extends FactBase {
  readonly type: 'access-ended';
  /** The fact that gave it. */
  readonly ends: string;
  /** Epoch ms. */
  readonly endsMs: number;
  /** An identity. */
  readonly endedBy: string;
  readonly reason?: string | undefined;
}

/** Somebody asks for access. It gives nothing: what is decided on it is said by further facts. */
export interface AccessRequestedFact extends FactBase {
  readonly type: 'access-requested';
  readonly requestId: string;
  /** `application:entitlement`. */
  readonly entitlement: string;
  /** An identity. */
  readonly requestedBy: string;
  readonly reason: string;
  /** Epoch ms. Absent: at once, when it is approved. */
  readonly startsMs?: number | undefined;
  /** Epoch ms. Absent: as long as the employment lasts. */
  readonly endsMs?: number | undefined;
  /** When nobody can decide on it any more (epoch ms). */
  readonly expiresMs: number;
  /** Hash of the rule of the access model by which it was asked for: who decides is not changed under way. */
  readonly rule: string;
  /** The request whose access it continues. */
  readonly extends?: string | undefined;
  /** The identity whose access it copies (core/requests/cover.ts). */
  readonly covers?: string | undefined;
  /** Of what was taken in an emergency: when somebody else is to have looked at it (epoch ms). */
  readonly reviewDueMs?: number | undefined;
}

export const REQUEST_ANSWERS = ['approve', 'reject', 'withdraw'] as const;
export type RequestAnswer = (typeof REQUEST_ANSWERS)[number];

export interface RequestDecidedFact extends FactBase {
  readonly type: 'request-decided';
  readonly requestId: string;
  readonly answer: RequestAnswer;
  /** Of the approval chain, from 0; absent of who withdrew it. */
  readonly stage?: number | undefined;
  /** An identity. */
  readonly answeredBy: string;
  readonly reason?: string | undefined;
}

/** For a time somebody else decides what is this person's to decide. A later one of the same id takes its place. */
export interface DecisionsDelegatedFact extends FactBase {
  readonly type: 'decisions-delegated';
  readonly delegationId: string;
  /** An identity. */
  readonly to: string;
  /** Epoch ms, both. It ends early by one that ends when it was recorded. */
  readonly startsMs: number;
  readonly endsMs: number;
}

/** `overdue`: nobody answered in time; it can be answered still. */
export const REVIEW_VERDICTS = ['justified', 'unjustified', 'overdue'] as const;
export type ReviewVerdict = (typeof REVIEW_VERDICTS)[number];

/** What somebody found who looked at what was taken in an emergency; or that nobody did in time. */
export interface EmergencyReviewedFact extends FactBase {
  readonly type: 'emergency-reviewed';
  readonly requestId: string;
  readonly verdict: ReviewVerdict;
  /** An identity; absent where nobody answered. */
  readonly reviewedBy?: string | undefined;
  readonly reason?: string | undefined;
}

/** Somebody answers for it that an identity holds two sides of a rule about duties until then, in this employment. */
export interface ExceptionGrantedFact extends FactBase {
  readonly type: 'exception-granted';
  /** Of the segregation of duties. */
  readonly rule: string;
  /** Identities: who answers for it, and who agreed to it. Neither is the one concerned. */
  readonly owner: string;
  readonly approvedBy: string;
  readonly reason: string;
  /** Epoch ms. It begins when it is recorded. */
  readonly endsMs: number;
}

/** It ends earlier than was decided. */
export interface ExceptionEndedFact extends FactBase {
  readonly type: 'exception-ended';
  /** The fact that granted it. */
  readonly ends: string;
  /** An identity. */
  readonly endedBy: string;
}

/** Whose word suspends in an emergency. What security suspended, security alone resumes. */
export const SUSPENDING_ROLES = ['operations', 'security'] as const;
export type SuspendingRole = (typeof SUSPENDING_ROLES)[number];

/** In an emergency somebody is kept out, from when it was recorded, until somebody resumes it: whatever HR says meanwhile. */
export interface AccessSuspendedFact extends FactBase {
  readonly type: 'access-suspended';
  /** An identity. */
  readonly suspendedBy: string;
  readonly suspendedAs: SuspendingRole;
  readonly reason: string;
}

export interface AccessResumedFact extends FactBase {
  readonly type: 'access-resumed';
  /** The fact that suspended. */
  readonly resumes: string;
  /** An identity. */
  readonly resumedBy: string;
}

/** Its owner is to say until then that they answer for it. Stated by Tenure. */
export interface AnswerAskedFact extends FactBase {
  readonly type: 'answer-asked';
  /** Who is asked, as the identity names its owner. */
  readonly owner: string;
  /** Epoch ms. */
  readonly dueMs: number;
}

/** Somebody answers for it: they are, or stand in for, its owner, and say that it is needed. */
export interface OwnershipAcceptedFact extends FactBase {
  readonly type: 'ownership-accepted';
  /** As the identity named its owner. */
  readonly owner: string;
  /** An identity: the owner, or whom the owner delegated to. */
  readonly acceptedBy: string;
  /** What it is for, as they said. */
  readonly purpose: string;
  /** When it is to be said again (epoch ms). Absent: never. */
  readonly dueMs?: number | undefined;
}

/**
 * Somebody is asked whether an identity is to keep what it has. What is not kept, and what nobody answers in time, ends. What
 * comes of it: access-reviews.ts.
 */
export type AccessReviewOpenedFact = MoverReviewOpenedFact | CampaignReviewOpenedFact;

interface ReviewOpenedFact extends FactBase {
  readonly type: 'access-review-opened';
  readonly reviewId: string;
  /** From when on it is too late to answer (epoch ms), unless it is moved. */
  readonly dueMs: number;
  /** What needs an answer. */
  readonly items: readonly ReviewItem[];
}

/** Its `cause` is the move that it follows from: should that be taken back, it ends nothing. */
export interface MoverReviewOpenedFact extends ReviewOpenedFact {
  readonly basis: 'mover';
}

/** One identity's part of a review of many. Its `dueMs` is that of its last stage. */
export interface CampaignReviewOpenedFact extends ReviewOpenedFact {
  readonly basis: 'campaign';
  readonly campaignId: string;
  /** In their order; each begins when the one before is due. */
  readonly stages: readonly ReviewStage[];
  /** So long after something was taken away that can be undone. */
  readonly undoMs: number;
  readonly items: readonly CampaignReviewItem[];
}

export interface ReviewStage {
  /** Epoch ms. */
  readonly dueMs: number;
}

export interface ReviewItem {
  /** `application:entitlement`, as the access model names it. */
  readonly entitlement: string;
  /** Of the reasons that are in question: what gave it for a time, or moved the identity that is to hand it over. */
  readonly facts: readonly string[];
}

/** `suspend`: it is not held until somebody answers, however late. */
export const REVIEW_SILENCES = ['remove', 'suspend'] as const;
export type ReviewSilence = (typeof REVIEW_SILENCES)[number];

/** Without any reason that ends it is about what an account was seen to hold. */
export interface CampaignReviewItem extends ReviewItem {
  /** What access profiles give ends too, as long as the employment lasts in which the review was opened. */
  readonly birthright?: boolean | undefined;
  readonly ifNobodyAnswers: ReviewSilence;
  /** Nobody holds it: it is there to see whether a reviewer looks. */
  readonly planted?: boolean | undefined;
}

/** `shorten`: until an end that is given. `ask` changes nothing. `undo`: as if it had never been taken away. */
export const REVIEW_ANSWERS = ['keep', 'remove', 'shorten', 'ask', 'undo'] as const;
export type ReviewAnswer = (typeof REVIEW_ANSWERS)[number];
/** Of the review of a move. */
export const MOVER_ANSWERS = ['keep', 'remove'] as const satisfies readonly ReviewAnswer[];

/** What is kept lasts until its own end, and no longer. */
export interface AccessReviewDecidedFact extends FactBase {
  readonly type: 'access-review-decided';
  readonly reviewId: string;
  /** `application:entitlement`. */
  readonly entitlement: string;
  readonly answer: ReviewAnswer;
  /** An identity. */
  readonly answeredBy: string;
  readonly reason: string;
  /** Of `shorten`: no longer than until then (epoch ms). */
  readonly endsMs?: number | undefined;
  /** Absent of the review of a move. */
  readonly campaignId?: string | undefined;
  /** Of a campaign, from 0. */
  readonly stage?: number | undefined;
  /** When it was shown to whoever answered, as their page says (epoch ms). No decision rests on it. */
  readonly shownMs?: number | undefined;
  /** What was answered with it, at once. */
  readonly batch?: ReviewBatch | undefined;
}

export interface ReviewBatch {
  readonly batchId: string;
  /** How many items, this one among them. */
  readonly size: number;
}

/** The stages of a review are due at other times than was said. */
export interface AccessReviewMovedFact extends FactBase {
  readonly type: 'access-review-moved';
  readonly reviewId: string;
  /** All of them, in their order. */
  readonly stages: readonly ReviewStage[];
  /** An identity. */
  readonly movedBy: string;
  readonly reason: string;
}

/** In a campaign somebody else answers what is this person's to answer. The last one said about somebody counts. */
export interface ReviewsReassignedFact extends FactBase {
  readonly type: 'reviews-reassigned';
  readonly campaignId: string;
  /** An identity. */
  readonly to: string;
  /** Whose access it is about. Absent: everybody's. */
  readonly identities?: readonly string[] | undefined;
  /** Epoch ms. Absent: as long as the campaign lasts. */
  readonly endsMs?: number | undefined;
  /** An identity. */
  readonly reassignedBy: string;
  readonly reason: string;
}

/** What gives and ends access for a time, whatever else is said of the identity. */
export type TimedFact = AccessGrantedFact | AccessEndedFact;

/** What changes the state of an identity at an instant of its own. */
export type EffectiveFact = JoinerFact | MoverFact | LeaverFact | SuspensionFact | ReturnFact | MergedFact;
export type Fact =
  | EffectiveFact
  | TimedFact
  | AccessRequestedFact
  | RequestDecidedFact
  | DecisionsDelegatedFact
  | EmergencyReviewedFact
  | ExceptionGrantedFact
  | ExceptionEndedFact
  | AccessSuspendedFact
  | AccessResumedFact
  | AnswerAskedFact
  | OwnershipAcceptedFact
  | AccessReviewOpenedFact
  | AccessReviewDecidedFact
  | AccessReviewMovedFact
  | ReviewsReassignedFact
  | RescindFact
  | TaskAttestedFact
  | AccessSeenFact
  | AbsorbedFact
  | HandedOverFact
  | HoldDecisionFact;

const FACT_TYPES: Readonly<Record<Fact['type'], true>> = {
  joiner: true,
  mover: true,
  leaver: true,
  suspension: true,
  return: true,
  merged: true,
  rescind: true,
  'task-attested': true,
  'access-seen': true,
  absorbed: true,
  'handed-over': true,
  'hold-released': true,
  'hold-dropped': true,
  'access-granted': true,
  'access-ended': true,
  'access-requested': true,
  'request-decided': true,
  'decisions-delegated': true,
  'emergency-reviewed': true,
  'exception-granted': true,
  'exception-ended': true,
  'access-suspended': true,
  'access-resumed': true,
  'answer-asked': true,
  'ownership-accepted': true,
  'access-review-opened': true,
  'access-review-decided': true,
  'access-review-moved': true,
  'reviews-reassigned': true,
};

export function isFactType(type: unknown): type is Fact['type'] {
  return typeof type === 'string' && Object.hasOwn(FACT_TYPES, type);
}

export function isEffective(fact: Fact): fact is EffectiveFact {
  switch (fact.type) {
    case 'rescind':
    case 'task-attested':
    case 'access-seen':
    case 'absorbed':
    case 'handed-over':
    case 'hold-released':
    case 'hold-dropped':
    case 'access-granted':
    case 'access-ended':
    case 'access-requested':
    case 'request-decided':
    case 'decisions-delegated':
    case 'emergency-reviewed':
    case 'exception-granted':
    case 'exception-ended':
    case 'access-suspended':
    case 'access-resumed':
    case 'answer-asked':
    case 'ownership-accepted':
    case 'access-review-opened':
    case 'access-review-decided':
    case 'access-review-moved':
    case 'reviews-reassigned':
      return false;
    default:
      fact satisfies EffectiveFact;
      return true;
  }
}

export function isTimed(fact: Fact): fact is TimedFact {
  return fact.type === 'access-granted' || fact.type === 'access-ended';
}

export function isExcepting(fact: Fact): fact is ExceptionGrantedFact | ExceptionEndedFact {
  return fact.type === 'exception-granted' || fact.type === 'exception-ended';
}

export function isSuspending(fact: Fact): fact is AccessSuspendedFact | AccessResumedFact {
  return fact.type === 'access-suspended' || fact.type === 'access-resumed';
}

export function factIdOf(source: string, sourceEventId: string): string {
  return `${source}:${sourceEventId}`;
}

/** The source of facts that the system states itself: attested tasks, handovers, decided holds and requests. */
export const OWN_SOURCE = 'tenure';

/** What such a fact has in common with every other. */
export function ownFactBase(identityId: string, sourceEventId: string, nowMs: number): FactBase {
  const factId = factIdOf(OWN_SOURCE, sourceEventId);
  return { factId, identityId, source: OWN_SOURCE, sourceEventId, recordedMs: nowMs, receivedMs: nowMs };
}

/** A total order that no arrival can change: recorded time, then source, then the source's id. */
export function compareRecorded(a: Fact, b: Fact): number {
  return (
    a.recordedMs - b.recordedMs || compareText(a.source, b.source) || compareText(a.sourceEventId, b.sourceEventId)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
