// Ends a run: counts what was found, makes it the application's report, and tells a person of orphans that are new.
import * as z from 'zod';
import type { Application } from '../../core/access-model/access-model.ts';
import { reconciliationOf } from '../../core/access-model/reconciliation-settings.ts';
import type { AuditEntry } from '../../core/audit/audit.ts';
import { auditKeyOf } from '../../core/audit/subject.ts';
import { PermanentError } from '../../core/errors.ts';
import { toIso } from '../../core/moment.ts';
import { keptAll } from '../../core/reconciliation/kept-findings.ts';
import { repairsAfterRun } from '../../core/reconciliation/reconciliation.ts';
import { countSightings } from '../../core/reconciliation/sightings.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { type SendAlert, snsAlerts } from '../../stores/alerts.ts';
import { dynamoReconciliationStore } from '../../stores/reconciliations/dynamo-reconciliation-store.ts';
import type {
  ReconciliationReport,
  ReconciliationRun,
  ReconciliationStore,
} from '../../stores/reconciliations/reconciliation-store.ts';
import { liveDependencies } from '../shared/dependencies.ts';
import { requireApplication } from '../shared/reconciliation-run.ts';
import type { ReconciliationDependencies } from './begin-reconciliation.ts';

const inputSchema = z.strictObject({ applicationId: z.string(), runId: z.string(), failed: z.boolean() });

export interface FinishDependencies extends ReconciliationDependencies {
  readonly alert: SendAlert;
}

export interface Finished {
  /** Whether whom it concerns is to be converged now. */
  readonly repair: boolean;
}

export const finishReconciliation =
  (dependencies: FinishDependencies) =>
  async (input: z.infer<typeof inputSchema>): Promise<Finished> => {
    const { applicationId, runId, failed } = input;
    const { reconciliations, clock, model } = dependencies;
    const known = await reconciliations.find(applicationId);
    if (known?.run?.runId !== runId || known.run.status === 'failed') return { repair: false };
    const nowMs = clock();
    if (failed) {
      const entry = endedEntry(applicationId, { runId, finishedMs: nowMs }, model().hash);
      const ended = { ...known.run, status: 'failed', touchedMs: nowMs } as const;
      await reconciliations.finish(applicationId, ended, undefined, [entry]);
      return { repair: false };
    }
    if (known.run.status === 'running' && known.run.phase !== 'done') {
      throw new PermanentError('a run that is not at its end has no report');
    }
    const application = requireApplication(model(), applicationId);
    if (known.run.status === 'running') {
      const ended = await report(dependencies, { application, run: known.run, before: known.report });
      // Somebody else was faster, and said how it ended.
      if (!ended) return await finishReconciliation(dependencies)(input);
    }
    const { answer: configured } = reconciliationOf(application);
    return { repair: repairsAfterRun({ retired: application.retired, configured, decided: known.decision?.answer }) };
  };

/** Without counts: it failed. */
function endedEntry(
  applicationId: string,
  { runId, finishedMs, counts }: Pick<ReconciliationReport, 'runId' | 'finishedMs'> & Partial<ReconciliationReport>,
  modelHash: string,
): AuditEntry {
  const event = { type: 'reconciliation-ended', applicationId, runId } as const;
  const counted = Object.entries(counts ?? {}).map(([kind, count]) => ({ kind, count }));
  return {
    identityId: auditKeyOf({ kind: 'application', id: applicationId }),
    entryId: `reconciliation-ended:${runId}`,
    at: toIso(finishedMs),
    actor: { type: 'tenure', id: 'finish-reconciliation' },
    modelHash,
    event: counts ? { ...event, outcome: 'finished', counts: counted } : { ...event, outcome: 'failed' },
  };
}

interface Ended {
  readonly application: Application;
  readonly run: ReconciliationRun;
  /** Of the run before. */
  readonly before: ReconciliationReport | undefined;
}

type Counted = Pick<ReconciliationReport, 'accounts' | 'matched' | 'counts' | 'newOrphans'>;

/** What is kept one by one is counted as it lies there, all else by what was seen. */
async function count(reconciliations: ReconciliationStore, { application, run, before }: Ended): Promise<Counted> {
  const { runId, startedMs, accounts, matched, sighted } = run;
  const kept = await reconciliations.countFindings(application.id, startedMs);
  if (sighted === undefined) return { accounts, matched, ...kept };
  const { orphan, ambiguous, dormant, ...seen } = countSightings(await reconciliations.readSightings(runId));
  const counts = { ...kept.counts, orphan, ambiguous, dormant };
  const isComplete = keptAll({ counts }) && (before === undefined || keptAll(before));
  // Where not every orphan is kept, that there are more of them is all that can be told.
  const more = Math.max(orphan - (before?.counts.orphan ?? 0), 0);
  return { ...seen, counts, newOrphans: isComplete ? kept.newOrphans : more };
}

/** False: it had ended by then. */
async function report({ reconciliations, clock, model, alert }: FinishDependencies, ended: Ended): Promise<boolean> {
  const { application, run } = ended;
  const { id: applicationId } = application;
  const { runId, startedMs, incomplete, list } = run;
  const { accounts, matched, counts, newOrphans } = await count(reconciliations, ended);
  const finishedMs = clock();
  // Before the end is kept: told twice rather than never.
  if (newOrphans > 0) {
    await alert({
      subject: 'Tenure: new orphan accounts',
      message:
        `${applicationId} has ${newOrphans} accounts that belong to no employed identity and that no earlier run had ` +
        `found; ${counts.orphan} in all. GET /reconciliations/${applicationId}?kind=orphan lists them. ` +
        'Runbook: docs/runbook/orphans-appeared.md',
    });
  }
  const found: ReconciliationReport = {
    runId,
    startedMs,
    finishedMs,
    accounts,
    matched,
    counts,
    newOrphans,
    incomplete,
    ...(list && { list }),
  };
  const finished = { ...run, status: 'finished', touchedMs: finishedMs } as const;
  const entry = endedEntry(applicationId, found, model().hash);
  return await reconciliations.finish(applicationId, finished, saysNothing(ended) ? undefined : found, [entry]);
}

/** A run that can list nothing takes nothing back of what a list has shown. */
function saysNothing({ application, run: { incomplete }, before }: Ended): boolean {
  return incomplete === 'no-listing' && !application.retired && before?.list !== undefined;
}

let live: ReturnType<typeof finishReconciliation> | undefined;

export const handler = serveTask('finish-reconciliation', inputSchema, (input) => {
  live ??= finishReconciliation({
    ...liveDependencies(),
    reconciliations: dynamoReconciliationStore(),
    alert: snsAlerts(),
  });
  return live(input);
});
