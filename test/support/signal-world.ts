// A transmitter of signals as it is deployed, without AWS: its routes behind a loopback server, its queues in memory, its key
// in the process, and an HR system that brings people about.
import { createSign, generateKeyPairSync } from 'node:crypto';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { ssfRoutes } from '../../lambdas/api/ssf.ts';
import { massErrorGuardSchema } from '../../lambdas/core/hr/mass-error-guard.ts';
import { stageOfFact } from '../../lambdas/core/identity/stage.ts';
import { buildTimeline } from '../../lambdas/core/identity/timeline.ts';
import { type Receiver, receiverSchema } from '../../lambdas/core/signals/receiver-settings.ts';
import { receiveHrEvent } from '../../lambdas/handlers/hr/receive-hr-event.ts';
import { createStream } from '../../lambdas/handlers/signals/create-stream.ts';
import { deleteStream } from '../../lambdas/handlers/signals/delete-stream.ts';
import { fetchSignals } from '../../lambdas/handlers/signals/fetch-signals.ts';
import { getSignalKeys } from '../../lambdas/handlers/signals/get-signal-keys.ts';
import { getSsfConfiguration } from '../../lambdas/handlers/signals/get-ssf-configuration.ts';
import { issueSignalToken } from '../../lambdas/handlers/signals/issue-signal-token.ts';
import { pushSignals } from '../../lambdas/handlers/signals/push-signals.ts';
import { readStreamStatus } from '../../lambdas/handlers/signals/read-stream-status.ts';
import { readStreams } from '../../lambdas/handlers/signals/read-streams.ts';
import { replaceStream } from '../../lambdas/handlers/signals/replace-stream.ts';
import { tellOfCredentials } from '../../lambdas/handlers/signals/tell-of-credentials.ts';
import { tellOfStages } from '../../lambdas/handlers/signals/tell-of-stages.ts';
import { updateStream } from '../../lambdas/handlers/signals/update-stream.ts';
import { updateStreamStatus } from '../../lambdas/handlers/signals/update-stream-status.ts';
import { verifyStream } from '../../lambdas/handlers/signals/verify-stream.ts';
import type { ApiHandler } from '../../lambdas/middleware/serve-api.ts';
import { DETAIL_TYPES } from '../../lambdas/stores/event-bus.ts';
import type { QueuedSignal } from '../../lambdas/stores/signals/signal-queue.ts';
import { jwkOf, type SignalSigner } from '../../lambdas/stores/signals/signal-signer.ts';
import { answer, apiDependencies, SECRET, signedRequest } from './api-requests.ts';
import type { leaverEvent } from './hr-events.ts';
import { memoryHolds } from './memory-holds.ts';
import { memoryStreams } from './memory-streams.ts';
import { serveHandlers } from './serve-handlers.ts';

export const RECEIVER_SECRET = 'secret-of-the-receiver';
const KEYS = generateKeyPairSync('rsa', { modulusLength: 2_048 });

function signerInProcess(): SignalSigner {
  const jwk = jwkOf(KEYS.publicKey.export({ type: 'spki', format: 'der' }));
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  return {
    keys: async () => [jwk],
    async sign(claims) {
      const unsigned = `${encode({ alg: 'RS256', typ: 'secevent+jwt', kid: jwk.kid })}.${encode(claims)}`;
      return `${unsigned}.${createSign('RSA-SHA256').update(unsigned).sign(KEYS.privateKey, 'base64url')}`;
    },
  };
}

interface Waiting extends QueuedSignal {
  readonly messageId: string;
  readonly receiptHandle: string;
  tries: number;
  visibleMs: number;
}

/** @param written receivers, as the settings have them */
export async function startSignalWorld(written: readonly object[], startMs = Date.now()) {
  const dependencies = Object.assign(apiDependencies(), { nowMs: startMs });
  const receivers: readonly Receiver[] = written.map((one) => receiverSchema.parse(one));
  const streams = memoryStreams(dependencies.audit);
  const waiting = new Map<string, Waiting>();
  const deadLetters: { readonly body: string; readonly reason: string }[] = [];
  const logged: string[] = [];
  let ids = 0;
  const newId = () => {
    ids += 1;
    return `id-${ids}`;
  };
  const secrets = new Map(receivers.map(({ id }) => [id, [RECEIVER_SECRET]]));
  const log = (message: string, details: object) => void logged.push(JSON.stringify([message, details]));
  let issuer = '';
  const telling = () => ({
    ...dependencies,
    clock: () => dependencies.nowMs,
    streams,
    signer: signerInProcess(),
    receivers,
    issuer,
    newId,
    secretsOf: async (id: string) => secrets.get(id) ?? [],
    queue: {
      async send(signal: QueuedSignal) {
        const messageId = newId();
        waiting.set(messageId, { ...signal, messageId, receiptHandle: messageId, tries: 0, visibleMs: 0 });
      },
    },
    log,
  });
  const server = await serveHandlers(() => {
    const own = telling();
    const answering: Readonly<Record<keyof typeof ssfRoutes, ApiHandler>> = {
      'get-ssf-configuration': getSsfConfiguration(own),
      'get-signal-keys': getSignalKeys(own),
      'issue-signal-token': issueSignalToken(own),
      'create-stream': createStream(own),
      'read-streams': readStreams(own),
      'update-stream': updateStream(own),
      'replace-stream': replaceStream(own),
      'delete-stream': deleteStream(own),
      'read-stream-status': readStreamStatus(own),
      'update-stream-status': updateStreamStatus(own),
      'verify-stream': verifyStream(own),
      'fetch-signals': fetchSignals(own),
    };
    return Object.fromEntries(
      Object.values(ssfRoutes).map(({ name, method, path }) => [`${method} ${path}`, answering[name]]),
    );
  });
  issuer = server.url;

  /** As HR says it; what it brings about at once is on the bus. */
  async function hr(event: ReturnType<typeof leaverEvent>): Promise<void> {
    const guard = { settings: massErrorGuardSchema.parse({}), holds: memoryHolds(), alert: async () => {} };
    const receive = receiveHrEvent({ ...dependencies, guard, secretsOf: async () => [SECRET] });
    const answered = await answer(receive, signedRequest(event, { atMs: dependencies.nowMs }));
    if (answered.status !== 202) throw new Error(JSON.stringify(answered));
    await publish(event.subject, `acme-hr:${event.id}`);
  }

  /** What the outbox makes of a fact, and the rule of the bus of that. Twice is once. */
  async function publish(identityId: string, factId: string): Promise<void> {
    const record = await dependencies.directory.load(identityId);
    const stage = stageOfFact(buildTimeline(record?.facts ?? []), factId, dependencies.nowMs);
    const detail = { identityId, version: record?.header.version ?? 0, trigger: factId };
    const body = JSON.stringify({ 'detail-type': DETAIL_TYPES[stage], source: 'tenure', detail });
    const { batchItemFailures } = await tellOfStages(telling())({ Records: [{ messageId: 'm', body }] });
    if (batchItemFailures.length > 0) throw new Error('nobody was told');
  }

  /** Pushes what is visible. */
  async function push(): Promise<void> {
    const visible = [...waiting.values()].filter(({ visibleMs }) => visibleMs <= dependencies.nowMs).slice(0, 10);
    for (const message of visible) message.tries += 1;
    const { batchItemFailures } = await pushSignals({
      streams,
      receivers,
      log,
      queue: {
        async postpone({ messageId }, seconds) {
          const message = waiting.get(messageId);
          if (message !== undefined) message.visibleMs = dependencies.nowMs + seconds * 1_000;
        },
        async giveUp({ body }, reason) {
          deadLetters.push({ body, reason });
        },
      },
    })({
      Records: visible.map(({ messageId, receiptHandle, receiver, streamId, signalId, tries }) => ({
        messageId,
        receiptHandle,
        body: JSON.stringify({ receiver, streamId, signalId }),
        attributes: { ApproximateReceiveCount: tries },
      })),
    });
    const left = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    for (const { messageId } of visible) if (!left.has(messageId)) waiting.delete(messageId);
  }

  /** Entries, as the stream of the audit table hands them on. */
  async function audited(...entries: readonly object[]): Promise<void> {
    const Records = entries.map((entry, index) => ({
      eventName: 'INSERT',
      dynamodb: { SequenceNumber: String(index + 1), NewImage: marshall(entry) as Record<string, AttributeValue> },
    }));
    const { batchItemFailures } = await tellOfCredentials(telling())({ Records });
    if (batchItemFailures.length > 0) throw new Error('nobody was told');
  }

  const told = async (about: string) => {
    const { items } = await dependencies.audit.list(about, { limit: 100 });
    return items.map(({ event }) => event).filter(({ type }) => type === 'signal-told');
  };
  return {
    issuer,
    dependencies,
    streams,
    secrets,
    waiting,
    deadLetters,
    logged,
    hr,
    publish,
    audited,
    push,
    told,
    stop: server.stop,
  };
}

export type SignalWorld = Awaited<ReturnType<typeof startSignalWorld>>;
