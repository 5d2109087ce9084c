// What a Parquet file says of its values, so that readers skip some: taken where it is true, named where it is not.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ColumnChunk, FileMetaData } from 'hyparquet';
import { type ByteWriter, parquetWriteBuffer } from 'hyparquet-writer';
import { serializeTCompactProtocol } from 'hyparquet-writer/src/thrift.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lakeIn } from '../../bin/lake-copy.ts';
import { footerOf, withFooter } from '../support/parquet-footers.ts';

const ROWS = 2_000;
const GROUP = 1_000;
/** Some ten pages in a row group. */
const PAGE_BYTES = 1_000;

const cells = Array.from({ length: ROWS }, (_, index) => index);
const optional = { repetition_type: 'OPTIONAL' } as const;
const text = { ...optional, type: 'BYTE_ARRAY', converted_type: 'UTF8' } as const;
const FILE = new Uint8Array(
  parquetWriteBuffer({
    schema: [
      { name: 'root', num_children: 4 },
      { name: 'time', ...optional, type: 'INT64' },
      { name: 'who', ...text },
      { name: 'on', ...optional, type: 'BOOLEAN' },
      { name: 'unmapped', ...optional, num_children: 3 },
      { name: 'index', ...optional, type: 'INT32' },
      { name: 'none', ...text },
      { name: 'grants', ...optional, converted_type: 'LIST', num_children: 1 },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      { name: 'element', ...text },
    ],
    columnData: [
      { name: 'time', data: cells.map((each) => BigInt(each) * 1_000_000_000_000n), columnIndex: true },
      {
        name: 'who',
        // Of other lengths and alphabets, and longer than a bound is kept.
        data: cells.map((each) => (each % 7 === 0 ? null : `${'äz𝄞z'.repeat(each % 30)}${each}`)),
        columnIndex: true,
        bloomFilter: true,
      },
      { name: 'on', data: cells.map((each) => each % 3 === 0) },
      {
        name: 'unmapped',
        data: cells.map((each) =>
          each % 11 === 0
            ? null
            : {
                index: each % 5 === 0 ? null : -each,
                none: null,
                grants:
                  each % 13 === 0 ? null : Array.from({ length: each % 4 }, (_, at) => (at === 2 ? null : `g${each}`)),
              },
        ),
      },
    ],
    rowGroupSize: GROUP,
    pageSize: PAGE_BYTES,
    codec: 'UNCOMPRESSED',
  }),
);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tenure-statistics-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** As `<row group> <column>: <what>`. */
async function untrueIn(bytes: Uint8Array): Promise<readonly string[]> {
  const found: string[] = [];
  let group = 0;
  let rows = 0;
  for await (const each of lakeIn(folder).rowGroupsIn(bytes)) {
    found.push(...each.untrue.map(({ column, what }) => `${group} ${column}: ${what}`));
    group += 1;
    rows += each.rows.length;
  }
  expect(rows).toBe(ROWS);
  return found;
}

const chunkOf = (metadata: FileMetaData, column: string, group = 1) =>
  metadata.row_groups[group]?.columns.find(({ meta_data }) => meta_data?.path_in_schema.join('.') === column) as
    | Required<ColumnChunk>
    | undefined;

type Change = (chunk: Required<ColumnChunk>, writer: ByteWriter, metadata: FileMetaData) => unknown;
const changed = (column: string, change: Change) =>
  withFooter(FILE, (metadata, writer) => {
    const chunk = chunkOf(metadata, column);
    if (chunk === undefined) throw new Error(`${column} is no column`);
    change(chunk, writer, metadata);
  });
const stated =
  (changes: object): Change =>
  ({ meta_data }) =>
    Object.assign(meta_data.statistics ?? {}, changes);

/** Another index than the one that is there. */
const indexed =
  (name: 'column' | 'offset', of: (thrift: Record<string, unknown>) => Record<string, unknown>): Change =>
  (chunk, writer) => {
    const at = Number(chunk[`${name}_index_offset`]);
    Object.assign(chunk, { [`${name}_index_offset`]: BigInt(writer.offset) });
    const view = new DataView(FILE.buffer, FILE.byteOffset, FILE.byteLength);
    serializeTCompactProtocol(writer, of(deserialize({ view, offset: at })) as never);
  };
let deserialize: (reader: { view: DataView; offset: number }) => Record<string, unknown>;
beforeAll(async () => {
  const thrift = await import('hyparquet/src/thrift.js');
  deserialize = thrift.deserializeTCompactProtocol as typeof deserialize;
});

describe('statistics of a Parquet file', () => {
  it('are taken where they are true, in every place that they may stand in', async () => {
    const time = chunkOf(footerOf(FILE), 'time');
    expect(time?.column_index_length).toBeGreaterThan(0);
    expect(time?.offset_index_length).toBeGreaterThan(0);
    expect(chunkOf(footerOf(FILE), 'who')?.meta_data.bloom_filter_offset).toBeGreaterThan(0);
    expect(footerOf(FILE).row_groups).toHaveLength(2);
    expect(await untrueIn(FILE)).toEqual([]);
    expect(await untrueIn(withFooter(FILE, () => {}))).toEqual([]);
  });

  it('may be wider than the values are, or not there', async () => {
    const wide = stated({
      min_value: -1n,
      max_value: 10n ** 18n,
      is_min_value_exact: false,
      is_max_value_exact: false,
    });
    expect(await untrueIn(changed('time', wide))).toEqual([]);
    const none = changed('time', ({ meta_data }) =>
      Object.assign(meta_data, { statistics: undefined, encoding_stats: undefined }),
    );
    expect(await untrueIn(none)).toEqual([]);
  });

  const LOW = 1_000n * 1_000_000_000_000n;
  const HIGH = 1_999n * 1_000_000_000_000n;
  it.each<[string, string, Change]>([
    ['time', 'min_value', stated({ min_value: LOW + 1n, is_min_value_exact: false })],
    ['time', 'max_value', stated({ max_value: HIGH - 1n, is_max_value_exact: false })],
    ['time', 'is_max_value_exact', stated({ max_value: HIGH + 1n, is_max_value_exact: true })],
    ['time', 'min', stated({ min: LOW + 1n })],
    ['time', 'max', stated({ max: HIGH - 1n })],
    ['time', 'null_count', stated({ null_count: 1n })],
    ['time', 'distinct_count', stated({ distinct_count: 1n })],
    ['who', 'null_count', stated({ null_count: 0n })],
    ['who', 'min_value', stated({ min_value: '2', is_min_value_exact: false })],
    ['who', 'max_value', stated({ max_value: 'ä', is_max_value_exact: false })],
    ['on', 'max_value', stated({ max_value: false, is_max_value_exact: false })],
    ['unmapped.index', 'min_value', stated({ min_value: -5, is_min_value_exact: false })],
    ['unmapped.none', 'null_count', stated({ null_count: 3n })],
    ['unmapped.grants.list.element', 'null_count', stated({ null_count: 1n })],
    ['unmapped.grants.list.element', 'max_value', stated({ max_value: 'g1', is_max_value_exact: false })],
    ['who', 'num_values', ({ meta_data }) => Object.assign(meta_data, { num_values: meta_data.num_values - 1n })],
    ['who', 'encoding_stats', ({ meta_data }) => meta_data.encoding_stats?.pop()],
    ['who', 'encodings', ({ meta_data }) => Object.assign(meta_data, { encodings: ['RLE'] })],
    [
      'who',
      'bloom filter',
      ({ meta_data }, _, metadata) =>
        Object.assign(meta_data, { bloom_filter_offset: chunkOf(metadata, 'who', 0)?.meta_data.bloom_filter_offset }),
    ],
    [
      'time',
      'offset index',
      indexed('offset', (thrift) => ({
        ...thrift,
        field_1: (thrift['field_1'] as { field_3: bigint }[]).map((page) => ({ ...page, field_3: page.field_3 + 1n })),
      })),
    ],
    ['time', 'column index', indexed('column', (thrift) => ({ ...thrift, field_1: [true] }))],
    [
      'time',
      'column index of page 1: null_pages',
      indexed('column', (thrift) => ({ ...thrift, field_1: (thrift['field_1'] as boolean[]).with(1, true) })),
    ],
    [
      'time',
      'column index of page 1: max_value',
      indexed('column', (thrift) => ({
        ...thrift,
        field_3: (thrift['field_3'] as Uint8Array[]).with(1, new Uint8Array(8)),
        field_4: 0,
      })),
    ],
    [
      'time',
      'column index of page 0: null_count',
      indexed('column', (thrift) => ({ ...thrift, field_5: (thrift['field_5'] as bigint[]).with(0, 5n) })),
    ],
    ['time', 'boundary_order', indexed('column', (thrift) => ({ ...thrift, field_4: 2 }))],
  ])('name the row group and the column %s of which %s is not true', async (column, what, change) => {
    const found = await untrueIn(changed(column, change));
    expect(found.slice(0, 1)).toEqual([`1 ${column}: ${what}`]);
    expect(new Set(found.map((each) => each.split(':')[0]))).toEqual(new Set([`1 ${column}`]));
  });

  it('do not say that rows are sorted, which the lake never says', async () => {
    const sorted = withFooter(FILE, ({ row_groups: [group] }) =>
      Object.assign(group as object, { sorting_columns: [{ column_idx: 1, descending: false, nulls_first: false }] }),
    );
    expect(await untrueIn(sorted)).toEqual(['0 (all): that it is sorted']);
  });

  it('are of columns that no engine takes for one another', async () => {
    const twice = withFooter(FILE, ({ schema: [, time, who], row_groups }) => {
      Object.assign(who as object, { name: 'TIME' });
      expect(time?.name).toBe('time');
      for (const { columns } of row_groups) columns[1]?.meta_data?.path_in_schema.splice(0, 1, 'TIME');
    });
    await expect(untrueIn(twice)).rejects.toThrow('two columns of the name time');
  });
});
