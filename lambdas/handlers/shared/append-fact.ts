// The one way a fact gets in: decided on the newest version, written with its audit entry, tried again when another
// fact was faster. Order never matters to the outcome, so whoever comes second simply builds on the first.
import { setTimeout as sleep } from 'node:timers/promises';
import type { IdentityRecord } from '../../core/access/identity-record.ts';
import type { TaskRecord } from '../../core/access/task-record.ts';
import type { Actor, AuditEntry } from '../../core/audit/audit.ts';
import { ConflictError, RetryableError } from '../../core/errors.ts';
import type { Fact } from '../../core/identity/facts.ts';
import { summaryAt } from '../../core/identity/identity-summary.ts';
import { judgingTimeMs } from '../../core/identity/judging-time.ts';
import { mergedInto, redirect } from '../../core/identity/merged-identities.ts';
import { nextCheckAfterFact } from '../../core/identity/next-check.ts';
import { buildTimeline } from '../../core/identity/timeline.ts';
import { toIso } from '../../core/moment.ts';
import type { AcceptedEvent, RecordFact } from '../../stores/facts/fact-store.ts';
import type { Dependencies } from './dependencies.ts';

/** With waits of at most 25, 50, ... 1,600 ms: 3.2 s in all, well within what a caller waits for an answer. */
const MAXIMUM_ATTEMPTS = 8;
const FIRST_WAIT_MS = 25;

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

/**
 * What concerns an identity that was merged into another is recorded there. Throws ConflictError when the id is known
 * with other content, or when the task it attests is no longer open.
 */
export async function appendFact(
  dependencies: AppendDependencies,
  fact: Fact,
  options: AppendOptions,
): Promise<Appended> {
  const { facts, directory, clock, pause = pauseWithJitter } = dependencies;
  let current = fact;
  for (let attempt = 1; attempt <= MAXIMUM_ATTEMPTS; attempt += 1) {
    const record = await directory.load(current.identityId);
    const survivorId = mergedInto(record?.facts ?? []);
    const followed = survivorId === undefined ? current : redirect(current, survivorId);
    if (followed !== current) {
      current = followed;
      continue;
    }
    const input = toRecordFact(current, options, record, clock());
    const version = input.expectedVersion + 1;
    if ((await facts.recordFact(input)) === 'recorded') {
      const { identityId, held } = current;
      return { identityId, version, duplicate: false, ...(held !== undefined && { held }) };
    }
    const accepted = await facts.findAcceptedEvent(fact.source, fact.sourceEventId);
    if (accepted !== undefined) return answerAgain(accepted, options.payloadHash);
    await pause(attempt);
  }
  throw new RetryableError(`the version of identity ${fact.identityId} changed ${MAXIMUM_ATTEMPTS} times in a row`);
}

/** What was answered the first time. */
export function answerAgain(accepted: AcceptedEvent, payloadHash: string): Appended {
  if (accepted.payloadHash !== payloadHash) throw new ConflictError('This id was accepted before, with other content.');
  const { identityId, version, held } = accepted;
  return { identityId, version, duplicate: true, ...(held !== undefined && { held }) };
}

/** The write that adds a fact to what was read of its identity. */
export function toRecordFact(
  fact: Fact,
  { payloadHash, actor, attestedTask }: AppendOptions,
  record: IdentityRecord | undefined,
  clockMs: number,
): RecordFact {
  const nowMs = judgingTimeMs(clockMs, record?.header);
  const expectedVersion = record?.header.version ?? 0;
  const known = record?.facts.some(({ factId }) => factId === fact.factId) ?? false;
  if (attestedTask !== undefined && !known) requireOpen(record, attestedTask.taskId);
  const timeline = buildTimeline([...(record?.facts ?? []), fact]);
  return {
    fact,
    expectedVersion,
    payloadHash,
    summary: summaryAt(fact.identityId, timeline, nowMs),
    nowMs,
    nextCheckMs: nextCheckAfterFact(nowMs),
    audit: [entryFor(fact, payloadHash, actor, expectedVersion + 1, nowMs)],
    attestedTask,
  };
}

function requireOpen(record: IdentityRecord | undefined, taskId: string): void {
  const status = record?.tasks.find((task) => task.taskId === taskId)?.status ?? 'not there';
  if (status !== 'open') throw new ConflictError(`The task is no longer open: it is ${status}.`);
}

function entryFor(fact: Fact, payloadHash: string, actor: Actor, version: number, nowMs: number): AuditEntry {
  const { factId, identityId, type: factType, cause } = fact;
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
      ...(holdId !== undefined && { holdId }),
    },
  };
}

/** Full jitter: writers who met do not meet again. */
export function pauseWithJitter(attempt: number): Promise<void> {
  return sleep(Math.random() * FIRST_WAIT_MS * 2 ** (attempt - 1));
}
