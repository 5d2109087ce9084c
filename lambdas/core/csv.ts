// Lines of CSV (RFC 4180), for people's spreadsheets.

/**
 * What a spreadsheet would take for a formula is written as text (OWASP, CSV Injection): names of grants come from other
 * systems. Pseudonyms stay as they are.
 */
export function csvLine(cells: readonly (string | number | boolean | null)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

function csvCell(cell: string | number | boolean | null): string {
  if (typeof cell !== 'string') return String(cell ?? '');
  const text = /^(?:[=+@\t\r]|-.*[^\w-])/s.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
