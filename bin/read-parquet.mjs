// Reads Parquet in a thread of its own, since a reader may go on for ever over bytes that somebody altered: see lake-copy.ts,
// which asks. JavaScript, for Node 20 starts no thread with TypeScript.
import { parentPort } from 'node:worker_threads';
import * as zlib from 'node:zlib';
import { decompress } from 'fzstd';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { readStatistics, untrueOf } from './parquet-statistics.mjs';

const compressors = {
  GZIP: (bytes) => new Uint8Array(zlib.gunzipSync(bytes)),
  ZSTD: (bytes, length) =>
    zlib.zstdDecompressSync
      ? new Uint8Array(zlib.zstdDecompressSync(bytes))
      : decompress(bytes, new Uint8Array(length)),
};

let file;
let metadata;
let statistics;

/** `{ open: ArrayBuffer }` → the rows of each row group; `{ group, rowStart, rowEnd }` → those rows, and what is untrue of them. */
async function answer({ open, group, rowStart, rowEnd }) {
  if (open === undefined) {
    const rows = await parquetReadObjects({ file, metadata, compressors, rowStart, rowEnd });
    return { rows, untrue: untrueOf(statistics, group, rows) };
  }
  file = open;
  metadata = parquetMetadata(file);
  statistics = readStatistics(file);
  return { groups: metadata.row_groups.map((group) => Number(group.num_rows)), rows: Number(metadata.num_rows) };
}

parentPort.on('message', async (asked) => {
  try {
    parentPort.postMessage({ answer: await answer(asked) });
  } catch (error) {
    parentPort.postMessage({ error: error instanceof Error ? error.message : String(error) });
  }
});
