// A file as rows, line by line: CSV (RFC 4180, one line a row, the first names the columns) or JSON Lines. A stray quote
// spoils its own line and none after it, which is why no field may hold a line break. What spreadsheets make of CSV is
// read as well: semicolons or tabs, UTF-16 with its byte order mark, names of columns in any case, rows of nothing.
import { parse } from 'csv-parse/sync';
import { COLUMNS } from '../../core/hr/population-feed.ts';

export const MAXIMUM_FILE_BYTES = 100_000_000;
export const MAXIMUM_ROWS = 200_000;

export type Format = 'csv' | 'jsonl';
export interface Line {
  readonly line: number;
  /** Undefined when it could not be read. */
  readonly value: unknown;
}

/** What a file's first line may name. */
export interface Columns {
  readonly names: readonly string[];
  /** Without it no row says of whom it is. */
  readonly required: string;
}

const OF_PEOPLE: Columns = { names: COLUMNS, required: 'identityId' };

/** Fifteen attributes of 200 characters, and room. */
const MAXIMUM_LINE_BYTES = 16_384;
const NEWLINE = 10;
const DELIMITERS = [',', ';', '\t'] as const;
type Delimiter = (typeof DELIMITERS)[number];

interface Header {
  readonly columns: readonly string[];
  readonly delimiter: Delimiter;
}

/** The file as a whole cannot be read, so none of it is. */
export class UnreadableFileError extends Error {
  override readonly name = 'UnreadableFileError';
}

export function formatOf(key: string): Format | undefined {
  if (key.endsWith('.csv')) return 'csv';
  return key.endsWith('.jsonl') || key.endsWith('.ndjson') ? 'jsonl' : undefined;
}

export async function* readPopulationRows(
  chunks: AsyncIterable<Uint8Array>,
  format: Format,
  columns: Columns = OF_PEOPLE,
): AsyncGenerator<Line> {
  let header: Header | undefined;
  for await (const { line, text } of linesOf(inUtf8(chunks))) {
    if (text?.trim() === '') continue;
    if (format === 'jsonl') {
      yield { line, value: text === undefined ? undefined : readJson(text) };
    } else if (header === undefined) {
      header = readHeader(text, columns);
    } else {
      const cells = text === undefined ? undefined : readCells(text, header.delimiter);
      if (cells?.every((cell) => cell === '')) continue;
      yield { line, value: toRecord(cells, header.columns) };
    }
  }
}

/** The delimiter is whichever makes known columns of the line. */
function readHeader(text: string | undefined, { names: known, required }: Columns): Header {
  const columnOf = new Map(known.map((column) => [column.toLowerCase(), column]));
  const found = DELIMITERS.flatMap((delimiter): Header[] => {
    const names = text === undefined ? undefined : readCells(text, delimiter);
    const columns = names?.map((name) => columnOf.get(name.toLowerCase()) ?? '') ?? [];
    return columns.includes(required) && !columns.includes('') ? [{ columns, delimiter }] : [];
  });
  const [header] = found;
  if (header === undefined) {
    throw new UnreadableFileError(`expected a first line with ${required} and any of ${known.join(', ')}`);
  }
  if (new Set(header.columns).size < header.columns.length) throw new UnreadableFileError('expected each column once');
  return header;
}

function toRecord(cells: readonly string[] | undefined, columns: readonly string[]): unknown {
  if (cells?.length !== columns.length) return undefined;
  return Object.fromEntries(columns.map((column, index) => [column, cells[index]]));
}

function readCells(text: string, delimiter: Delimiter): readonly string[] | undefined {
  try {
    const [cells, more] = parse(text, { delimiter, trim: true }) as string[][];
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

/** A byte that no UTF-8 holds: it spoils the line it stands in, as what it stands for would have. */
const NOT_UTF_8 = Buffer.from([0xff]);

/** UTF-16 is known by its byte order mark. */
async function* inUtf8(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let begin: Uint8Array | undefined = new Uint8Array();
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  for await (const chunk of chunks) {
    const bytes: Uint8Array = begin === undefined ? chunk : Buffer.concat([begin, chunk]);
    begin = begin !== undefined && bytes.length < 2 ? bytes : undefined;
    if (begin !== undefined) continue;
    decoder ??= bytes === chunk ? undefined : utf16DecoderOf(bytes);
    yield decoder === undefined ? bytes : encode(decoder.decode(bytes, { stream: true }));
  }
  if (begin !== undefined) yield begin;
  if (decoder !== undefined) yield encode(decoder.decode());
}

function utf16DecoderOf([first, second]: Uint8Array): InstanceType<typeof TextDecoder> | undefined {
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le');
  return first === 0xfe && second === 0xff ? new TextDecoder('utf-16be') : undefined;
}

function encode(text: string): Uint8Array {
  const [first = '', ...rest] = text.split('\uFFFD');
  return Buffer.concat([Buffer.from(first), ...rest.flatMap((part) => [NOT_UTF_8, Buffer.from(part)])]);
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
