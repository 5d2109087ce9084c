// What must hold between the entries of a log beyond their hashes: each in its one form, once, and in its subject's own
// sequence without a gap.
import { decodeLogEntry, type LogEntry } from '../log-entry.ts';
import type { Findings } from './findings.ts';

/** A Map of V8 holds 2^24 entries, so several share the ids by their first character. */
const SHARDS = 64;

export class EntryRules {
  readonly #findings: Findings;
  /** Id → index. */
  readonly #ids = Array.from({ length: SHARDS }, () => new Map<string, number>());
  /** Kind of subject → id → the sequence that its next entry has. */
  readonly #next = new Map<string, Map<string, number>>();
  /** Hash → what the first entry says that names it. */
  readonly #details = new Map<string, { readonly bytes: number; readonly entry: number }>();
  #unread = 0;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  get subjectCount(): number {
    return [...this.#next.values()].reduce((sum, { size }) => sum + size, 0);
  }

  get details(): ReadonlyMap<string, { readonly bytes: number; readonly entry: number }> {
    return this.#details;
  }

  /** An entry that cannot be judged, whose subject is not known either. */
  skip(count = 1): void {
    this.#unread += count;
  }

  check(index: number, bytes: Uint8Array): void {
    let entry: LogEntry;
    try {
      entry = decodeLogEntry(bytes);
    } catch (error) {
      this.#unread += 1;
      const reason = error instanceof Error ? error.message : String(error);
      this.#findings.fault({ kind: 'form', entry: index, message: `entry ${index} is sealed, but ${reason}` });
      return;
    }
    this.#requireOnce(index, entry);
    this.#requireInSequence(index, entry);
    this.#noteDetail(index, entry);
  }

  #requireOnce(index: number, { id }: LogEntry): void {
    const ids = this.#ids[id.charCodeAt(0) % SHARDS];
    const first = ids?.get(id);
    if (first === undefined) ids?.set(id, index);
    else {
      const message = `entry ${index} has the id ${id} of entry ${first}: an id is there once`;
      this.#findings.fault({ kind: 'duplicate', entry: index, message });
    }
  }

  /** Where entries could not be read, as many may be missing from a subject's sequence without more being wrong. */
  #requireInSequence(index: number, { subject, sequence }: LogEntry): void {
    const next = this.#next.get(subject.kind) ?? new Map<string, number>();
    this.#next.set(subject.kind, next);
    const expected = next.get(subject.id) ?? 0;
    const isExplained = sequence > expected && sequence - expected <= this.#unread;
    if (sequence !== expected && !isExplained) {
      const what = sequence > expected ? `${sequence - expected} entries are missing before it` : 'it was there before';
      const message = `entry ${index} is number ${sequence} of ${subject.kind} ${subject.id}, expected ${expected}: ${what}`;
      this.#findings.fault({ kind: 'sequence', entry: index, message });
    }
    if (sequence >= expected) next.set(subject.id, sequence + 1);
  }

  #noteDetail(index: number, { detail }: LogEntry): void {
    if (detail === undefined) return;
    const known = this.#details.get(detail.sha256);
    if (known === undefined) this.#details.set(detail.sha256, { bytes: detail.bytes, entry: index });
    else if (known.bytes !== detail.bytes) {
      const message = `entry ${index} says ${detail.bytes} bytes of detail ${detail.sha256}, entry ${known.entry} ${known.bytes}`;
      this.#findings.fault({ kind: 'detail', entry: index, message });
    }
  }
}
