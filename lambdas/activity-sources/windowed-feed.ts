// Fetching a log by windows of time, whatever way a system pages within one: oldest window first, and none before the system
// has had time to write its last records. A cursor says the window, the listing within it and the page; a page that is read
// twice says the same records.
import * as z from 'zod';
import { PermanentError } from '../core/errors.ts';
import type { ActivityFeed, ActivityPage } from './activity-source.ts';

/** Epoch ms; from the first, up to and without the second. */
export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

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
  /** After so long a record can be fetched; what comes later is not. */
  readonly lagMs: number;
  fetchPage(listing: string, window: Window, page: string | undefined): Promise<FetchedPage>;
}

const HOUR_MS = 3_600_000;
/** So far back the first window begins, and so long is one at most, after an outage say. */
const LONGEST_WINDOW_MS = HOUR_MS;
const MAXIMUM_PAGE_TOKEN = 1_800;

const cursorSchema = z.strictObject({
  fromMs: z.int().min(0),
  toMs: z.int().min(0),
  listing: z.int().min(0).max(100),
  page: z.string().max(MAXIMUM_PAGE_TOKEN).optional(),
});
type Cursor = z.infer<typeof cursorSchema>;

export function windowedFeed(options: WindowedFeedOptions): ActivityFeed {
  return { read: (cursor, nowMs) => read(options, cursor, nowMs) };
}

async function read(options: WindowedFeedOptions, kept: string | undefined, nowMs: number): Promise<ActivityPage> {
  const { listings, lagMs, name } = options;
  const ripeMs = nowMs - lagMs;
  const at = toCursor(name, kept, ripeMs);
  const listing = listings[at.listing] ?? listings[0];
  // A window that was over before it began, and one of a clock that was set back, has nothing yet.
  if (listing === undefined || at.toMs <= at.fromMs) return { records: [], cursor: JSON.stringify(at), more: false };
  const { records, next } = await options.fetchPage(listing, at, at.page);
  if (next !== undefined) {
    if (next === at.page) throw new PermanentError(`${name}: paging does not advance: likely a provider bug`);
    if (next.length > MAXIMUM_PAGE_TOKEN)
      throw new PermanentError(`${name}: expected a page token of at most ${MAXIMUM_PAGE_TOKEN} characters`);
    return { records, cursor: JSON.stringify({ ...at, page: next }), more: true };
  }
  const { page: _done, ...window } = at;
  if (at.listing + 1 < listings.length)
    return { records, cursor: JSON.stringify({ ...window, listing: at.listing + 1 }), more: true };
  const following = windowAfter(at.toMs, ripeMs);
  return { records, cursor: JSON.stringify({ ...following, listing: 0 }), more: following.toMs > following.fromMs };
}

function toCursor(name: string, kept: string | undefined, ripeMs: number): Cursor {
  if (kept === undefined) return { fromMs: ripeMs - LONGEST_WINDOW_MS, toMs: ripeMs, listing: 0 };
  const parsed = cursorSchema.safeParse(parseJson(kept));
  if (!parsed.success) throw new PermanentError(`${name}: the cursor that was kept is not one of this source`);
  const cursor = parsed.data;
  // A window that had nothing in it when it was made grows until it is read.
  return cursor.page === undefined && cursor.listing === 0 && cursor.toMs <= cursor.fromMs
    ? { ...windowAfter(cursor.fromMs, ripeMs), listing: 0 }
    : cursor;
}

function windowAfter(fromMs: number, ripeMs: number): Window {
  return { fromMs, toMs: Math.max(fromMs, Math.min(ripeMs, fromMs + LONGEST_WINDOW_MS)) };
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
