// The objects that the lake is made of, in a bucket of its own, and those of the sealed log that it is made from.
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { fromEnvironment } from '../environment.ts';

export interface StoredObject {
  readonly bytes: Uint8Array;
  /** Stands for the content, in a condition. */
  readonly tag: string;
}

export interface LogReader {
  /** Undefined only when there is none. */
  read(path: string): Promise<StoredObject | undefined>;
}

export interface LakeObjects extends LogReader {
  /** False, and nothing is written, when it is no longer what was read; undefined: there was none. */
  replace(path: string, bytes: Uint8Array, tag: string | undefined): Promise<boolean>;
}

export interface LakeFolder {
  /** The first of those whose keys begin so and come after another one, in the order of their keys. */
  list(prefix: string, after: string | undefined, limit: number): Promise<readonly string[]>;
  /** At most 1,000 at once. */
  remove(paths: readonly string[]): Promise<void>;
}

/** An object of the lake has the rows of 65,536 entries at most: some 20 MB. */
const MAXIMUM_BYTES = 268_435_456;
const REQUEST_TIMEOUT_MS = 20_000;
const NOT_FOUND = 404;
/** Another write came first, or is under way. */
const LOST: ReadonlySet<number | undefined> = new Set([409, 412]);

export function s3LakeObjects(bucketIn: 'lakeBucket' | 'logBucket'): LakeObjects {
  const client = s3();
  return {
    async read(path) {
      try {
        const object = { Bucket: fromEnvironment(bucketIn), Key: path };
        const { Body, ETag, ContentLength = 0 } = await client.send(new GetObjectCommand(object));
        if (ContentLength > MAXIMUM_BYTES)
          throw new Error(`${path} has ${ContentLength} bytes of at most ${MAXIMUM_BYTES}`);
        if (Body === undefined || ETag === undefined) throw new Error(`${path} was answered without its content`);
        return { bytes: await Body.transformToByteArray(), tag: ETag };
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },
    async replace(path, bytes, tag) {
      const condition = tag === undefined ? { IfNoneMatch: '*' } : { IfMatch: tag };
      const object = { Bucket: fromEnvironment(bucketIn), Key: path, Body: bytes, ...condition };
      try {
        await client.send(new PutObjectCommand(object));
        return true;
      } catch (error) {
        const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
        // What is to be replaced is there no longer.
        if (LOST.has(status) || (status === NOT_FOUND && tag !== undefined)) return false;
        throw error;
      }
    },
  };
}

export function s3LakeFolder(): LakeFolder {
  const client = s3();
  return {
    async list(prefix, after, limit) {
      const asked = { Bucket: fromEnvironment('lakeBucket'), Prefix: prefix, MaxKeys: limit };
      const { Contents = [] } = await client.send(
        new ListObjectsV2Command({ ...asked, ...(after !== undefined && { StartAfter: after }) }),
      );
      return Contents.flatMap(({ Key }) => Key ?? []);
    },
    async remove(paths) {
      const Objects = paths.map((Key) => ({ Key }));
      const { Errors = [] } = await client.send(
        new DeleteObjectsCommand({ Bucket: fromEnvironment('lakeBucket'), Delete: { Objects, Quiet: true } }),
      );
      if (Errors.length > 0) throw new Error(`${Errors[0]?.Key} could not be removed: ${Errors[0]?.Code}`);
    },
  };
}

function s3(): S3Client {
  return new S3Client({
    maxAttempts: 4,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: REQUEST_TIMEOUT_MS },
  });
}
