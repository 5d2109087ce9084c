// Somebody of whom something new was said every hour, for years.
import type { Fact } from '../../lambdas/core/identity/facts.ts';
import type { FactStore } from '../../lambdas/stores/facts/fact-store.ts';
import { joiner, mover } from './facts.ts';

const HOUR_MS = 3_600_000;
const BEGUN_MS = Date.parse('2020-01-01T00:00:00Z');

export function historyOf(size: number, identityId = 'E1'): readonly Fact[] {
  const told = Array.from({ length: size }, (_, index) => {
    const at = new Date(BEGUN_MS + index * HOUR_MS).toISOString();
    return index === 0 ? joiner(at, { department: 'Sales' }) : mover(at, { title: `Title ${index}` });
  });
  return told.map((fact) => ({ ...fact, identityId }));
}

/** As if it had been recorded fact by fact. */
export async function recordHistory(facts: FactStore, history: readonly Fact[]): Promise<void> {
  const written = history.map((fact) => ({ fact, payloadHash: fact.factId, audit: [] }));
  const [first, ...also] = written;
  if (first === undefined) return;
  const summary = { status: 'active' } as const;
  await facts.recordFact({ ...first, also, expectedVersion: 0, summary, nowMs: BEGUN_MS, nextCheckMs: BEGUN_MS });
}
