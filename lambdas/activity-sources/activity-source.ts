// What a system that logs activity must bring so that its records can be judged: proof of who sent them or a way to fetch
// them, and a reading of each. One file per kind of source, one line in registry.ts.
import type * as z from 'zod';
import type { RefusedRecord, Translation } from '../core/detection/activity.ts';

/** One kind of source, of which a deployment may have several: two tenants, say. */
export interface ActivitySource<Settings = unknown> {
  /** The word written under `type` in the deployment settings; also the file's name. */
  readonly type: string;
  readonly settings: z.ZodType<Settings>;
  /** `generated`: a text that the deployment makes and the sender is given; `issued`: made by the system, put in by hand. */
  readonly secret: 'generated' | 'issued' | 'none';
  /** Whether one of the secrets, all valid at once, signed exactly these bytes, and recently. Having this *is* taking posts. */
  authenticate?(delivery: SignedActivity, secrets: readonly string[], nowMs: number): boolean;
  /** The records of what was posted, of a file (unpacked), or of an event of a bus. At most MAXIMUM_RECORDS. */
  split(body: Buffer): SplitRecords;
  /** Never throws. Pure: the same record says the same at any time, but for `receivedMs`. */
  translate(raw: unknown, origin: ActivityOrigin<Settings>): Translation;
  /** Where records are fetched. Having this *is* being able to be polled. */
  connect?(connection: ActivityConnection<Settings>): ActivityFeed;
  /** Whether the settings say where from. @default it is not fetched */
  isFetched?(settings: Settings): boolean;
}

export interface SignedActivity {
  readonly body: Buffer;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

export interface SplitRecords {
  /** In the order of the body; parsed, each no larger than MAXIMUM_RECORD_BYTES. */
  readonly records: readonly unknown[];
  /** Those that could not even be read. */
  readonly refused: readonly RefusedRecord[];
}

export interface ActivityOrigin<Settings> {
  /** The source's id in the deployment's settings. */
  readonly source: string;
  readonly settings: Settings;
  readonly receivedMs: number;
}

export interface ActivityConnection<Settings> {
  readonly settings: Settings;
  /** As it lies in Secrets Manager. */
  readonly secret: string;
  readonly callTimeoutMs: number;
}

export interface ActivityFeed {
  /**
   * One page after a cursor, oldest first where the system can. A page that is read twice says the same records, so that
   * whoever stops before the cursor is kept loses nothing; each record's own id tells that it is the same.
   */
  read(cursor: string | undefined, nowMs: number): Promise<ActivityPage>;
  /**
   * The same windows once more, later, for what the system showed late: most of a page was read before. By a cursor of its
   * own, and never beyond that of `read`.
   */
  readAgain(cursor: string | undefined, nowMs: number, firstCursor: string): Promise<ActivityPage>;
}

/** Epoch ms; from the first, up to and without the second. */
export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface ActivityPage {
  readonly records: readonly unknown[];
  /** Where the next page begins; kept once the records are. At most MAXIMUM_CURSOR characters. */
  readonly cursor: string;
  /** There is more at once. */
  readonly more: boolean;
  /** In which the records lie. Absent: there was nothing to read yet. */
  readonly window?: Window | undefined;
}

/** Of one delivery or file; a larger file is cut into several by whoever puts it. */
export const MAXIMUM_RECORDS = 10_000;
export const MAXIMUM_CURSOR = 2_048;
/** So far back the first window of a feed begins, and so long is one at most, after an outage say. */
export const LONGEST_WINDOW_MS = 3_600_000;
