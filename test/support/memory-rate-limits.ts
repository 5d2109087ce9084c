// The rate limit of target systems without DynamoDB, on the same condition as dynamo-rate-limit-store.ts. Each call takes
// effect at one point after it was made, so that calls in flight interleave as they do over a network.
import type { KeptRateLimit, RateLimitStore } from '../../lambdas/stores/rate-limits/rate-limit-store.ts';
import { keep } from './memory-table.ts';

export interface MemoryRateLimits extends RateLimitStore {
  /** Writes that were kept. */
  readonly writes: () => number;
}

export function memoryRateLimits(before: (method: string) => Promise<unknown> = async () => {}): MemoryRateLimits {
  const kept = new Map<string, KeptRateLimit>();
  let writes = 0;
  return {
    async load(applicationId) {
      await before('load');
      return kept.get(applicationId);
    },
    async save({ applicationId, state, expectedRevision }) {
      await before('save');
      if ((kept.get(applicationId)?.revision ?? 0) !== expectedRevision) return false;
      kept.set(applicationId, keep({ state, revision: expectedRevision + 1 }));
      writes += 1;
      return true;
    },
    writes: () => writes,
  };
}
