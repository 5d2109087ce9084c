// The guard's memory without DynamoDB, on the same conditions as dynamo-hold-store.ts.
import type { AuditEntry } from '../../lambdas/core/audit/audit.ts';
import type { Disabling } from '../../lambdas/core/hr/mass-error-guard.ts';
import type { CountedPopulation, Hold, HoldStore } from '../../lambdas/stores/holds/hold-store.ts';
import type { Page } from '../../lambdas/stores/page.ts';
import { MemoryTable, through } from './memory-table.ts';

export interface MemoryHolds extends HoldStore {
  /** Whether a decision was begun and has not been carried out. */
  isDeciding(): boolean;
}

/** `table` takes the entries; `before` is awaited before each call takes effect. */
export function memoryHolds(
  table = new MemoryTable(),
  before?: ((method: string) => Promise<void>) | undefined,
): MemoryHolds {
  const holds = new Map<string, Hold>();
  const held = new Map<string, Set<string>>();
  const lately: Disabling[] = [];
  let population: CountedPopulation | undefined;
  const change = (
    holdId: string,
    holds_: (hold: Hold) => boolean,
    changes: Partial<Hold>,
    audit: readonly AuditEntry[] = [],
  ) => {
    const hold = holds.get(holdId);
    if (hold === undefined || !holds_(hold)) return false;
    return table.transact(true, audit, () => holds.set(holdId, structuredClone({ ...hold, ...changes })));
  };
  const store: HoldStore = {
    async openHold(hold, audit) {
      const known = holds.get(hold.holdId);
      if (known !== undefined) return structuredClone(known);
      const fresh = audit.every((entry) => table.isNew(entry)) ? audit : [];
      table.transact(true, fresh, () => holds.set(hold.holdId, structuredClone(hold)));
      return hold;
    },
    async findHold(holdId) {
      return structuredClone(holds.get(holdId));
    },
    async listHolds({ status, limit, after }) {
      const sorted = [...holds.values()].sort((a, b) => (a.holdId < b.holdId ? 1 : -1));
      const rest = sorted.filter(({ holdId }) => after === undefined || holdId < after);
      const { items, next } = pageOf(rest, ({ holdId }) => holdId, limit);
      return { items: items.filter((hold) => hold.status === status), next };
    },
    async markAlerted(holdId) {
      change(holdId, () => true, { alerted: true });
    },
    async addHeld(holdId, identityIds) {
      if (identityIds.length > 50) throw new Error('too many for one transaction');
      if (holds.get(holdId)?.status !== 'open') return false;
      held.set(holdId, new Set([...(held.get(holdId) ?? []), ...identityIds]));
      return true;
    },
    async listHeld({ holdId, limit, after }) {
      const rest = [...(held.get(holdId) ?? [])].sort().filter((id) => after === undefined || id > after);
      return pageOf(rest, (id) => id, limit);
    },
    async isHeld(holdId, identityId) {
      return held.get(holdId)?.has(identityId) ?? false;
    },
    async removeHeld(holdId, identityId) {
      held.get(holdId)?.delete(identityId);
    },
    async decideHold(holdId, status, decision, audit) {
      return change(holdId, (hold) => hold.status === 'open', { status, decision }, audit);
    },
    async closeHold(holdId, status, from = status === 'released' ? 'releasing' : 'dropping', audit = []) {
      change(holdId, (hold) => hold.status === from, { status }, audit);
    },
    async noteErasure(holdId, erasure, begun) {
      const isAsRead = (hold: Hold) => hold.status === 'releasing' && hold.erasure?.begun?.salt === begun?.salt;
      return change(holdId, isAsRead, { erasure });
    },
    async callOff(holdId, decision, audit) {
      const isWaiting = (hold: Hold) => hold.status === 'releasing' && hold.erasure?.begun === undefined;
      return change(holdId, isWaiting, { status: 'dropped', decision }, audit);
    },
    async closeErasure(holdId, erasure, decision) {
      change(holdId, ({ status }) => status === 'releasing', { status: 'released', erasure, decision });
    },
    async noteDisabling(disabling) {
      lately.push(structuredClone(disabling));
    },
    async listDisabling(sinceMs, limit) {
      const since = lately.filter(({ atMs }) => atMs >= sinceMs).sort((a, b) => a.atMs - b.atMs);
      const newest = [...new Map(since.map((one) => [one.deliveryId, one])).values()].sort((a, b) => b.atMs - a.atMs);
      return structuredClone({ items: newest.slice(0, limit), isWhole: newest.length < limit });
    },
    async savePopulation(counted) {
      population = structuredClone(counted);
    },
    async findPopulation() {
      return structuredClone(population);
    },
  };
  const isDeciding = () => [...holds.values()].some(({ status }) => status === 'releasing' || status === 'dropping');
  return { ...through(store, before), isDeciding };
}

function pageOf<Item>(items: readonly Item[], keyOf: (item: Item) => string, limit: number): Page<Item> {
  const shown = items.slice(0, limit);
  const last = shown.at(-1);
  return structuredClone({
    items: shown,
    next: items.length > limit && last !== undefined ? keyOf(last) : undefined,
  });
}
