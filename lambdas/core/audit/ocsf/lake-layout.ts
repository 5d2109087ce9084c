// Where rows lie in the lake: as Amazon Security Lake asks of a custom source, with a source for each class ("Collecting
// data from custom sources"), and so that an object is rewritten whole while its part of the log grows.
import * as z from 'zod';
import { OCSF_CLASS_NAMES, type OcsfClassName } from './classes.ts';
import type { OcsfEvent } from './ocsf-event.ts';

/** Entries whose rows of one class and day share an object. */
export const ENTRIES_OF_A_PART = 65_536;
/** Entries that are taken at a time: a multiple of the log's bundles, and a divisor of a part. */
export const ENTRIES_AT_A_TIME = 8_192;

export const LAKE_PREFIX = 'ext';
/** Raised when a column changes its meaning: Security Lake's version of a custom source. */
const SOURCE_VERSION = '1.0';
const PART_DIGITS = 10;

/** How many entries of which log are in the lake: written after their rows. */
export const POSITION_KEY = 'lake/position.json';
export const lakePositionSchema = z.strictObject({ origin: z.string().min(1), size: z.int().min(0) });

export interface LakePlace {
  readonly region: string;
  readonly accountId: string;
}

export function sourceOf(name: OcsfClassName): string {
  return `tenure_${name}`;
}

/** With the names of Glue's partitions, which are lower case, in place of values: `storage.location.template`. */
export const LOCATION_TEMPLATE = `${LAKE_PREFIX}/\${source}/${SOURCE_VERSION}/region=\${region}/accountId=\${accountid}/eventDay=\${eventday}/`;

export function lakeKey(name: OcsfClassName, eventDay: string, part: number, { region, accountId }: LakePlace): string {
  const folder = `${LAKE_PREFIX}/${sourceOf(name)}/${SOURCE_VERSION}/region=${region}/accountId=${accountId}`;
  return `${folder}/eventDay=${eventDay}/part-${String(part).padStart(PART_DIGITS, '0')}.parquet`;
}

export interface LakeKey {
  readonly name: OcsfClassName;
  readonly eventDay: string;
  readonly part: number;
  readonly place: LakePlace;
}

const KEY = new RegExp(
  `^${LAKE_PREFIX}/tenure_([a-z_]+)/${SOURCE_VERSION.replace('.', '\\.')}/region=([^/]+)/accountId=([^/]+)/eventDay=(\\d{8})/part-(\\d{${PART_DIGITS}})\\.parquet$`,
);

/** What `lakeKey` made the key of; undefined: it did not. */
export function parseLakeKey(key: string): LakeKey | undefined {
  const [, called, region = '', accountId = '', eventDay = '', digits = ''] = KEY.exec(key) ?? [];
  const name = OCSF_CLASS_NAMES.find((each) => each === called);
  return name && { name, eventDay, part: Number(digits), place: { region, accountId } };
}

export function partOf(index: number): number {
  return Math.floor(index / ENTRIES_OF_A_PART);
}

/** Where the entries from `from` on that are taken together end: never in another part. */
export function endOfChunk(from: number, size: number): number {
  return Math.min(size, from - (from % ENTRIES_AT_A_TIME) + ENTRIES_AT_A_TIME);
}

/** An object's rows after the entries from `from` to before `to` were put into it; the same when that is done twice. */
export function mergeRows(
  existing: readonly OcsfEvent[],
  fresh: readonly OcsfEvent[],
  from: number,
  to: number,
): readonly OcsfEvent[] {
  const others = existing.filter((row) => indexOf(row) < from || indexOf(row) >= to);
  return [...others, ...fresh].sort(byTime);
}

function byTime(left: OcsfEvent, right: OcsfEvent): number {
  return timeOf(left) - timeOf(right) || indexOf(left) - indexOf(right) || rowOf(left) - rowOf(right);
}

function timeOf({ members }: OcsfEvent): number {
  return members['time'] as number;
}

export function indexOf({ members }: OcsfEvent): number {
  return (members['unmapped'] as { readonly log_index: number }).log_index;
}

function rowOf({ members }: OcsfEvent): number {
  return (members['unmapped'] as { readonly row: number }).row;
}
