// What a named query answers, as people read it: instants for milliseconds, and ids for those pseudonyms that somebody is known
// by still.

export type AnswerCell = string | number | boolean | null;

export interface Rows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly AnswerCell[])[];
}

/** Columns that name identities and operators: whoever is known by an id is told by it. */
const NAMING: ReadonlySet<string> = new Set(['subject', 'actor', 'approver', 'granted_by']);
const PSEUDONYM = /^[A-Za-z0-9_-]{22}$/;

export function isPseudonym(text: string): boolean {
  return PSEUDONYM.test(text);
}

/** Each once. */
export function pseudonymsIn({ columns, rows }: Rows): readonly string[] {
  const naming = columns.map((column) => NAMING.has(column));
  return [...new Set(rows.flatMap((row) => row.filter((_, at) => naming[at] === true).filter(isNaming)))];
}

/** @param ids by pseudonym; whoever is not among them stays one */
export function withIds({ columns, rows }: Rows, ids: ReadonlyMap<string, string>): Rows {
  const naming = columns.map((column) => NAMING.has(column));
  const named = (cell: AnswerCell, at: number) =>
    naming[at] === true && isNaming(cell) ? (ids.get(cell) ?? cell) : cell;
  return { columns, rows: rows.map((row) => row.map(named)) };
}

function isNaming(cell: AnswerCell): cell is string {
  return typeof cell === 'string' && isPseudonym(cell);
}

/** Milliseconds since 1970 as RFC 3339, and no longer called so. */
export function withInstants({ columns, rows }: Rows): Rows {
  const isInstant = columns.map((column) => column.endsWith('_ms'));
  return {
    columns: columns.map((column, at) => (isInstant[at] ? column.slice(0, -'_ms'.length) : column)),
    rows: rows.map((row) =>
      row.map((cell, at) => (isInstant[at] && typeof cell === 'number' ? new Date(cell).toISOString() : cell)),
    ),
  };
}
