// What Tenure costs to run, as counts of what AWS bills for: a change that makes any of them grow is seen here, and is either
// mended or written down by `npm run bench -- cost --write`, for the review to see.
import { expect, it } from 'vitest';
import { growthOf, priceOf, type Usage } from './cost-meter.ts';
import { committedCosts, measureCosts, yearOf } from './costs.ts';

it('nothing costs more than is written down', { timeout: 300_000 }, async () => {
  const [measured, committed] = [await measureCosts(), committedCosts()];
  expect(Object.keys(measured)).toEqual(Object.keys(committed));
  const grown = Object.entries(measured).flatMap(([name, usage]) =>
    growthOf(committed[name] as Usage, usage).map((growth) => `${name}: ${growth}`),
  );
  expect(grown, 'mend it, or write it down: npm run bench -- cost --write').toEqual([]);
  expect(yearOf(measured)).toBeLessThanOrEqual(yearOf(committed));
});

it('whatever grows is named, and what shrinks is not', () => {
  const usage = committedCosts()['joiner'] as Usage;
  expect(growthOf(usage, usage)).toEqual([]);
  expect(growthOf(usage, { ...usage, transition: usage.transition - 1 })).toEqual([]);
  const { transition, writeUnit } = usage;
  const more = { ...usage, transition: transition + 1, writeUnit: writeUnit + 0.5 };
  expect(growthOf(usage, more)).toEqual([
    `transition ${transition} -> ${transition + 1}`,
    `writeUnit ${writeUnit} -> ${writeUnit + 0.5}`,
  ]);
  expect(priceOf(more) - priceOf(usage)).toBeCloseTo(0.000_025 + 0.000_000_312_5, 12);
});
