// Whether what a Parquet file says of its values is true of them. A reader rests on that without telling: it skips row groups
// and pages whose statistics, indexes, bloom filters or dictionaries rule out what is asked for (parquet-format, README
// "Data Pages", PageIndex.md, BloomFilter.md). Bounds may be wider than the values are; what is not said skips nothing.
import { parquetMetadata, parquetSchema, readColumnIndex, readOffsetIndex } from 'hyparquet';
import { hashParquetValue, readBloomFilter, sbbfContains } from 'hyparquet/src/bloom.js';
import { parquetHeader } from 'hyparquet/src/column.js';
import { isListLike } from 'hyparquet/src/schema.js';

/** Texts as they lie in the file: a bound may end within a character. */
const RAW = { stringFromBytes: (bytes) => bytes };
/** Which side of it no value may be on. */
const BOUNDS = { min: -1, min_value: -1, max: 1, max_value: 1 };

/** Throws where two columns share a name: engines that are not told apart by case would read one of them. */
export function readStatistics(file) {
  const metadata = parquetMetadata(file, { parsers: RAW, geoparquet: false });
  return { view: new DataView(file), metadata, leaves: leavesOf(parquetSchema(metadata)) };
}

function leavesOf(node, chain = []) {
  const names = node.children.map(({ element }) => element.name.toLowerCase());
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`two columns of the name ${twice}`);
  const own = [...chain, node];
  if (node.children.length > 0) return node.children.flatMap((child) => leavesOf(child, own));
  return [{ element: node.element, path: node.path, chain: own }];
}

/** What is not true of the rows of a row group: `[{ column, what }]`. */
export function untrueOf({ view, metadata, leaves }, group, rows) {
  const untrue = [];
  const { columns, sorting_columns } = metadata.row_groups[group];
  if (columns.length !== leaves.length) return [{ column: '(all)', what: 'the number of columns' }];
  if (sorting_columns !== undefined) untrue.push({ column: '(all)', what: 'that it is sorted' });
  for (const [index, leaf] of leaves.entries()) {
    const column = leaf.path.join('.');
    const say = (what) => untrue.push({ column, what });
    judgeChunk(view, columns[index], leaf, valuesOf(rows, leaf.chain), say);
  }
  return untrue;
}

/** A column's values and nulls as its pages have them, and with which of them each row begins. */
function valuesOf(rows, chain) {
  const values = [];
  const rowStarts = [];
  for (const row of rows) {
    rowStarts.push(values.length);
    collect(row, chain, 0, values);
  }
  return { values, rowStarts };
}

function collect(value, chain, depth, into) {
  if (value === null || value === undefined || depth === chain.length - 1) return void into.push(value ?? null);
  if (!isListLike(chain[depth])) return collect(value[chain[depth + 1].element.name], chain, depth + 1, into);
  if (value.length === 0) return void into.push(null);
  for (const each of value) collect(each, chain, depth + 2, into);
}

function judgeChunk(view, chunk, { element, path }, { values, rowStarts }, say) {
  const { meta_data: meta } = chunk;
  if (meta.path_in_schema.join('.') !== path.join('.') || meta.type !== element.type) say('its name or type');
  if (Number(meta.num_values) !== values.length) say('num_values');
  judgeValues(meta.statistics, summaryOf(values), say);
  const pages = pagesOf(view, meta);
  judgePages(pages, meta, values, say);
  judgeIndexes(view, chunk, { pages, values, rowStarts, element }, say);
  judgeBloomFilter(view, meta, values, element, say);
}

function summaryOf(values) {
  const known = values.filter((value) => value !== null);
  return { nulls: values.length - known.length, distinct: [...new Set(known)].map(comparable) };
}

function comparable(value) {
  return typeof value === 'string' ? Buffer.from(value) : value;
}

/** @param prefix where the statistics lie, as they are told */
function judgeValues(statistics, { nulls, distinct }, say, prefix = '') {
  if (statistics === undefined) return;
  const { null_count, distinct_count } = statistics;
  if (null_count !== undefined && Number(null_count) !== nulls) say(`${prefix}null_count`);
  if (distinct_count !== undefined && Number(distinct_count) !== distinct.length) say(`${prefix}distinct_count`);
  for (const [name, side] of Object.entries(BOUNDS)) {
    const bound = statistics[name];
    if (bound !== undefined && !distinct.every((value) => isWithin(value, bound, side))) say(`${prefix}${name}`);
    const isExact = statistics[`is_${name}_exact`];
    if (isExact === true && !distinct.some((value) => compare(value, bound) === 0)) say(`${prefix}is_${name}_exact`);
  }
}

function isWithin(value, bound, side) {
  const order = compare(value, bound);
  return order !== undefined && order !== side;
}

/** Texts by their bytes, as the format has it. Undefined for what is of another type. */
function compare(one, other) {
  if (one instanceof Uint8Array && other instanceof Uint8Array) return Buffer.compare(one, other);
  if (typeof one !== typeof other || !['bigint', 'boolean', 'number'].includes(typeof one)) return undefined;
  return Math.sign(Number(one > other) - Number(one < other));
}

/** As they follow one another, whatever the footer says of them. */
function pagesOf(view, { dictionary_page_offset, data_page_offset, total_compressed_size }) {
  const pages = [];
  const start = Number(dictionary_page_offset || data_page_offset);
  const end = start + Number(total_compressed_size);
  if (!(end <= view.byteLength)) throw new Error('a column that does not end within the file');
  for (const reader = { view, offset: start }; reader.offset < end; ) {
    const offset = reader.offset;
    const header = parquetHeader(reader);
    if (!(header.compressed_page_size >= 0)) throw new Error('a page without a size');
    reader.offset += header.compressed_page_size;
    pages.push({ offset, size: reader.offset - offset, ...header });
  }
  return pages;
}

function judgePages(pages, meta, values, say) {
  let start = 0;
  const encodings = new Map();
  for (const [index, page] of pages.entries()) {
    const data = page.data_page_header_v2 ?? page.data_page_header;
    const encoding = (data ?? page.dictionary_page_header)?.encoding;
    const kind = `${page.type} ${encoding}`;
    encodings.set(kind, (encodings.get(kind) ?? 0) + 1);
    if (data === undefined) {
      if (index > 0 || page.type !== 'DICTIONARY_PAGE') say(`page ${index}`);
      continue;
    }
    // A reader that knows of no other encoding than the dictionary's takes that for all the values there are.
    if (!meta.encodings.includes(encoding)) say('encodings');
    start += data.num_values;
  }
  if (start !== values.length) say('num_values of its pages');
  const told = meta.encoding_stats?.map(({ page_type, encoding, count }) => `${page_type} ${encoding} ${count}`);
  const found = [...encodings].map(([kind, count]) => `${kind} ${count}`);
  if (told !== undefined && told.sort().join() !== found.sort().join()) say('encoding_stats');
}

function judgeIndexes(view, chunk, { pages, values, rowStarts, element }, say) {
  const at = (offset) => ({ view, offset: Number(offset) });
  const data = pages.filter(({ type }) => type !== 'DICTIONARY_PAGE');
  const starts = [];
  let next = 0;
  for (const { data_page_header_v2, data_page_header } of data) {
    starts.push(next);
    next += (data_page_header_v2 ?? data_page_header).num_values;
  }
  if (chunk.offset_index_offset !== undefined) {
    const rowOf = new Map(rowStarts.map((start, row) => [start, row]));
    const place = ({ offset, size }, index) => `${offset} ${size} ${rowOf.get(starts[index])}`;
    const told = readOffsetIndex(at(chunk.offset_index_offset)).page_locations.map(
      ({ offset, compressed_page_size, first_row_index }) => `${offset} ${compressed_page_size} ${first_row_index}`,
    );
    if (told.join() !== data.map(place).join()) say('offset index');
  }
  if (chunk.column_index_offset === undefined) return;
  const index = readColumnIndex(at(chunk.column_index_offset), element, RAW);
  const { null_pages, min_values, max_values, null_counts } = index;
  if ([null_pages, min_values, max_values].some(({ length }) => length !== data.length)) return say('column index');
  for (const [page, start] of starts.entries()) {
    const own = summaryOf(values.slice(start, starts[page + 1] ?? values.length));
    const prefix = `column index of page ${page}: `;
    if (null_pages[page] !== (own.distinct.length === 0)) say(`${prefix}null_pages`);
    const bounds = null_pages[page] ? {} : { min_value: min_values[page], max_value: max_values[page] };
    judgeValues({ ...bounds, null_count: null_counts?.[page] }, own, say, prefix);
  }
  if (!isInOrder(index)) say('boundary_order');
}

function isInOrder({ boundary_order, null_pages, min_values, max_values }) {
  const against = { ASCENDING: 1, DESCENDING: -1 }[boundary_order];
  const isSorted = (bounds) => {
    const known = bounds.filter((_, page) => !null_pages[page]);
    return known.every((bound, page) => page === 0 || compare(known[page - 1], bound) !== against);
  };
  return against === undefined || (isSorted(min_values) && isSorted(max_values));
}

function judgeBloomFilter(view, { bloom_filter_offset }, values, element, say) {
  if (bloom_filter_offset === undefined) return;
  const filter = readBloomFilter({ view, offset: Number(bloom_filter_offset) });
  const isIn = (value) => {
    const hash = hashParquetValue(value, element);
    return filter !== undefined && hash !== undefined && sbbfContains(filter.blocks, hash);
  };
  if (![...new Set(values)].every((value) => value === null || isIn(value))) say('bloom filter');
}
