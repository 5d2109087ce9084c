// Whatever a source is sent: recorded or refused, never an exception, never a lost neighbour.
import { describe, expect, it } from 'vitest';
import { MAXIMUM_RECORDS } from '../../lambdas/activity-sources/activity-source.ts';
import { ACTIVITY_SOURCES } from '../../lambdas/activity-sources/registry.ts';
import { type ActivityRecord, MAXIMUM_RECORD_BYTES } from '../../lambdas/core/detection/activity.ts';
import { ocsfFaults } from '../support/ocsf-schemas.ts';
import { NOW_MS, translateBy } from '../support/watched-company.ts';
import { EXAMPLES } from './examples.ts';

const types = ACTIVITY_SOURCES.map(({ type }) => type);

function recordOf(type: string, raw: unknown): ActivityRecord {
  const translation = translateBy(type, raw);
  if ('refused' in translation) throw new Error(translation.refused.why);
  return translation.record;
}

describe.each(types)('%s', (type) => {
  const example = EXAMPLES[type]?.[0];
  const others = EXAMPLES[type] ?? [];

  it('says what OCSF allows, and who it was', () => {
    expect(others.length).toBeGreaterThan(0);
    for (const raw of others) {
      const record = recordOf(type, raw);
      expect(ocsfFaults(record.ocsf)).toBeUndefined();
      expect(record.who.clues.length).toBeGreaterThan(0);
      expect(record.clockDoubted).toBeUndefined();
    }
  });

  it('says the same of the same record twice, and another id of another', () => {
    expect(recordOf(type, example)).toEqual(recordOf(type, structuredClone(example)));
    const ids = others.map((raw) => recordOf(type, raw).recordId);
    expect(new Set(ids).size).toBe(others.length);
  });

  it.each([undefined, null, 7, 'text', [], [{}], {}, { time: 1 }, JSON.parse('{"__proto__": {"eventType": "x"}}')])(
    'refuses %j by its shape',
    (raw) => {
      expect(translateBy(type, raw)).toHaveProperty('refused');
    },
  );

  it('takes members of the wrong type as absent', () => {
    for (const wrong of [null, 7, [], {}, 'x', true, [[[]]]]) {
      for (const name of Object.keys(example as object)) {
        const translation = translateBy(type, { ...(example as object), [name]: wrong });
        if ('record' in translation) expect(ocsfFaults(translation.record.ocsf)).toBeUndefined();
      }
    }
  });

  it('keeps markup, and neither control characters nor half a pair', () => {
    const raw = withEverywhere(example, '<script>alert(1)</script>\u0000\u001b[31m\ud800');
    const translation = translateBy(type, raw);
    if ('refused' in translation) return;
    const { raw_data: _raw, ...event } = translation.record.ocsf;
    expect(`${translation.record.operation} ${translation.record.method}`).not.toMatch(/[<>&*`@|"']/);
    const said = JSON.stringify({ ...translation.record, ocsf: event });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(said).not.toMatch(/\\u0000|\\u001b|\\ud800|[\u0000-\u001f]/i);
    expect(ocsfFaults(translation.record.ocsf)).toBeUndefined();
  });

  it('cuts a field of 100 kB and refuses one of a megabyte', () => {
    const long = recordOf(type, { ...(example as object), extra: 'x'.repeat(100_000) });
    expect(long.cut).toBe(true);
    expect(JSON.stringify(long).length).toBeLessThan(20_000);
    expect(ocsfFaults(long.ocsf)).toBeUndefined();
    const translation = translateBy(type, { ...(example as object), extra: 'x'.repeat(1_000_000) });
    expect(translation).toEqual({
      refused: { where: '', why: expect.stringMatching(/^expected at most 262144 bytes, found 1000/) },
    });
  });

  it('reads one of exactly as much as may be, and refuses one byte more', () => {
    const bare = JSON.stringify({ ...(example as object), extra: '' }).length;
    expect(
      translateBy(type, { ...(example as object), extra: 'x'.repeat(MAXIMUM_RECORD_BYTES - bare) }),
    ).toHaveProperty('record');
    expect(
      translateBy(type, { ...(example as object), extra: 'x'.repeat(MAXIMUM_RECORD_BYTES - bare + 1) }),
    ).toHaveProperty('refused');
  });

  it.each(['1970-01-01T00:00:00Z', '2031-01-01T00:00:00Z', 'yesterday', null, Number.NaN, 9e15])(
    'records one of %j at the time at which it came',
    (time) => {
      const record = recordOf(type, withTime(example, time));
      expect(record).toMatchObject({ timeMs: NOW_MS, clockDoubted: true });
      expect(ocsfFaults(record.ocsf)).toBeUndefined();
    },
  );

  it('records an action and a version that nobody knows', () => {
    const raw = JSON.parse(JSON.stringify(example), (name, value) =>
      name === 'version' || name === 'eventVersion' ? (type === 'ocsf' ? '1.99' : '99.0') : value,
    );
    expect(translateBy(type, raw)).toHaveProperty('record');
  });

  it('cuts a body into records, and takes no neighbour of what cannot be read', () => {
    const source = ACTIVITY_SOURCES.find((one) => one.type === type);
    const lines = [
      JSON.stringify(example),
      '{"half": ',
      `"${'x'.repeat(MAXIMUM_RECORD_BYTES)}"`,
      JSON.stringify(example),
    ].join('\n');
    const split = source?.split(Buffer.from(lines));
    expect(split?.records).toHaveLength(2);
    expect(split?.refused.map(({ where }) => where)).toEqual(['line 2', 'line 3']);
    expect(source?.split(Buffer.from(JSON.stringify(others))).records.length).toBeGreaterThanOrEqual(others.length);
  });

  it('reads so many records of a body, and says where it stopped', () => {
    const source = ACTIVITY_SOURCES.find((one) => one.type === type);
    const bodies = (count: number) => [
      Buffer.from(`[${Array(count).fill('{"a":1}').join()}]`),
      Buffer.from(Array(count).fill('{"a":1}').join('\n')),
    ];
    for (const body of bodies(MAXIMUM_RECORDS)) expect(source?.split(body).refused).toEqual([]);
    for (const body of bodies(MAXIMUM_RECORDS + 1)) {
      const split = source?.split(body);
      expect(split?.records).toHaveLength(MAXIMUM_RECORDS);
      expect(split?.refused).toHaveLength(1);
    }
  });
});

function withEverywhere(value: unknown, text: string): unknown {
  if (typeof value === 'string') return /^\d{4}-\d\d|^[\d.]+$/.test(value) ? value : `${value}${text}`;
  if (Array.isArray(value)) return value.map((item) => withEverywhere(item, text));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withEverywhere(member, text)]));
}

const TIMES = new Set([
  'published',
  'eventTime',
  'createdDateTime',
  'activityDateTime',
  'time',
  '@timestamp',
  'created_at',
  'date_create',
  'effective_at',
]);

function withTime(value: unknown, time: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (name, member) => (TIMES.has(name) ? time : member));
}
