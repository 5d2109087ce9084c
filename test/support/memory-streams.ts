// Streams and the tokens that wait for them, without AWS: on the conditions of dynamo-stream-store.ts.
import type { SignalStream } from '../../lambdas/core/signals/stream.ts';
import type { AuditStore } from '../../lambdas/stores/audit/audit-store.ts';
import type { StreamStore } from '../../lambdas/stores/signals/stream-store.ts';

export function memoryStreams(audit: Pick<AuditStore, 'append'>): StreamStore {
  const streams = new Map<string, SignalStream>();
  const waiting = new Map<string, Map<string, string>>();
  const made = new Set<string>();
  const of = (streamId: string) => waiting.get(streamId) ?? new Map<string, string>();
  return {
    async createStream(stream) {
      if (streams.has(stream.receiver)) return false;
      streams.set(stream.receiver, structuredClone(stream));
      return true;
    },
    async findStream(receiver) {
      return structuredClone(streams.get(receiver));
    },
    async saveStream(stream) {
      if (streams.get(stream.receiver)?.streamId !== stream.streamId) return false;
      streams.set(stream.receiver, structuredClone(stream));
      return true;
    },
    async deleteStream({ receiver, streamId }) {
      if (streams.get(receiver)?.streamId === streamId) streams.delete(receiver);
    },
    async putSignal(streamId, { signalId, token }, _untilMs, entries) {
      const key = JSON.stringify([streamId, signalId]);
      if (made.has(key)) return false;
      made.add(key);
      waiting.set(streamId, of(streamId).set(signalId, token));
      await audit.append(entries);
      return true;
    },
    async findSignal(streamId, signalId) {
      const token = of(streamId).get(signalId);
      return token === undefined ? undefined : { signalId, token };
    },
    async listSignals(streamId, limit) {
      const ids = [...of(streamId).keys()].sort().slice(0, limit);
      return ids.map((signalId) => ({ signalId, token: of(streamId).get(signalId) as string }));
    },
    async finishSignals(streamId, signalIds) {
      for (const signalId of signalIds) of(streamId).delete(signalId);
    },
  };
}
