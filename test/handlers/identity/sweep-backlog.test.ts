// Nobody starves, by the bench's own count over the real store: whoever is the n-th to be due is looked at no later than
// twice the time that n looks take. `npm run bench -- sweep` shows the same for a hundred thousand.
import '../../support/quiet-logs.ts';
import { describe, expect, it } from 'vitest';
import { type Backlog, lookThrough } from '../../bench/sweeps.ts';

/** Longer than the five minutes after which those looked at first are due again. */
const SLOW = { requestMs: 200 };

describe('a backlog', { timeout: 120_000 }, () => {
  it('of 5,000 is looked through with nobody later than twice their fair share, and nobody twice before all others', async () => {
    const { neverLookedAt, worstShare, looksTooEarly, lastMs } = await lookThrough({ identities: 5_000, ...SLOW });
    expect(lastMs).toBeGreaterThan(300_000);
    expect({ neverLookedAt, looksTooEarly }).toEqual({ neverLookedAt: 0, looksTooEarly: 0 });
    expect(worstShare).toBeLessThanOrEqual(2);
  });

  it.each<[string, Omit<Backlog, 'identities'>]>([
    ['a tenth of whom are due again at once', { dueAgainOneIn: 10, ...SLOW }],
    ['half of whom lie in one shard', { isCrowded: true, ...SLOW }],
    ['who all came due at one instant', { isOneInstant: true, ...SLOW }],
    ['the first of whom cannot be read', { unreadable: 150, ...SLOW }],
    ['the first of whom cannot be claimed, more than are named at once', { unclaimable: 150, ...SLOW }],
    ['whom the index names for longer than a page takes', { indexLagMs: 4_000, requestMs: 40 }],
  ])('of 1,000 %s is looked through as fairly', async (_, backlog) => {
    const { neverLookedAt, worstShare, looksTooEarly } = await lookThrough({ identities: 1_000, ...backlog });
    expect({ neverLookedAt, looksTooEarly }).toEqual({ neverLookedAt: 0, looksTooEarly: 0 });
    expect(worstShare).toBeLessThanOrEqual(2);
  });
});
