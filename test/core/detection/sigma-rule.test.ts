import { describe, expect, it } from 'vitest';
import {
  detectionOf,
  OVERLAP_MS,
  positionAfter,
  type SigmaRule,
  windowOf,
  windowParameters,
} from '../../../lambdas/core/detection/sigma-rule.ts';
import { activity, contextOf } from '../../support/watched-company.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
const NOW_MS = Date.UTC(2026, 10, 28, 9, 20);

describe('the window of a rule', () => {
  it('is a day where it runs for the first time, and then goes on before where it had ended', () => {
    expect(windowOf(undefined, NOW_MS)).toEqual({
      fromMs: NOW_MS - DAY_MS - 5 * MINUTE_MS,
      untilMs: NOW_MS,
      isBehind: false,
    });
    const untilMs = NOW_MS - 15 * MINUTE_MS;
    expect(windowOf({ untilMs, seen: [] }, NOW_MS)).toMatchObject({ fromMs: untilMs - 5 * MINUTE_MS, untilMs: NOW_MS });
  });

  it('is two days at most, however long it did not run', () => {
    const untilMs = NOW_MS - 30 * DAY_MS;
    expect(windowOf({ untilMs, seen: [] }, NOW_MS)).toMatchObject({ untilMs: untilMs + 2 * DAY_MS, isBehind: true });
    expect(windowOf({ untilMs: NOW_MS - 2 * DAY_MS, seen: [] }, NOW_MS)).toMatchObject({ isBehind: false });
  });

  it('is told in hours of UTC, and in milliseconds', () => {
    const window = windowOf({ untilMs: Date.UTC(2026, 10, 28, 0, 2), seen: [] }, NOW_MS);
    const fromMs = Date.UTC(2026, 10, 27, 23, 57);
    expect(windowParameters(window)).toEqual(["'2026112723'", "'2026112809'", String(fromMs), String(NOW_MS)]);
  });

  it('leaves to the next one what that has as well, and nothing else', () => {
    const window = windowOf({ untilMs: NOW_MS - 15 * MINUTE_MS, seen: ['x'] }, NOW_MS);
    const found = [
      { key: 'a', loggedMs: NOW_MS - OVERLAP_MS - 1 },
      { key: 'b', loggedMs: NOW_MS - OVERLAP_MS },
      { key: 'b', loggedMs: NOW_MS },
    ];
    expect(positionAfter(window, found)).toEqual({ untilMs: NOW_MS, seen: ['b'] });
    expect(windowOf(positionAfter(window, found), NOW_MS).fromMs).toBe(NOW_MS - OVERLAP_MS);
  });
});

describe('what a rule found', () => {
  const rule: SigmaRule = {
    id: 'sigma-x',
    title: 'X',
    severity: 'high',
    window: 'w',
    joins: [],
    response: { people: 'alert', nonHuman: 'record' },
    about: 'target',
    sql: 'SELECT 1',
  };

  it('is about whoever was acted on where the rule says so, and about nobody where there is nobody', () => {
    const given = activity({ by: 'bob', on: 'ada', action: 'grant' });
    const alone = activity({ by: 'bob', action: 'read' });
    const keys = new Set([given, alone].map(({ source, recordId }) => JSON.stringify([source, recordId])));
    const found = detectionOf(rule, keys);
    expect(found.judge(given, contextOf(given))).toMatchObject({ about: 'target', because: 'The rule “X” matched.' });
    expect(found.judge(alone, contextOf(alone))).toBeUndefined();
    expect(detectionOf(rule, new Set()).judge(given, contextOf(given))).toBeUndefined();
    expect(found).not.toHaveProperty('sql');
  });
});
