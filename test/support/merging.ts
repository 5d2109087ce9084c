// Merging two ids, or taking that back, as two people do it: one proposes, another releases.
import type { Role } from '../../lambdas/api/roles.ts';
import { massErrorGuardSchema } from '../../lambdas/core/hr/mass-error-guard.ts';
import { releaseHold } from '../../lambdas/handlers/hr/release-hold.ts';
import { mergeIdentity } from '../../lambdas/handlers/identity/merge-identity.ts';
import type { ProposeDependencies } from '../../lambdas/handlers/identity/propose-merge.ts';
import { undoMerge } from '../../lambdas/handlers/identity/undo-merge.ts';
import type { HoldStore } from '../../lambdas/stores/holds/hold-store.ts';
import { answer, requestAs } from './api-requests.ts';
import { memoryHolds } from './memory-holds.ts';

export interface Merging {
  readonly identityId: string;
  readonly duplicate: string;
  readonly change?: 'merge' | 'undo-merge';
  /** Who proposes it, of HR. */
  readonly as?: string;
  readonly roles?: readonly Role[];
  /** Who releases it, of security. */
  readonly by?: string;
}

export type MergeDependencies = Omit<ProposeDependencies, 'holds'> & {
  readonly holds?: HoldStore;
  readonly pause?: () => Promise<unknown>;
};

export function proposing(dependencies: MergeDependencies, { identityId, duplicate, change, as = 'E0900' }: Merging) {
  const { holds = memoryHolds() } = dependencies;
  const body = Buffer.from(JSON.stringify({ duplicate, reason: 'same passport' }));
  const handle = change === 'undo-merge' ? undoMerge : mergeIdentity;
  return answer(
    handle({ ...dependencies, holds }),
    requestAs(['hr'], as, { pathParameters: { id: identityId }, body }),
  );
}

export function releasing(
  dependencies: MergeDependencies & { readonly holds: HoldStore },
  holdId: string,
  by = 'E0999',
) {
  const guard = { settings: massErrorGuardSchema.parse({}), holds: dependencies.holds };
  const body = Buffer.from(JSON.stringify({ reason: 'saw both' }));
  const sent = requestAs(['security'], by, { pathParameters: { id: holdId }, body });
  return answer(releaseHold({ ...dependencies, guard }), sent);
}

/** The answer to the proposal where it is none that somebody decides on, else the answer to the release. */
export async function mergeByTwo(
  given: MergeDependencies,
  merging: Merging,
): Promise<{ status: number; body: unknown }> {
  const dependencies = { ...given, holds: given.holds ?? memoryHolds() };
  const proposed = await proposing(dependencies, merging);
  if (proposed.status !== 202) return proposed;
  return await releasing(dependencies, (proposed.body as { holdId: string }).holdId, merging.by);
}
