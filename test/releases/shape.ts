// What kind of payload it is: which members it has, of which types, and what its words of control are.

/** Members whose text says how the rest is to be read. */
const TELLING: ReadonlySet<string> = new Set(['outcome', 'mode', 'because', 'status', 'next', 'kind', 'action']);

/** Two payloads of one shape differ in ids, times and texts alone. The items of a list are one item of each shape. */
export function shapeOf(value: unknown, member = ''): string {
  if (Array.isArray(value)) return `[${[...new Set(value.map((item) => shapeOf(item)))].sort().join()}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value)
      .map(([name, inner]) => `${name}:${shapeOf(inner, name)}`)
      .sort();
    return `{${members.join()}}`;
  }
  if (typeof value === 'string' && TELLING.has(member)) return JSON.stringify(value);
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return value === null ? 'null' : typeof value;
}
