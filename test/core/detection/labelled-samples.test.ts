// Public rules are the oracle: they know nothing of Tenure, and each says of its records whether it fires.
import { describe, expect, it } from 'vitest';
import { judgeSample, MAPPED, readSamples, SAMPLE_FILES, STRICTER, UNMAPPED } from '../../support/labelled-samples.ts';
import { translateBy } from '../../support/watched-company.ts';

const samples = readSamples();

// Whoever has no folder ../shared/activity-samples is told that these were left out.
describe.skipIf(samples === undefined)('the labelled samples (../shared/activity-samples)', () => {
  const all = samples ?? [];
  const judged = all.flatMap((sample) => judgeSample(sample) ?? []);

  it('are read whole, each rule told or left out for a reason', () => {
    expect(all.length).toBeGreaterThan(400);
    expect(new Set(all.map(({ source }) => source))).toEqual(new Set(Object.values(SAMPLE_FILES)));
    const rules = [...new Set(all.map(({ rule }) => rule))];
    expect(
      rules.filter((rule) => MAPPED[rule] === undefined && !UNMAPPED.some(([pattern]) => pattern.test(rule))),
    ).toEqual([]);
    expect(Object.keys(MAPPED).filter((rule) => !rules.includes(rule))).toEqual([]);
  });

  it('are each recorded or refused with a reason, never lost', () => {
    for (const { source, log } of all) {
      const translation = translateBy(source, log);
      if ('refused' in translation) expect(translation.refused.why).toMatch(/^expected a record of/);
      else expect(translation.record.ocsf.time).toBe(translation.record.timeMs);
    }
  });

  it('fire wherever a rule that says the same does', () => {
    expect(judged.filter(({ sample, fired }) => sample.expected && !fired).map(({ sample }) => sample.rule)).toEqual(
      [],
    );
    expect(judged.filter(({ sample }) => sample.expected).length).toBeGreaterThan(40);
  });

  it('fire nowhere else but where we are stricter on purpose', () => {
    const extra = judged.filter(({ sample, fired }) => !sample.expected && fired).map(({ sample }) => sample.rule);
    expect(extra.filter((rule) => STRICTER[rule] === undefined)).toEqual([]);
  });
});
