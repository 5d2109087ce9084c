// The one way a fact gets in: decided on the newest version, written with its audit entry, tried again when another
// fact was faster. Order never matters to the outcome, so whoever comes second simply builds on the first.

import { setTimeout as sleep } from 'node:timers/promises';
import type { IdentityRecord } from '../../core/access/identity-record.ts';
import type { TaskRecord } from '../../core/access/task-record.ts';
import type { Actor, AuditEntry } from '../../core/audit/audit.ts';
import { correlationOf } from '../../core/audit/correlation.ts';
import { ConflictError, InvalidInputError, RetryableError } from '../../core/errors.ts';
import { factHashOf } from '../../core/identity/fact-content.ts';
import type {
  AccessGrantedFact,
  AccessRequestedFact,
  AccessReviewDecidedFact,
  Fact,
} from '../../core/identity/facts.ts';
import { beyondBound, HISTORY_FAULT } from '../../core/identity/history-bound.ts';
import { summaryAt } from '../../core/identity/identity-summary.ts';
import { judgingTimeMs } from '../../core/identity/judging-time.ts';
import { duplicatesAmong, mergedInto, redirect, unredirected } from '../../core/identity/merged-identities.ts';
import { nextCheckAfterFact, nextCheckAfterQuietFact } from '../../core/identity/next-check.ts';
import { isQuiet } from '../../core/identity/quiet-facts.ts';
import { buildTimeline, type Timeline } from '../../core/identity/timeline.ts';
import { toIso } from '../../core/moment.ts';
import {
  type AcceptedEvent,
  type FactWithEntries,
  MAXIMUM_FACTS_AT_ONCE,
  type RecordFact,
} from '../../stores/facts/fact-store.ts';
import type { Dependencies } from './dependencies.ts';

/** With waits of at most 25, 50, ... 1,600 ms: 3.2 s in all, well within what a caller waits for an answer. */
const MAXIMUM_ATTEMPTS = 8;
const FIRST_WAIT_MS = 25;
/** More merges in a row than one person has been through. */
const MAXIMUM_MERGES = 20;

export type AppendDependencies = Pick<Dependencies, 'facts' | 'directory' | 'clock'> & {
  readonly pause?: Pause | undefined;
};

/** Waits before the next attempt; the first is 1. */
export type Pause = (attempt: number) => Promise<unknown>;

export interface AppendOptions {
  /** SHA-256 of what was received, hex: the same id with another is a conflict. */
  readonly payloadHash: string;
  readonly actor: Actor;
  /** The task this fact attests, as it is to be from now on. */
  readonly attestedTask?: TaskRecord | undefined;
}

export interface Appended {
  readonly identityId: string;
  /** The version the fact brought. */
  readonly version: number;
  readonly duplicate: boolean;
  /** The hold in which it waits. */
  readonly held?: string | undefined;
}

/** A fact, and what is said with it. */
export interface StatedFact extends AppendOptions {
  readonly fact: Fact;
}

type ReadIdentity = Dependencies['directory']['load'];

/**
 * What concerns an identity that was merged into another is recorded there. Throws ConflictError when the id is known
 * with other content, or when the task it attests is no longer open;
 * InvalidInputError when nobody of that id is known, and somebody whose id differs only by case is.
 */
export async function appendFact(
  dependencies: AppendDependencies,
  fact: Fact,
  options: AppendOptions,
): Promise<Appended> {
  const appended = await appendFacts(dependencies, [{ fact, ...options }]);
  return appended.get(fact.factId) as Appended;
}

/**
 * HR's facts about one identity, or one of any kind; each once. They are written in their order, many in one write, and
 * the identity is read once however many they are, unless somebody else writes about it meanwhile. What is in remains
 * in when a later one fails. `read`: how it is read the first time, when the caller knows it already. Throws
 * InvalidInputError for those that are beyond what an identity may have, after the others are in.
 *
 * @returns fact id → what became of it
 */
export async function appendFacts(
  dependencies: AppendDependencies,
  stated: readonly StatedFact[],
  read: ReadIdentity = dependencies.directory.load,
): Promise<ReadonlyMap<string, Appended>> {
  if (stated.length === 0) return new Map();
  const { left, record } = await findWhereItCounts(read, stated);
  requireNotErasing(record);
  const told = left.map(({ fact }) => fact);
  const beyond = new Set(beyondBound(record?.facts ?? [], told, judgingTimeMs(dependencies.clock(), record?.header)));
  const appended = await appendAll(dependencies, { left: left.filter(({ fact }) => !beyond.has(fact)), record });
  if (beyond.size > 0) throw new InvalidInputError('An identity has as many facts as it may have.', [HISTORY_FAULT]);
  if (left.some(({ fact }) => !beyond.has(fact) && !appended.has(fact.factId))) {
    throw new InvalidInputError('An event is from before what was known of its subject was erased.', [ERASED_FAULT]);
  }
  return appended;
}

/** Those that are from before somebody of the same id was erased are left out. */
async function appendAll(dependencies: AppendDependencies, from: Current): Promise<ReadonlyMap<string, Appended>> {
  const { facts, directory, clock, pause = pauseWithJitter } = dependencies;
  const appended = new Map<string, Appended>();
  let current = withoutErased(from);
  let atOnce = MAXIMUM_FACTS_AT_ONCE;
  for (let attempt = 1; attempt <= MAXIMUM_ATTEMPTS; ) {
    requireNotErasing(current.record);
    const [first, ...also] = current.left.slice(0, atOnce);
    if (first === undefined) return appended;
    const input = toRecordFact(first, current.record, clock(), also);
    const outcome = await facts.recordFact(input);
    if (outcome === 'spelling-taken') throw new InvalidInputError(OTHER_SPELLING, [OTHER_SPELLING_FAULT]);
    if (outcome === 'erased') {
      // Of several it is not known which; of one it is, and whoever is new by then says since when.
      const left = atOnce === 1 || also.length === 0 ? current.left.slice(1) : current.left;
      atOnce = 1;
      current = { left, record: current.record };
      continue;
    }
    if (outcome === 'recorded') {
      for (const [factId, one] of answersOf(input)) appended.set(factId, one);
      const left = current.left.slice(1 + also.length);
      const isNewAgain = atOnce === 1 && current.record === undefined && left.length > 0;
      current = isNewAgain
        ? withoutErased(await findWhereItCounts(directory.load, left))
        : { left, record: withRecorded(current.record, input) };
      attempt = 1;
      continue;
    }
    const known = await answerKnown(dependencies, [first, ...also]);
    for (const [factId, one] of known) appended.set(factId, one);
    // Who gives up does not wait first.
    if (known.size === 0 && attempt < MAXIMUM_ATTEMPTS) await pause(attempt);
    attempt = known.size === 0 ? attempt + 1 : 1;
    const left = current.left.filter(({ fact }) => !appended.has(fact.factId));
    if (left.length === 0) return appended;
    current = withoutErased(await findWhereItCounts(directory.load, left));
  }
  const about = from.left[0]?.fact.identityId;
  throw new RetryableError(`the version of identity ${about} changed ${MAXIMUM_ATTEMPTS} times in a row`);
}

const OTHER_SPELLING = 'An id differs only by case from one that is in use.';
/** Without the other's id, which is whoever's. */
export const OTHER_SPELLING_FAULT = {
  pointer: '/subject',
  detail: 'expected an id that differs from every other by more than upper and lower case',
};

const ERASED_FAULT = {
  pointer: '/time',
  detail: 'expected a time after all that was known of the subject was erased: what happened before is told no more',
};

/** As much of an identity as a fact about it is decided on. */
type DecidedOn = Pick<IdentityRecord, 'facts' | 'tasks' | 'erasedMs'> & {
  readonly header: Pick<IdentityRecord['header'], 'version' | 'clockMs' | 'erasing' | 'settledVersion' | 'nextCheckMs'>;
};

/** It takes minutes; what is sent again after that is about somebody new. Throws RetryableError. */
function requireNotErasing(record: DecidedOn | undefined): void {
  if (record?.header.erasing !== undefined) throw new RetryableError('what is known of an identity is being erased');
}

function withoutErased({ left, record }: Current): Current {
  const { erasedMs } = record ?? {};
  return { left: erasedMs === undefined ? left : left.filter(({ fact }) => fact.recordedMs > erasedMs), record };
}

interface Current {
  readonly left: readonly StatedFact[];
  readonly record: DecidedOn | undefined;
}

/**
 * The facts as they count where they count, and what is known there. Those that were to count elsewhere a moment ago are
 * looked for anew, since that merge may have been taken back.
 */
async function findWhereItCounts(read: ReadIdentity, told: readonly StatedFact[]): Promise<Current> {
  const stated = told.map((one) => ({ ...one, fact: unredirected(one.fact) }));
  let left = stated;
  let duplicate: string | undefined;
  for (let merges = 0; merges <= MAXIMUM_MERGES; merges += 1) {
    const identityId = left[0]?.fact.identityId as string;
    const record = await read(identityId);
    const known = record?.facts ?? [];
    // The merge was taken back between the two readings. Once this one is read with it, no undoing goes unnoticed.
    if (duplicate !== undefined && !duplicatesAmong(known).has(duplicate)) {
      [left, duplicate] = [stated, undefined];
      continue;
    }
    const survivorId = mergedInto(known);
    if (survivorId === undefined) return { left, record };
    left = left.map((one) => ({ ...one, fact: redirect(one.fact, survivorId) }));
    if (left[0]?.fact.identityId === identityId) return { left, record };
    duplicate = identityId;
  }
  throw new RetryableError(`identity ${stated[0]?.fact.identityId} was merged more than ${MAXIMUM_MERGES} times`);
}

function answersOf({ fact, also = [], expectedVersion }: RecordFact): readonly (readonly [string, Appended])[] {
  return [fact, ...also.map((one) => one.fact)].map(({ factId, identityId, held }, index) => [
    factId,
    { identityId, version: expectedVersion + 1 + index, duplicate: false, ...(held !== undefined && { held }) },
  ]);
}

/** What the identity is once that is written. Whoever writes in between raises the version, and it is read again. */
function withRecorded(
  before: DecidedOn | undefined,
  { fact, also = [], expectedVersion, nowMs }: RecordFact,
): DecidedOn {
  return {
    header: { version: expectedVersion + 1 + also.length, clockMs: nowMs },
    facts: [...(before?.facts ?? []), fact, ...also.map((one) => one.fact)],
    tasks: before?.tasks ?? [],
    erasedMs: before?.erasedMs,
  };
}

/** Those that somebody else was faster with, or that were in before. */
async function answerKnown(
  { facts }: AppendDependencies,
  stated: readonly StatedFact[],
): Promise<ReadonlyMap<string, Appended>> {
  const answers = await Promise.all(
    stated.map(async ({ fact, payloadHash }): Promise<[string, Appended][]> => {
      const accepted = await facts.findAcceptedEvent(fact.source, fact.sourceEventId);
      return accepted === undefined ? [] : [[fact.factId, answerAgain(accepted, payloadHash)]];
    }),
  );
  return new Map(answers.flat());
}

/** What was answered the first time. */
export function answerAgain(accepted: AcceptedEvent, payloadHash: string): Appended {
  if (accepted.payloadHash !== payloadHash) throw new ConflictError('This id was accepted before, with other content.');
  const { identityId, version, held } = accepted;
  return { identityId, version, duplicate: true, ...(held !== undefined && { held }) };
}

/** The write that adds a fact, and those that follow it, to what was read of its identity. */
export function toRecordFact(
  stated: StatedFact,
  record: DecidedOn | undefined,
  clockMs: number,
  also: readonly StatedFact[] = [],
): RecordFact {
  const nowMs = judgingTimeMs(clockMs, record?.header);
  const expectedVersion = record?.header.version ?? 0;
  const { fact, attestedTask } = stated;
  const known = record?.facts.some(({ factId }) => factId === fact.factId) ?? false;
  if (attestedTask !== undefined && !known) requireAsRead(record, attestedTask);
  const all = [stated, ...also];
  const timeline = buildTimeline([...(record?.facts ?? []), ...all.map((one) => one.fact)]);
  // Of whom everything was settled, it still is.
  const isStillSettled =
    expectedVersion > 0 &&
    record?.header.settledVersion === expectedVersion &&
    all.every((one) => isQuiet(one.fact, timeline, nowMs));
  const [first, ...following] = all.map((one, index) => withEntries(one, timeline, expectedVersion + 1 + index, nowMs));
  return {
    ...(first as FactWithEntries),
    ...(following.length > 0 && { also: following }),
    expectedVersion,
    summary: summaryAt(fact.identityId, timeline, nowMs),
    nowMs,
    nextCheckMs: isStillSettled
      ? nextCheckAfterQuietFact(timeline, record?.header.nextCheckMs, nowMs)
      : nextCheckAfterFact(nowMs),
    ...(isStillSettled && { stillSettled: { nextCheckMs: record.header.nextCheckMs } }),
    attestedTask,
  };
}

function withEntries(stated: StatedFact, timeline: Timeline, version: number, nowMs: number): FactWithEntries {
  const { fact, payloadHash } = stated;
  const correlation = correlationOf(fact, timeline, nowMs);
  const entry = { ...entryFor(stated, version, nowMs), correlation };
  const used = fact.type === 'access-granted' && fact.basis === 'break-glass' ? [usedIn(fact, entry)] : [];
  return { fact, payloadHash, audit: [entry, ...used] };
}

function requireAsRead(record: DecidedOn | undefined, { taskId, revision }: TaskRecord): void {
  const known = record?.tasks.find((task) => task.taskId === taskId);
  const status = known?.status ?? 'not there';
  if (status !== 'open') throw new ConflictError(`The task is no longer open: it is ${status}.`);
  if (known?.revision !== revision) throw new ConflictError('The task is no longer as it was: look at it once more.');
}

function entryFor({ fact, payloadHash, actor }: StatedFact, version: number, nowMs: number): AuditEntry {
  const { factId, identityId, type: factType, cause, receivedMs } = fact;
  const attributes = 'attributes' in fact ? { attributes: Object.keys(fact.attributes).sort() } : {};
  const holdId = 'hold' in fact ? fact.hold : fact.held;
  return {
    identityId,
    entryId: `fact:${factId}`,
    at: toIso(nowMs),
    actor,
    ...(cause !== undefined && { trigger: cause }),
    version,
    event: {
      type: 'fact-recorded',
      factType,
      factId,
      payloadHash,
      ...attributes,
      receivedAt: toIso(receivedMs),
      ...(holdId !== undefined && { holdId }),
      ...(fact.type === 'access-seen' && { applicationId: fact.applicationId, files: [fact.list] }),
      ...(fact.type === 'task-attested' && {
        applicationId: fact.applicationId,
        ...(fact.files && { files: fact.files }),
      }),
      ...((fact.type === 'access-granted' || fact.type === 'access-requested') && requestedIn(fact)),
      ...(fact.type === 'emergency-reviewed' && { request: fact.requestId }),
      ...(fact.type === 'request-decided' && { request: fact.requestId, answer: fact.answer }),
      ...(fact.type === 'access-review-decided' && reviewedIn(fact)),
      recordedMs: fact.recordedMs,
      factHash: factHashOf(fact),
    },
  };
}

/** That somebody took access in an emergency is told beside the fact. */
function usedIn({ entitlement: reference, factId, endsMs = 0 }: AccessGrantedFact, entry: AuditEntry): AuditEntry {
  const [applicationId = '', entitlement = ''] = reference.split(':');
  const event = { type: 'break-glass-used', applicationId, entitlement, until: toIso(endsMs) } as const;
  return { ...entry, entryId: `break-glass-used:${factId}`, trigger: factId, event };
}

function requestedIn(fact: AccessGrantedFact | AccessRequestedFact) {
  return { ...entitlementIn(fact), request: fact.requestId };
}

function reviewedIn(fact: AccessReviewDecidedFact) {
  const { answer, campaignId } = fact;
  return { ...entitlementIn(fact), answer, ...(campaignId !== undefined && { campaignId }) };
}

function entitlementIn({ entitlement: reference }: Pick<AccessGrantedFact, 'entitlement'>) {
  const [applicationId = '', entitlement = ''] = reference.split(':');
  return { applicationId, entitlement };
}

/** Full jitter: writers who met do not meet again. */
export function pauseWithJitter(attempt: number): Promise<void> {
  return sleep(Math.random() * FIRST_WAIT_MS * 2 ** (attempt - 1));
}
