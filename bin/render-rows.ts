// Rows for a person, for a spreadsheet, or for a program.
import type { AnswerCell } from '../lambdas/stores/lake/athena-query.ts';

export const ROW_FORMATS = ['table', 'csv', 'json'] as const;
export type RowFormat = (typeof ROW_FORMATS)[number];

export interface Rows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly AnswerCell[])[];
}

const MAXIMUM_WIDTH = 60;

export function renderRows(rows: Rows, format: RowFormat): string {
  switch (format) {
    case 'table':
      return renderTable(rows);
    case 'csv':
      return renderCsv(rows);
    case 'json':
      return renderJson(rows);
    default:
      return format satisfies never;
  }
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

function renderTable({ columns, rows }: Rows): string {
  const texts = [columns, ...rows.map((row) => row.map((cell) => shortened(String(cell ?? ''))))];
  const widths = columns.map((_, at) => Math.max(...texts.map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((text, at) => text.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd();
  const [head = [], ...body] = texts;
  const count = `${rows.length} ${rows.length === 1 ? 'row' : 'rows'}`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line), '', count].join('\n');
}

/** Others name grants and systems: nothing that a terminal obeys. */
function shortened(text: string): string {
  const plain = text.replaceAll(/\p{C}/gu, '\u{FFFD}');
  return plain.length <= MAXIMUM_WIDTH ? plain : `${plain.slice(0, MAXIMUM_WIDTH - 1)}…`;
}

function renderCsv({ columns, rows }: Rows): string {
  return [columns, ...rows].map((row) => row.map(csvCell).join(',')).join('\r\n');
}

/** RFC 4180; and no text that a spreadsheet takes for a formula. */
function csvCell(cell: AnswerCell): string {
  if (typeof cell !== 'string') return String(cell ?? '');
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function renderJson({ columns, rows }: Rows): string {
  const objects = rows.map((row) => Object.fromEntries(columns.map((column, at) => [column, row[at] ?? null])));
  return JSON.stringify(objects, null, 2);
}
