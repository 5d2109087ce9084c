// Bulk (RFC 7644 section 3.7): several changes in one request. A shortcut, never a condition: what a provider that
// announces it does not do this way, for whatever reason, its connector does one by one.
import * as z from 'zod';
import { RetryableError } from '../../core/errors.ts';
import { type HttpClient, RefusedError } from '../../outbound/http-client.ts';

const BULK_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';
/** Where the provider names no limit of its own. */
const MAX_OPERATIONS = 100;
const MAX_PAYLOAD_BYTES = 256 * 1024;

/** `bulk` of ServiceProviderConfig (RFC 7643 section 5). */
export const bulkConfigSchema = z.object({
  supported: z.boolean(),
  maxOperations: z.int().min(0).nullish(),
  /** In bytes. */
  maxPayloadSize: z.int().min(0).nullish(),
});
export type BulkConfig = z.infer<typeof bulkConfigSchema>;

/** A PATCH that may be repeated, as its own request would send it. */
export interface BulkChange {
  /** Percent-encoded, from the base URL: `/Groups/42`. */
  readonly path: string;
  readonly data: object;
}

/** The status is a string in the RFC's examples, a number with some; what the response tells beyond its code is not read. */
const answerSchema = z.object({
  Operations: z.array(
    z.object({
      bulkId: z.string().nullish(),
      location: z.string().nullish(),
      status: z.coerce.number(),
      response: z.unknown().optional(),
    }),
  ),
});
type OperationAnswer = z.infer<typeof answerSchema>['Operations'][number];

export interface BulkSenderOptions {
  readonly client: HttpClient;
  readonly config: BulkConfig | null | undefined;
  /** From the answer to one operation: was it done, or nothing left to do? */
  readonly isDone: (status: number, response: unknown) => boolean;
}

/** The bulk requests of one connection: what it learns of the provider's limits is kept for the next. */
export class BulkSender {
  readonly #client: HttpClient;
  readonly #isDone: (status: number, response: unknown) => boolean;
  readonly #maxPayloadBytes: number;
  /** Fewer than two: the provider takes none. */
  #maxOperations: number;

  constructor({ client, config, isDone }: BulkSenderOptions) {
    this.#client = client;
    this.#isDone = isDone;
    this.#maxOperations = config?.supported === true ? (config.maxOperations ?? MAX_OPERATIONS) : 0;
    this.#maxPayloadBytes = config?.maxPayloadSize ?? MAX_PAYLOAD_BYTES;
  }

  /**
   * Tries all changes. Returns those that are done.
   *
   * @throws RetryableError when the provider asks to wait before anything was done
   */
  async send<Change extends BulkChange>(changes: readonly Change[]): Promise<ReadonlySet<Change>> {
    const done = new Set<Change>();
    for (let from = 0; from < changes.length && this.#maxOperations > 1; ) {
      const batch = firstOf(changes.slice(from), this.#maxOperations, this.#maxPayloadBytes);
      // Larger than the provider takes all by itself.
      if (batch.length === 0) break;
      try {
        const answers = await this.#request(batch);
        for (const [index, change] of batch.entries()) {
          const answer = answers.find((each) => isAnswerTo(each, change, index));
          if (answer !== undefined && this.#isDone(answer.status, answer.response)) done.add(change);
        }
        from += batch.length;
      } catch (error) {
        if (error instanceof RetryableError && error.retryAfterMs !== undefined && done.size === 0) throw error;
        const isTooLarge = error instanceof RefusedError && error.status === 413;
        this.#maxOperations = isTooLarge ? Math.floor(batch.length / 2) : 0;
      }
    }
    return done;
  }

  /** Without failOnErrors all operations are tried. An answer that cannot be read tells of nothing done. */
  async #request(batch: readonly BulkChange[]): Promise<readonly OperationAnswer[]> {
    const answer = await this.#client.send({ method: 'POST', path: '/Bulk', body: requestOf(batch), idempotent: true });
    const parsed = answerSchema.safeParse(answer);
    // Some providers announce it and know but a part: the rest of this connection does without.
    if (!parsed.success) this.#maxOperations = 0;
    return parsed.data?.Operations ?? [];
  }
}

/** As many as the provider takes in one request. */
function firstOf<Change extends BulkChange>(
  changes: readonly Change[],
  maxOperations: number,
  maxPayloadBytes: number,
): readonly Change[] {
  const batch: Change[] = [];
  let bytes = sizeOf(requestOf([]));
  for (const change of changes.slice(0, maxOperations)) {
    const comma = batch.length === 0 ? 0 : 1;
    bytes += comma + sizeOf(operationOf(change, batch.length));
    if (bytes > maxPayloadBytes) break;
    batch.push(change);
  }
  return batch;
}

function requestOf(batch: readonly BulkChange[]): object {
  return { schemas: [BULK_SCHEMA], Operations: batch.map(operationOf) };
}

function operationOf({ path, data }: BulkChange, index: number): object {
  return { method: 'PATCH', bulkId: bulkIdOf(index), path, data };
}

/** Only a new resource needs an id of its own, so providers may leave it out of the answer: then its location tells. */
function isAnswerTo({ bulkId, location }: OperationAnswer, { path }: BulkChange, index: number): boolean {
  return bulkId ? bulkId === bulkIdOf(index) : location?.endsWith(path) === true;
}

function bulkIdOf(index: number): string {
  return `change-${index}`;
}

function sizeOf(value: object): number {
  return Buffer.byteLength(JSON.stringify(value));
}
