// All conditions of an access model asked at once. For each value of an attribute one set says which patterns it leaves
// standing, and what an identity matches is the intersection over the attributes: so the cost of one identity grows with
// its attributes, and hardly with the number of patterns.
import { AttributeConditions, type Condition, everyRow, has, type RowSet } from './attribute-conditions.ts';
import { type AttributeValue, type EventPattern, split } from './event-pattern.ts';

export class CompiledPatterns {
  readonly #patternCount: number;
  readonly #conditions: readonly AttributeConditions[];
  /** Row → the rows of its `$or`. Patterns come first and branches after, so that a pattern's row is its index. */
  readonly #branches: ReadonlyMap<number, readonly number[]>;
  readonly #every: RowSet;
  /** Written anew by each question: there is no waiting in between. */
  readonly #standing: RowSet;

  /** `maximumBytes`: of what is remembered of values, about. */
  constructor(patterns: readonly EventPattern[], maximumBytes: number) {
    const { rowCount, conditions, branches } = layOut(patterns);
    const share = maximumBytes / conditions.size;
    this.#patternCount = patterns.length;
    this.#conditions = [...conditions].map(([name, each]) => new AttributeConditions(name, each, rowCount, share));
    this.#branches = branches;
    this.#every = everyRow(rowCount);
    this.#standing = everyRow(rowCount);
  }

  /** What is remembered of values (bytes, about). */
  get rememberedBytes(): number {
    return this.#conditions.reduce((sum, { rememberedBytes }) => sum + rememberedBytes, 0);
  }

  /** The indexes of the patterns whose every condition the attributes meet, ascending. */
  matching(attributes: Readonly<Record<string, AttributeValue>>): readonly number[] {
    const standing = this.#standing;
    standing.set(this.#every);
    for (const conditions of this.#conditions) {
      const { name } = conditions;
      intersect(standing, conditions.rowsAt(Object.hasOwn(attributes, name) ? attributes[name] : undefined));
    }
    const indexes: number[] = [];
    for (let word = 0; word < standing.length; word += 1) {
      // From its lowest bit up, each taken away once it was seen.
      for (let bits = standing[word] ?? 0; bits !== 0; bits &= bits - 1) {
        const row = word * 32 + 31 - Math.clz32(bits & -bits);
        if (row >= this.#patternCount) return indexes;
        if (this.#holds(row)) indexes.push(row);
      }
    }
    return indexes;
  }

  /** A row that stands, together with one branch of its `$or`. */
  #holds(row: number): boolean {
    const branches = this.#branches.get(row);
    return branches === undefined || branches.some((branch) => has(this.#standing, branch) && this.#holds(branch));
  }
}

function intersect(standing: RowSet, rows: RowSet): void {
  for (let word = 0; word < standing.length; word += 1) standing[word] = (standing[word] ?? 0) & (rows[word] ?? 0);
}

/** A row for each pattern, then one for each branch of an `$or`, and what is asked of each attribute by which row. */
function layOut(patterns: readonly EventPattern[]) {
  const rows = [...patterns];
  const conditions = new Map<string, Condition[]>();
  const branches = new Map<number, readonly number[]>();
  // The list grows as it is read: what branches ask comes after what their patterns do.
  for (let row = 0; row < rows.length; row += 1) {
    const parts = split(rows[row] ?? {});
    for (const [name, alternatives] of parts.conditions) {
      const asked = conditions.get(name);
      if (asked === undefined) conditions.set(name, [{ row, alternatives }]);
      else asked.push({ row, alternatives });
    }
    if (parts.branches === undefined) continue;
    branches.set(
      row,
      parts.branches.map((_, index) => rows.length + index),
    );
    rows.push(...parts.branches);
  }
  return { rowCount: rows.length, conditions, branches };
}
