// What is found by what is typed: against comparing each word with every other, letter by letter.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WordIndex } from '../../../lambdas/core/search/word-index.ts';
import { wordsOf } from '../../../lambdas/core/search/words.ts';

const PEOPLE = [
  ['E1001', 'Ada Lovelace', 'ada.lovelace@acme.example'],
  ['E1002', 'Adam Müller', 'a.mueller@acme.example'],
  ['E1012', 'José Núñez', 'jose@acme.example'],
  ['svc-backup', '', ''],
  ['E2001', 'Søren Weiß', 'soren@acme.example'],
  ['E2002', '李 小龙', 'bruce@acme.example'],
] as const;
const index = new WordIndex(PEOPLE);
const found = (text: string, limit = 10) => index.find({ text, limit }).positions.map((at) => PEOPLE[at]?.[0]);

describe('words', () => {
  it.each([
    ['Ada Lovelace', ['ada', 'lovelace']],
    ['ada.lovelace@acme.example', ['ada', 'lovelace', 'acme', 'example']],
    ["O'Neil-Müller", ['o', 'neil', 'muller']],
    ['Weiß, Søren', ['weiss', 'soren']],
    ['Mu\u0308ller', ['muller']],
    ['ＥＬＳＥ', ['else']],
    ['  -- ', []],
  ])('of %s are without case and accents', (text, words) => {
    expect(wordsOf(text)).toEqual(words);
  });
});

describe('what is typed finds', () => {
  it.each([
    ['an id, in whatever case', 'e1001', ['E1001']],
    ['ids by how they begin', 'E20', ['E2001', 'E2002']],
    ['a name without its accents', 'nunez', ['E1012']],
    ['a name as it is spelt elsewhere', 'Weiss', ['E2001']],
    ['a name by how it begins', 'lov', ['E1001']],
    ['an address', 'ada.lovelace@acme.example', ['E1001']],
    ['names in another order', 'lovelace ada', ['E1001']],
    ['a letter that is missing', 'lovlace', ['E1001']],
    ['a letter too many', 'lovvelace', ['E1001']],
    ['letters that changed places', 'lvoelace', ['E1001']],
    ['two letters that are others, in a long word', 'lowelase', ['E1001']],
    ['a name that is mistyped and not finished', 'lovle', ['E1001']],
    ['what has all of the words, and nothing that has some', 'ada muller', ['E1002']],
    ['a name of one letter', '李', ['E2002']],
    ['a part of an id', 'backup', ['svc-backup']],
    ['nothing where no word is typed', '...', []],
    ['nothing where nothing is like it', 'zyxwvu', []],
  ])('%s', (_, text, ids) => {
    expect(found(text)).toEqual(ids);
  });

  it('first what is it, then what begins like it, then what is nearly it', () => {
    expect(found('adam')).toEqual(['E1002', 'E1001']);
    expect(found('ada')).toEqual(['E1001', 'E1002']);
  });

  it('no other id than the one that was typed', () => {
    expect(found('E1021')).toEqual([]);
  });

  it('no more than was asked for, and says so', () => {
    expect(index.find({ text: 'acme', limit: 2 })).toEqual({ positions: [0, 1], more: true });
    expect(index.find({ text: 'acme', limit: 5 })).toEqual({ positions: [0, 1, 2, 4, 5], more: false });
  });

  it('only what may be among it, however much is before that', () => {
    expect(index.find({ text: 'acme', limit: 1, where: (at) => at === 5 })).toEqual({ positions: [5], more: false });
  });
});

it('finds what a comparison with every word finds', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 30 }), word, (words, asked) => {
      const { positions } = new WordIndex(words.map((one) => [one])).find({ text: asked, limit: words.length });
      const edits = asked.length < 4 ? 0 : asked.length < 8 ? 1 : 2;
      const isLike = (one: string) =>
        one.startsWith(asked) || beginnings(one).some((each) => editsBetween(each, asked) <= edits);
      expect([...positions].sort()).toEqual([...words.keys()].filter((at) => isLike(words[at] ?? '')).sort());
    }),
    { numRuns: 2_000 },
  );
});

function beginnings(word: string): readonly string[] {
  return Array.from({ length: word.length }, (_, at) => word.slice(0, at + 1));
}

/** By the definition: the least that changes one into the other, letters that changed places not being changed again. */
function editsBetween(one: string, other: string): number {
  const memo = new Map<string, number>();
  const least = (a: number, b: number): number => {
    if (a === 0 || b === 0) return a + b;
    const key = `${a} ${b}`;
    const known = memo.get(key);
    if (known !== undefined) return known;
    const ways = [
      least(a - 1, b) + 1,
      least(a, b - 1) + 1,
      least(a - 1, b - 1) + (one[a - 1] === other[b - 1] ? 0 : 1),
    ];
    if (a > 1 && b > 1 && one[a - 1] === other[b - 2] && one[a - 2] === other[b - 1])
      ways.push(least(a - 2, b - 2) + 1);
    const found = Math.min(...ways);
    memo.set(key, found);
    return found;
  };
  return least(one.length, other.length);
}
