// Reconciliation's memory without DynamoDB, on the same conditions as dynamo-reconciliation-store.ts.
import type { AuditEntry } from '../../lambdas/core/audit/audit.ts';
import { countKinds, type FindingKind } from '../../lambdas/core/reconciliation/reconciliation.ts';
import type {
  Reconciliation,
  ReconciliationStore,
  StoredFinding,
} from '../../lambdas/stores/reconciliations/reconciliation-store.ts';
import { through } from './memory-table.ts';

/** `before` is awaited before each call takes effect; `audit` takes the entries of decisions. */
export function memoryReconciliations(
  audit: { append(entries: readonly AuditEntry[]): Promise<void> },
  before?: (method: string) => Promise<void>,
): ReconciliationStore {
  const kept = new Map<string, Reconciliation>();
  const found = new Map<string, Map<string, StoredFinding>>();
  const seen = new Map<string, Map<string, Uint8Array>>();
  const change = (applicationId: string, holds: boolean, changes: Partial<Reconciliation>) => {
    if (holds) kept.set(applicationId, structuredClone({ ...kept.get(applicationId), applicationId, ...changes }));
    return holds;
  };
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
    async begin(applicationId, run, staleMs) {
      const known = kept.get(applicationId)?.run;
      const free = known === undefined || known.status !== 'running' || known.touchedMs < staleMs;
      return change(applicationId, free, { run });
    },
    async advance(applicationId, run) {
      const known = kept.get(applicationId)?.run;
      return change(applicationId, known?.runId === run.runId && known.step === run.step - 1, { run });
    },
    async finish(applicationId, run, report) {
      return change(applicationId, kept.get(applicationId)?.run?.runId === run.runId, {
        run,
        ...(report && { report }),
      });
    },
    async decide(applicationId, decision, entries) {
      const decided = change(applicationId, kept.get(applicationId)?.report?.runId === decision.runId, { decision });
      if (decided) await audit.append(entries);
      return decided;
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
