// Audit entries become entries of the log: each once, in the order in which they are given. What cannot become one is not in
// the way of the others; what cannot be written for now stops those behind it, so that nothing overtakes.
import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditEntry } from '../../core/audit/audit.ts';
import { decodeLogEntry, encodeLogEntry, type LogEntry } from '../../core/audit/log-entry.ts';
import {
  afterCommit,
  type Candidate,
  commitsOf,
  type Positions,
  planCommit,
  together,
} from '../../core/audit/sealing/sequencing.ts';
import { wakesAt } from '../../core/audit/sealing/wake.ts';
import { InvalidInputError, PermanentError, RetryableError } from '../../core/errors.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import type { LogObjects } from '../../stores/log/log-objects.ts';
import type { WakeSealing } from '../../stores/log/log-queues.ts';
import type { LogStore } from '../../stores/log/log-store.ts';

export interface RedactedEntry {
  readonly entry: LogEntry;
  /** What `entry.detail` names. */
  readonly detail?: Uint8Array | undefined;
}

/** An entry by its number among those of its subject; undefined: it must not be told again. */
export type Redacted = (entry: AuditEntry, sequence: number) => RedactedEntry | undefined;

export interface CommitDependencies {
  readonly log: Pick<LogStore, 'readPositions' | 'commit'>;
  readonly objects: Pick<LogObjects, 'create'>;
  /** Prepares for all of them at once. */
  readonly redact: (entries: readonly AuditEntry[]) => Promise<Redacted>;
  readonly wakeSealing: WakeSealing;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly warn: (message: string, error: unknown) => void;
  /** @default real time */
  readonly pause?: (durationMs: number) => Promise<unknown>;
}

export interface Outcome {
  /** Entries that were not in the log before. */
  readonly added: number;
  /** The place among those given → why it cannot become an entry; also of some that are behind what stopped it. */
  readonly refused: ReadonlyMap<number, string>;
  /** Nothing was done from this place on, and why; undefined: all was done. */
  readonly stopped?: { readonly at: number; readonly cause: unknown } | undefined;
}

/** What is read of the log at once for all that is to be committed, and kept up with what this function commits itself. */
interface Known {
  positions?: Positions | undefined;
}

interface Committing extends CommitDependencies {
  readonly parts: readonly (readonly Prepared[])[];
  readonly known: Known;
}

interface Prepared extends Candidate {
  /** Among the entries given. */
  readonly place: number;
  readonly detail?: { readonly path: string; readonly bytes: Uint8Array } | undefined;
}

/** Whoever commits at the same time takes the position: 12 tries wait at most some 6 s. */
const COMMIT_TRIES = 12;
const COMMIT_WAIT_MS = 20;
const CONCURRENT_READS = 8;
const LONGEST_WAIT_MS = 1_000;
/** No number has more digits: what fits with it fits with every other. */
const LONGEST_SEQUENCE = Number.MAX_SAFE_INTEGER;

export async function commitEntries(
  dependencies: CommitDependencies,
  entries: readonly AuditEntry[],
): Promise<Outcome> {
  const refused = new Map<number, string>();
  const prepared: Prepared[] = [];
  let stopped = await prepareAll(dependencies, entries, prepared, refused);
  const parts = commitsOf(prepared) as readonly (readonly Prepared[])[];
  const known: Known = {};
  let added = 0;
  for (const part of parts) {
    const done = await commitEach({ ...dependencies, parts, known }, part, refused);
    added += done.added;
    // What could not be prepared is behind all that was.
    if (done.stopped !== undefined) {
      stopped = done.stopped;
      break;
    }
  }
  return { added, refused, stopped };
}

/** All at once, which is one reading; one by one where one of them is at fault. */
async function prepareAll(
  { redact }: CommitDependencies,
  entries: readonly AuditEntry[],
  prepared: Prepared[],
  refused: Map<number, string>,
): Promise<Outcome['stopped']> {
  const prepare = async (some: readonly AuditEntry[], from: number) => {
    const redacted = await redact(some);
    for (const [offset, entry] of some.entries()) prepareOne(redacted, entry, from + offset, prepared, refused);
  };
  try {
    await prepare(entries, 0);
    return undefined;
  } catch (error) {
    if (!isLasting(error)) return { at: 0, cause: error };
  }
  for (const [place, entry] of entries.entries()) {
    try {
      await prepare([entry], place);
    } catch (error) {
      if (!isLasting(error)) return { at: place, cause: error };
      refused.set(place, reasonOf(error));
    }
  }
  return undefined;
}

function prepareOne(
  redacted: Redacted,
  entry: AuditEntry,
  place: number,
  prepared: Prepared[],
  refused: Map<number, string>,
): void {
  try {
    const longest = redacted(entry, LONGEST_SEQUENCE);
    if (longest === undefined) return;
    const { id, subject, detail } = longest.entry;
    const bytes = encodeLogEntry(longest.entry);
    // What its verifier cannot read must not be sealed: nothing could ever take it out again.
    decodeLogEntry(bytes);
    prepared.push({
      place,
      id,
      subject: [subject.kind, subject.id].join('#'),
      maximumBytes: bytes.length,
      toLeaf: (sequence) => leafOf(redacted, entry, sequence),
      detail: detail && longest.detail && { path: `details/${detail.sha256}`, bytes: longest.detail },
    });
  } catch (error) {
    refused.set(place, reasonOf(error));
  }
}

function leafOf(redacted: Redacted, entry: AuditEntry, sequence: number): Uint8Array {
  const known = redacted(entry, sequence);
  if (known === undefined) throw new Error('an entry that was to be told is not');
  return encodeLogEntry(known.entry);
}

/** As one commit; one by one where one of them is at fault. */
async function commitEach(
  dependencies: Committing,
  part: readonly Prepared[],
  refused: Map<number, string>,
): Promise<Pick<Outcome, 'added' | 'stopped'>> {
  let added = 0;
  for (const some of [part, ...part.map((one) => [one])]) {
    const at = some[0]?.place ?? 0;
    try {
      added += await commitPart(dependencies, some);
      if (some === part) return { added };
    } catch (error) {
      if (!isLasting(error)) return { added, stopped: { at, cause: error } };
      if (some.length === 1) refused.set(at, reasonOf(error));
    }
  }
  return { added };
}

/** @returns how many were new */
async function commitPart(dependencies: Committing, part: readonly Prepared[]): Promise<number> {
  const { log, objects, clock, parts, known, pause = sleep } = dependencies;
  // Before anybody can read of them in the log. They are named by their content: one that is there is the same.
  for (const { detail } of part) if (detail !== undefined) await objects.create(detail.path, detail.bytes);
  for (let attempt = 1; attempt <= COMMIT_TRIES; attempt += 1) {
    const positions = known.positions ?? (await readAll(log, attempt === 1 ? parts : [part]));
    // Whatever goes wrong from here on, nobody knows what was written.
    known.positions = undefined;
    const commit = planCommit(part, positions);
    if (commit === undefined) {
      known.positions = positions;
      return 0;
    }
    const nowMs = clock();
    const wakeMs = wakesAt(positions.head, nowMs);
    if (await log.commit({ ...commit, wakeMs, nowMs })) {
      known.positions = attempt === 1 ? afterCommit(positions, commit, wakeMs) : undefined;
      if (wakeMs !== undefined) await wake(dependencies, wakeMs - nowMs);
      return commit.leaves.length;
    }
    await pause(Math.random() * Math.min(LONGEST_WAIT_MS, COMMIT_WAIT_MS * 2 ** attempt));
  }
  throw new RetryableError(`the log was written to by others ${COMMIT_TRIES} times in a row`);
}

async function readAll(log: CommitDependencies['log'], parts: readonly (readonly Prepared[])[]): Promise<Positions> {
  const readings = await mapBounded(parts, CONCURRENT_READS, (part) =>
    log.readPositions(
      part.map(({ id }) => id),
      part.map(({ subject }) => subject),
    ),
  );
  return together(readings);
}

/** What was committed stays so, and is sealed by the clock at the latest. */
async function wake({ wakeSealing, warn }: CommitDependencies, afterMs: number): Promise<void> {
  try {
    await wakeSealing(afterMs);
  } catch (error) {
    warn('sealing could not be asked for', error);
  }
}

/** Whether trying again cannot help: an entry of its own kind, and not the network or a table that is throttled. */
function isLasting(error: unknown): boolean {
  if (error instanceof PermanentError || error instanceof InvalidInputError) return true;
  if (error instanceof RangeError || error instanceof SyntaxError || error instanceof TypeError) return true;
  return error instanceof Error && error.name === 'ValidationException';
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : 'unknown';
}
