// What is remembered is the same in whatever order records come, and has a bound.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ActivityRecord } from '../../../lambdas/core/detection/activity.ts';
import { readsUntil, remember, rememberPeer, usualPeak } from '../../../lambdas/core/detection/memory.ts';
import { activity, DAY_MS, HOUR_MS, NOW_MS, rememberAll } from '../../support/watched-company.ts';

const record = fc
  .record({
    timeMs: fc.integer({ min: NOW_MS - 20 * DAY_MS, max: NOW_MS }),
    action: fc.constantFrom('sign-in', 'use', 'read', 'grant', 'factor-add', 'factor-reset') as fc.Arbitrary<
      ActivityRecord['action']
    >,
    in: fc.constantFrom('crm', 'mail', 'aws'),
    method: fc.constantFrom('mfa', 'password'),
    network: fc.constantFrom({ ip: '192.0.2.1', country: 'DE' }, { ip: '198.51.100.1', country: 'JP' }, {}),
    client: fc.constantFrom({ family: 'git' }, undefined),
  })
  .map((said) => activity(said));
/** Few enough that nothing is forgotten: what is forgotten depends on what came. */
const records = fc.uniqueArray(record, { maxLength: 7, selector: ({ timeMs }) => timeMs });

describe('what is remembered', () => {
  it('is the same in any order, and when records come twice', () => {
    fc.assert(
      fc.property(records, fc.infiniteStream(fc.nat()), (given, keys) => {
        const shuffled = [...given, ...given]
          .map((one) => [keys.next().value as number, one] as const)
          .sort(([a], [b]) => a - b);
        expect(sorted(rememberAll(shuffled.map(([, one]) => one)))).toEqual(sorted(rememberAll(given)));
      }),
      { numRuns: 300 },
    );
  });

  it('has a bound, whatever comes', () => {
    let memory: ReturnType<typeof rememberAll>;
    for (let place = 0; place < 3_000; place += 1) {
      const many = {
        in: `app-${place}`,
        method: `method-${place}`,
        client: { family: `client-${place}` },
        network: { ip: `10.${place % 250}.0.1`, asn: place + 1, country: 'DE' },
      };
      const timeMs = NOW_MS - (3_000 - place) * HOUR_MS;
      memory = remember(memory, activity({ ...many, timeMs }), 'actor', { entitlements: [`app-${place}:x`] });
      memory = remember(memory, activity({ ...many, timeMs: timeMs + 1, action: 'read' }), 'actor');
      memory = remember(memory, activity({ timeMs: timeMs + 2, action: 'grant' }), 'target');
      memory = remember(memory, activity({ timeMs: timeMs + 3, action: 'factor-reset' }), 'target');
    }
    expect(Buffer.byteLength(JSON.stringify(memory))).toBeLessThan(20_000);
    expect(memory?.applications['app-2999']).toBeDefined();
    expect(memory?.applications['app-0']).toBeUndefined();
  });

  it('keeps nothing of what failed, nor of a clock that cannot be', () => {
    expect(rememberAll([activity({ outcome: 'failure' })])?.applications).toEqual({});
    expect(rememberAll([activity({ clockDoubted: true })])?.applications).toEqual({});
  });

  it('knows names that objects have of themselves', () => {
    const memory = rememberAll([activity({ in: 'constructor', method: '__proto__', client: { family: 'toString' } })]);
    expect(Object.keys(memory?.applications ?? {})).toEqual(['constructor']);
    expect(Object.keys(memory?.clients ?? {})).toEqual(['toString']);
  });
});

describe('reads', () => {
  const read = (timeMs: number, reads = 1) => activity({ action: 'read', timeMs, reads });

  it('are counted over an hour, about', () => {
    const memory = rememberAll([read(NOW_MS - HOUR_MS / 2, 100), read(NOW_MS + HOUR_MS / 4, 10)]);
    expect(readsUntil(memory, NOW_MS + HOUR_MS / 2)).toBe(60);
    expect(readsUntil(memory, NOW_MS + 3 * HOUR_MS)).toBe(0);
  });

  it('are compared with the middle one of the days before, of which there must be three', () => {
    const days = [1, 2, 3].map((day) => read(NOW_MS - day * DAY_MS, day * 10));
    expect(usualPeak(rememberAll(days), NOW_MS)).toBe(20);
    expect(usualPeak(rememberAll(days.slice(0, 2)), NOW_MS)).toBeUndefined();
  });

  it('that may have been counted before are not counted again', () => {
    const many = Array.from({ length: 300 }, (_, place) => read(NOW_MS + place));
    const once = rememberAll(many);
    expect(readsUntil(once, NOW_MS + 400)).toBe(300);
    expect(
      readsUntil(
        many.reduce((memory, one) => remember(memory, one, 'actor'), once),
        NOW_MS + 400,
      ),
    ).toBe(300);
  });
});

it('remembers so many peers, and few of them by what they use', () => {
  let peers: ReturnType<typeof rememberPeer> | undefined;
  for (let place = 0; place < 200; place += 1) peers = rememberPeer(peers, `id-${place}`, activity());
  expect(peers?.members).toHaveLength(64);
  expect(peers?.applications['crm']).toHaveLength(8);
});

/** Members of maps are told apart by name alone, those counted by their time; `records` counts about. */
function sorted(memory: ReturnType<typeof rememberAll>): unknown {
  const { records: _about, counted = [], ...known } = memory ?? {};
  const byTime = counted.toSorted(([, one], [, other]) => one - other);
  return JSON.parse(
    JSON.stringify({ ...known, byTime }, (_, member) =>
      typeof member === 'object' && member !== null && !Array.isArray(member)
        ? Object.fromEntries(Object.entries(member).sort())
        : member,
    ),
  );
}
