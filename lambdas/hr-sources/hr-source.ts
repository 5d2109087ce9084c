// What an HR system must bring so that what it says becomes facts: proof of who sent a delivery, and a reading of it.
// One file per kind of system, one line in registry.ts; the deployment settings say which sources there are of it.
import * as z from 'zod';
import type { PersonSnapshot, SnapshotReading } from '../core/hr/person-snapshot.ts';
import type { Fact } from '../core/identity/facts.ts';

/** One kind of HR system, of which a deployment may have several sources: two tenants, say. */
export interface HrSource<Settings = unknown> {
  /** The word written under `type` in the deployment settings; also the file's name. */
  readonly type: string;
  /** A source's `settings`; checked when the app is synthesised. */
  readonly settings: z.ZodType<Settings>;
  /** `generated`: a text that the deployment makes and HR is given; `issued`: what the HR system makes, put in by hand. */
  readonly secret: 'generated' | 'issued';
  /** The media types it sends, without parameters. */
  readonly mediaTypes: readonly string[];
  /** Whether one of the secrets, all valid at once, signed exactly these bytes, and recently. In constant time. */
  authenticate(delivery: SignedDelivery, secrets: readonly string[], nowMs: number): boolean;
  /** What the delivery says. Throws InvalidInputError with every fault, or TooManyItemsError. */
  read(delivery: ReceivedDelivery, settings: Settings): Reading;
  /** Where people are read who are only said to have changed. Having this *is* declaring that there are such. */
  connect?(connection: HrConnection<Settings>): HrSystem;
}

export interface SignedDelivery {
  /** The bytes as they came: a signature is over these and nothing else. */
  readonly body: Buffer;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

export interface ReceivedDelivery {
  /** The source's id, as in the path. */
  readonly source: string;
  readonly body: Buffer;
  readonly mediaType: string;
  readonly receivedMs: number;
}

/** One of three: what happened, what somebody is, or only who changed. */
export type Reading = EventsReading | SnapshotsReading | ChangedReading;

/** Facts, in the order of the delivery. */
export interface EventsReading {
  readonly kind: 'events';
  /** Whether the answer is a list. */
  readonly batch: boolean;
  readonly events: readonly TranslatedEvent[];
}

/** People as they are; compared with what is known as a row of a population file is. At most 100. */
export interface SnapshotsReading {
  readonly kind: 'snapshots';
  readonly snapshots: readonly PersonSnapshot[];
  /** When the HR system saw them so (epoch ms). */
  readonly writtenMs: number;
}

/** Ids of people, each once, whom the HR system is to be asked about. At most 500. */
export interface ChangedReading {
  readonly kind: 'changed';
  readonly personIds: readonly string[];
}

export interface TranslatedEvent {
  readonly fact: Fact;
  /** SHA-256 of the event's canonical JSON: tells a duplicate from a conflict. */
  readonly payloadHash: string;
  /** JSON pointer to the event within the body; empty when it is the body. */
  readonly pointer: string;
}

export interface HrConnection<Settings> {
  readonly settings: Settings;
  /** The source's current secret, as it lies in Secrets Manager. */
  readonly secret: string;
  /** How long one call may take, in milliseconds. */
  readonly callTimeoutMs: number;
}

/** The HR system's own API. */
export interface HrSystem {
  /**
   * Somebody as they are now; undefined: there is no such person, and the system says so.
   *
   * @throws RetryableError for what may pass by itself; PermanentError for what a person must mend
   */
  readPerson(personId: string): Promise<SnapshotReading | undefined>;
}

/** More of something than one delivery may hold. */
export class TooManyItemsError extends Error {
  override readonly name = 'TooManyItemsError';
}

export const MAXIMUM_SNAPSHOTS = 100;
export const MAXIMUM_CHANGED = 500;

/** The id of a person within an HR system: part of a message group, of an item's key and of a path. */
export const personIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._@+=-]{0,63}$/, 'expected 1 to 64 letters, digits or . _ @ + = -');
