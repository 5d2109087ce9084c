// What an HR system must bring so that its events become facts: proof of who sent them, and their translation. One
// file per system; registry.ts says which source uses which.
import type { Fact } from '../core/identity/facts.ts';

export interface HrSource {
  /** The file's stem. */
  readonly type: string;
  /** The media types it sends, without parameters. */
  readonly mediaTypes: readonly string[];
  /** Whether one of the secrets, all valid at once, signed exactly these bytes, and recently. In constant time. */
  authenticate(delivery: SignedDelivery, secrets: readonly string[], nowMs: number): boolean;
  /** The facts in the order of the delivery. Throws InvalidInputError with every fault, or TooManyEventsError. */
  translate(delivery: ReceivedDelivery): TranslatedDelivery;
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

export interface TranslatedDelivery {
  /** Whether the answer is a list. */
  readonly batch: boolean;
  readonly events: readonly TranslatedEvent[];
}

export interface TranslatedEvent {
  readonly fact: Fact;
  /** SHA-256 of the event's canonical JSON: tells a duplicate from a conflict. */
  readonly payloadHash: string;
  /** JSON pointer to the event within the body; empty when it is the body. */
  readonly pointer: string;
}
