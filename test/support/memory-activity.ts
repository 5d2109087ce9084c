// What is kept of activity without DynamoDB, on the same conditions as dynamo-activity-store.ts: test/stores/activity holds
// both to them.
import type { AuditEntry } from '../../lambdas/core/audit/audit.ts';
import type { Alert, Mute } from '../../lambdas/core/detection/alert.ts';
import {
  type ActivityStore,
  fetchedId,
  type KeptMemory,
  type NotedEmergency,
  type SourceCursor,
  type UnknownActor,
} from '../../lambdas/stores/activity/activity-store.ts';
import { keep } from './memory-table.ts';

export interface MemoryActivity extends ActivityStore {
  readonly alerts: ReadonlyMap<string, Alert>;
  readonly memories: ReadonlyMap<string, KeptMemory>;
  readonly entries: readonly AuditEntry[];
}

export function memoryActivity(): MemoryActivity {
  const memories = new Map<string, KeptMemory>();
  const alerts = new Map<string, Alert>();
  const mutes = new Map<string, Mute>();
  const unknown = new Map<string, UnknownActor>();
  const cursors = new Map<string, SourceCursor>();
  const fetched: { readonly source: string; readonly fromMs: number; readonly ids: readonly string[] }[] = [];
  const clues = new Map<string, Set<string>>();
  const listed = new Map<string, readonly string[]>();
  const emergencies = new Map<string, NotedEmergency>();
  const entries: AuditEntry[] = [];
  const isNew = (audit: readonly AuditEntry[]) =>
    !audit.some((one) =>
      entries.some(
        (other) =>
          JSON.stringify([other.identityId, other.at, other.entryId]) ===
          JSON.stringify([one.identityId, one.at, one.entryId]),
      ),
    );
  const isNext = (alert: Alert) => (alerts.get(alert.alertId)?.revision ?? 0) === alert.revision - 1;
  const pageOf = <Item>(items: readonly Item[], { limit, after }: { limit: number; after?: string | undefined }) => {
    const from = after === undefined ? 0 : Number(after);
    const next = from + limit < items.length ? String(from + limit) : undefined;
    return { items: items.slice(from, from + limit), next };
  };
  return {
    alerts,
    memories,
    entries,
    async recall(subjectIds) {
      return new Map(subjectIds.flatMap((id) => (memories.has(id) ? [[id, memories.get(id) as KeptMemory]] : [])));
    },
    async remember({ memory, alerts: changed, audit }) {
      const before = memories.get(memory.subjectId)?.revision ?? 0;
      if (before !== memory.revision - 1 || !changed.every(isNext) || !isNew(audit)) return false;
      memories.set(memory.subjectId, keep(memory));
      for (const alert of changed) alerts.set(alert.alertId, keep(alert));
      entries.push(...audit);
      return true;
    },
    async findAlerts(alertIds) {
      return alertIds.flatMap((alertId) => alerts.get(alertId) ?? []);
    },
    async listAlerts({ status, ...page }) {
      const found = [...alerts.values()].filter((alert) => alert.status === status);
      return pageOf(
        found.sort((one, other) => other.foundMs - one.foundMs),
        page,
      );
    },
    async saveAlert(alert, audit, mute) {
      if (!isNext(alert) || !isNew(audit)) return false;
      alerts.set(alert.alertId, keep(alert));
      if (mute !== undefined) mutes.set(mute.muteId, keep(mute));
      entries.push(...audit);
      return true;
    },
    async listMutes(nowMs) {
      return [...mutes.values()].filter(({ untilMs }) => untilMs > nowMs);
    },
    async endMute(muteId, nowMs, audit) {
      const mute = mutes.get(muteId);
      if (mute === undefined || mute.untilMs <= nowMs) return false;
      mutes.set(muteId, { ...mute, untilMs: nowMs });
      entries.push(...audit);
      return true;
    },
    async findByClues(clueKeys) {
      return new Map(clueKeys.flatMap((key) => (clues.get(key)?.size ? [[key, [...(clues.get(key) ?? [])]]] : [])));
    },
    async saveClues(identityId, applicationId, clueKeys) {
      const place = JSON.stringify([identityId, applicationId]);
      for (const key of listed.get(place) ?? []) if (!clueKeys.includes(key)) clues.get(key)?.delete(identityId);
      for (const key of clueKeys) clues.set(key, (clues.get(key) ?? new Set()).add(identityId));
      listed.set(place, clueKeys);
    },
    async noteEmergency(emergency) {
      emergencies.set(JSON.stringify([emergency.identityId, emergency.requestId]), emergency);
    },
    async listEmergencies(fromMs, toMs) {
      const within = [...emergencies.values()].filter(({ startsMs }) => fromMs <= startsMs && startsMs <= toMs);
      return [...new Set(within.map(({ identityId }) => identityId))];
    },
    async noteUnknown(actors) {
      for (const one of actors) {
        const key = JSON.stringify([one.source, one.actor]);
        const before = unknown.get(key);
        unknown.set(key, {
          ...one,
          firstMs: before?.firstMs ?? one.firstMs,
          count: (before?.count ?? 0) + one.count,
        });
      }
    },
    async listUnknown({ source, ...page }) {
      return pageOf(
        [...unknown.values()].filter((one) => one.source === source),
        page,
      );
    },
    async noteFetched(source, fromMs, recordIds) {
      fetched.push({ source, fromMs, ids: recordIds.map(fetchedId) });
    },
    async listFetched(source, fromMs, toMs) {
      const within = fetched.filter((one) => one.source === source && fromMs <= one.fromMs && one.fromMs <= toMs);
      return new Set(within.flatMap(({ ids }) => ids));
    },
    async readCursor(source) {
      return cursors.get(source);
    },
    async saveCursor(source, cursor) {
      if ((cursors.get(source)?.revision ?? 0) !== cursor.revision - 1) return false;
      cursors.set(source, keep(cursor));
      return true;
    },
  };
}
