// Every hour: starts the reconciliation of each application whose turn it is. The hour is that of the event, so that a
// repeated one starts the same; a run that is under way already is not begun again.
import * as z from 'zod';
import { mapBounded } from '../../core/map-bounded.ts';
import { type Cadence, dueInHour } from '../../core/reconciliation/cadence.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { deployedCadences } from '../../stores/reconciliations/deployed-cadences.ts';
import {
  type ReconciliationWorkflow,
  stepFunctionsReconciliation,
} from '../../stores/reconciliations/reconciliation-workflow.ts';

/** StartExecution takes 300 a second. */
const CONCURRENT_STARTS = 10;

const inputSchema = z.object({ time: z.iso.datetime() });

export interface DueDependencies {
  readonly workflow: Pick<ReconciliationWorkflow, 'start'>;
  readonly cadences: () => readonly Cadence[];
}

export const startDueReconciliations =
  ({ workflow, cadences }: DueDependencies) =>
  async ({ time }: z.infer<typeof inputSchema>): Promise<void> => {
    const due = dueInHour(cadences(), Date.parse(time));
    const failed: unknown[] = [];
    // One that cannot be started keeps no other from its turn; the event is then delivered once more.
    await mapBounded(due, CONCURRENT_STARTS, (applicationId) =>
      workflow.start(applicationId, 'report').catch((error: unknown) => void failed.push(error)),
    );
    if (failed.length > 0) {
      throw new Error(`${failed.length} of ${due.length} reconciliations could not be started`, { cause: failed[0] });
    }
  };

let live: ReturnType<typeof startDueReconciliations> | undefined;

export const handler = serveTask('start-due-reconciliations', inputSchema, (input) => {
  live ??= startDueReconciliations({ workflow: stepFunctionsReconciliation(), cadences: deployedCadences });
  return live(input);
});
