// Everything the patterns of a model ask of one attribute: for each of its values the set of rows that the value leaves
// standing, worked out when somebody first has it.
import { BoundedMemo } from '../bounded-memo.ts';
import { type Alternative, type AttributeValue, type Matcher, matcherOf } from './event-pattern.ts';

/** A row is a pattern, or a branch of one: a bit each, 32 to the word. */
export type RowSet = Int32Array;

export interface Condition {
  readonly row: number;
  readonly alternatives: readonly Alternative[];
}

/** An alternative: once, however many rows have it. */
interface Asked {
  readonly matches: Matcher;
  readonly rows: number[];
}

/** The prefixes, or the suffixes, of one length that are asked for: a text has one of them at most. */
interface Affixes {
  readonly side: 'prefix' | 'suffix';
  readonly length: number;
  readonly asked: Map<string, Asked>;
}

/** The rows that stand when so much is met, and what follows when one alternative more is. */
interface Met {
  readonly rows: RowSet;
  readonly more: Map<Asked, Met>;
}

/** What an entry of a Map takes with its key, or what is met beside its rows, about. */
const ENTRY_BYTES = 120;
const MET_BYTES = 400;
const BYTES_PER_CHARACTER = 2;
/** So few are asked sooner than a value is found among others, and remembered, that nobody else has. */
const FEW_OPERATORS = 24;

export class AttributeConditions {
  readonly name: string;
  /** Value → the alternative that is this very value. */
  readonly #equal: ReadonlyMap<AttributeValue, Asked>;
  /** These are looked up: a company asks for a suffix of e-mail addresses for each of its domains. */
  readonly #affixes: readonly Affixes[];
  /** These are asked one by one. */
  readonly #operators: readonly Asked[];
  readonly #maximumBytes: number;
  /** Of values. Different ones meet the same alternatives, as nearly all e-mail addresses do: they share their rows. */
  readonly #memo: BoundedMemo<AttributeValue, RowSet>;
  readonly #nothingMet: Met;
  #metBytes = 0;

  constructor(name: string, conditions: readonly Condition[], rowCount: number, maximumBytes: number) {
    const free = everyRow(rowCount);
    const equal = new Map<AttributeValue, Asked>();
    const affixes: Affixes[] = [];
    const operators = new Map<string, Asked>();
    const askedFor = (alternative: Alternative): Asked => {
      if (typeof alternative !== 'object' || alternative === null) return askedAt(equal, alternative, alternative);
      const affix = affixIn(alternative);
      if (affix === undefined) return askedAt(operators, JSON.stringify(alternative), alternative);
      return askedAt(ofItsLength(affixes, affix).asked, affix.text, alternative);
    };
    for (const { row, alternatives } of conditions) {
      remove(free, row);
      for (const alternative of alternatives) {
        askedFor(alternative).rows.push(row);
      }
    }
    this.name = name;
    this.#equal = equal;
    this.#affixes = affixes;
    this.#operators = [...operators.values()];
    this.#maximumBytes = maximumBytes / 2;
    this.#memo = new BoundedMemo(maximumBytes / 2, bytesOf);
    this.#nothingMet = { rows: free, more: new Map() };
  }

  /** What is remembered (bytes, about). */
  get rememberedBytes(): number {
    return this.#memo.weight + this.#metBytes;
  }

  /** The rows that the value leaves standing: those that ask nothing of the attribute, and those it meets. Not to be changed. */
  rowsAt(value: AttributeValue): RowSet {
    if (this.#operators.length + this.#affixes.length <= FEW_OPERATORS) return this.#ask(value);
    const known = this.#memo.get(value);
    if (known !== undefined) return known;
    const rows = this.#ask(value);
    this.#memo.remember(value, rows);
    return rows;
  }

  #ask(value: AttributeValue): RowSet {
    const equal = this.#equal.size === 0 ? undefined : this.#equal.get(value);
    let met = equal === undefined ? this.#nothingMet : this.#metAfter(this.#nothingMet, equal);
    if (typeof value === 'string') {
      for (const { side, length, asked } of this.#affixes) {
        if (length > value.length) continue;
        const found = asked.get(side === 'prefix' ? value.slice(0, length) : value.slice(value.length - length));
        if (found !== undefined) met = this.#metAfter(met, found);
      }
    }
    for (const operator of this.#operators) if (operator.matches(value)) met = this.#metAfter(met, operator);
    return met.rows;
  }

  #metAfter(before: Met, asked: Asked): Met {
    const known = before.more.get(asked);
    if (known !== undefined) return known;
    const met = { rows: before.rows.slice(), more: new Map<Asked, Met>() };
    for (const row of asked.rows) add(met.rows, row);
    this.#metBytes += MET_BYTES + met.rows.byteLength;
    if (this.#metBytes <= this.#maximumBytes) before.more.set(asked, met);
    else this.#forget();
    return met;
  }

  #forget(): void {
    this.#nothingMet.more.clear();
    this.#metBytes = 0;
  }
}

interface Affix {
  readonly side: 'prefix' | 'suffix';
  readonly text: string;
}

/** Undefined: it asks for something else, or for a prefix or suffix in any case. */
function affixIn(alternative: Alternative & object): Affix | undefined {
  if ('prefix' in alternative && typeof alternative.prefix === 'string')
    return { side: 'prefix', text: alternative.prefix };
  if ('suffix' in alternative && typeof alternative.suffix === 'string')
    return { side: 'suffix', text: alternative.suffix };
  return undefined;
}

function ofItsLength(all: Affixes[], { side, text: { length } }: Affix): Affixes {
  const known = all.find((one) => one.side === side && one.length === length);
  if (known !== undefined) return known;
  const made: Affixes = { side, length, asked: new Map() };
  all.push(made);
  return made;
}

function askedAt<Key>(all: Map<Key, Asked>, key: Key, alternative: Alternative): Asked {
  const known = all.get(key);
  if (known !== undefined) return known;
  const asked = { matches: matcherOf(alternative), rows: [] };
  all.set(key, asked);
  return asked;
}

function bytesOf(_rows: RowSet, value: AttributeValue): number {
  return ENTRY_BYTES + (typeof value === 'string' ? value.length * BYTES_PER_CHARACTER : 0);
}

export function everyRow(rowCount: number): RowSet {
  const rows = new Int32Array(Math.ceil(rowCount / 32)).fill(-1);
  for (let row = rowCount; row < rows.length * 32; row += 1) remove(rows, row);
  return rows;
}

export function has(rows: RowSet, row: number): boolean {
  return (((rows[row >>> 5] ?? 0) >>> (row & 31)) & 1) === 1;
}

export function add(rows: RowSet, row: number): void {
  rows[row >>> 5] = (rows[row >>> 5] ?? 0) | (1 << (row & 31));
}

export function remove(rows: RowSet, row: number): void {
  rows[row >>> 5] = (rows[row >>> 5] ?? 0) & ~(1 << (row & 31));
}
