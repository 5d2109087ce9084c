// Whatever an operator changes is put on record in the same transaction: for each route that is no reading, what its function
// calls of the stores is held against which operations of theirs write an entry.
import { describe, expect, it } from 'vitest';
import { isOperatorRoute } from '../../lambdas/api/route.ts';
import { ROUTES } from '../../lambdas/api/routes.ts';
import { STORE_NEEDS } from '../../lib/constructs/store-access.ts';

/** What changes nothing that is kept: it is asked with a body, and who asked about people is on record all the same. */
const ASKING: readonly string[] = ['preview-review-campaign', 'resolve-pseudonyms', 'simulate-change'];

const changing = ROUTES.filter((route) => isOperatorRoute(route) && route.method !== 'GET');
const writing = Object.entries(STORE_NEEDS).flatMap(([store, operations]) =>
  Object.entries(operations)
    .filter(([, needs]) =>
      (needs as readonly (readonly string[])[]).some(
        ([table, ...actions]) => table === 'audit' && actions.includes('PutItem'),
      ),
    )
    .map(([operation]) => `${store}.${operation}`),
);

describe('what operators change', () => {
  it.each(changing.map(({ name, uses }) => [name, uses] as const))('by %s is put on record', (name, uses) => {
    const called = Object.entries(uses).flatMap(([store, operations]) =>
      Array.isArray(operations) ? operations.map((operation: string) => `${store}.${operation}`) : [],
    );
    const recording = called.filter((one) => writing.includes(one));
    expect({ name, isOnRecord: recording.length > 0 }).toEqual({ name, isOnRecord: !ASKING.includes(name) });
  });

  it('is more than a few routes, and the stores have operations that write none', () => {
    expect(changing.length).toBeGreaterThan(20);
    expect(writing.length).toBeGreaterThan(20);
    expect(writing).not.toContain('directory.load');
  });
});
