// By which time an identity is judged: never before anything that was recorded about it, or that the same work judged by.
import { beforeEach, describe, expect, it } from 'vitest';
import { appendFact } from '../../../lambdas/handlers/shared/append-fact.ts';
import { findIdentity, loadIdentity } from '../../../lambdas/handlers/shared/load-identity.ts';
import { NOW_MS } from '../../support/api-requests.ts';
import { joiner, leaver } from '../../support/facts.ts';
import { memoryStores } from '../../support/memory-stores.ts';

const OPTIONS = { payloadHash: 'h'.repeat(64), actor: { type: 'tenure', id: 'test' } } as const;
const LEAVES_MS = NOW_MS + 3_600_000;

let stores = memoryStores();
const at = (nowMs: number) => ({ ...stores, clock: () => nowMs });

beforeEach(async () => {
  stores = memoryStores();
  await appendFact(at(NOW_MS), joiner('2026-11-01T00:00:00Z'), OPTIONS);
  await appendFact(
    at(NOW_MS),
    leaver(new Date(LEAVES_MS).toISOString(), { recorded: '2026-11-20T00:00:00Z' }),
    OPTIONS,
  );
});

describe('an identity is judged', () => {
  it.each([
    ['by the clock', LEAVES_MS, undefined, LEAVES_MS, 'departed'],
    ['by what was recorded, when the clock is behind that', NOW_MS - 60_000, undefined, NOW_MS, 'active'],
    ['by what the work judged by, when the clock is behind that', NOW_MS, LEAVES_MS, LEAVES_MS, 'departed'],
    ['by the clock, when the work judged by an earlier time', LEAVES_MS, NOW_MS, LEAVES_MS, 'departed'],
  ] as const)('%s', async (_, clockMs, judgedMs, nowMs, status) => {
    const { record, timeline, state, ...loaded } = await loadIdentity(at(clockMs), 'E1', { judgedMs });
    expect(loaded.nowMs).toBe(nowMs);
    expect(state.status).toBe(status);
    expect(record.header.identityId).toBe('E1');
    expect(timeline.facts).toHaveLength(2);
  });
});

it('there is nothing to judge about one who is not known', async () => {
  expect(await findIdentity(at(NOW_MS), 'E2')).toBeUndefined();
  await expect(loadIdentity(at(NOW_MS), 'E2')).rejects.toMatchObject({ name: 'NotFoundError' });
});
