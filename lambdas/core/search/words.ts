// What is compared when somebody searches: words without accents and case, so that `Müller` is found by `muller`.

/** Letters that stand for themselves in Unicode and that people type as others. */
const SPELT: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ł: 'l',
  ı: 'i',
};
const SPELT_OTHERWISE = new RegExp(`[${Object.keys(SPELT).join('')}]`, 'g');
const PLAIN = /^[a-z0-9]*$/;

/** The words of a name, an e-mail address or an id, in their order. */
export function wordsOf(text: string): readonly string[] {
  return text
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .map(plain)
    .filter((word) => word !== '');
}

function plain(word: string): string {
  const lower = word.toLowerCase();
  if (PLAIN.test(lower)) return lower;
  return lower
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(SPELT_OTHERWISE, (letter) => SPELT[letter] ?? letter);
}
