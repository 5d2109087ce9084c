// The default: CloudEvents 1.0 in JSON, structured mode, single or batched (JSON Event Format, sections 3 and 4), signed
// as Standard Webhooks says. Whatever can send these needs no file of its own.
import * as z from 'zod';
import { canonicalJson, sha256Hex } from '../core/canonical-json.ts';
import { type Fault, InvalidInputError } from '../core/errors.ts';
import { readHrEvent, translateHrEvent } from '../core/hr/hr-event.ts';
import { verifySignature } from '../outbound/standard-webhooks.ts';
import {
  type EventsReading,
  type HrSource,
  type ReceivedDelivery,
  TooManyItemsError,
  type TranslatedEvent,
} from './hr-source.ts';

export const BATCH_MEDIA_TYPE = 'application/cloudevents-batch+json';
export const CLOUD_EVENT_MEDIA_TYPES = ['application/json', 'application/cloudevents+json', BATCH_MEDIA_TYPE] as const;

export const MAXIMUM_BATCH_EVENTS = 100;
/** An answer nobody would read to the end, and well below what API Gateway lets through. */
const MAXIMUM_FAULTS = 1_000;

export const cloudEvents: HrSource<Readonly<Record<string, never>>> = {
  type: 'cloud-events',
  settings: z.strictObject({}),
  secret: 'generated',
  mediaTypes: CLOUD_EVENT_MEDIA_TYPES,
  authenticate: verifySignature,
  read: translateCloudEvents,
};

/** Translates all or none: whatever is wrong anywhere in the body is named before anything is written. */
export function translateCloudEvents(delivery: ReceivedDelivery): EventsReading {
  const batch = delivery.mediaType === BATCH_MEDIA_TYPE;
  const values = batch ? readBatch(delivery.body) : [readJson(delivery.body)];
  const faults: Fault[] = [];
  const events: TranslatedEvent[] = [];
  for (const [index, value] of values.entries()) {
    const pointer = batch ? `/${index}` : '';
    const event = translateOne(value, pointer, delivery);
    if ('faults' in event) faults.push(...event.faults);
    else events.push(event);
  }
  if (faults.length > 0) throw invalid(faults);
  return { kind: 'events', batch, events };
}

function translateOne(
  value: unknown,
  pointer: string,
  { source, receivedMs }: ReceivedDelivery,
): TranslatedEvent | { readonly faults: readonly Fault[] } {
  const { event, faults } = readHrEvent(value, source, pointer, receivedMs);
  if (event === undefined) return { faults };
  const payloadHash = hashOf(value);
  if (payloadHash === undefined) return { faults: [{ pointer, detail: 'holds text that is not valid Unicode' }] };
  return { fact: translateHrEvent(event, source, receivedMs), payloadHash, pointer };
}

/** Undefined when the event holds a lone surrogate, which no canonical JSON can: it is all a valid event can lack. */
function hashOf(value: unknown): string | undefined {
  try {
    return sha256Hex(canonicalJson(value));
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

function readBatch(body: Buffer): readonly unknown[] {
  const values = readJson(body);
  if (!Array.isArray(values)) throw invalid([{ pointer: '', detail: 'expected a list of events' }]);
  if (values.length > MAXIMUM_BATCH_EVENTS) {
    throw new TooManyItemsError(`a batch holds at most ${MAXIMUM_BATCH_EVENTS} events`);
  }
  return values;
}

function readJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    // Not the cause: its message quotes the body.
    throw invalid([{ pointer: '', detail: 'expected JSON (RFC 8259)' }]);
  }
}

function invalid(faults: readonly Fault[]): InvalidInputError {
  const left = faults.length - MAXIMUM_FAULTS;
  const shown = faults.slice(0, MAXIMUM_FAULTS);
  const rest: readonly Fault[] = left > 0 ? [{ pointer: '', detail: `and ${left} faults more` }] : [];
  return new InvalidInputError('The events do not hold to the contract.', [...shown, ...rest]);
}
