// Reconciliation as the operators' API shows it, names included: every role that these routes allow may see names.

import type { FindingAnswer, ReconciliationAnswer } from '../../api/reconciliations.ts';
import type { Application } from '../../core/access-model/access-model.ts';
import { reconciliationOf } from '../../core/access-model/reconciliation-settings.ts';
import { toIso } from '../../core/moment.ts';
import type {
  Reconciliation,
  ReconciliationDecision,
  ReconciliationReport,
  ReconciliationRun,
  StoredFinding,
} from '../../stores/reconciliations/reconciliation-store.ts';

export function presentReconciliation(
  application: Application,
  known: Reconciliation | undefined,
): ReconciliationAnswer {
  const { run, report, decision } = known ?? {};
  return {
    applicationId: application.id,
    applicationName: application.name,
    retired: application.retired,
    answer: reconciliationOf(application).answer,
    run: run && presentRun(run),
    report: report && presentReport(report),
    decision: decision && presentDecision(decision),
  };
}

export function presentFinding({
  subject: _subject,
  firstSeenMs,
  seenMs,
  lastActiveMs,
  ...finding
}: StoredFinding): FindingAnswer {
  const { candidates, grants, unknownGrants, renames } = finding;
  return {
    ...finding,
    candidates: candidates && [...candidates],
    grants: grants && [...grants],
    unknownGrants: unknownGrants && [...unknownGrants],
    renames: renames && [...renames],
    lastActiveAt: lastActiveMs === undefined ? undefined : toIso(lastActiveMs),
    firstSeenAt: toIso(firstSeenMs),
    seenAt: toIso(seenMs),
  };
}

function presentRun({ runId, status, startedMs, touchedMs, accounts, lacking }: ReconciliationRun) {
  return {
    runId,
    status,
    startedAt: toIso(startedMs),
    touchedAt: toIso(touchedMs),
    accounts,
    lacking: lacking && [...lacking],
  };
}

function presentReport({ startedMs, finishedMs, list, ...report }: ReconciliationReport) {
  return {
    ...report,
    startedAt: toIso(startedMs),
    finishedAt: toIso(finishedMs),
    list: list && { sha256: list.sha256, exportedAt: toIso(list.exportedMs), broughtBy: list.broughtBy },
  };
}

function presentDecision({ decidedMs, ...decision }: ReconciliationDecision) {
  return { ...decision, decidedAt: toIso(decidedMs) };
}
