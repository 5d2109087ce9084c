// What every store of signals promises: a token is taken once, a stream is verified from the first time on, and what
// somebody was told of is not told again for a while.
import { describe, expect, it } from 'vitest';
import type { AuditStore } from '../../../lambdas/stores/audit/audit-store.ts';
import type { SignalStore } from '../../../lambdas/stores/signals/signal-store.ts';
import { NOW_MS } from '../identities/examples.ts';

const LATER_MS = NOW_MS + 86_400_000;
const TAKEN = { transmitter: 'idp', jti: 'jti-1', tokenHash: 'a'.repeat(64) };
const ENTRY = {
  identityId: 'E1',
  entryId: 'signal:idp:1',
  at: '2026-11-23T09:00:00.000Z',
  actor: { type: 'tenure', id: 'take-signal' },
  event: {
    type: 'signal-received',
    transmitter: 'idp',
    event: 'session-revoked',
    jti: 'jti-1',
    issuedAt: '2026-11-23T09:00:00.000Z',
    response: 'recorded',
  },
} as const;

export function describeSignals(
  open: () => Promise<{ readonly signals: SignalStore; readonly audit: AuditStore }>,
): void {
  describe('tokens of signals', () => {
    it('are taken once, with their entry; another under the same id is not', async () => {
      const { signals, audit } = await open();
      const entries = async () => (await audit.list('E1', { limit: 10 })).items;
      expect(await signals.findTaken('idp', 'jti-1')).toBeUndefined();
      expect(await signals.saveTaken(TAKEN, LATER_MS, [ENTRY])).toBe(true);
      expect(await signals.saveTaken({ ...TAKEN, tokenHash: 'b'.repeat(64) }, LATER_MS, [ENTRY])).toBe(false);
      expect(await signals.findTaken('idp', 'jti-1')).toBe(TAKEN.tokenHash);
      expect(await entries()).toEqual([ENTRY]);
    });

    it('of two transmitters have ids of their own, however long', async () => {
      const { signals } = await open();
      const jti = '#é'.repeat(100);
      expect(await signals.saveTaken({ ...TAKEN, jti }, LATER_MS, [])).toBe(true);
      expect(await signals.saveTaken({ ...TAKEN, jti, transmitter: 'partner' }, LATER_MS, [])).toBe(true);
      expect(await signals.findTaken('other', jti)).toBeUndefined();
    });
  });

  it('a stream is verified since the first time', async () => {
    const { signals } = await open();
    expect(await signals.findVerified('idp')).toBeUndefined();
    await signals.saveVerified('idp', NOW_MS);
    await signals.saveVerified('idp', NOW_MS + 5);
    expect([await signals.findVerified('idp'), await signals.findVerified('partner')]).toEqual([NOW_MS, undefined]);
  });

  it('what somebody was told of is told again when its time is over', async () => {
    const { signals } = await open();
    expect(await signals.wasTold('idp', 'E1', NOW_MS)).toBe(false);
    await signals.saveTold('idp', 'E1', NOW_MS + 10);
    expect(await signals.wasTold('idp', 'E1', NOW_MS + 9)).toBe(true);
    expect(await signals.wasTold('idp', 'E1', NOW_MS + 10)).toBe(false);
    expect(await signals.wasTold('idp', 'E2', NOW_MS)).toBe(false);
    expect(await signals.wasTold('partner', 'E1', NOW_MS)).toBe(false);
  });
}
