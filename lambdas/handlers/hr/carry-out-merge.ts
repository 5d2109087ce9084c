// Carries out a merge, or takes one back, once a second person has said so: both sides in one transaction, or neither.
// It may be begun anywhere and again: what is done already is done.
import type { IdentityRecord } from '../../core/access/identity-record.ts';
import { canonicalJson, sha256Hex } from '../../core/canonical-json.ts';
import { ConflictError, NotFoundError, RetryableError } from '../../core/errors.ts';
import { type DecidedMerge, type PlannedMerge, planMerge } from '../../core/identity/planned-merge.ts';
import type { ProposedMerge } from '../../stores/holds/hold-store.ts';
import { type AppendDependencies, pauseWithJitter, toRecordFact } from '../shared/append-fact.ts';

const MAXIMUM_ATTEMPTS = 5;

export interface MergeSides {
  readonly survivor: IdentityRecord;
  readonly duplicate: IdentityRecord;
}

/** Throws NotFoundError. */
export async function loadSides(
  { directory }: Pick<AppendDependencies, 'directory'>,
  { identityId, duplicate: duplicateId }: ProposedMerge,
): Promise<MergeSides> {
  const [survivor, duplicate] = await Promise.all([directory.load(identityId), directory.load(duplicateId)]);
  if (survivor === undefined || duplicate === undefined) throw new NotFoundError('There is no such identity.');
  if ([survivor, duplicate].some(({ header }) => header.erasing !== undefined)) {
    throw new RetryableError('what is known of one of the two is being erased');
  }
  return { survivor, duplicate };
}

/** Throws ConflictError when it cannot be done as things are. */
export function planSides(
  { change }: ProposedMerge,
  { survivor, duplicate }: MergeSides,
  decided: DecidedMerge,
  nowMs: number,
): PlannedMerge {
  const side = ({ header, facts }: IdentityRecord) => ({ identityId: header.identityId, facts });
  return planMerge(change, side(survivor), side(duplicate), decided, nowMs);
}

/** `impossible`: what it was decided on has gone meanwhile, and it never will be. Throws RetryableError. */
export async function carryOutMerge(
  dependencies: AppendDependencies,
  merge: ProposedMerge,
  decided: DecidedMerge,
): Promise<'done' | 'impossible'> {
  const { facts, clock, pause = pauseWithJitter } = dependencies;
  const payloadHash = sha256Hex(canonicalJson({ ...merge, ...decided }));
  const options = { payloadHash, actor: { type: 'operator', id: decided.decidedBy } } as const;
  for (let attempt = 1; attempt <= MAXIMUM_ATTEMPTS; attempt += 1) {
    try {
      const sides = await loadSides(dependencies, merge);
      const planned = planSides(merge, sides, decided, clock());
      if (planned.outcome === 'done') return 'done';
      const written = await facts.recordFact({
        ...toRecordFact({ fact: planned.survivor, ...options }, sides.survivor, clock()),
        together: toRecordFact({ fact: planned.duplicate, ...options }, sides.duplicate, clock()),
      });
      if (written === 'recorded') return 'done';
    } catch (error) {
      if (error instanceof ConflictError || error instanceof NotFoundError) return 'impossible';
      throw error;
    }
    await pause(attempt);
  }
  throw new RetryableError(`${merge.identityId} and ${merge.duplicate} kept changing`);
}
