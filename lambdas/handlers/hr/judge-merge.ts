// A merge takes access away as a leaver does, and so does taking one back: the mass-error guard counts it with all that
// took access within its window. Two people who agree in error, or in bad faith, merge no more than HR may end.
import { ConflictError } from '../../core/errors.ts';
import { lossBetween } from '../../core/hr/mass-error-guard.ts';
import type { Fact } from '../../core/identity/facts.ts';
import { judgingTimeMs } from '../../core/identity/judging-time.ts';
import type { DecidedMerge } from '../../core/identity/planned-merge.ts';
import { buildTimeline } from '../../core/identity/timeline.ts';
import type { ProposedMerge } from '../../stores/holds/hold-store.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { type JudgeDependencies, type Losing, reasonToHold } from '../shared/judge-losses.ts';
import { loadSides, type MergeSides, planSides } from './carry-out-merge.ts';

type MergeDependencies = JudgeDependencies & Pick<Dependencies, 'model'>;

/** Throws ConflictError when the guard would hold it, and when it cannot be done as things are. */
export async function judgeMerge(
  dependencies: MergeDependencies,
  merge: ProposedMerge,
  decided: DecidedMerge,
): Promise<void> {
  const sides = await loadSides(dependencies, merge);
  const planned = planSides(merge, sides, decided, dependencies.clock());
  if (planned.outcome === 'done') return;
  const losing = [
    ...lossOf(dependencies, sides.survivor, planned.survivor),
    ...lossOf(dependencies, sides.duplicate, planned.duplicate),
  ];
  if (losing.length === 0) return;
  const reason = await reasonToHold(dependencies, { deliveryId: `merge:${decided.hold}` }, losing);
  if (reason === undefined) return;
  const { windowMinutes } = dependencies.guard.settings;
  throw new ConflictError(
    `With this ${reason.count} identities would lose access within ${windowMinutes} minutes; from ${reason.threshold} on nothing more is merged. Release it later.`,
  );
}

function lossOf(
  { model, clock }: MergeDependencies,
  { header, facts }: MergeSides['survivor'],
  fact: Fact,
): readonly Losing[] {
  const nowMs = judgingTimeMs(clock(), header);
  const loss = lossBetween(buildTimeline(facts), buildTimeline([...facts, fact]), model(), nowMs);
  if (loss === undefined) return [];
  const applications = loss.extent === 'all' ? (header.applications ?? []) : loss.applications;
  return [{ identityId: header.identityId, extent: loss.extent, applications, facts: [fact] }];
}
