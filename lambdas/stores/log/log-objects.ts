// The bucket in which the sealed log lies for everybody to check. An object is only ever created; the one that is replaced,
// `checkpoint`, is so on the condition that it is still what was read.
import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { RetryableError } from '../../core/errors.ts';
import { fromEnvironment } from '../environment.ts';

export interface LogObject {
  readonly bytes: Uint8Array;
  /** Stands for the content, in a condition. */
  readonly tag: string;
}

export interface LogObjects {
  /** Undefined only when there is none. */
  read(path: string): Promise<LogObject | undefined>;
  /** False, and nothing is written, when there is one already, whatever its content. */
  create(path: string, bytes: Uint8Array): Promise<boolean>;
  /** False, and nothing is written, when it is no longer what was read; undefined: there was none. */
  replace(path: string, bytes: Uint8Array, tag: string | undefined): Promise<boolean>;
}

/** A bundle of entries has at most 17 MB (256 of 64 kB). */
const REQUEST_TIMEOUT_MS = 10_000;
const MAXIMUM_BYTES = 32_000_000;
const PRECONDITION_FAILED = 412;
/** Two write one key at a time: S3 leaves trying again to the caller. */
const CONFLICT = 409;
const NOT_FOUND = 404;

export function s3LogObjects(): LogObjects {
  const client = new S3Client({
    maxAttempts: 4,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: REQUEST_TIMEOUT_MS },
  });
  const put = async (path: string, bytes: Uint8Array, condition: { IfNoneMatch: string } | { IfMatch: string }) => {
    const object = { Bucket: fromEnvironment('logBucket'), Key: path, Body: bytes, ContentType: contentTypeOf(path) };
    try {
      await client.send(new PutObjectCommand({ ...object, ...condition }));
      return true;
    } catch (error) {
      const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
      // What is to be replaced is there no longer.
      if (status === PRECONDITION_FAILED || (status === NOT_FOUND && 'IfMatch' in condition)) return false;
      if (status === CONFLICT) throw new RetryableError(`${path} is being written by another`, { cause: error });
      throw error;
    }
  };
  return {
    async read(path) {
      try {
        const {
          Body,
          ETag,
          ContentLength = 0,
        } = await client.send(new GetObjectCommand({ Bucket: fromEnvironment('logBucket'), Key: path }));
        if (ContentLength > MAXIMUM_BYTES)
          throw new Error(`${path} has ${ContentLength} bytes of at most ${MAXIMUM_BYTES}`);
        if (Body === undefined || ETag === undefined) throw new Error(`${path} was answered without its content`);
        return { bytes: await Body.transformToByteArray(), tag: ETag };
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },
    create: (path, bytes) => put(path, bytes, { IfNoneMatch: '*' }),
    replace: (path, bytes, tag) => put(path, bytes, tag === undefined ? { IfNoneMatch: '*' } : { IfMatch: tag }),
  };
}

/** C2SP tlog-tiles: checkpoints are text, tiles and bundles are bytes. */
function contentTypeOf(path: string): string {
  return /^(?:checkpoint|keys\/|witnessed\/)/.test(path) || path.endsWith('.vkey')
    ? 'text/plain; charset=utf-8'
    : 'application/octet-stream';
}
