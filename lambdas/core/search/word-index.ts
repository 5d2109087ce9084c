// An index from words to what has them, in memory. Its words are one sorted list: who begins like another lies beside it, so
// the list is read as a trie, a prefix is a range of it, and a misspelt word is looked for without comparing it to each.
import { wordsOf } from './words.ts';

/** Of what is typed: more words than that narrow nothing down. */
const MAXIMUM_WORDS = 6;
const MAXIMUM_WORD_LENGTH = 48;
/** How far a hit is from what was typed, for each of its words; the least comes first. */
const BEGINS_LIKE = 1;
const MISSPELT = 3;
const NOT_FOUND = 255;

export interface Found {
  /** Positions in the list that the index was built from, the nearest first; of the same nearness in its order. */
  readonly positions: readonly number[];
  /** There are more than were asked for. */
  readonly more: boolean;
}

export interface Search {
  readonly text: string;
  readonly limit: number;
  /** Whether a hit may be among what is found. @default each may */
  readonly where?: ((position: number) => boolean) | undefined;
}

export class WordIndex {
  readonly #size: number;
  readonly #words: readonly string[];
  /** Of the word at i: `#holders` from `#starts[i]` to `#starts[i + 1]`. */
  readonly #starts: Uint32Array;
  readonly #holders: Uint32Array;

  /** @param texts what each is found by */
  constructor(texts: Iterable<readonly string[]>) {
    const holders = new Map<string, number[]>();
    let size = 0;
    for (const each of texts) {
      for (const word of new Set(each.flatMap(wordsOf))) {
        const kept = word.slice(0, MAXIMUM_WORD_LENGTH);
        const known = holders.get(kept);
        if (known === undefined) holders.set(kept, [size]);
        else if (known.at(-1) !== size) known.push(size);
      }
      size += 1;
    }
    this.#size = size;
    this.#words = [...holders.keys()].sort();
    this.#starts = new Uint32Array(this.#words.length + 1);
    const counted = [...holders.values()].reduce((sum, { length }) => sum + length, 0);
    this.#holders = new Uint32Array(counted);
    let end = 0;
    for (const [at, word] of this.#words.entries()) {
      const having = holders.get(word) ?? [];
      this.#holders.set(having, end);
      end += having.length;
      this.#starts[at + 1] = end;
    }
  }

  get words(): number {
    return this.#words.length;
  }

  /** What has each of the words, or one that begins like it, or nearly so. Nothing where there is no word in what is asked. */
  find({ text, limit, where = () => true }: Search): Found {
    const asked = [...new Set(wordsOf(text))].slice(0, MAXIMUM_WORDS);
    if (asked.length === 0) return { positions: [], more: false };
    const distances = asked.map((word) => this.#distancesTo(word.slice(0, MAXIMUM_WORD_LENGTH)));
    const byDistance: number[][] = [];
    let found = 0;
    for (let position = 0; position < this.#size; position += 1) {
      const distance = sumAt(distances, position);
      if (distance === undefined) continue;
      const sameDistance = byDistance[distance] ?? [];
      byDistance[distance] = sameDistance;
      // Of each nearness as many as may be shown: others come after them whatever else is found.
      if (sameDistance.length > limit || !where(position)) continue;
      sameDistance.push(position);
      found += 1;
    }
    return { positions: byDistance.flat().slice(0, limit), more: found > limit };
  }

  /** How far each is from having this word. */
  #distancesTo(word: string): Uint8Array {
    const distances = new Uint8Array(this.#size).fill(NOT_FOUND);
    const [from, to] = this.#rangeOf(word, 0, this.#words.length);
    const exact = this.#words[from] === word;
    this.#note(distances, exact ? from + 1 : from, to, BEGINS_LIKE);
    if (exact) this.#note(distances, from, from + 1, 0);
    const edits = editsIn(word);
    if (edits > 0) {
      for (const [first, end, distance] of this.#findMisspelt(word, edits)) {
        this.#note(distances, first, end, MISSPELT + distance);
      }
    }
    return distances;
  }

  #note(distances: Uint8Array, fromWord: number, toWord: number, distance: number): void {
    const from = this.#starts[fromWord] ?? 0;
    const to = this.#starts[toWord] ?? from;
    for (let at = from; at < to; at += 1) {
      const position = this.#holders[at] ?? 0;
      if ((distances[position] ?? NOT_FOUND) > distance) distances[position] = distance;
    }
  }

  /** The words that begin with this one, among those from `low` to `high`. */
  #rangeOf(prefix: string, low: number, high: number): readonly [number, number] {
    const from = this.#firstAfter(low, high, (word) => word < prefix);
    return [from, this.#firstAfter(from, high, (word) => word.startsWith(prefix))];
  }

  /** The first of a range of which something does not hold that holds of all before it and of none after. */
  #firstAfter(low: number, high: number, holds: (word: string) => boolean): number {
    let [from, to] = [low, high];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (holds(this.#words[middle] ?? '')) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  /**
   * Ranges of words that begin with something at most so many edits away: a letter too many, missing, another, or two that
   * changed places (Damerau and Levenshtein, as optimal string alignment). Row by row, a letter of the words a row; where
   * no entry of a row is within reach, none of the words that go on from there is.
   */
  *#findMisspelt(word: string, edits: number): Generator<readonly [number, number, number]> {
    const first = Array.from({ length: word.length + 1 }, (_, at) => at);
    const pending: Branch[] = [{ from: 0, to: this.#words.length, depth: 0, rows: [first], letter: '' }];
    for (let branch = pending.pop(); branch !== undefined; branch = pending.pop()) {
      const { depth, to, rows } = branch;
      let from = branch.from;
      // The one that ends here has no further letter.
      if ((this.#words[from] ?? '').length === depth) from += 1;
      while (from < to) {
        const next = this.#words[from] ?? '';
        const letter = next[depth] ?? '';
        const prefix = next.slice(0, depth + 1);
        const end = this.#firstAfter(from, to, (one) => one.startsWith(prefix));
        const row = rowAfter(rows, word, letter, branch.letter);
        const distance = row[word.length] ?? NOT_FOUND;
        if (distance <= edits) yield [from, end, distance];
        if (row.some((each) => each <= edits)) {
          pending.push({ from, to: end, depth: depth + 1, rows: [row, ...rows.slice(0, 1)], letter });
        }
        from = end;
      }
    }
  }
}

interface Branch {
  readonly from: number;
  readonly to: number;
  /** How many letters all of its words have in common. */
  readonly depth: number;
  /** The last row, and the one before. */
  readonly rows: readonly (readonly number[])[];
  /** The last of those letters. */
  readonly letter: string;
}

function rowAfter(
  [last = [], beforeLast]: readonly (readonly number[])[],
  word: string,
  letter: string,
  letterBefore: string,
): readonly number[] {
  const row = [(last[0] ?? 0) + 1];
  for (let at = 1; at <= word.length; at += 1) {
    const isSame = word[at - 1] === letter;
    let least = Math.min((row[at - 1] ?? 0) + 1, (last[at] ?? 0) + 1, (last[at - 1] ?? 0) + (isSame ? 0 : 1));
    const isSwapped = at > 1 && word[at - 1] === letterBefore && word[at - 2] === letter;
    if (isSwapped && beforeLast !== undefined) least = Math.min(least, (beforeLast[at - 2] ?? 0) + 1);
    row.push(least);
  }
  return row;
}

/** With a digit in it, it is an id or a part of one: another digit is another id, and no slip. */
function editsIn(word: string): number {
  if (/\d/.test(word) || word.length < 4) return 0;
  return word.length < 8 ? 1 : 2;
}

function sumAt(distances: readonly Uint8Array[], position: number): number | undefined {
  let sum = 0;
  for (const each of distances) {
    const distance = each[position] ?? NOT_FOUND;
    if (distance === NOT_FOUND) return undefined;
    sum += distance;
  }
  return sum;
}
