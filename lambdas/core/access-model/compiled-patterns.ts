// All conditions of an access model asked at once. For each value of an attribute one set says which patterns it leaves
// standing, and what an identity matches is the intersection over the attributes: so the cost of one identity grows with
// its attributes, and hardly with the number of patterns.
import {
  AttributeConditions,
  add,
  type Condition,
  everyRow,
  has,
  type RowSet,
  remove,
} from './attribute-conditions.ts';
import { type AttributeValue, type EventPattern, split } from './event-pattern.ts';

export class CompiledPatterns {
  readonly #patternCount: number;
  readonly #conditions: readonly AttributeConditions[];
  /** Of each branch of an `$or`, from the first one on, the row that it belongs to: a pattern's, or another branch's. */
  readonly #parents: readonly number[];
  readonly #every: RowSet;
  readonly #withoutBranches: RowSet;
  /** Both are written anew by each question: there is no waiting in between. */
  readonly #standing: RowSet;
  readonly #met: RowSet;
  /** Of those that stand the patterns: the first words. */
  readonly #patterns: RowSet;
  readonly #lastPatterns: number;
  /** What each attribute leaves standing. */
  readonly #left: RowSet[] = [];

  /** `maximumBytes`: of what is remembered of values, about. */
  constructor(patterns: readonly EventPattern[], maximumBytes: number) {
    const { rowCount, conditions, parents } = layOut(patterns);
    const share = maximumBytes / conditions.size;
    this.#patternCount = patterns.length;
    this.#conditions = [...conditions].map(([name, each]) => new AttributeConditions(name, each, rowCount, share));
    this.#parents = parents;
    this.#every = everyRow(rowCount);
    this.#withoutBranches = everyRow(rowCount);
    for (const parent of parents) remove(this.#withoutBranches, parent);
    this.#standing = everyRow(rowCount);
    this.#met = everyRow(rowCount);
    this.#patterns = this.#standing.subarray(0, Math.ceil(patterns.length / 32));
    this.#lastPatterns = everyRow(patterns.length).at(-1) ?? 0;
  }

  /** What is remembered of values (bytes, about). */
  get rememberedBytes(): number {
    return this.#conditions.reduce((sum, { rememberedBytes }) => sum + rememberedBytes, 0);
  }

  /** The indexes of the patterns whose every condition the attributes meet, ascending. */
  matching(attributes: Readonly<Record<string, AttributeValue>>): readonly number[] {
    return rowsIn(this.met(attributes));
  }

  /** The same as a set, which the next question writes anew. */
  met(attributes: Readonly<Record<string, AttributeValue>>): RowSet {
    // By index, since this is asked of everybody and an iterator makes something for each to throw away.
    for (let index = 0; index < this.#conditions.length; index += 1) {
      const conditions = this.#conditions[index];
      if (conditions === undefined) continue;
      const { name } = conditions;
      this.#left[index] = conditions.rowsAt(Object.hasOwn(attributes, name) ? attributes[name] : undefined);
    }
    intersectAll(this.#standing, this.#every, this.#left);
    if (this.#parents.length > 0) this.#meetBranches();
    return this.#patterns;
  }

  /** Who has branches is met with one of them: from the last row on, since branches come after what they belong to. */
  #meetBranches(): void {
    this.#met.set(this.#withoutBranches);
    for (let branch = this.#parents.length - 1; branch >= 0; branch -= 1) {
      const row = this.#patternCount + branch;
      if (has(this.#standing, row) && has(this.#met, row)) add(this.#met, this.#parents[branch] ?? row);
    }
    intersect(this.#standing, this.#met);
    const last = this.#patterns.length - 1;
    // Branches come after the patterns, and the first of them may share the last word with those.
    if (last >= 0) this.#patterns[last] = (this.#patterns[last] ?? 0) & this.#lastPatterns;
  }
}

/** Ascending. */
export function rowsIn(rows: RowSet): readonly number[] {
  const found: number[] = [];
  for (let word = 0; word < rows.length; word += 1) {
    // From its lowest bit up, each taken away once it was seen.
    for (let bits = rows[word] ?? 0; bits !== 0; bits &= bits - 1) {
      found.push(word * 32 + 31 - Math.clz32(bits & -bits));
    }
  }
  return found;
}

/** Word by word, since the result of one is written once then. */
function intersectAll(standing: RowSet, every: RowSet, left: readonly RowSet[]): void {
  for (let word = 0; word < standing.length; word += 1) {
    let bits = every[word] ?? 0;
    for (let index = 0; bits !== 0 && index < left.length; index += 1) bits &= left[index]?.[word] ?? 0;
    standing[word] = bits;
  }
}

function intersect(standing: RowSet, rows: RowSet): void {
  for (let word = 0; word < standing.length; word += 1) standing[word] = (standing[word] ?? 0) & (rows[word] ?? 0);
}

/** A row for each pattern, so that its row is its index, then one for each branch; and which row asks what of an attribute. */
function layOut(patterns: readonly EventPattern[]) {
  const rows = [...patterns];
  const conditions = new Map<string, Condition[]>();
  const parents: number[] = [];
  // The list grows as it is read: what branches ask comes after what their patterns do.
  for (let row = 0; row < rows.length; row += 1) {
    const parts = split(rows[row] ?? {});
    for (const [name, alternatives] of parts.conditions) {
      const asked = conditions.get(name);
      if (asked === undefined) conditions.set(name, [{ row, alternatives }]);
      else asked.push({ row, alternatives });
    }
    for (const branch of parts.branches ?? []) {
      rows.push(branch);
      parents.push(row);
    }
  }
  return { rowCount: rows.length, conditions, parents };
}
