// What every store of streams promises: a receiver has one, what was made is made once, and what waits is in order.
import { describe, expect, it } from 'vitest';
import { POLL, type SignalStream } from '../../../lambdas/core/signals/stream.ts';
import type { AuditStore } from '../../../lambdas/stores/audit/audit-store.ts';
import type { StreamStore } from '../../../lambdas/stores/signals/stream-store.ts';
import { NOW_MS } from '../identities/examples.ts';

const UNTIL_MS = NOW_MS + 7 * 86_400_000;
const STREAM: SignalStream = { streamId: 's1', receiver: 'crm', delivery: { method: POLL }, status: 'enabled' };
const ENTRY = {
  identityId: 'E1',
  entryId: 'signal-told:s1:1',
  at: '2026-11-23T09:00:00.000Z',
  actor: { type: 'tenure', id: 'make-signals' },
  event: { type: 'signal-told', receiver: 'crm', event: 'session-revoked' },
} as const;

export function describeStreams(
  open: () => Promise<{ readonly streams: StreamStore; readonly audit: AuditStore }>,
): void {
  describe('a stream', () => {
    it('is the only one of its receiver, and changes while it is there', async () => {
      const { streams } = await open();
      expect(await streams.findStream('crm')).toBeUndefined();
      expect(await streams.createStream(STREAM)).toBe(true);
      expect(await streams.createStream({ ...STREAM, streamId: 's2' })).toBe(false);
      const paused: SignalStream = { ...STREAM, status: 'paused', requested: ['uri'], description: 'ours' };
      expect(await streams.saveStream(paused)).toBe(true);
      expect(await streams.findStream('crm')).toEqual(paused);
      expect(await streams.saveStream({ ...STREAM, streamId: 's2' })).toBe(false);
      await streams.deleteStream({ ...STREAM, streamId: 's2' });
      expect(await streams.findStream('crm')).toEqual(paused);
      await streams.deleteStream(STREAM);
      await streams.deleteStream(STREAM);
      expect(await streams.findStream('crm')).toBeUndefined();
      expect(await streams.saveStream(STREAM)).toBe(false);
    });
  });

  describe('tokens that wait', () => {
    it('are put once, with their entry, though they are done with by then', async () => {
      const { streams, audit } = await open();
      const signal = { signalId: '1', token: 'a.b.c' };
      expect(await streams.putSignal('s1', signal, UNTIL_MS, [ENTRY])).toBe(true);
      expect(await streams.putSignal('s1', { ...signal, token: 'd.e.f' }, UNTIL_MS, [ENTRY])).toBe(false);
      expect(await streams.findSignal('s1', '1')).toEqual(signal);
      await streams.finishSignals('s1', ['1', 'never-there']);
      expect(await streams.putSignal('s1', signal, UNTIL_MS, [ENTRY])).toBe(false);
      expect(await streams.findSignal('s1', '1')).toBeUndefined();
      expect((await audit.list('E1', { limit: 10 })).items).toEqual([ENTRY]);
    });

    it('are listed in their order, as many as are asked for, each stream’s own', async () => {
      const { streams } = await open();
      for (const signalId of ['3', '1', '2']) await streams.putSignal('s1', { signalId, token: 't' }, UNTIL_MS, []);
      await streams.putSignal('s2', { signalId: '0', token: 't' }, UNTIL_MS, []);
      const listed = async (limit: number) => (await streams.listSignals('s1', limit)).map(({ signalId }) => signalId);
      expect(await listed(2)).toEqual(['1', '2']);
      await streams.finishSignals('s1', ['1']);
      expect(await listed(9)).toEqual(['2', '3']);
    });
  });
}
