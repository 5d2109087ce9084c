// Which steps are taken by one call. A system that takes back several grants at once is asked once for all that stand
// side by side in the plan, and the order of the plan stays as it is.
import type { Step } from './difference.ts';

/** What one call takes at most: the right to act is asked for again at least that often. */
export const MAXIMUM_TOGETHER = 50;

export interface PlannedStep<Planned extends Step = Step> {
  readonly step: Planned;
  /** Its place in the plan, from 0. */
  readonly place: number;
}

export type PlannedRevoke = PlannedStep<Extract<Step, { readonly action: 'revoke' }>>;

/** One call to the system: a step alone, or two and more grants taken back together. */
export type StepBatch = PlannedStep | { readonly together: readonly PlannedRevoke[] };

/** @param revokesTogether whether the system takes back several grants in one call */
export function batchSteps(steps: readonly Step[], revokesTogether: boolean): readonly StepBatch[] {
  const batches: StepBatch[] = [];
  let side: PlannedRevoke[] = [];
  const close = () => {
    const [only] = side;
    if (only !== undefined) batches.push(side.length === 1 ? only : { together: side });
    side = [];
  };
  for (const [place, step] of steps.entries()) {
    if (!revokesTogether || step.action !== 'revoke') {
      close();
      batches.push({ step, place });
      continue;
    }
    if (side.length === MAXIMUM_TOGETHER) close();
    side.push({ step, place });
  }
  close();
  return batches;
}
