// Asks a witness to cosign a checkpoint (C2SP tlog-witness, add-checkpoint). Whatever it answers is bounded in time and size,
// and proves nothing yet: whoever asks checks the signature.
import { addCheckpointBody } from '../core/audit/tlog/cosignature.ts';
import { RetryableError } from '../core/errors.ts';
import { readBounded } from './http-client.ts';
import { networkError } from './network-failure.ts';

export interface WitnessRequest {
  /** Without a trailing slash. */
  readonly url: string;
  readonly oldSize: number;
  readonly proof: readonly Uint8Array[];
  /** The checkpoint, signed by the log. */
  readonly note: string;
}

export type WitnessAnswer =
  /** What it says are signatures of notes. */
  | { readonly kind: 'signed'; readonly signatures: string }
  /** The size that it last cosigned is another; undefined: it did not say which. */
  | { readonly kind: 'conflict'; readonly size: number | undefined }
  /** The old size and the proof do not lead to the checkpoint, by what it knows. */
  | { readonly kind: 'inconsistent' }
  | { readonly kind: 'refused'; readonly status: number };

/** Throws RetryableError or PermanentError when there was no answer. */
export type AskWitness = (request: WitnessRequest) => Promise<WitnessAnswer>;

const TIMEOUT_MS = 5_000;
/** A hundred signatures. */
const MAXIMUM_ANSWER_BYTES = 16_384;
const WHAT = 'witness POST /add-checkpoint';

export const askWitness: AskWitness = async ({ url, oldSize, proof, note }) => {
  const body = addCheckpointBody(oldSize, proof, note);
  try {
    const response = await fetch(`${url}/add-checkpoint`, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return answerOf(response, await readBounded(response, WHAT, MAXIMUM_ANSWER_BYTES));
  } catch (error) {
    throw error instanceof RetryableError ? error : networkError(error, WHAT, TIMEOUT_MS);
  }
};

function answerOf({ status, headers }: Response, text: string): WitnessAnswer {
  if (status === 200) return { kind: 'signed', signatures: text };
  if (status === 422) return { kind: 'inconsistent' };
  if (status !== 409) return { kind: 'refused', status };
  // A natural number in its one form, and its newline.
  const isSize = headers.get('content-type') === 'text/x.tlog.size' && /^(?:0|[1-9]\d{0,14})\n$/.test(text);
  return { kind: 'conflict', size: isSize ? Number(text) : undefined };
}
