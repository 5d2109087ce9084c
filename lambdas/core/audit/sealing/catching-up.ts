// The stream of the audit table forgets after 24 hours, and what could not become an entry is passed over. So somebody walks
// through the whole table, slowly, again and again, and gives a place to whatever has none.

export interface CatchUp {
  /** Raised by each write. */
  readonly revision: number;
  /** From 1. The first brings in what was there before the log was. */
  readonly pass: number;
  readonly passStartedMs: number;
  /** Where the pass goes on; absent: it is through. */
  readonly after?: string | undefined;
  /** Whether this pass is through. */
  readonly isThrough: boolean;
}

/** What is younger may still be in the stream. */
export const STILL_IN_STREAM_MS = 3_600_000;
/** A pass begins so long after the one before it began: four times within what the stream remembers. */
export const BETWEEN_PASSES_MS = 6 * 3_600_000;

/** The pass that goes on, or begins, now; undefined: none is due. */
export function dueCatchUp(kept: CatchUp | undefined, nowMs: number): CatchUp | undefined {
  if (kept === undefined) return { revision: 0, pass: 1, passStartedMs: nowMs, isThrough: false };
  if (!kept.isThrough) return kept;
  if (nowMs < kept.passStartedMs + BETWEEN_PASSES_MS) return undefined;
  return { revision: kept.revision, pass: kept.pass + 1, passStartedMs: nowMs, isThrough: false };
}

/** After one page, whose last place is `after`; absent: it was the last. */
export function advanced(walk: CatchUp, after: string | undefined): CatchUp {
  const { after: _before, ...rest } = walk;
  return {
    ...rest,
    revision: walk.revision + 1,
    isThrough: after === undefined,
    ...(after !== undefined && { after }),
  };
}

/** Whether an entry of that time should have come through the stream by now. */
export function isOverdue(at: string, nowMs: number): boolean {
  const atMs = Date.parse(at);
  // What has no time that can be read is looked at as well.
  return Number.isNaN(atMs) || atMs <= nowMs - STILL_IN_STREAM_MS;
}
