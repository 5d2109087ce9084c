// Rows for a person, for a spreadsheet, or for a program.
import type { Rows } from '../lambdas/core/audit/queries/answer.ts';
import { csvLine } from '../lambdas/core/csv.ts';

export const ROW_FORMATS = ['table', 'csv', 'json'] as const;
export type RowFormat = (typeof ROW_FORMATS)[number];

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
  return [columns, ...rows].map(csvLine).join('').slice(0, -'\r\n'.length);
}

function renderJson({ columns, rows }: Rows): string {
  const objects = rows.map((row) => Object.fromEntries(columns.map((column, at) => [column, row[at] ?? null])));
  return JSON.stringify(objects, null, 2);
}
