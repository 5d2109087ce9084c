// Evidence from the log: every entry is looked at once, in the log's order, and each population is complete for its period
// or says that it is not. What should be there and is not is listed with what the log says in its place.
import type { LogEntry } from '../log-entry.ts';
import { type EvidenceRow, POPULATIONS, type PopulationName, rowOf } from './populations.ts';

export interface EvidenceScope {
  /** RFC 3339, UTC, milliseconds: entries from here on. */
  readonly from: string;
  /** Entries before this. */
  readonly until: string;
  /** A pseudonym: entries about this subject alone. */
  readonly subject?: string | undefined;
  readonly populations: readonly PopulationName[];
}

/** Something that a control expects to follow, and the log does not have. */
export interface Missing {
  readonly index: number;
  readonly at: string;
  readonly subject: string;
  readonly expected: string;
  /** What the log says in its place. */
  readonly because: string;
}

export interface Collected {
  readonly rows: Readonly<Partial<Record<PopulationName, readonly EvidenceRow[]>>>;
  readonly missing: readonly Missing[];
  /** Hashes of the access models that the entries rest on. */
  readonly modelHashes: readonly string[];
  /** Entries in the period and about the subject, and the first and last of them. */
  readonly entries: number;
  readonly firstIndex?: number | undefined;
  readonly lastIndex?: number | undefined;
}

/** More than a population has whose evidence anybody reads; a shorter period has fewer. */
export const MAXIMUM_ROWS = 1_000_000;

interface OpenLeaver {
  readonly index: number;
  readonly at: string;
  readonly version: number;
  because: string;
}

interface OpenCall {
  readonly index: number;
  readonly at: string;
  readonly subject: string;
}

const NOTHING_YET = 'nothing follows in the log';

export class EvidenceCollector {
  readonly #scope: EvidenceScope;
  readonly #maximumRows: number;
  readonly #rows = new Map<PopulationName, EvidenceRow[]>();
  readonly #missing: Missing[] = [];
  readonly #leavers = new Map<string, OpenLeaver[]>();
  readonly #calls = new Map<string, OpenCall>();
  readonly #models = new Set<string>();
  #entries = 0;
  #firstIndex: number | undefined;
  #lastIndex: number | undefined;

  constructor(scope: EvidenceScope, maximumRows = MAXIMUM_ROWS) {
    this.#scope = scope;
    this.#maximumRows = maximumRows;
    for (const name of scope.populations) this.#rows.set(name, []);
  }

  /** Each entry of the log, in its order; those after the period too, which say what became of what was in it. */
  add(index: number, entry: LogEntry): void {
    const { subject } = this.#scope;
    if (subject !== undefined && entry.subject.id !== subject) return;
    const row = rowOf(index, entry);
    const isWithin = entry.at >= this.#scope.from && entry.at < this.#scope.until;
    if (isWithin) this.#count(row);
    this.#follow(row, entry, isWithin);
  }

  finish(): Collected {
    const leavers = [...this.#leavers].flatMap(([subject, open]) =>
      open.map(({ index, at, because }) => ({ index, at, subject, expected: 'a removal that is proven', because })),
    );
    const calls = [...this.#calls.values()].map((call) => ({
      ...call,
      expected: 'what the system shows after a call that was announced',
      because: NOTHING_YET,
    }));
    return {
      rows: Object.fromEntries(this.#rows),
      missing: [...this.#missing, ...leavers, ...calls].sort((one, other) => one.index - other.index),
      modelHashes: [...this.#models].sort(),
      entries: this.#entries,
      firstIndex: this.#firstIndex,
      lastIndex: this.#lastIndex,
    };
  }

  #count(row: EvidenceRow): void {
    this.#entries += 1;
    this.#firstIndex ??= row.index;
    this.#lastIndex = row.index;
    if (row.modelHash !== '') this.#models.add(row.modelHash);
    for (const [name, rows] of this.#rows) {
      if (!POPULATIONS[name].holds(row)) continue;
      if (rows.length === this.#maximumRows)
        throw new RangeError(`${name} has more than ${this.#maximumRows} entries: ask for a shorter period`);
      rows.push(row);
    }
  }

  #follow(row: EvidenceRow, { event, subject, actor }: LogEntry, isWithin: boolean): void {
    const { index, at, version } = row;
    const open = this.#leavers.get(subject.id) ?? [];
    const callId = typeof event['callId'] === 'string' ? `${subject.id} ${event['callId']}` : undefined;
    switch (event.type) {
      case 'fact-recorded':
        for (const leaver of open) leaver.because = `${spokenBy(actor)}: ${row.action}, entry ${index}`;
        if (row.action !== 'leaver' || !isWithin) return;
        this.#leavers.set(subject.id, [...open, { index, at, version: Number(version), because: becauseOf(event) }]);
        return;
      case 'removal-proven':
        // Of a version that the proof had heard of.
        this.#leavers.set(
          subject.id,
          open.filter((leaver) => leaver.version > Number(version)),
        );
        return;
      case 'escalated':
      case 'residual-window':
      case 'task-opened':
        for (const leaver of open) leaver.because = `${event.type}, entry ${index}`;
        return;
      case 'access-intended':
        if (isWithin && callId !== undefined) this.#calls.set(callId, { index, at, subject: subject.id });
        return;
      case 'access-read-back':
        if (callId !== undefined) this.#calls.delete(callId);
        return;
      case 'access-changed':
        if (isWithin && row.action === 'grant' && row.profiles === '') this.#missing.push(withoutReason(row));
    }
  }
}

/** Operators release and drop what was held, attest and merge; Tenure itself hands over. */
function spokenBy({ type }: LogEntry['actor']): string {
  if (type === 'hr-source') return 'HR spoke again';
  return type === 'operator' ? 'an operator decided' : 'Tenure went on';
}

function becauseOf({ holdId }: LogEntry['event']): string {
  return holdId === undefined ? NOTHING_YET : 'it was held by the mass-error guard';
}

function withoutReason({ index, at, subject, application, grant }: EvidenceRow): Missing {
  const because = `${grant} in ${application} was held before a leave, or is given by no access profile`;
  return { index, at, subject, expected: 'a reason for the grant', because };
}
