// A copy of the lake's bucket in a folder. Its Parquet is read by hyparquet as it stands, with every column that a file has:
// what the lake's function reads its own files with knows only the columns that it wrote.
import { Worker } from 'node:worker_threads';
import { type LakeCopy, ParquetError, type RowGroup } from '../lambdas/core/audit/verify/lake-copy.ts';
import { copyIn } from './audit-verify-files.ts';

/** Ten times as many as are written. */
const MAXIMUM_ROWS_OF_A_GROUP = 100_000;
/** Some hundred times what a row group takes. */
const READ_TIMEOUT_MS = 60_000;

interface Opened {
  /** Rows of each row group, and of the file. */
  readonly groups: readonly number[];
  readonly rows: number;
}

/** Throws a CommandError when it is no folder. */
export function lakeIn(folder: string, timeoutMs = READ_TIMEOUT_MS): LakeCopy {
  const { list, read } = copyIn(folder);
  const reader = new ParquetReader(timeoutMs);
  return { list, read, rowGroupsIn: (bytes) => rowGroupsIn(bytes, reader) };
}

async function* rowGroupsIn(bytes: Uint8Array, reader: ParquetReader): AsyncGenerator<RowGroup> {
  const open = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const { groups, rows: all } = await reader.ask<Opened>({ open });
  let rowStart = 0;
  for (const [group, count] of groups.entries()) {
    if (!(count >= 0 && count <= MAXIMUM_ROWS_OF_A_GROUP)) throw new ParquetError(`a row group of ${count} rows`);
    const rowEnd = rowStart + count;
    const { rows, untrue } = await reader.ask<RowGroup>({ group, rowStart, rowEnd });
    if (rows.length !== count) throw new ParquetError(`a row group has ${rows.length} of its ${count} rows`);
    yield { rows, untrue };
    rowStart = rowEnd;
  }
  if (rowStart !== all) throw new ParquetError(`${rowStart} of its ${all} rows`);
}

/** A thread that is asked one thing at a time, and given up on when it takes too long or too much. */
class ParquetReader {
  readonly #timeoutMs: number;
  #thread: Worker | undefined;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  async ask<Answer>(asked: object): Promise<Answer> {
    this.#thread ??= new Worker(new URL('read-parquet.mjs', import.meta.url), { execArgv: [] });
    const thread = this.#thread;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<Answer>((resolve, reject) => {
        const giveUp = (reason: string) => {
          this.#thread = undefined;
          void thread.terminate();
          reject(new ParquetError(reason));
        };
        timer = setTimeout(giveUp, this.#timeoutMs, `its reader took more than ${this.#timeoutMs} ms`);
        thread.once('error', (error) => giveUp(error.message));
        thread.once('message', ({ answer, error }: { readonly answer: Answer; readonly error?: string }) =>
          error === undefined ? resolve(answer) : reject(new ParquetError(error)),
        );
        thread.ref();
        thread.postMessage(asked);
      });
    } finally {
      clearTimeout(timer);
      thread.removeAllListeners('error').removeAllListeners('message');
      // Whoever has their answer need not wait for the thread.
      thread.unref();
    }
  }
}
