// What a run saw, packed: nothing is lost or counted twice, and no page outgrows an item.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { passCursor } from '../../../lambdas/core/reconciliation/cursor-loop.ts';
import {
  KEPT_FINDINGS,
  keepsFinding,
  keptAll,
  MAXIMUM_KEPT_FINDINGS,
} from '../../../lambdas/core/reconciliation/kept-findings.ts';
import { isSettledWithout } from '../../../lambdas/core/reconciliation/settled-without.ts';
import {
  countSightings,
  identitiesIn,
  MAXIMUM_PACKED_BYTES,
  packIds,
  packSightings,
  type Sighting,
  VERDICTS,
} from '../../../lambdas/core/reconciliation/sightings.ts';

const sighting: fc.Arbitrary<Sighting> = fc.record({
  accountId: fc.string({ maxLength: 3 }),
  verdicts: fc.subarray([...VERDICTS]),
  identityIds: fc.array(fc.string({ maxLength: 3 }), { maxLength: 3 }),
});

describe('sightings', () => {
  it('tell exactly whose accounts were seen, and count each account by what was found last', () => {
    const pages = fc.array(fc.array(sighting, { maxLength: 20 }), { maxLength: 5 });
    fc.assert(
      fc.property(pages, fc.array(fc.string({ maxLength: 3 })), (told, others) => {
        const packed = told.flatMap(packSightings);
        const seen = new Set(told.flat().flatMap(({ identityIds }) => identityIds));
        const wasSeen = identitiesIn(packed);
        for (const id of [...seen, ...others]) expect(wasSeen(id)).toBe(seen.has(id));
        const last = new Map(told.flat().map((one) => [one.accountId, one.verdicts]));
        const count = (verdict: string) =>
          [...last.values()].filter((all) => all.some((one) => one === verdict)).length;
        expect(countSightings(packed)).toEqual({
          accounts: last.size,
          ...Object.fromEntries(VERDICTS.map((verdict) => [verdict, count(verdict)])),
        });
      }),
    );
  });

  it('of any number lie on pages that an item has room for, and cost 11 bytes each', () => {
    const pages = packIds(Array.from({ length: 50_000 }, (_, index) => `E${index}`));
    expect(pages.map(({ length }) => length <= MAXIMUM_PACKED_BYTES)).toEqual([true, true, true]);
    expect(pages.reduce((sum, { length }) => sum + length, 0)).toBe(50_000 * 11);
    const holds = identitiesIn(pages);
    expect(['E0', 'E21817', 'E21818', 'E49999', 'E50000'].map(holds)).toEqual([true, true, true, true, false]);
    expect(packSightings([])).toEqual([]);
  });
});

describe('a mark in a listing', () => {
  it('is met again in every circle, soon, and never in a listing that ends', () => {
    fc.assert(
      fc.property(fc.nat({ max: 200 }), fc.integer({ min: 1, max: 100 }), (before, circle) => {
        let mark: ReturnType<typeof passCursor>;
        let read = 0;
        do {
          const place = read < before ? read : before + ((read - before) % circle);
          mark = passCursor(mark, `place ${place}`);
          read += 1;
        } while (mark !== undefined && read < 10_000);
        expect(read).toBeGreaterThan(circle);
        expect(read).toBeLessThanOrEqual(3 * (before + circle) + 3);
      }),
    );
    let mark: ReturnType<typeof passCursor>;
    for (let place = 0; place < 1_000; place += 1) {
      mark = passCursor(mark, String(place));
      expect(mark).toBeDefined();
    }
    expect(JSON.stringify(passCursor(undefined, 'ada@acme.example'))).not.toContain('ada');
  });
});

describe('of findings that only people can mend', () => {
  const orphan = (subject: string) => ({ kind: 'orphan', subject }) as const;
  const reported = (count: number) => ({ counts: { orphan: count, ambiguous: 0, dormant: 0 } });

  it('as many are kept as anybody can look at, and whatever a repair acts on always', () => {
    expect(keepsFinding(orphan('a'), MAXIMUM_KEPT_FINDINGS - 1, undefined)).toBe('counts');
    expect(keepsFinding(orphan('a'), MAXIMUM_KEPT_FINDINGS, undefined)).toBe('left-out');
    for (const kind of ['extra', 'missing', 'renamed'] as const) {
      expect(keepsFinding({ kind, subject: 'a' }, MAXIMUM_KEPT_FINDINGS, reported(900_000))).toBe('always');
    }
    expect([keptAll(reported(KEPT_FINDINGS)), keptAll(reported(KEPT_FINDINGS + 1))]).toEqual([true, false]);
  });

  it('the same are chosen in each run, whatever their order', () => {
    const subjects = Array.from({ length: 50_000 }, (_, index) => `account-${index}`);
    const chosen = (count: number) =>
      subjects.filter((one) => keepsFinding(orphan(one), 0, reported(count)) === 'counts');
    const kept = chosen(50_000);
    expect(Math.abs(kept.length - KEPT_FINDINGS)).toBeLessThan(500);
    const among = new Set(kept);
    expect(chosen(60_000).every((one) => among.has(one))).toBe(true);
    expect(chosen(KEPT_FINDINGS)).toHaveLength(50_000);
  });
});

describe('a header tells that no account is due', () => {
  const header = {
    identityId: 'E1',
    version: 3,
    epoch: 1,
    clockMs: 0,
    failedPasses: 0,
    settledVersion: 3,
    settledMs: 1,
    modelHash: 'now',
    applications: ['mail'],
    summary: { status: 'active' },
  } as const;
  const context = { modelHash: 'now', nowMs: 1_000 };

  it('once everything was settled without one', () => {
    expect(isSettledWithout(header, 'chat', context)).toBe(true);
    expect(isSettledWithout({ ...header, nextCheckMs: 1_001 }, 'chat', context)).toBe(true);
  });

  it.each([
    ['one was due', { applications: ['chat'] }],
    ['it is not known which were', { applications: undefined }],
    ['a fact came since', { version: 4 }],
    ['it was never settled', { settledVersion: undefined }],
    ['another access model was in force', { modelHash: 'before' }],
    ['something has come due', { nextCheckMs: 1_000 }],
    ['a pass is at work', { lease: { holder: 'pass', expiresMs: 2_000 } }],
  ])('but not when %s', (_, change) => {
    expect(isSettledWithout({ ...header, ...change }, 'chat', context)).toBe(false);
  });
});
