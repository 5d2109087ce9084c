// Begins an application's run, unless one is under way. A run whose execution died is taken up where it stopped: all
// of its progress is in the table, so whoever begins next goes on with it.
import * as z from 'zod';
import { connectorFunctionOf } from '../../core/access-model/connector-function.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { dynamoReconciliationStore } from '../../stores/reconciliations/dynamo-reconciliation-store.ts';
import type { ReconciliationRun, ReconciliationStore } from '../../stores/reconciliations/reconciliation-store.ts';
import { type Dependencies, liveDependencies } from '../shared/dependencies.ts';
import { begunEntry, begunRun, requireApplication, SILENCE_MS } from '../shared/reconciliation-run.ts';

/** `goesOn`: it was handed over by another execution, and is never begun anew. */
const inputSchema = z.strictObject({
  applicationId: z.string(),
  executionId: z.string(),
  goesOn: z.boolean().optional(),
});

const ACTOR = { type: 'tenure', id: 'begin-reconciliation' } as const;

export type Begun =
  | { readonly status: 'begun'; readonly runId: string; readonly connector: string }
  | { readonly status: 'under-way' };

export interface ReconciliationDependencies extends Pick<Dependencies, 'clock' | 'model'> {
  readonly reconciliations: ReconciliationStore;
}

export const beginReconciliation =
  ({ reconciliations, clock, model }: ReconciliationDependencies) =>
  async ({ applicationId, executionId, goesOn = false }: z.infer<typeof inputSchema>): Promise<Begun> => {
    const connector = connectorFunctionOf(requireApplication(model(), applicationId));
    const known = (await reconciliations.find(applicationId))?.run;
    // Its own, begun by a call whose answer was lost.
    if (known?.runId === executionId && known.status === 'running') {
      return { status: 'begun', runId: executionId, connector };
    }
    if (goesOn) return { status: 'under-way' };
    const nowMs = clock();
    const isTakenUp = known?.status === 'running';
    const run = isTakenUp ? takeUp(known, nowMs) : newRun(executionId, nowMs);
    const entries = isTakenUp ? [] : [begunEntry(applicationId, run, { actor: ACTOR, modelHash: model().hash })];
    const begun = await reconciliations.begin(applicationId, run, nowMs - SILENCE_MS, entries);
    return begun ? { status: 'begun', runId: run.runId, connector } : { status: 'under-way' };
  };

function newRun(runId: string, nowMs: number): ReconciliationRun {
  return { ...begunRun(runId, nowMs), sighted: true };
}

/** The step is raised, so that an execution which was not dead after all stops at its next page. */
function takeUp(run: ReconciliationRun, nowMs: number): ReconciliationRun {
  return { ...run, touchedMs: nowMs, step: run.step + 1 };
}

let live: ReturnType<typeof beginReconciliation> | undefined;

export const handler = serveTask('begin-reconciliation', inputSchema, (input) => {
  live ??= beginReconciliation({ ...liveDependencies(), reconciliations: dynamoReconciliationStore() });
  return live(input);
});
