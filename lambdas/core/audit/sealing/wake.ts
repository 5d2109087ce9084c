// When the log is sealed: a while after something was committed, so that what comes in one rush is sealed once. A clock
// that runs each minute is the net under it.
import type { LogHead } from './sequencing.ts';

/** A checkpoint costs a signature and some seven objects, so there is at most one in so long. */
export const SEAL_AFTER_MS = 30_000;

/**
 * When the sealing is due that this commit has to ask for; undefined: one that was asked for is still to come. What was
 * asked for and got lost is not waited for any longer than that.
 */
export function wakesAt({ wakeMs }: LogHead, nowMs: number): number | undefined {
  // A clock that ran ahead may have written it: nobody waits longer than the time there is between the two.
  const isToCome = wakeMs !== undefined && wakeMs > nowMs && wakeMs <= nowMs + SEAL_AFTER_MS;
  return isToCome ? undefined : nowMs + SEAL_AFTER_MS;
}
