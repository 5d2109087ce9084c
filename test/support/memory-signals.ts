// What is remembered of signals, without AWS: on the conditions of dynamo-signal-store.ts.
import type { AuditStore } from '../../lambdas/stores/audit/audit-store.ts';
import type { SignalStore } from '../../lambdas/stores/signals/signal-store.ts';

export function memorySignals(audit: Pick<AuditStore, 'append'>): SignalStore {
  const taken = new Map<string, string>();
  const verified = new Map<string, number>();
  const told = new Map<string, number>();
  const keyOf = (transmitter: string, id: string) => JSON.stringify([transmitter, id]);
  return {
    async findTaken(transmitter, jti) {
      return taken.get(keyOf(transmitter, jti));
    },
    async saveTaken({ transmitter, jti, tokenHash }, _untilMs, entries) {
      const key = keyOf(transmitter, jti);
      if (taken.has(key)) return false;
      taken.set(key, tokenHash);
      await audit.append(entries);
      return true;
    },
    async findVerified(transmitter) {
      return verified.get(transmitter);
    },
    async saveVerified(transmitter, verifiedMs) {
      if (!verified.has(transmitter)) verified.set(transmitter, verifiedMs);
    },
    async wasTold(transmitter, telling, nowMs) {
      return (told.get(keyOf(transmitter, telling)) ?? 0) > nowMs;
    },
    async saveTold(transmitter, telling, untilMs) {
      told.set(keyOf(transmitter, telling), untilMs);
    },
  };
}
