// What one commit to the log holds: which of some audit entries are new, where they stand, and how each subject's own
// entries are numbered. Whoever commits does so on the condition of everything that was read here, so that of two who
// plan for one position one alone can write: the position is the fence.

/** Where the log ends. */
export interface LogHead {
  /** Entries committed so far, which is the position of the next one. */
  readonly size: number;
  /** When the sealing that was asked for last is due (epoch ms). Absent: none was asked for yet. */
  readonly wakeMs?: number | undefined;
}

/** An audit entry that is to have a place in the log. */
export interface Candidate {
  /** Unique in the log; the same audit entry always has the same. */
  readonly id: string;
  /** `<kind>#<id>`: whose entries it is numbered among. */
  readonly subject: string;
  /** Bytes of its leaf, whatever its number. */
  readonly maximumBytes: number;
  /** The leaf, which says the number. */
  readonly toLeaf: (sequence: number) => Uint8Array;
}

/** What the log says about some candidates. */
export interface Positions {
  readonly head: LogHead;
  /** Entry id → its position; those that have one. */
  readonly indexes: ReadonlyMap<string, number>;
  /** Subject → how many entries it has; those that have any. */
  readonly counts: ReadonlyMap<string, number>;
}

export interface LogCommit {
  /** The position of the first; the commit fails when the log does not end there. */
  readonly from: number;
  readonly leaves: readonly Uint8Array[];
  /** The entries' ids, in the same order. */
  readonly entryIds: readonly string[];
  /** Each subject's count as it was read, and as it becomes. */
  readonly counts: readonly SubjectCount[];
}

export interface SubjectCount {
  readonly subject: string;
  readonly before: number;
  readonly after: number;
}

/**
 * DynamoDB takes 100 items in a transaction: an entry takes one, and another for its subject; the head and the batch are
 * two more. 48 leave two to spare.
 */
export const MAXIMUM_COMMIT_ENTRIES = 48;
/** An item of DynamoDB has 400 kB, and the batch is one. */
export const MAXIMUM_COMMIT_BYTES = 350_000;

/** In their order, in parts that each fit into one commit. */
export function commitsOf(candidates: readonly Candidate[]): readonly (readonly Candidate[])[] {
  const parts: Candidate[][] = [];
  let part: Candidate[] = [];
  let bytes = 0;
  for (const candidate of candidates) {
    const isFull = part.length === MAXIMUM_COMMIT_ENTRIES || bytes + candidate.maximumBytes > MAXIMUM_COMMIT_BYTES;
    if (part.length === 0 || isFull) {
      part = [];
      parts.push(part);
      bytes = 0;
    }
    part.push(candidate);
    bytes += candidate.maximumBytes;
  }
  return parts;
}

/** What several readings say together; the latest head of them, since the log never shrinks. */
export function together(readings: readonly Positions[]): Positions {
  const head = readings.reduce((latest, one) => (one.head.size > latest.size ? one.head : latest), {
    size: 0,
  } as LogHead);
  return {
    head,
    indexes: new Map(readings.flatMap(({ indexes }) => [...indexes])),
    counts: new Map(readings.flatMap(({ counts }) => [...counts])),
  };
}

/** What the log says after that, as long as nobody else has written: who finds otherwise reads anew. */
export function afterCommit({ head, indexes, counts }: Positions, commit: LogCommit, wakeMs?: number): Positions {
  return {
    head: { ...head, size: commit.from + commit.leaves.length, ...(wakeMs !== undefined && { wakeMs }) },
    indexes: new Map([
      ...indexes,
      ...commit.entryIds.map((id, offset): [string, number] => [id, commit.from + offset]),
    ]),
    counts: new Map([...counts, ...commit.counts.map(({ subject, after }): [string, number] => [subject, after])]),
  };
}

/** Undefined: all of them have their place already. */
export function planCommit(
  candidates: readonly Candidate[],
  { head, indexes, counts }: Positions,
): LogCommit | undefined {
  const fresh = new Map<string, Candidate>();
  // Who is named twice stands where it was named first.
  for (const candidate of candidates) {
    if (!indexes.has(candidate.id) && !fresh.has(candidate.id)) fresh.set(candidate.id, candidate);
  }
  if (fresh.size === 0) return undefined;
  const after = new Map<string, number>();
  const leaves = [...fresh.values()].map(({ subject, toLeaf }) => {
    const sequence = after.get(subject) ?? counts.get(subject) ?? 0;
    after.set(subject, sequence + 1);
    return toLeaf(sequence);
  });
  return {
    from: head.size,
    leaves,
    entryIds: [...fresh.keys()],
    counts: [...after].map(([subject, count]) => ({ subject, before: counts.get(subject) ?? 0, after: count })),
  };
}
