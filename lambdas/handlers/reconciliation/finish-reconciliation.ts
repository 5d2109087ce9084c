// Ends a run: counts what was found, makes it the application's report, and tells a person of orphans that are new.
import * as z from 'zod';
import { reconciliationOf } from '../../core/access-model/reconciliation-settings.ts';
import { repairsAfterRun } from '../../core/reconciliation/reconciliation.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { type SendAlert, snsAlerts } from '../../stores/alerts.ts';
import { dynamoReconciliationStore } from '../../stores/reconciliations/dynamo-reconciliation-store.ts';
import type { ReconciliationReport, ReconciliationRun } from '../../stores/reconciliations/reconciliation-store.ts';
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
  async ({ applicationId, runId, failed }: z.infer<typeof inputSchema>): Promise<Finished> => {
    const { reconciliations, clock, model } = dependencies;
    const known = await reconciliations.find(applicationId);
    if (known?.run?.runId !== runId || known.run.status === 'failed') return { repair: false };
    const nowMs = clock();
    if (failed) {
      await reconciliations.finish(applicationId, { ...known.run, status: 'failed', touchedMs: nowMs }, undefined);
      return { repair: false };
    }
    if (known.run.status === 'running') await report(dependencies, applicationId, known.run);
    const application = requireApplication(model(), applicationId);
    const { answer: configured } = reconciliationOf(application);
    return { repair: repairsAfterRun({ retired: application.retired, configured, decided: known.decision?.answer }) };
  };

async function report(
  { reconciliations, clock, alert }: FinishDependencies,
  applicationId: string,
  run: ReconciliationRun,
): Promise<void> {
  const { runId, startedMs, accounts, matched, incomplete } = run;
  const { counts, newOrphans } = await reconciliations.countFindings(applicationId, startedMs);
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
  };
  await reconciliations.finish(applicationId, { ...run, status: 'finished', touchedMs: finishedMs }, found);
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
