// The bound at it and past it: what ends access is taken beyond it, each time that it ends something, and nothing else is.
import { describe, expect, it } from 'vitest';
import { effectiveInstantsOf } from '../../../lambdas/core/identity/effective-instant.ts';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import { beyondBound, MAXIMUM_FACT_BYTES, MAXIMUM_FACTS } from '../../../lambdas/core/identity/history-bound.ts';
import { buildTimeline, identityAt } from '../../../lambdas/core/identity/timeline.ts';
import { joiner, leaver, mover, rescind, suspension } from '../../support/facts.ts';
import { historyOf } from '../../support/long-history.ts';

const NOW = '2026-11-23T09:00:00Z';
const NOW_MS = Date.parse(NOW);
const full = historyOf(MAXIMUM_FACTS);
const moved = () => mover(NOW, { department: 'Legal' });
const refusedOf = (known: readonly Fact[], ...told: readonly Fact[]) => beyondBound(known, told, NOW_MS);

describe('an identity with as many facts as it may have', () => {
  it('takes the last, and then nothing that ends no access', () => {
    const last = moved();
    const next = moved();
    expect(refusedOf(full.slice(0, -1), last, next)).toEqual([next]);
    expect(refusedOf(full, joiner(NOW), moved(), leaver(NOW))).toMatchObject([{ type: 'joiner' }, { type: 'mover' }]);
  });

  it('refuses a hundred thousand more, and is still cut off by the leaver among them', () => {
    const told = Array.from({ length: 100_000 }, (_, index) => mover(NOW, { department: `Department ${index}` }));
    const out = leaver(NOW, { immediate: true });
    expect(refusedOf(full, ...told, out)).toHaveLength(100_000);
    expect(identityAt(buildTimeline([...full, out]), NOW_MS).status).toBe('departed');
  });

  it.each<readonly [string, Fact]>([
    ['a leaver by date', leaver('2026-12-24')],
    ['an immediate leaver', leaver(NOW, { immediate: true })],
    ['a leaver that the mass-error guard holds', { ...leaver(NOW), held: 'hold' }],
    ['a suspension', suspension(NOW)],
    ['the rescind of the joiner', rescind(full[0] as Fact, NOW)],
  ])('takes %s', (_what, fact) => {
    expect(refusedOf(full, fact)).toEqual([]);
  });

  it.each<readonly [string, (known: Fact) => Fact]>([
    ['the same said again', () => leaver(NOW)],
    ['that it is taken back', (known) => rescind(known, NOW)],
  ])('refuses, after a leaver, %s', (_what, next) => {
    const known = leaver('2026-11-22T00:00:00Z');
    expect(refusedOf([...full, known], next(known))).toHaveLength(1);
  });

  it('takes what Tenure itself states, and what it knows already', () => {
    expect(refusedOf(full, { ...moved(), source: 'tenure' }, full[7] as Fact)).toEqual([]);
  });
});

it('is bound by bytes as well, so that it can be read however long its facts are', () => {
  const text = 'x'.repeat(10_000);
  const long = (length: number) => Array.from({ length }, () => mover(NOW, { title: text }));
  const size = Buffer.byteLength(JSON.stringify(long(1)[0]));
  const known = [joiner('2026-01-01T00:00:00Z'), ...long(Math.floor(MAXIMUM_FACT_BYTES / (size + 5)) - 1)];
  const room = MAXIMUM_FACT_BYTES - Buffer.byteLength(known.map((fact) => JSON.stringify(fact)).join(''));
  const base = moved();
  const filling = (bytes: number): Fact =>
    ({ ...base, reason: 'y'.repeat(bytes - Buffer.byteLength(JSON.stringify({ ...base, reason: '' }))) }) as Fact;
  expect(refusedOf(known, filling(room))).toEqual([]);
  expect(refusedOf(known, filling(room + 1))).toHaveLength(1);
  expect(refusedOf(known, { ...filling(room + 1), type: 'leaver', immediate: true } as Fact)).toEqual([]);
});

it('goes through a timeline once for the instants of all its facts', () => {
  const looked = (size: number) => {
    const timeline = buildTimeline(full.slice(0, size));
    let looks = 0;
    const changes = new Proxy(timeline.changes, {
      get(target, name) {
        looks += 1;
        return Reflect.get(target, name);
      },
    });
    const instants = effectiveInstantsOf({ ...timeline, changes });
    for (const fact of timeline.facts) instants(fact);
    return looks;
  };
  expect(looked(2_000)).toBeLessThan(2.1 * looked(1_000));
});
