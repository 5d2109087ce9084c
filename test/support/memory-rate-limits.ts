// The pace of target systems without DynamoDB, on the same condition as dynamo-target-pace-store.ts. Each call takes
// effect at one point after it was made, so that calls in flight interleave as they do over a network.
import type { KeptPace, TargetPaceStore } from '../../lambdas/stores/rate-limits/rate-limit-store.ts';

export interface MemoryTargetPaces extends TargetPaceStore {
  /** Writes that were kept. */
  readonly writes: () => number;
}

export function memoryTargetPaces(before: () => Promise<unknown> = async () => {}): MemoryTargetPaces {
  const kept = new Map<string, KeptPace>();
  let writes = 0;
  return {
    async load(applicationId) {
      await before();
      return structuredClone(kept.get(applicationId));
    },
    async save({ applicationId, pace, expectedRevision }) {
      await before();
      if ((kept.get(applicationId)?.revision ?? 0) !== expectedRevision) return false;
      kept.set(applicationId, structuredClone({ pace, revision: expectedRevision + 1 }));
      writes += 1;
      return true;
    },
    writes: () => writes,
  };
}
