// A file as rows, line by line: CSV (RFC 4180, one line a row, the first names the columns) or JSON Lines. A stray quote
// spoils its own line and none after it, which is why no field may hold a line break.
import { parse } from 'csv-parse/sync';
import { COLUMNS } from '../../core/hr/population-feed.ts';

export type Format = 'csv' | 'jsonl';
export interface Line {
  readonly line: number;
  /** Undefined when it could not be read. */
  readonly value: unknown;
}

/** Fifteen attributes of 200 characters, and room. */
const MAXIMUM_LINE_BYTES = 16_384;
const NEWLINE = 10;

/** The file as a whole cannot be read, so none of it is. */
export class UnreadableFileError extends Error {
  override readonly name = 'UnreadableFileError';
}

export function formatOf(key: string): Format | undefined {
  if (key.endsWith('.csv')) return 'csv';
  return key.endsWith('.jsonl') || key.endsWith('.ndjson') ? 'jsonl' : undefined;
}

export async function* readPopulationRows(chunks: AsyncIterable<Uint8Array>, format: Format): AsyncGenerator<Line> {
  let columns: readonly string[] | undefined;
  for await (const { line, text } of linesOf(chunks)) {
    if (text?.trim() === '') continue;
    if (format === 'jsonl') {
      yield { line, value: text === undefined ? undefined : readJson(text) };
    } else if (columns === undefined) {
      columns = readHeader(text);
    } else {
      yield { line, value: text === undefined ? undefined : readRecord(text, columns) };
    }
  }
}

function readHeader(text: string | undefined): readonly string[] {
  const columns = text === undefined ? undefined : readCells(text);
  const unknown = columns?.find((column) => !COLUMNS.includes(column));
  if (columns === undefined || unknown !== undefined || !columns.includes('identityId')) {
    throw new UnreadableFileError(`expected a first line with identityId and any of ${COLUMNS.join(', ')}`);
  }
  if (new Set(columns).size < columns.length) throw new UnreadableFileError('expected each column once');
  return columns;
}

function readRecord(text: string, columns: readonly string[]): unknown {
  const cells = readCells(text);
  if (cells?.length !== columns.length) return undefined;
  return Object.fromEntries(columns.map((column, index) => [column, cells[index]]));
}

function readCells(text: string): readonly string[] | undefined {
  try {
    const [cells, more] = parse(text, { trim: true }) as string[][];
    return more === undefined ? cells : undefined;
  } catch {
    return undefined;
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `text` is undefined for a line that is too long or no UTF-8; what follows it is read all the same. */
async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<{ line: number; text: string | undefined }> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let line = 0;
  let parts: Uint8Array[] = [];
  let bytes = 0;
  const finish = () => {
    line += 1;
    const read = bytes > MAXIMUM_LINE_BYTES ? undefined : decode(decoder, Buffer.concat(parts));
    parts = [];
    bytes = 0;
    return { line, text: read };
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      bytes += end - start;
      if (bytes <= MAXIMUM_LINE_BYTES) parts.push(chunk.subarray(start, end));
      yield finish();
      start = end + 1;
    }
    bytes += chunk.length - start;
    if (bytes <= MAXIMUM_LINE_BYTES) parts.push(chunk.subarray(start));
  }
  if (bytes > 0) yield finish();
}

function decode(decoder: InstanceType<typeof TextDecoder>, bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes).replace(/\r$/, '');
  } catch {
    return undefined;
  }
}
