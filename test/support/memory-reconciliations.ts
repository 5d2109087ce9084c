// Reconciliation's memory without DynamoDB, on the same conditions as dynamo-reconciliation-store.ts.
import type { AuditEntry } from '../../lambdas/core/audit/audit.ts';
import { countKinds, type FindingKind } from '../../lambdas/core/reconciliation/reconciliation.ts';
import type {
  Reconciliation,
  ReconciliationStore,
  StoredFinding,
} from '../../lambdas/stores/reconciliations/reconciliation-store.ts';
import { MemoryTable, through } from './memory-table.ts';

/** `table` takes the entries; `before` is awaited before each call takes effect. */
export function memoryReconciliations(
  table = new MemoryTable(),
  before?: ((method: string) => Promise<void>) | undefined,
): ReconciliationStore {
  const kept = new Map<string, Reconciliation>();
  const found = new Map<string, Map<string, StoredFinding>>();
  const seen = new Map<string, Map<string, Uint8Array>>();
  const change = (
    applicationId: string,
    holds: boolean,
    changes: Partial<Reconciliation>,
    audit: readonly AuditEntry[] = [],
  ) =>
    table.transact(holds, audit, () =>
      kept.set(applicationId, structuredClone({ ...kept.get(applicationId), applicationId, ...changes })),
    );
  const seenSince = (applicationId: string, sinceMs: number) =>
    [...(found.get(applicationId) ?? [])]
      .filter(([, { seenMs }]) => seenMs >= sinceMs)
      .sort(([a], [b]) => (a < b ? -1 : 1));

  const store: ReconciliationStore = {
    async find(applicationId) {
      return structuredClone(kept.get(applicationId));
    },
    async list() {
      return structuredClone([...kept.values()]);
    },
    async begin(applicationId, run, staleMs, audit) {
      const known = kept.get(applicationId)?.run;
      const free = known === undefined || known.status !== 'running' || known.touchedMs < staleMs;
      return change(applicationId, free, { run }, audit);
    },
    async advance(applicationId, run) {
      const known = kept.get(applicationId)?.run;
      return change(applicationId, known?.runId === run.runId && known.step === run.step - 1, { run });
    },
    async finish(applicationId, run, report, audit) {
      const known = kept.get(applicationId)?.run;
      const isUnderWay = known?.runId === run.runId && known.status === 'running';
      return change(applicationId, isUnderWay, { run, ...(report && { report }) }, audit);
    },
    async decide(applicationId, decision, audit) {
      const isOfReport = kept.get(applicationId)?.report?.runId === decision.runId;
      return change(applicationId, isOfReport, { decision }, audit);
    },
    async saveList(applicationId, list, audit) {
      const before = kept.get(applicationId)?.list;
      return change(applicationId, before === undefined || before.exportedMs < list.exportedMs, { list }, audit);
    },
    async saveFindings(applicationId, findings, { seenMs }) {
      const ofApplication = found.get(applicationId) ?? new Map<string, StoredFinding>();
      found.set(applicationId, ofApplication);
      for (const finding of findings) {
        const key = `${finding.kind}#${finding.subject}`;
        const firstSeenMs = ofApplication.get(key)?.firstSeenMs ?? seenMs;
        ofApplication.set(key, structuredClone({ ...finding, seenMs, firstSeenMs }));
      }
    },
    async countFindings(applicationId, startedMs) {
      const items = seenSince(applicationId, startedMs).map(([, finding]) => finding);
      const of = (kind: FindingKind) => items.filter((item) => item.kind === kind);
      return {
        counts: countKinds((kind) => of(kind).length),
        newOrphans: of('orphan').filter(({ firstSeenMs }) => firstSeenMs >= startedMs).length,
      };
    },
    async listFindings({ applicationId, kind, sinceMs, limit, after }) {
      const items = seenSince(applicationId, sinceMs)
        .filter(([, finding]) => kind === undefined || finding.kind === kind)
        .filter(([key]) => after === undefined || key > after);
      const shown = items.slice(0, limit);
      const next = items.length > limit ? shown.at(-1)?.[0] : undefined;
      return structuredClone({ items: shown.map(([, finding]) => finding), next });
    },
    async saveSightings(runId, name, packed) {
      seen.set(runId, (seen.get(runId) ?? new Map<string, Uint8Array>()).set(name, Uint8Array.from(packed)));
    },
    async readSightings(runId) {
      return [...(seen.get(runId) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, packed]) => packed);
    },
  };
  return through(store, before);
}
