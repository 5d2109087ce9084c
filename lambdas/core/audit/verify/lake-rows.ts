// A row of the lake in one form, whether it was made of an entry or read from a file: absent members, nulls and empty
// groups are the same to whoever queries, and a whole number is the same in 32 bits and in 64.
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../canonical-json.ts';

/** A row as it was read: by column, whatever columns there are. */
export type LakeRow = Readonly<Record<string, unknown>>;

export interface RowPlace {
  readonly index: number;
  /** Which of the entry's rows it is. */
  readonly row: number;
}

const DIGEST_BYTES = 16;

/** Undefined for what says of no entry that it is its row. */
export function placeOfRow({ unmapped }: LakeRow): RowPlace | undefined {
  const { log_index: at, row } = isGroup(unmapped) ? unmapped : {};
  const [index, number] = [Number(at ?? Number.NaN), Number(row ?? Number.NaN)];
  return Number.isSafeInteger(index) && index >= 0 && Number.isSafeInteger(number) ? { index, row: number } : undefined;
}

/** Half of a SHA-256: nobody who alters a row can choose what the log has. */
export function digestOfRow(row: LakeRow): string {
  return createHash('sha256')
    .update(textOf(row) ?? '')
    .digest()
    .toString('latin1', 0, DIGEST_BYTES);
}

/** The columns in which two rows differ, members of groups with a point between: `unmapped.grant_name`. */
export function differingColumns(one: LakeRow, other: LakeRow): readonly string[] {
  const [left, right] = [cellsOf(one), cellsOf(other)];
  const names = [...new Set([...left.keys(), ...right.keys()])].sort();
  return names.filter((name) => left.get(name) !== right.get(name));
}

function cellsOf(row: LakeRow, under = '', cells = new Map<string, string>()): Map<string, string> {
  for (const [name, value] of Object.entries(row)) {
    const path = under === '' ? name : `${under}.${name}`;
    if (isGroup(value)) cellsOf(value, path, cells);
    else {
      const text = textOf(value);
      if (text !== undefined) cells.set(path, text);
    }
  }
  return cells;
}

function textOf(value: unknown): string | undefined {
  const simple = simplified(value);
  return simple === undefined ? undefined : canonicalJson(simple);
}

function simplified(value: unknown): unknown {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : `${value}n`;
  if (typeof value === 'number') return Number.isFinite(value) ? value : `${value}n`;
  if (Array.isArray(value)) return value.map((each) => simplified(each) ?? null);
  if (isGroup(value)) {
    const members = Object.entries(value).map(([name, member]) => [name, simplified(member)] as const);
    const present = members.filter(([, member]) => member !== undefined);
    return present.length === 0 ? undefined : Object.fromEntries(present);
  }
  // What no row of an entry has: bytes, a date.
  return typeof value === 'string' || typeof value === 'boolean' ? value : `${String(value)} (${typeof value})`;
}

function isGroup(value: unknown): value is LakeRow {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
