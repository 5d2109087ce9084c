// Getting a fact in when others do at the same time.
import { describe, expect, it } from 'vitest';
import { appendFact } from '../../../lambdas/handlers/shared/append-fact.ts';
import { NOW_MS } from '../../support/api-requests.ts';
import { joiner, mover } from '../../support/facts.ts';
import { memoryStores } from '../../support/memory-stores.ts';

const OPTIONS = { payloadHash: 'h'.repeat(64), actor: { type: 'tenure', id: 'test' } } as const;

function setUp() {
  const pauses: number[] = [];
  let rivals = 0;
  const stores = memoryStores({
    before: async (method) => {
      if (method !== 'recordFact' || rivals === 0) return;
      rivals -= 1;
      await appendFact(
        { ...stores, facts: quiet, clock: () => NOW_MS },
        mover('2026-11-01T00:00:00Z', { title: 'x' }),
        OPTIONS,
      );
    },
  });
  // The rival writes to the same stores, past the hook.
  const quiet = {
    ...stores.facts,
    recordFact: (input: Parameters<typeof stores.facts.recordFact>[0]) => record(input),
  };
  const record = async (input: Parameters<typeof stores.facts.recordFact>[0]) => {
    const left = rivals;
    rivals = 0;
    const outcome = await stores.facts.recordFact(input);
    rivals = left;
    return outcome;
  };
  const dependencies = {
    ...stores,
    clock: () => NOW_MS,
    pause: async (attempt: number) => pauses.push(attempt),
  };
  return { dependencies, pauses, meet: (count: number) => (rivals = count) };
}

describe('a fact', () => {
  it('is decided again, after a pause, when another was faster', async () => {
    const { dependencies, pauses, meet } = setUp();
    meet(2);
    const fact = joiner('2026-11-01T00:00:00Z');
    expect(await appendFact(dependencies, fact, OPTIONS)).toEqual({ identityId: 'E1', version: 3, duplicate: false });
    expect(pauses).toEqual([1, 2]);
    expect((await dependencies.directory.load('E1'))?.header.summary).toMatchObject({ status: 'active', title: 'x' });
  });

  it('is given up for now when others are always faster, and nothing of it is left', async () => {
    const { dependencies, pauses, meet } = setUp();
    meet(100);
    const fact = joiner('2026-11-01T00:00:00Z');
    await expect(appendFact(dependencies, fact, OPTIONS)).rejects.toMatchObject({ name: 'RetryableError' });
    // Waits that double from 25 ms on: 3.2 s at most, and none before giving up.
    expect(pauses).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(await dependencies.facts.findAcceptedEvent(fact.source, fact.sourceEventId)).toBeUndefined();
  });

  it('is a duplicate when it comes again, a conflict when its content differs', async () => {
    const { dependencies } = setUp();
    const fact = joiner('2026-11-01T00:00:00Z');
    await appendFact(dependencies, fact, OPTIONS);
    expect(await appendFact(dependencies, fact, OPTIONS)).toEqual({ identityId: 'E1', version: 1, duplicate: true });
    const other = { ...OPTIONS, payloadHash: 'other' };
    await expect(appendFact(dependencies, fact, other)).rejects.toMatchObject({ name: 'ConflictError' });
  });

  it('never takes the clock of its identity back, whichever function writes it', async () => {
    const { dependencies } = setUp();
    await appendFact(dependencies, joiner('2026-11-01T00:00:00Z'), OPTIONS);
    const behind = { ...dependencies, clock: () => NOW_MS - 60_000 };
    await appendFact(behind, mover('2026-11-02T00:00:00Z', { title: 'x' }), OPTIONS);
    expect((await dependencies.directory.load('E1'))?.header).toMatchObject({ version: 2, clockMs: NOW_MS });
  });
});
