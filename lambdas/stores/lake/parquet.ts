// Rows as a Parquet file and back, with nested columns. Compressed with zstd where Node has it: functions run
// on Node 24, and a checkout on Node 20 writes gzip instead and reads both.
import * as zlib from 'node:zlib';
import { decompress } from 'fzstd';
import { type Compressors as Decompressors, parquetReadObjects, type SchemaElement } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { OcsfClassName } from '../../core/audit/ocsf/classes.ts';
import { columnsOf } from '../../core/audit/ocsf/columns.ts';
import type { OcsfEvent } from '../../core/audit/ocsf/ocsf-event.ts';
import type { Cell, ColumnType } from '../../core/lake-columns.ts';

/** Of Node 22.15 and later. */
const { zstdCompressSync, zstdDecompressSync } = zlib as {
  readonly zstdCompressSync?: (bytes: Uint8Array) => Uint8Array;
  readonly zstdDecompressSync?: (bytes: Uint8Array) => Uint8Array;
};

/** Athena skips those in which no time or value is asked for. */
const ROWS_OF_A_GROUP = 10_000;

const DECOMPRESSORS: Decompressors = {
  GZIP: (bytes) => new Uint8Array(zlib.gunzipSync(bytes)),
  ZSTD: (bytes, length) => (zstdDecompressSync ? new Uint8Array(zstdDecompressSync(bytes)) : unzip(bytes, length)),
};

export function writeParquet(name: OcsfClassName, rows: readonly OcsfEvent[]): Uint8Array {
  return writeColumns(
    columnsOf(name),
    rows.map(({ members }) => members),
  );
}

/** @param rows each by column */
export function writeColumns(
  types: Readonly<Record<string, ColumnType>>,
  rows: readonly Readonly<Record<string, Cell>>[],
): Uint8Array {
  const columns = Object.entries(types);
  const buffer = parquetWriteBuffer({
    columnData: columns.map(([column, type]) => ({
      name: column,
      data: rows.map((members) => toParquet(members[column], type)),
    })),
    schema: [
      { name: 'root', num_children: columns.length },
      ...columns.flatMap(([column, type]) => elements(column, type)),
    ],
    codec: zstdCompressSync ? 'ZSTD' : 'GZIP',
    compressors: {
      GZIP: (bytes) => new Uint8Array(zlib.gzipSync(bytes)),
      ...(zstdCompressSync && { ZSTD: (bytes: Uint8Array) => new Uint8Array(zstdCompressSync(bytes)) }),
    },
    rowGroupSize: ROWS_OF_A_GROUP,
    createdBy: 'tenure',
  });
  return new Uint8Array(buffer);
}

/** The rows that writeParquet was given, in their order. Throws for what is no Parquet file of that class. */
export async function readParquet(
  name: OcsfClassName,
  eventDay: string,
  bytes: Uint8Array,
): Promise<readonly OcsfEvent[]> {
  const rows = await readColumns(columnsOf(name), bytes);
  return rows.map((members) => ({ className: name, eventDay, members }));
}

/** The rows that writeColumns was given. Throws for what is no Parquet file. */
export async function readColumns(
  types: Readonly<Record<string, ColumnType>>,
  bytes: Uint8Array,
): Promise<readonly Readonly<Record<string, Cell>>[]> {
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  const rows = await parquetReadObjects({ file, compressors: DECOMPRESSORS });
  const columns = Object.entries(types);
  return rows.map((row) =>
    Object.fromEntries(columns.map(([column, type]) => [column, fromParquet(row[column], type)])),
  );
}

const PRIMITIVES = {
  boolean: { type: 'BOOLEAN' },
  int: { type: 'INT32' },
  bigint: { type: 'INT64' },
  string: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
} as const satisfies Readonly<Record<string, Partial<SchemaElement>>>;

/** parquet-format, LogicalTypes.md, "Lists": three levels, which Athena and Hive take for array<...>. */
function elements(name: string, type: ColumnType): SchemaElement[] {
  const optional = { name, repetition_type: 'OPTIONAL' } as const;
  if (typeof type === 'string') return [{ ...optional, ...PRIMITIVES[type] }];
  if ('list' in type) {
    const list = { name: 'list', repetition_type: 'REPEATED', num_children: 1 } as const;
    return [{ ...optional, converted_type: 'LIST', num_children: 1 }, list, ...elements('element', type.list)];
  }
  const members = Object.entries(type.struct);
  return [
    { ...optional, num_children: members.length },
    ...members.flatMap(([member, inner]) => elements(member, inner)),
  ];
}

function toParquet(value: Cell, type: ColumnType): unknown {
  if (value === undefined) return null;
  if (type === 'bigint') return BigInt(value as number);
  if (typeof type === 'string' || 'list' in type) return value;
  const members = value as Readonly<Record<string, Cell>>;
  return Object.fromEntries(
    Object.entries(type.struct).map(([name, inner]) => [name, toParquet(members[name], inner)]),
  );
}

function fromParquet(value: unknown, type: ColumnType): Cell {
  if (value === undefined || value === null) return undefined;
  if (type === 'bigint') return Number(value);
  if (typeof type === 'string') return value as string | number | boolean;
  if ('list' in type) return [...(value as readonly string[])];
  const members = value as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(type.struct).map(([name, inner]) => [name, fromParquet(members[name], inner)]),
  );
}

function unzip(bytes: Uint8Array, length: number): Uint8Array {
  return decompress(bytes, new Uint8Array(length));
}
