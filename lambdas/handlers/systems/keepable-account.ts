// How much an account may hold for Tenure to work on it. What cannot be kept is not worked on as if it were: it counts as an
// account that cannot be read, so that a leaver is cut off from it all the same, and a person is told.
import type { ObservedAccount } from '../../core/systems/account.ts';
import { compressedBytes } from '../../stores/packed-items.ts';

/**
 * Of what an account holds, as compressed as it is kept (stores/packed-items.ts): its record and its certificate say it up to
 * three times, of which a second costs a fraction of the first, and may take twice as much.
 */
export const MAXIMUM_ACCOUNT_BYTES = 150_000;

/** Why the account cannot be kept; undefined: it can. */
export function keepingFault({ grants, grantIds, credentials }: ObservedAccount): string | undefined {
  const bytes = compressedBytes({ grants, grantIds, credentials }, MAXIMUM_ACCOUNT_BYTES);
  if (bytes <= MAXIMUM_ACCOUNT_BYTES) return undefined;
  return (
    `the account holds ${grants.length} grants, whose names take ${bytes} bytes when compressed: ` +
    `of one account at most ${MAXIMUM_ACCOUNT_BYTES} are kept`
  );
}
