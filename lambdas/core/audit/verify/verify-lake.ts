// Whether a copy of the lake says what was sealed: of every entry up to the lake's position its rows, each once, in the
// object of its class and day, with no value altered; and no row besides. Part by part of the log, so that memory holds a
// digest for each row of 65,536 entries, and the rows of one row group.
import {
  ENTRIES_OF_A_PART,
  type LakePlace,
  lakeKey,
  lakePositionSchema,
  POSITION_KEY,
  partOf,
} from '../ocsf/lake-layout.ts';
import type { Findings } from './findings.ts';
import type { KnownCheckpoint } from './known-checkpoints.ts';
import { type LakeCopy, LakeInventory, ParquetError } from './lake-copy.ts';
import { differingColumns, digestOfRow, type LakeRow, placeOfRow, type RowPlace } from './lake-rows.ts';
import { type Inventory, type LogCopy, NoAnswerError } from './log-copy.ts';
import { SealedRows } from './sealed-rows.ts';

export interface LakeChecked {
  /** Entries that the lake says to have. */
  readonly entries: number;
  readonly objects: number;
  readonly rows: number;
}

export interface LakeOptions {
  readonly lake: LakeCopy;
  readonly copy: LogCopy;
  readonly inventory: Inventory;
  readonly head: KnownCheckpoint;
  readonly findings: Findings;
}

interface Expected {
  readonly digest: string;
  readonly path: string;
  /** The object in which it was found first. */
  seen?: string;
}

/** `<index>.<row>` → what must be there. */
type Rows = Map<string, Expected>;

interface Part {
  readonly part: number;
  readonly rows: Rows;
  /** Entries that cannot be read: what the lake has of them is neither right nor wrong. */
  readonly unread: ReadonlySet<number>;
  readonly unreadable: Set<string>;
}

/** What an object of the lake may have: some 20 MB as it is written. */
const MAXIMUM_OBJECT_BYTES = 268_435_456;
const MAXIMUM_POSITION_BYTES = 4_096;
const MAXIMUM_COLUMNS_NAMED = 5;

export async function verifyLake(options: LakeOptions): Promise<LakeChecked> {
  const { lake, head, findings } = options;
  const place = placeOf(head.origin);
  const objects = await LakeInventory.of(lake, place, findings);
  const size = await readPosition(options);
  const comparison = new LakeComparison(options, objects, place, size);
  const parts = Math.ceil(head.size / ENTRIES_OF_A_PART);
  for (let part = 0; part < parts; part += 1) await comparison.overPart(part);
  for (const part of objects.parts.filter((each) => each >= parts)) await comparison.overPart(part);
  if (size < head.size)
    findings.remark(`the lake has the first ${size} of ${head.size} entries: the others were not in it yet`);
  return { entries: size, objects: objects.objectCount, rows: comparison.rowCount };
}

/** The log's name says whose it is: `<prefix>.tenure/<account>/<region>`. */
function placeOf(origin: string): LakePlace {
  const [, accountId, region] = /^[^/]+\/([^/]+)\/([^/]+)$/.exec(origin) ?? [];
  if (accountId === undefined || region === undefined)
    throw new NoAnswerError(`the log's name does not say its account and region: ${origin}`);
  return { accountId, region };
}

async function readPosition({ lake, head, findings }: LakeOptions): Promise<number> {
  const path = POSITION_KEY;
  const bytes = await lake.read(path, MAXIMUM_POSITION_BYTES);
  const said = bytes === undefined ? undefined : lakePositionSchema.safeParse(jsonOf(bytes)).data;
  if (said === undefined) {
    const message = `${path} is missing, or does not say how many entries the lake has`;
    findings.fault({ kind: 'missing', path, message });
    return 0;
  }
  if (said.origin !== head.origin)
    findings.fault({ kind: 'origin', path, message: `${path} is of the log ${said.origin}` });
  if (said.size > head.size) {
    const message = `${path} says that the lake has ${said.size} entries, and ${head.place} covers ${head.size}: copy the lake before the log`;
    findings.fault({ kind: 'surplus', path, message });
  }
  return Math.min(said.size, head.size);
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

class LakeComparison {
  readonly #options: LakeOptions;
  readonly #objects: LakeInventory;
  readonly #place: LakePlace;
  readonly #sealed: SealedRows;
  readonly #size: number;
  rowCount = 0;

  constructor(options: LakeOptions, objects: LakeInventory, place: LakePlace, size: number) {
    this.#options = options;
    this.#objects = objects;
    this.#place = place;
    this.#size = size;
    this.#sealed = new SealedRows(options.copy, options.inventory, options.head);
  }

  async overPart(number: number): Promise<void> {
    const part = await this.#expect(number);
    for (const path of this.#objects.ofPart(number)) await this.#overObject(path, part);
    this.#nameMissing(part);
  }

  async #expect(part: number): Promise<Part> {
    const rows: Rows = new Map();
    const unread = new Set<number>();
    const first = part * ENTRIES_OF_A_PART;
    const end = Math.min(first + ENTRIES_OF_A_PART, this.#options.head.size);
    for await (const { index, rows: events, because } of this.#sealed.of(first, end)) {
      if (events === undefined) {
        unread.add(index);
        const message = `entry ${index} cannot be compared with its rows of the lake: ${because}`;
        this.#options.findings.fault({ kind: 'row', entry: index, message });
      }
      for (const { className, eventDay, members } of events ?? []) {
        const row = placeOfRow(members)?.row;
        const path = lakeKey(className, eventDay, part, this.#place);
        rows.set(`${index}.${row}`, { digest: digestOfRow(members), path });
      }
    }
    return { part, rows, unread, unreadable: new Set() };
  }

  async #overObject(path: string, part: Part): Promise<void> {
    const { lake, findings } = this.#options;
    const told = new Told(path);
    try {
      const bytes = await lake.read(path, MAXIMUM_OBJECT_BYTES);
      if (bytes === undefined) throw new ParquetError(`larger than ${MAXIMUM_OBJECT_BYTES} bytes`);
      let rowGroup = 0;
      for await (const { rows, untrue } of lake.rowGroupsIn(bytes)) {
        for (const row of rows) await this.#judge(row, path, part, told);
        for (const { column, what } of untrue) {
          const message = `${path}: row group ${rowGroup}, column ${column}: ${what} is not true of its rows`;
          findings.fault({ kind: 'statistics', path, rowGroup, columns: [column], message });
        }
        rowGroup += 1;
      }
    } catch (error) {
      if (!(error instanceof ParquetError)) throw error;
      part.unreadable.add(path);
      findings.fault({ kind: 'parquet', path, message: `${path} cannot be read: ${error.message}` });
    }
    told.tell(findings);
  }

  async #judge(row: LakeRow, path: string, { part, rows, unread }: Part, told: Told): Promise<void> {
    this.rowCount += 1;
    const place = placeOfRow(row);
    if (place !== undefined && unread.has(place.index)) return;
    const expected = place && rows.get(`${place.index}.${place.row}`);
    if (place === undefined || expected === undefined) {
      const isElsewhere = place !== undefined && place.index < this.#options.head.size && partOf(place.index) !== part;
      told.add('surplus', isElsewhere ? 'of another part of the log' : 'of no sealed entry', place);
      return;
    }
    if (expected.seen !== undefined)
      told.add('duplicate', expected.seen === path ? 'there twice' : `there in ${expected.seen} already`, place);
    else if (expected.path !== path) told.add('partition', `to be in ${expected.path}`, place);
    expected.seen ??= path;
    if (digestOfRow(row) !== expected.digest) await this.#nameAltered(row, path, place);
  }

  async #nameAltered(row: LakeRow, path: string, { index, row: number }: RowPlace): Promise<void> {
    const { findings } = this.#options;
    // Past what is told, the fault is counted alone: the entry need not be read again.
    const columns = findings.hasRoom ? await this.#columnsOf(row, index, number) : [];
    const named = columns.slice(0, MAXIMUM_COLUMNS_NAMED).join(', ');
    const more = columns.length > MAXIMUM_COLUMNS_NAMED ? `, and ${columns.length - MAXIMUM_COLUMNS_NAMED} more` : '';
    const message = `${path}: ${rowOf(index, number)} is not what was sealed, by ${named}${more}`;
    findings.fault({ kind: 'row', path, entry: index, columns, message });
  }

  async #columnsOf(row: LakeRow, index: number, number: number): Promise<readonly string[]> {
    for await (const { rows = [] } of this.#sealed.of(index, index + 1))
      for (const { members } of rows) if (placeOfRow(members)?.row === number) return differingColumns(row, members);
    return [];
  }

  #nameMissing({ rows, part, unreadable }: Part): void {
    const { findings } = this.#options;
    const present = new Set(this.#objects.ofPart(part));
    const absent = new Map<string, { readonly entry: number; lastEntry: number; count: number }>();
    for (const [key, { path, seen }] of rows) {
      const [index = 0, number = 0] = key.split('.').map(Number);
      // What lies behind the lake's position may be there already, or not.
      if (seen !== undefined || index >= this.#size || unreadable.has(path)) continue;
      if (present.has(path)) {
        findings.fault({ kind: 'missing', path, entry: index, message: `${path}: ${rowOf(index, number)} is missing` });
        continue;
      }
      const object = absent.get(path) ?? { entry: index, lastEntry: index, count: 0 };
      absent.set(path, object);
      object.lastEntry = index;
      object.count += 1;
    }
    for (const [path, { entry, lastEntry, count }] of absent) {
      const message = `${path} is missing: it holds ${counted(count)}, the first of entry ${entry}`;
      findings.fault({ kind: 'missing', path, entry, lastEntry, message });
    }
  }
}

/** Rows of an object with the same fault are told together. */
class Told {
  readonly #path: string;
  readonly #groups = new Map<
    string,
    { readonly kind: 'surplus' | 'duplicate' | 'partition'; readonly first: RowPlace | undefined; count: number }
  >();

  constructor(path: string) {
    this.#path = path;
  }

  add(kind: 'surplus' | 'duplicate' | 'partition', what: string, place: RowPlace | undefined): void {
    const group = this.#groups.get(what) ?? { kind, first: place, count: 0 };
    this.#groups.set(what, group);
    group.count += 1;
  }

  tell(findings: Findings): void {
    const path = this.#path;
    for (const [what, { kind, first, count }] of this.#groups) {
      const which = first === undefined ? 'with no entry named' : `the first ${rowOf(first.index, first.row)}`;
      const message = `${path}: ${counted(count)} ${count === 1 ? 'is' : 'are'} ${what}, ${which}`;
      findings.fault({ kind, path, ...(first && { entry: first.index }), message });
    }
  }
}

function rowOf(index: number, row: number): string {
  return row === 0 ? `the row of entry ${index}` : `row ${row} of entry ${index}`;
}

function counted(rows: number): string {
  return `${rows} ${rows === 1 ? 'row' : 'rows'}`;
}
