// EventBridge's documented examples, and the promise that a pattern called impossible is.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CompiledPatterns } from '../../../lambdas/core/access-model/compiled-patterns.ts';
import type { AttributeValue, EventPattern } from '../../../lambdas/core/access-model/event-pattern.ts';
import { eventPatternSchema } from '../../../lambdas/core/access-model/event-pattern-schema.ts';
import { explainNeverMatches, type PatternField } from '../../../lambdas/core/access-model/impossible-pattern.ts';
import { ATTRIBUTE_FIELDS } from '../../../lib/access-model/attribute-fields.ts';

type Values = Readonly<Record<string, AttributeValue>>;

function meeting(pattern: EventPattern): (attributes: Values) => boolean {
  const compiled = new CompiledPatterns([pattern], 10_000);
  return (attributes) => compiled.matching(attributes).length > 0;
}

describe('a pattern', () => {
  const cases: readonly [
    title: string,
    pattern: EventPattern,
    matching: readonly Values[],
    other: readonly Values[],
  ][] = [
    ['any of the alternatives', { a: ['x', 'y'] }, [{ a: 'x' }, { a: 'y' }], [{ a: 'z' }, { a: 'X' }, {}]],
    ['every attribute', { a: ['x'], b: ['y'] }, [{ a: 'x', b: 'y', c: 'z' }], [{ a: 'x' }, { a: 'x', b: 'z' }]],
    ['numbers by value', { a: [300] }, [{ a: 300.0 }], [{ a: '300' }]],
    ['true, false and null', { a: [true, null] }, [{ a: true }, { a: null }], [{ a: false }, { a: 'null' }, {}]],
    [
      'a prefix of text',
      { a: [{ prefix: 'Senior ' }] },
      [{ a: 'Senior Engineer' }],
      [{ a: 'senior Engineer' }, { a: 1 }],
    ],
    [
      'a prefix in any case',
      { a: [{ prefix: { 'equals-ignore-case': 'hEAD' } }] },
      [{ a: 'Head of Sales' }],
      [{ a: 'Ahead' }],
    ],
    ['a suffix of text', { a: [{ suffix: 'Lead' }] }, [{ a: 'Team Lead' }], [{ a: 'Leader' }, { a: null }, {}]],
    [
      'a suffix in any case',
      { a: [{ suffix: { 'equals-ignore-case': 'LEAD' } }] },
      [{ a: 'Team lead' }],
      [{ a: 'Leads' }],
    ],
    ['text in any case', { a: [{ 'equals-ignore-case': 'marketing' }] }, [{ a: 'MarKeting' }], [{ a: 'Marketing ' }]],
    ['Greek whatever its final sigma', { a: [{ prefix: { 'equals-ignore-case': 'ΟΔΟΣ' } }] }, [{ a: 'οδοσα' }], []],
    ['presence, null included', { a: [{ exists: true }] }, [{ a: 'x' }, { a: null }], [{}, { a: undefined }]],
    ['absence, null excluded', { a: [{ exists: false }] }, [{}, { a: undefined }], [{ a: null }, { a: '' }]],
    ['absence or a value', { a: [{ exists: false }, 'x'] }, [{}, { a: 'x' }], [{ a: 'y' }]],
    ['equal numbers', { a: [{ numeric: ['=', 3.018e2] }] }, [{ a: 301.8 }], [{ a: '301.8' }, { a: 302 }]],
    [
      'a numeric range',
      { a: [{ numeric: ['>', 0, '<=', 5] }] },
      [{ a: 0.1 }, { a: 5 }],
      [{ a: 0 }, { a: 5.1 }, { a: '3' }],
    ],
    [
      'a range with the other ends',
      { a: [{ numeric: ['>=', 0, '<', 5] }] },
      [{ a: 0 }, { a: 4.9 }],
      [{ a: -0.1 }, { a: 5 }],
    ],
    [
      'anything but a text, if present',
      { a: [{ 'anything-but': 'x' }] },
      [{ a: 'y' }, { a: null }, { a: 5 }],
      [{ a: 'x' }, {}],
    ],
    ['anything but a number', { a: [{ 'anything-but': 5 }] }, [{ a: 6 }, { a: '5' }], [{ a: 5 }]],
    ['anything but a list', { a: [{ 'anything-but': ['x', 'y'] }] }, [{ a: 'z' }], [{ a: 'x' }, { a: 'y' }]],
    [
      'anything but a prefix',
      { a: [{ 'anything-but': { prefix: 'x' } }] },
      [{ a: 'yx' }, { a: null }],
      [{ a: 'xy' }, {}],
    ],
    ['anything but some suffixes', { a: [{ 'anything-but': { suffix: ['x', 'y'] } }] }, [{ a: 'xz' }], [{ a: 'zy' }]],
    [
      'anything but in any case',
      { a: [{ 'anything-but': { 'equals-ignore-case': ['x'] } }] },
      [{ a: 'xx' }],
      [{ a: 'X' }],
    ],
    [
      'anything but a wildcard',
      { a: [{ 'anything-but': { wildcard: '*/lib/*' } }] },
      [{ a: '/bin/' }],
      [{ a: '/lib/x' }],
    ],
    ['a wildcard', { a: [{ wildcard: 'dir/*.png' }] }, [{ a: 'dir/.png' }, { a: 'dir/a/b.png' }], [{ a: 'dir.png' }]],
    [
      'several wildcards',
      { a: [{ wildcard: '*Data*Eng*' }] },
      [{ a: 'Senior Data Engineer' }],
      [{ a: 'Engineer, Data' }],
    ],
    [
      'wildcards that must not overlap',
      { a: [{ wildcard: 'aba*aba' }] },
      [{ a: 'abaaba' }],
      [{ a: 'aba' }, { a: 'ababa' }],
    ],
    [
      'escaped asterisks and backslashes',
      { a: [{ wildcard: 'a\\*b\\\\*' }] },
      [{ a: 'a*b\\c' }],
      [{ a: 'axb\\c' }, { a: 'a*bc' }],
    ],
    ['a wildcard across lines', { a: [{ wildcard: 'a*b' }] }, [{ a: 'a\n😀b' }], [{ a: 'A\nb' }]],
    [
      'one branch of $or, together with the rest',
      { a: ['x'], $or: [{ b: ['y'] }, { c: ['z'], $or: [{ d: [1] }, { d: [2] }] }] },
      [
        { a: 'x', b: 'y' },
        { a: 'x', c: 'z', d: 2 },
      ],
      [{ a: 'x' }, { b: 'y' }, { a: 'x', c: 'z', d: 3 }],
    ],
    ['no inherited member', { toString: [{ exists: false }] }, [{}], []],
  ];

  it.each(cases)('takes %s', (_, pattern, matching, other) => {
    expect(eventPatternSchema.safeParse(pattern).error).toBeUndefined();
    const matches = meeting(pattern);
    for (const attributes of matching) expect(matches(attributes), JSON.stringify(attributes)).toBe(true);
    for (const attributes of other) expect(matches(attributes), JSON.stringify(attributes)).toBe(false);
  });

  it('agrees with a regular expression on wildcards', () => {
    const piece = fc.constantFrom('a', 'b', '*', '\\*', '\\\\');
    const wildcard = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('').replace(/(?<!\\)\*(?=\*)/g, ''));
    const value = fc.string({ unit: fc.constantFrom('a', 'b', '*', '\\'), maxLength: 10 });
    fc.assert(
      fc.property(wildcard, value, (pattern, attribute) => {
        fc.pre(eventPatternSchema.safeParse({ a: [{ wildcard: pattern }] }).success);
        const source = pattern.replace(/\\[\\*]|\*/g, (token) => (token === '*' ? '.*' : `\\${token.slice(1)}`));
        expect(meeting({ a: [{ wildcard: pattern }] })({ a: attribute })).toBe(
          new RegExp(`^${source}$`, 's').test(attribute),
        );
      }),
      { numRuns: 2000 },
    );
  });
});

describe('eventPatternSchema', () => {
  it.each<[string, unknown, string, RegExp]>([
    ['a value without a list', { a: 'x' }, 'a', /expected a list of alternatives/],
    ['no alternatives', { a: [] }, 'a', /at least one alternative/],
    ['no attributes', {}, '', /at least one attribute/],
    ['a list in the list', { a: [['x']] }, 'a/0', /found a list within the list/],
    [
      'an unknown operator',
      { a: ['x', { prefx: 'y' }] },
      'a/1',
      /unknown operator "prefx": expected one of prefix, suffix/,
    ],
    ['two operators at once', { a: [{ prefix: 'x', suffix: 'y' }] }, 'a/0', /exactly one operator/],
    ['an operand of the wrong type', { a: [{ prefix: 5 }] }, 'a/0', /prefix: expected text, or/],
    ['two asterisks in a row', { a: [{ wildcard: 'a**' }] }, 'a/0/wildcard', /no two \* follow/],
    ['a stray backslash', { a: [{ wildcard: 'a\\b' }] }, 'a/0/wildcard', /comes only before/],
    ['a range written downwards', { a: [{ numeric: ['<', 5, '>', 0] }] }, 'a/0', /numeric: expected \["=", n\]/],
    ['a mixed list to avoid', { a: [{ 'anything-but': ['x', 1] }] }, 'a/0', /anything-but: expected/],
    [
      'an empty prefix to avoid',
      { a: [{ 'anything-but': { prefix: '' } }] },
      'a/0/anything-but/prefix',
      /at least one/,
    ],
    ['exists without true or false', { a: [{ exists: 'yes' }] }, 'a/0', /exists: expected true or false/],
    ['a choice of one', { $or: [{ a: ['x'] }] }, '$or', /at least two patterns/],
    ['a fault inside $or', { $or: [{ a: ['x'] }, { b: [{}] }] }, '$or/1/b/0', /exactly one operator/],
    ['more than EventBridge takes', { a: Array(100).fill('x'.repeat(50)) }, '', /at most 4096 characters/],
  ])('refuses %s, saying where and why', (_, pattern, path, message) => {
    const issues = eventPatternSchema.safeParse(pattern).error?.issues ?? [];
    expect(issues.map((issue) => issue.path.join('/'))).toEqual([path]);
    expect(issues[0]?.message).toMatch(message);
  });
});

describe('explainNeverMatches', () => {
  const numbers: Readonly<Record<string, PatternField>> = { n: { types: ['number'] } };

  it.each<[string, EventPattern, RegExp, Readonly<Record<string, PatternField>>?]>([
    [
      'an unknown attribute',
      { departmnt: ['Sales'] },
      /unknown attribute "departmnt": expected one of kind, givenName/,
    ],
    [
      'a value outside a closed list',
      { kind: ['employe'] },
      /"kind" never matches "employe": expected one of employee/,
    ],
    ['a prefix outside a closed list', { kind: [{ prefix: 'Service' }] }, /never matches \{"prefix":"Service"\}/],
    ['every value of a closed list excluded', { kind: [{ 'anything-but': { wildcard: '*' } }] }, /never matches/],
    ['a number where text is', { costCenter: [4711] }, /write "4711" in quotes/],
    ['numeric where text is', { costCenter: [{ numeric: ['>', 1] }] }, /numeric matches only numbers/],
    ['null where none can be', { department: [null] }, /"department" is never null/],
    ['a text no event can carry', { timeZone: ['Europe/Berln'] }, /never matches "Europe\/Berln"/],
    ['a text with spaces around it', { department: [' Sales'] }, /never matches " Sales"/],
    ['a range upside down', { n: [{ numeric: ['>', 5, '<', 3] }] }, /no number is within/, numbers],
    ['a range of nothing', { n: [{ numeric: ['>', 5, '<=', 5] }] }, /no number is within/, numbers],
    [
      'ranges apart',
      { n: [{ numeric: ['<', 3] }], $or: [{ n: [{ numeric: ['>', 5] }] }, { n: [4] }] },
      /no branch/,
      numbers,
    ],
    ['no alternatives at all', { kind: [] }, /no alternatives/],
    [
      'absence together with a value',
      { endsAt: [{ exists: false }], $or: [{ endsAt: [null] }, { endsAt: [{ prefix: '2026' }] }] },
      /no branch of \$or can match: \(1\) "endsAt" cannot match \[\{"exists":false\}\] and \[null\] at once; \(2\)/,
    ],
    [
      'branches against what is around them',
      { department: ['Sales'], $or: [{ department: ['Finance'] }, { department: [{ suffix: 'ing' }] }] },
      /cannot match \["Sales"\] and \["Finance"\] at once/,
    ],
    [
      'prefixes that differ',
      {
        title: [{ prefix: 'Head' }],
        $or: [{ title: [{ prefix: 'Senior' }] }, { title: [{ 'anything-but': { prefix: 'He' } }] }],
      },
      /no branch/,
    ],
  ])('finds %s', (_, pattern, reason, fields = ATTRIBUTE_FIELDS) => {
    expect(explainNeverMatches(pattern, fields)).toMatch(reason);
  });

  it.each<[string, EventPattern]>([
    ['absence as one alternative', { endsAt: [{ exists: false }, null] }],
    [
      'prefixes that continue each other',
      { title: [{ prefix: 'He' }], $or: [{ title: [{ prefix: 'Head' }] }, { title: [1] }] },
    ],
    ['one branch that can', { kind: ['employee'], $or: [{ kind: ['partner'] }, { kind: [{ prefix: 'emp' }] }] }],
    [
      'two wildcards',
      { title: [{ wildcard: '*a*' }], $or: [{ title: [{ wildcard: '*b' }] }, { title: [{ suffix: 'c' }] }] },
    ],
  ])('says nothing of %s', (_, pattern) => {
    expect(explainNeverMatches(pattern, ATTRIBUTE_FIELDS)).toBeUndefined();
  });

  it('never calls a pattern impossible that some attributes match', () => {
    fc.assert(
      fc.property(patterns, fc.array(attributes, { minLength: 20, maxLength: 20 }), (pattern, samples) => {
        fc.pre(explainNeverMatches(pattern, SMALL_FIELDS) !== undefined);
        expect(samples.filter(meeting(pattern))).toEqual([]);
      }),
      { numRuns: 3000 },
    );
  });

  it('never calls two alternatives contradictory that one value meets', () => {
    const values: readonly AttributeValue[] = [undefined, null, true, 0, 0.5, 1, 2, 3, ...wordsUpTo(4)];
    fc.assert(
      fc.property(comparison, comparison, (one, other) => {
        const pattern = { x: [one], $or: [{ x: [other] }] } as EventPattern;
        fc.pre(explainNeverMatches(pattern, { x: { types: ['string', 'number', 'boolean', 'null'] } }) !== undefined);
        const matches = meeting(pattern);
        expect(values.filter((x) => matches({ x }))).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });

  it('finds every impossible pattern on attributes whose values are a closed list', () => {
    const everyValue = [undefined, ...CLOSED];
    fc.assert(
      fc.property(closedPatterns, (pattern) => {
        const matches = meeting(pattern);
        const canMatch = everyValue.some((x) => everyValue.some((y) => matches({ x, y })));
        expect(explainNeverMatches(pattern, CLOSED_FIELDS) === undefined).toBe(canMatch);
      }),
      { numRuns: 2000 },
    );
  });
});

const CLOSED = ['aa', 'ab', 'b'];
const CLOSED_FIELDS: Readonly<Record<string, PatternField>> = {
  x: { types: ['string'], values: CLOSED },
  y: { types: ['string'], values: CLOSED },
};
const SMALL_FIELDS: Readonly<Record<string, PatternField>> = {
  x: { types: ['string', 'null'] },
  y: { types: ['number', 'boolean', 'string'] },
  z: { types: ['string'], values: CLOSED },
};

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'A', 'B'), minLength: 1, maxLength: 3 });
const small = fc.integer({ min: 0, max: 3 });
const comparison = fc.oneof(
  word,
  word,
  small,
  fc.constantFrom(true, null),
  fc.record({ exists: fc.boolean() }),
  fc.record({ prefix: fc.oneof(word, fc.record({ 'equals-ignore-case': word })) }),
  fc.record({ suffix: fc.oneof(word, fc.record({ 'equals-ignore-case': word })) }),
  fc.record({ 'equals-ignore-case': word }),
  fc.record({ wildcard: fc.tuple(word, word).map(([a, b]) => `${a}*${b}`) }),
  fc.record({ 'anything-but': fc.oneof(word, small, fc.array(word, { minLength: 1, maxLength: 3 })) }),
  fc.record({ 'anything-but': fc.oneof(fc.record({ prefix: word }), fc.record({ suffix: word })) }),
  fc.record({
    'anything-but': fc.oneof(fc.record({ wildcard: fc.constant('*') }), fc.record({ 'equals-ignore-case': word })),
  }),
  fc.record({ numeric: fc.tuple(fc.constantFrom('=', '<', '<=', '>', '>='), small) }),
  fc.record({ numeric: fc.tuple(fc.constantFrom('>', '>='), small, fc.constantFrom('<', '<='), small) }),
);

function wordsUpTo(length: number): readonly string[] {
  if (length === 0) return [''];
  return ['', ...wordsUpTo(length - 1).flatMap((rest) => ['a', 'b', 'A', 'B'].map((first) => first + rest))];
}

/** Patterns over the named attributes, with $or inside $or; every one passes the schema. */
function patternsOver(names: readonly string[], depth = 2): fc.Arbitrary<EventPattern> {
  const alternatives = fc.array(comparison, { minLength: 1, maxLength: 2 });
  const conditions = fc.record(Object.fromEntries(names.map((name) => [name, alternatives])), { requiredKeys: [] });
  const flat = conditions.filter((pattern) => Object.keys(pattern).length > 0) as unknown as fc.Arbitrary<EventPattern>;
  if (depth === 0) return flat;
  const branches = fc.array(patternsOver(names, depth - 1), { minLength: 2, maxLength: 3 });
  return fc.oneof(
    flat,
    fc.tuple(flat, branches).map(([pattern, $or]) => ({ ...pattern, $or })),
  );
}

const patterns = patternsOver(['x', 'y', 'z']);
const closedPatterns = patternsOver(['x', 'y']);
const attributes = fc.record(
  { x: fc.oneof(word, word, fc.constant(null)), y: fc.oneof(word, small, fc.boolean()), z: fc.constantFrom(...CLOSED) },
  { requiredKeys: [] },
);
