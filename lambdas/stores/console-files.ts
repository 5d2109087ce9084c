// The files of the console: those that lie beside the code of the function that publishes them, and the bucket from which
// they are served.
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { DeleteObjectsCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { fromEnvironment } from './environment.ts';

/** Beside the function's code. */
export const CONSOLE_FOLDER = 'console';

export interface ConsoleFile {
  /** As it is asked for, without the first slash. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface PublishedFile {
  readonly path: string;
  readonly publishedMs: number;
}

export interface ConsoleBucket {
  put(file: ConsoleFile, headers: { readonly contentType: string; readonly cacheControl: string }): Promise<void>;
  list(): Promise<readonly PublishedFile[]>;
  remove(paths: readonly string[]): Promise<void>;
}

const REQUEST_TIMEOUT_MS = 10_000;
/** Of 1,000 files each; a build has about a hundred. */
const MAXIMUM_PAGES = 50;
/** S3 deletes so many at once. */
const DELETED_AT_ONCE = 1_000;

/** Every file of the build. */
export function deployedConsole(): readonly ConsoleFile[] {
  const folder = join(import.meta.dirname, CONSOLE_FOLDER);
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .map((file) => ({ path: file.slice(folder.length + 1).replaceAll(sep, '/'), bytes: readFileSync(file) }));
}

export function s3ConsoleBucket(): ConsoleBucket {
  const client = new S3Client({ maxAttempts: 4, requestHandler: { requestTimeout: REQUEST_TIMEOUT_MS } });
  const bucket = () => ({ Bucket: fromEnvironment('consoleBucket') });
  return {
    async put({ path, bytes }, { contentType, cacheControl }) {
      const headers = { ContentType: contentType, CacheControl: cacheControl };
      await client.send(new PutObjectCommand({ ...bucket(), Key: path, Body: bytes, ...headers }));
    },
    async list() {
      const found: PublishedFile[] = [];
      let token: string | undefined;
      for (let page = 1; page <= MAXIMUM_PAGES; page += 1) {
        const answer = await client.send(
          new ListObjectsV2Command({ ...bucket(), ...(token !== undefined && { ContinuationToken: token }) }),
        );
        for (const { Key, LastModified } of answer.Contents ?? [])
          if (Key !== undefined) found.push({ path: Key, publishedMs: LastModified?.getTime() ?? 0 });
        token = answer.NextContinuationToken;
        if (token === undefined) return found;
      }
      throw new Error(`the bucket has more than ${MAXIMUM_PAGES} pages of files`);
    },
    async remove(paths) {
      for (let first = 0; first < paths.length; first += DELETED_AT_ONCE) {
        const Objects = paths.slice(first, first + DELETED_AT_ONCE).map((Key) => ({ Key }));
        const { Errors = [] } = await client.send(
          new DeleteObjectsCommand({ ...bucket(), Delete: { Objects, Quiet: true } }),
        );
        if (Errors.length > 0) throw new Error(`${Errors[0]?.Key} could not be removed: ${Errors[0]?.Code}`);
      }
    },
  };
}
