// A file of the whole population, compared with what is known. What differs becomes the events that the HR system could
// have sent itself, so that everything behind intake is one. Each event's id follows from the file and its content:
// reading the same file again, half or whole, changes nothing.
import * as z from 'zod';
import { canonicalJson, sha256Hex } from '../canonical-json.ts';
import type { Fault } from '../errors.ts';
import { faultsOf } from '../faults.ts';
import {
  type AttributeName,
  type Attributes,
  attributesSchema,
  identityIdSchema,
  momentSchema,
} from '../identity/attributes.ts';
import type { Fact } from '../identity/facts.ts';
import { identityAt, isEmployed, type Timeline } from '../identity/timeline.ts';
import { DEFAULT_TIME_ZONE, resolveMoment, toIso } from '../moment.ts';
import { readHrEvent, translateHrEvent } from './hr-event.ts';

export interface PopulationFile {
  readonly source: string;
  /** Names this version of this file: 16 hexadecimal digits. */
  readonly fileId: string;
  /** When the file was written: what it says counts from then (epoch ms). */
  readonly writtenMs: number;
}

const rowSchema = z.strictObject({
  identityId: identityIdSchema,
  /** When the employment begins. Without one: when the file was written. Somebody departed is hired anew only by it. */
  effectiveAt: momentSchema.optional(),
  ...attributesSchema.partial().shape,
});
export type PopulationRow = z.infer<typeof rowSchema>;
type RowAttributes = Omit<PopulationRow, 'identityId' | 'effectiveAt'>;
export const COLUMNS: readonly string[] = Object.keys(rowSchema.shape);

/** An empty cell of these says that there is none; of any other, that the file does not know. */
const EMPTY_IS_NONE: readonly string[] = ['manager', 'endsAt'];

export type RowReading =
  | { readonly row: PopulationRow; readonly faults?: undefined }
  /** `identityId` when that much could be read: whoever it is, the file does not lack them. */
  | { readonly row?: undefined; readonly faults: readonly Fault[]; readonly identityId: string | undefined };

export function readRow(value: unknown): RowReading {
  if (value === undefined) return { faults: [{ pointer: '', detail: 'cannot be read' }], identityId: undefined };
  const parsed = rowSchema.safeParse(typeof value === 'object' && value !== null ? withoutEmpty(value) : value);
  if (parsed.success) return { row: parsed.data };
  const id = identityIdSchema.safeParse(Reflect.get(Object(value), 'identityId'));
  return { faults: faultsOf(parsed.error, ''), identityId: id.success ? id.data : undefined };
}

function withoutEmpty(value: object): Record<string, unknown> {
  const entries = Object.entries(value)
    .map(([name, cell]) => [name, cell === '' && EMPTY_IS_NONE.includes(name) ? null : cell] as const)
    .filter(([, cell]) => cell !== '');
  return Object.fromEntries(entries);
}

/** One event to be recorded, as intake would. */
export interface FeedEvent {
  readonly fact: Fact;
  readonly payloadHash: string;
}

export type Comparison =
  | { readonly outcome: 'unchanged' | 'departed' }
  | { readonly outcome: 'joiner' | 'mover'; readonly event: FeedEvent }
  | { readonly outcome: 'faulty'; readonly faults: readonly Fault[] };

/** What a row says beyond what is known of its identity. */
export function compareRow(
  { identityId, effectiveAt, ...attributes }: PopulationRow,
  timeline: Timeline,
  file: PopulationFile,
  nowMs: number,
): Comparison {
  const state = identityAt(timeline, nowMs);
  const written = toIso(file.writtenMs);
  if (state.status === 'departed') {
    const timeZone = attributes.timeZone ?? state.attributes.timeZone ?? DEFAULT_TIME_ZONE;
    const again = effectiveAt !== undefined && resolveMoment(effectiveAt, timeZone, 'start-of-day') > state.departedMs;
    // An export that is older than the departure, or still lists it, must not bring anybody back.
    if (!again) return { outcome: 'departed' };
  }
  if (isEmployed(state) || state.status === 'pending') {
    const changed = changesIn(attributes, lastSaid(timeline, file.source));
    if (Object.keys(changed).length === 0) return { outcome: 'unchanged' };
    // Another kind comes with requirements of its own, which the rest of the row meets.
    const told = changed.kind === undefined ? changed : attributes;
    return toComparison('mover', identityId, { effectiveAt: written, attributes: told }, file, nowMs);
  }
  return toComparison('joiner', identityId, { effectiveAt: effectiveAt ?? written, attributes }, file, nowMs);
}

/** The leaver of somebody whom this source had introduced and whom its file no longer names; undefined for others. */
export function compareMissing(
  identityId: string,
  timeline: Timeline,
  file: PopulationFile,
  nowMs: number,
): FeedEvent | undefined {
  const state = identityAt(timeline, nowMs);
  if (!isEmployed(state)) return undefined;
  const joiner = timeline.facts.find(({ factId }) => factId === state.joinedBy);
  // Introduced after the file was written, or by somebody else: not its to miss.
  if (joiner?.source !== file.source || joiner.recordedMs > file.writtenMs) return undefined;
  const leaving = timeline.changes.some(({ atMs, state: later }) => atMs > nowMs && !isEmployed(later));
  if (leaving) return undefined;
  const data = { effectiveAt: toIso(file.writtenMs), reason: 'not in the file of the population' };
  const made = makeEvent('leaver', identityId, data, file, nowMs);
  return 'fact' in made ? made : undefined;
}

/** What the source itself said last, whatever others say: it repeats that every day, and it is news only once. */
function lastSaid(timeline: Timeline, source: string): Partial<Attributes> {
  const told = timeline.facts.flatMap((fact) =>
    (fact.type === 'joiner' || fact.type === 'mover') && fact.source === source && !timeline.rescinded.has(fact.factId)
      ? [fact.attributes]
      : [],
  );
  return Object.assign({}, ...told);
}

function changesIn(row: RowAttributes, said: Partial<Attributes>): Partial<Attributes> {
  const names = Object.keys(row) as AttributeName[];
  return Object.fromEntries(
    names
      .filter((name) => row[name] !== undefined && row[name] !== (said[name] ?? null))
      .map((name) => [name, row[name]]),
  );
}

function toComparison(
  outcome: 'joiner' | 'mover',
  identityId: string,
  data: object,
  file: PopulationFile,
  nowMs: number,
): Comparison {
  const made = makeEvent(outcome, identityId, data, file, nowMs);
  return 'fact' in made ? { outcome, event: made } : { outcome: 'faulty', faults: made.faults };
}

function makeEvent(
  type: 'joiner' | 'mover' | 'leaver',
  identityId: string,
  data: object,
  { source, fileId, writtenMs }: PopulationFile,
  nowMs: number,
): FeedEvent | { readonly faults: readonly Fault[] } {
  const content = sha256Hex(canonicalJson({ type, identityId, data }));
  const value = {
    specversion: '1.0',
    id: `feed/${fileId}/${content.slice(0, 32)}`,
    source: `/hr/${source}`,
    type: `jml.${type}`,
    subject: identityId,
    time: toIso(writtenMs),
    data,
  };
  const { event, faults } = readHrEvent(value, source, '', nowMs);
  if (event === undefined) return { faults: faults.map((fault) => ({ ...fault, pointer: inRow(fault.pointer) })) };
  return { fact: translateHrEvent(event, source, nowMs), payloadHash: content };
}

/** Pointers name cells, which the event has under its attributes. */
function inRow(pointer: string): string {
  return pointer.replace(/^\/data(?:\/attributes)?/, '').replace(/^\/subject$/, '/identityId');
}
