// Fetching a log by windows of time, whatever way a system pages within one: oldest window first, and none before the system
// has had time to write its last records. A cursor says the window, the listing within it and the page; a page that is read
// twice says the same records.
import * as z from 'zod';
import { PermanentError } from '../core/errors.ts';
import { type ActivityFeed, type ActivityPage, LONGEST_WINDOW_MS, type Window } from './activity-source.ts';

export interface FetchedPage {
  readonly records: readonly unknown[];
  /** Undefined: this was the last of the listing. */
  readonly next: string | undefined;
}

export interface WindowedFeedOptions {
  /** As errors show it: `Okta System Log`. */
  readonly name: string;
  /** Each is read to its end within a window. At least one. */
  readonly listings: readonly string[];
  /** After so long most records are there. */
  readonly lagMs: number;
  /** After so long each window is fetched once more, for what the system showed late; what comes later still is not. */
  readonly againAfterMs: number;
  fetchPage(listing: string, window: Window, page: string | undefined): Promise<FetchedPage>;
}

const MAXIMUM_PAGE_TOKEN = 1_800;
/** So long a window that is fetched again is at least: few have anything new in them. */
const LEAST_AGAIN_MS = 10 * 60_000;

const cursorSchema = z.strictObject({
  fromMs: z.int().min(0),
  toMs: z.int().min(0),
  listing: z.int().min(0).max(100),
  page: z.string().max(MAXIMUM_PAGE_TOKEN).optional(),
});
type Cursor = z.infer<typeof cursorSchema>;

export function windowedFeed(options: WindowedFeedOptions): ActivityFeed {
  return {
    async read(cursor, nowMs) {
      const ripeMs = nowMs - options.lagMs;
      const first = { fromMs: ripeMs - LONGEST_WINDOW_MS, toMs: ripeMs, listing: 0 };
      return read(options, cursorFrom(options, cursor, first), { ripeMs, leastMs: 0 });
    },
    async readAgain(cursor, nowMs, firstCursor) {
      // What was not fetched yet is not fetched again: it would be taken for new.
      const { fromMs } = cursorFrom(options, firstCursor, { fromMs: nowMs, toMs: nowMs, listing: 0 });
      const ripeMs = Math.min(nowMs - options.againAfterMs, fromMs);
      const first = { fromMs, toMs: fromMs, listing: 0 };
      return read(options, cursorFrom(options, cursor, first), { ripeMs, leastMs: LEAST_AGAIN_MS });
    },
  };
}

/** Up to when windows reach, and how long one is at least (ms). */
interface Reach {
  readonly ripeMs: number;
  readonly leastMs: number;
}

async function read(options: WindowedFeedOptions, kept: Cursor, reach: Reach): Promise<ActivityPage> {
  const { listings, name } = options;
  const at = grown(kept, reach);
  const listing = listings[at.listing] ?? listings[0];
  // A window that was over before it began, and one of a clock that was set back, has nothing yet.
  if (listing === undefined || at.toMs <= at.fromMs) return { records: [], cursor: JSON.stringify(at), more: false };
  const { records, next } = await options.fetchPage(listing, at, at.page);
  const page = { records, window: { fromMs: at.fromMs, toMs: at.toMs } };
  if (next !== undefined) {
    if (next === at.page) throw new PermanentError(`${name}: paging does not advance: likely a provider bug`);
    if (next.length > MAXIMUM_PAGE_TOKEN)
      throw new PermanentError(`${name}: expected a page token of at most ${MAXIMUM_PAGE_TOKEN} characters`);
    return { ...page, cursor: JSON.stringify({ ...at, page: next }), more: true };
  }
  const { page: _done, ...rest } = at;
  if (at.listing + 1 < listings.length)
    return { ...page, cursor: JSON.stringify({ ...rest, listing: at.listing + 1 }), more: true };
  const following = windowAfter(at.toMs, reach);
  return { ...page, cursor: JSON.stringify({ ...following, listing: 0 }), more: following.toMs > following.fromMs };
}

function cursorFrom({ name }: WindowedFeedOptions, kept: string | undefined, first: Cursor): Cursor {
  if (kept === undefined) return first;
  const parsed = cursorSchema.safeParse(parseJson(kept));
  if (!parsed.success) throw new PermanentError(`${name}: the cursor that was kept is not one of this source`);
  return parsed.data;
}

/** A window that had nothing in it when it was made grows until it is read. */
function grown(cursor: Cursor, reach: Reach): Cursor {
  return cursor.page === undefined && cursor.listing === 0 && cursor.toMs <= cursor.fromMs
    ? { ...windowAfter(cursor.fromMs, reach), listing: 0 }
    : cursor;
}

function windowAfter(fromMs: number, { ripeMs, leastMs }: Reach): Window {
  const toMs = Math.min(ripeMs, fromMs + LONGEST_WINDOW_MS);
  return { fromMs, toMs: toMs < fromMs + leastMs ? fromMs : Math.max(fromMs, toMs) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What an answer holds, as far as a feed reads it: everything else is the records' own. */
export function recordsIn(answer: unknown, member: string, name: string): readonly unknown[] {
  const list = member === '' ? answer : (answer as Record<string, unknown> | undefined)?.[member];
  if (list === undefined && member !== '') return [];
  if (!Array.isArray(list)) throw new PermanentError(`${name}: expected a list of records`);
  return list;
}
