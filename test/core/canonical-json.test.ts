// RFC 8785's own examples, and the properties that a hash needs.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, isCanonicalJson, sha256Hex } from '../../lambdas/core/canonical-json.ts';

describe('canonicalJson', () => {
  it('writes the example of RFC 8785 section 3.2.2', () => {
    const value = {
      // biome-ignore lint/correctness/noPrecisionLoss: the RFC's own number, to see it rounded
      numbers: [333333333.33333329, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '€$\u000f\u000aA\'B"\\\\"/',
      literals: [null, true, false],
    };
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('sorts members by UTF-16 code unit, as section 3.2.3 shows', () => {
    const value = { '€': 1, '\r': 2, '\ufb33': 3, '1': 4, '😀': 5, '\u0080': 6, ö: 7 };
    const sorted = ['\r', '1', '\u0080', 'ö', '€', '😀', '\ufb33'].map((name) => value[name as keyof typeof value]);
    expect([...canonicalJson(value).matchAll(/:(\d)/g)].map((match) => Number(match[1]))).toEqual(sorted);
  });

  it('takes an undefined member as absent and -0 as 0', () => {
    expect(canonicalJson({ b: undefined, a: -0 })).toBe('{"a":0}');
  });

  it.each([
    ['NaN', Number.NaN],
    ['an infinity', [Number.POSITIVE_INFINITY]],
    ['a lone surrogate', 'a\ud800'],
    ['a lone surrogate in a name', { '\udc00': 1 }],
    ['undefined', undefined],
    ['undefined in a list', [undefined]],
    ['a hole in a list', new Array(1)],
    ['a bigint', 1n],
    ['a function', () => 1],
    ['a Date', new Date(0)],
    ['a Map', new Map()],
  ])('refuses %s', (_, value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError);
  });

  it('refuses nesting without end', () => {
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    expect(() => canonicalJson(loop)).toThrow(/nested deeper than 64/);
  });

  it('is JSON that reads back as the same value, whatever order the members were added in', () => {
    const shallowJson = fc.jsonValue({ maxDepth: 5 });
    fc.assert(
      fc.property(shallowJson, (value) => {
        const text = canonicalJson(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(reversed(value))).toBe(text);
      }),
    );
  });
});

describe('isCanonicalJson', () => {
  const judged = (text: string) => isCanonicalJson(text, JSON.parse(text));
  const nested = (depth: number) => `${'['.repeat(depth)}1${']'.repeat(depth)}`;

  it('says what writing the text anew would say', () => {
    const members = fc.dictionary(fc.string({ unit: 'grapheme', maxLength: 3 }), fc.jsonValue({ maxDepth: 3 }));
    fc.assert(
      fc.property(members, fc.boolean(), (value, isSorted) => {
        const text = isSorted ? canonicalJson(value) : JSON.stringify(value);
        expect(judged(text)).toBe(text === canonicalJson(JSON.parse(text)));
      }),
    );
  });

  it.each(['{}', '{"":{"a":[{"b":1}],"b":"\\\\ud800"},"10":1,"9":2}', '{"a":"ö😀\\u0007","€":1e+30}', nested(64)])(
    'takes %s',
    (text) => {
      expect(canonicalJson(JSON.parse(text))).toBe(text);
      expect(judged(text)).toBe(true);
    },
  );

  it.each([
    ['white space', '{"a": 1}'],
    ['members in another order', '{"b":1,"a":2}'],
    ['such members further within', '[{"a":[{"b":1,"a":2}]}]'],
    ['a member twice', '{"a":1,"a":1}'],
    ['numbers as names in the order of numbers', '{"9":2,"10":1}'],
    ['a number in another form', '[1.0]'],
    ['-0', '[-0]'],
    ['an escape that is none', '["\\u0061"]'],
    ['a lone surrogate', '["\\ud800"]'],
    ['nesting without end', nested(65)],
  ])('refuses %s', (_what, text) => {
    expect(judged(text)).toBe(false);
  });
});

describe('sha256Hex', () => {
  it('hashes UTF-8 bytes', () => {
    expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(sha256Hex('ä')).toBe(sha256Hex(Buffer.from([0xc3, 0xa4]).toString('utf8')));
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, reversed(member)]),
  );
}
