// What people decide is recorded only if nothing was recorded since it was decided: of two who decide at once the second
// decides again, on what the first has said.
import { RetryableError } from '../../core/errors.ts';
import { type StatedFact, toRecordFact } from './append-fact.ts';
import type { Dependencies } from './dependencies.ts';
import { findWhereItCounts, type LoadedIdentity } from './load-identity.ts';

const MAXIMUM_TRIES = 5;

/**
 * `judge` throws what speaks against it, and answers nothing where all of it was said before.
 *
 * @returns the identity as it is then
 */
export async function recordOnVersion(
  dependencies: Pick<Dependencies, 'facts' | 'directory' | 'clock'>,
  identityId: string,
  judge: (loaded: LoadedIdentity) => Promise<readonly StatedFact[]>,
): Promise<LoadedIdentity> {
  for (let attempt = 1; attempt <= MAXIMUM_TRIES; attempt += 1) {
    const loaded = await findWhereItCounts(dependencies, identityId);
    if (loaded === undefined || loaded.record.header.erasing !== undefined) {
      throw new RetryableError('what is known of an identity is being erased');
    }
    const [first, ...also] = await judge(loaded);
    if (first === undefined) return loaded;
    const outcome = await dependencies.facts.recordFact(toRecordFact(first, loaded.record, dependencies.clock(), also));
    const recorded = outcome === 'recorded' && (await findWhereItCounts(dependencies, identityId));
    if (recorded) return recorded;
  }
  throw new RetryableError(`the version of ${identityId} changed ${MAXIMUM_TRIES} times in a row`);
}
