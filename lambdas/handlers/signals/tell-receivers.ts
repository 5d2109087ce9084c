// Telling receivers: a token of one event for each stream that wants it, put where it waits with the record that somebody was
// told of, and queued where it is to be pushed. Doing so twice is doing so once.
import { auditKeyOf, DEPLOYMENT } from '../../core/audit/subject.ts';
import { sha256Hex } from '../../core/canonical-json.ts';
import { toIso } from '../../core/moment.ts';
import { type EventName, uriOf } from '../../core/signals/event-types.ts';
import { claimsOf, payloadOf, signalIdOf, subjectFor, type ToldEvent } from '../../core/signals/made-signals.ts';
import type { Receiver } from '../../core/signals/receiver-settings.ts';
import { PUSH, type SignalStream, wants } from '../../core/signals/stream.ts';
import type { SubjectId } from '../../core/signals/subject-id.ts';
import { deployedReceivers } from '../../stores/deployed-receivers.ts';
import { fromEnvironment } from '../../stores/environment.ts';
import { dynamoStreamStore } from '../../stores/signals/dynamo-stream-store.ts';
import { type SignalQueue, sqsSignalQueue } from '../../stores/signals/signal-queue.ts';
import { kmsSignalSigner, type SignalSigner } from '../../stores/signals/signal-signer.ts';
import type { StreamStore } from '../../stores/signals/stream-store.ts';
import type { LoadedIdentity } from '../shared/load-identity.ts';

export interface TellDependencies {
  readonly streams: StreamStore;
  readonly signer: SignalSigner;
  readonly queue: SignalQueue;
  readonly receivers: readonly Receiver[];
  readonly issuer: string;
  readonly clock: () => number;
}

export function liveTelling(): TellDependencies {
  return {
    streams: dynamoStreamStore(),
    signer: kmsSignalSigner(),
    queue: sqsSignalQueue(),
    receivers: deployedReceivers(),
    issuer: fromEnvironment('signalIssuer'),
    clock: Date.now,
  };
}

/** What was not fetched by then is dropped. */
const WAITING_MS = 7 * 86_400_000;

interface Cause {
  /** The same for the same cause. */
  readonly cause: string;
  readonly version: number;
}

/** To every receiver that wants to know. @param hasOwnAddress whether the e-mail address is nobody else's by now */
export async function tellReceivers(
  dependencies: TellDependencies,
  { record: { header, accounts } }: Pick<LoadedIdentity, 'record'>,
  events: readonly ToldEvent[],
  { cause, version }: Cause,
  hasOwnAddress = true,
): Promise<void> {
  for (const receiver of dependencies.receivers) {
    if (receiver.subject.format === 'email' && !hasOwnAddress) continue;
    const stream = await dependencies.streams.findStream(receiver.id);
    const subject = stream && subjectFor(receiver, header, accounts);
    if (subject === undefined) continue;
    for (const told of events) {
      if (!wants(stream as SignalStream, uriOf(told.event))) continue;
      const made = { streamId: (stream as SignalStream).streamId, cause, version };
      await putToken(dependencies, receiver, stream as SignalStream, {
        name: told.event,
        about: header.identityId,
        signalId: signalIdOf(made, told.event),
        subject,
        payload: payloadOf(told),
      });
    }
  }
}

export interface Token {
  readonly name: EventName;
  /** The identity; undefined: it is about the stream. */
  readonly about?: string | undefined;
  readonly signalId: string;
  readonly subject: SubjectId;
  readonly payload: Readonly<Record<string, unknown>>;
}

export async function putToken(
  { streams, signer, queue, issuer, clock }: TellDependencies,
  { id, audience }: Receiver,
  { streamId, delivery, status }: SignalStream,
  { name, about, signalId, subject, payload }: Token,
): Promise<void> {
  const nowMs = clock();
  const claims = { issuer, audience, jti: signalId, nowMs, subject, uri: uriOf(name), payload };
  const token = await signer.sign(claimsOf(claims));
  const entry = {
    identityId: about ?? auditKeyOf(DEPLOYMENT),
    entryId: `signal-told:${streamId}:${signalId}`,
    at: toIso(nowMs),
    actor: { type: 'tenure', id: 'tell-receivers' },
    event: { type: 'signal-told', receiver: id, event: name },
  } as const;
  await streams.putSignal(streamId, { signalId, token }, nowMs + WAITING_MS, [entry]);
  // Queued again as well: whoever put it may have died in between, and what is done with is not pushed.
  if (delivery.method !== PUSH || status !== 'enabled') return;
  await queue.send({ receiver: id, streamId, signalId }, groupOf(streamId, subject));
}

/** What is told of one person is told in order. */
function groupOf(streamId: string, subject: SubjectId): string {
  return sha256Hex(JSON.stringify([streamId, subject]));
}

/** What waited while the stream was paused. */
export async function queueWaiting(
  { streams, queue }: Pick<TellDependencies, 'streams' | 'queue'>,
  { receiver, streamId, delivery }: SignalStream,
): Promise<void> {
  if (delivery.method !== PUSH) return;
  for (const { signalId } of await streams.listSignals(streamId, MAXIMUM_WAITING)) {
    await queue.send({ receiver, streamId, signalId }, sha256Hex(streamId));
  }
}

/** Of 2 KB each: well within one page of DynamoDB. More than that are queued when some of them are gone. */
const MAXIMUM_WAITING = 400;
