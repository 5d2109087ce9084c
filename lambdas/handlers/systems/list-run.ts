// The run of a list that somebody brought: as every other it leaves findings and ends as the application's report, which
// somebody decides on. It is read in one call; ending, telling and repairing is the state machine's, as of any run.
import type { Application } from '../../core/access-model/access-model.ts';
import { ConflictError, RetryableError } from '../../core/errors.ts';
import type { Finding } from '../../core/reconciliation/reconciliation.ts';
import type {
  BroughtList,
  ReconciliationRun,
  ReconciliationStore,
} from '../../stores/reconciliations/reconciliation-store.ts';
import type { ReconciliationWorkflow } from '../../stores/reconciliations/reconciliation-workflow.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { begunEntry, begunRun, KEEP_FINDINGS_MS } from '../shared/reconciliation-run.ts';

export interface ListRunDependencies extends Pick<Dependencies, 'clock' | 'newId' | 'model'> {
  readonly reconciliations: Pick<ReconciliationStore, 'advance' | 'begin' | 'find' | 'saveFindings'>;
  readonly workflow: Pick<ReconciliationWorkflow, 'goOn'>;
}

/** A function of the API has 28 seconds: whoever is silent for longer has died. */
const SILENCE_MS = 60_000;

/** Throws ConflictError while another list, or a run, is under way. The same list is read again at once. */
export async function beginListRun(
  { reconciliations, clock, newId, model }: ListRunDependencies,
  { id }: Application,
  { sha256, exportedMs, broughtBy }: BroughtList,
): Promise<ReconciliationRun> {
  const nowMs = clock();
  const before = (await reconciliations.find(id))?.run;
  const isSame = before?.list?.sha256 === sha256 && before.list.exportedMs === exportedMs;
  const run: ReconciliationRun = {
    ...begunRun(`list-${newId()}`, nowMs),
    list: { sha256, exportedMs, broughtBy },
  };
  const actor = { type: 'operator', id: broughtBy } as const;
  const entry = begunEntry(id, run, { actor, modelHash: model().hash });
  const staleMs = isSame ? nowMs + 1 : nowMs - SILENCE_MS;
  if (await reconciliations.begin(id, run, staleMs, [entry])) return run;
  throw new ConflictError('Another list or run of this application is under way: bring it again in a minute.');
}

export async function endListRun(
  { reconciliations, workflow, clock }: ListRunDependencies,
  { id }: Application,
  run: ReconciliationRun,
  findings: readonly Finding[],
): Promise<void> {
  const nowMs = clock();
  await reconciliations.saveFindings(id, findings, { seenMs: nowMs, expiresMs: nowMs + KEEP_FINDINGS_MS });
  const ended = { ...run, phase: 'done', step: run.step + 1, touchedMs: nowMs } as const;
  // Whoever was faster brought the same, or one that is later.
  if (!(await reconciliations.advance(id, ended))) throw new RetryableError('another list came meanwhile');
  await workflow.goOn(id, run.runId);
}
