// How long after a person was told of a failure it is tried anew. What a system refuses for good, a group that is gone say, it
// refuses every half an hour for ever, and each time a person is told: so it is tried as long after that as it has been
// refused so far. What is said of the identity since, or another access model, begins anew, and nothing waits longer that
// takes something away.
import type { Escalation } from './identity-record.ts';
import type { FailedApplication, RetryPolicy } from './settlement.ts';

/** Whoever has mended it need not know how to have it tried at once. */
const MAXIMUM_WAIT_MS = 86_400_000;
/** As errors are told (core/errors.ts). */
const REFUSED = /\b(PermanentError|NotFoundError)\b/;

export interface Failing {
  /** What a person was told last. Undefined: nothing since all agreed. */
  readonly before: Escalation | undefined;
  readonly failed: readonly FailedApplication[];
  readonly version: number;
  readonly modelHash: string;
  readonly nowMs: number;
}

/** As it is kept: since when the same has failed, by the same facts and the same access model. */
export function escalationOf({ before, failed, version, modelHash, nowMs }: Failing): Escalation {
  const isSame = before?.version === version && before.modelHash === modelHash;
  return { atMs: nowMs, failed, sinceMs: isSame ? (before.sinceMs ?? nowMs) : nowMs, version, modelHash };
}

/** @param givesOnly whether nothing is to be taken away from the identity */
export function retryAfterMs(
  { failed, sinceMs }: Escalation,
  { givesOnly, nowMs, policy }: { readonly givesOnly: boolean; readonly nowMs: number; readonly policy: RetryPolicy },
): number {
  const shortestMs = policy.afterEscalationSeconds * 1_000;
  const isRefused = failed.every(({ error }) => REFUSED.test(error));
  if (!givesOnly || !isRefused || sinceMs === undefined) return shortestMs;
  return Math.max(shortestMs, Math.min(nowMs - sinceMs, MAXIMUM_WAIT_MS));
}
