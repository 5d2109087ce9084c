// The rate limit of target systems without DynamoDB, on the same condition as dynamo-rate-limit-store.ts. Each call takes
// effect at one point after it was made, so that calls in flight interleave as they do over a network.
import { isDeepStrictEqual } from 'node:util';
import { delay, EMPTY_QUEUE, reserve } from '../../lambdas/core/systems/queue.ts';
import type { KeptRateLimit, RateLimitStore } from '../../lambdas/stores/rate-limits/rate-limit-store.ts';
import { keep } from './memory-table.ts';

export interface MemoryRateLimits extends RateLimitStore {
  /** Writes that were kept. */
  readonly writes: () => number;
}

const NOTHING: KeptRateLimit = { state: undefined, revision: 0, queue: EMPTY_QUEUE };

export function memoryRateLimits(before: (method: string) => Promise<unknown> = async () => {}): MemoryRateLimits {
  const kept = new Map<string, KeptRateLimit>();
  let writes = 0;
  const put = (applicationId: string, changes: Partial<KeptRateLimit>) => {
    kept.set(applicationId, keep({ ...(kept.get(applicationId) ?? NOTHING), ...changes }));
    writes += 1;
  };
  return {
    async load(applicationId) {
      await before('load');
      return kept.get(applicationId);
    },
    async save({ applicationId, state, expectedRevision, expectedQueue }) {
      await before('save');
      const known = kept.get(applicationId) ?? NOTHING;
      const isQueueAsRead = expectedQueue === undefined || isDeepStrictEqual(known.queue, expectedQueue);
      if (known.revision !== expectedRevision || !isQueueAsRead) return known;
      put(applicationId, { state, revision: expectedRevision + 1 });
      return undefined;
    },
    async reserve({ applicationId, ...reservation }) {
      await before('reserve');
      const { queue, turn } = reserve((kept.get(applicationId) ?? NOTHING).queue, reservation);
      put(applicationId, { queue });
      return turn;
    },
    async delay({ applicationId, byMs }) {
      await before('delay');
      put(applicationId, { queue: delay((kept.get(applicationId) ?? NOTHING).queue, byMs) });
    },
    writes: () => writes,
  };
}
