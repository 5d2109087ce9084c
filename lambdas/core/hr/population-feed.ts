// A file of the whole population, row by row. Each row is a snapshot of one person, and whoever is missing is gone:
// person-snapshot.ts compares both with what is known.
import * as z from 'zod';
import type { Fault } from '../errors.ts';
import { faultsOf } from '../faults.ts';
import { identityIdSchema, momentSchema, saidAttributesSchema } from '../identity/attributes.ts';
import { duplicatesAmong } from '../identity/merged-identities.ts';
import { identityAt, isEmployed, type Timeline } from '../identity/timeline.ts';
import type { MassErrorGuardSettings } from './mass-error-guard.ts';
import { compareGone, type PersonSnapshot, type SnapshotOrigin } from './person-snapshot.ts';

const rowSchema = z.strictObject({
  identityId: identityIdSchema,
  /** When the employment begins. Without one: when the file was written. Somebody departed is hired anew only by it. */
  effectiveAt: momentSchema.optional(),
  ...saidAttributesSchema.shape,
});
export const COLUMNS: readonly string[] = Object.keys(rowSchema.shape);

/** An empty cell of these says that there is none; of any other, that the file does not know. */
const EMPTY_IS_NONE: readonly string[] = ['manager', 'endsAt'];
/** A cell that says of any attribute that there is none, as MySQL and PostgreSQL write NULL. JSON Lines have null. */
export const NONE = '\\N';

export type RowReading =
  | { readonly row: PersonSnapshot; readonly faults?: undefined }
  /** `identityId` when that much could be read: whoever it is, the file does not lack them. */
  | { readonly row?: undefined; readonly faults: readonly Fault[]; readonly identityId: string | undefined };

export function readRow(value: unknown): RowReading {
  if (value === undefined) return { faults: [{ pointer: '', detail: 'cannot be read' }], identityId: undefined };
  const parsed = rowSchema.safeParse(typeof value === 'object' && value !== null ? withoutEmpty(value) : value);
  if (parsed.success) {
    const { identityId, effectiveAt, ...attributes } = parsed.data;
    return { row: { identityId, ...(effectiveAt !== undefined && { effectiveAt }), attributes } };
  }
  return { faults: faultsOf(parsed.error, ''), identityId: readIdentityId(value) };
}

/** Whom a row names, whatever else it says; undefined when not even that can be read. */
export function readIdentityId(value: unknown): string | undefined {
  return identityIdSchema.safeParse(Reflect.get(Object(value), 'identityId')).data;
}

/** What the rows of a file have named so far. */
export interface NamedByRows {
  readonly seen: Set<string>;
  /** Ids in lower case → as a row spelled them first. */
  readonly spellings: Map<string, string>;
}

export type TakenRow =
  /** `first`: how the file spelled the id first. */
  | { readonly row: PersonSnapshot; readonly first: string; readonly faults?: undefined }
  | { readonly row?: undefined; readonly faults: readonly Fault[] };

/** Each identity once: of several rows of one the first counts. */
export function takeRow(value: unknown, { seen, spellings }: NamedByRows): TakenRow {
  const { row, faults, ...read } = readRow(value);
  const identityId = row?.identityId ?? ('identityId' in read ? read.identityId : undefined);
  const again = identityId !== undefined && seen.has(identityId);
  if (identityId !== undefined) seen.add(identityId);
  if (row === undefined || again) {
    return { faults: faults ?? [{ pointer: '/identityId', detail: 'is in an earlier row, which counts' }] };
  }
  const first = spellings.get(row.identityId.toLowerCase()) ?? row.identityId;
  spellings.set(row.identityId.toLowerCase(), first);
  return { row, first };
}

function withoutEmpty(value: object): Record<string, unknown> {
  const entries = Object.entries(value)
    .map(([name, cell]) => [name, saysNone(name, cell) ? null : cell] as const)
    .filter(([, cell]) => cell !== '');
  return Object.fromEntries(entries);
}

function saysNone(name: string, cell: unknown): boolean {
  return cell === NONE || (cell === '' && EMPTY_IS_NONE.includes(name));
}

/**
 * Somebody whom the file does not name, by no id of theirs. Whom a leaver ends already leaves then; the end of a contract
 * is no leaver, and may be a year away. Whom a file had announced for a day to come does not come after all.
 */
export function compareMissing(
  identityId: string,
  timeline: Timeline,
  file: SnapshotOrigin,
  nowMs: number,
  isNamed: (identityId: string) => boolean,
): ReturnType<typeof compareGone> {
  if ([...duplicatesAmong(timeline.facts).keys()].some(isNamed)) return { outcome: 'unchanged' };
  const isExpected = isEmployed(identityAt(timeline, nowMs))
    ? !timeline.changes.some(({ atMs, state, factId }) => atMs > nowMs && !isEmployed(state) && factId !== undefined)
    : isAnnounced(timeline, file, nowMs);
  if (!isExpected) return { outcome: 'unchanged' };
  return compareGone(identityId, timeline, file, nowMs, 'not in the file of the population');
}

/** Of so many the file is taken for a part of one. @returns what is wrong with it */
export function faultOfMissing(
  missing: number,
  present: number,
  { missingShare, neverHeld }: Pick<MassErrorGuardSettings, 'missingShare' | 'neverHeld'>,
): string | undefined {
  const isTooMany = missing > neverHeld && missing > missingShare * (missing + present);
  return isTooMany ? `lacks ${missing} of ${missing + present} people` : undefined;
}

/** An event may announce somebody before the files do, which list those employed. */
function isAnnounced(timeline: Timeline, { source }: SnapshotOrigin, nowMs: number): boolean {
  const joining = timeline.changes.find(({ atMs, state }) => atMs > nowMs && isEmployed(state));
  const announced = timeline.facts.find(({ factId }) => factId === joining?.factId);
  return announced?.source === source && announced.sourceEventId.startsWith('feed/');
}
