// Files of activity that systems put: read whole, and no more than a function can hold of them.
import { gunzipSync } from 'node:zlib';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PermanentError } from '../../core/errors.ts';
import { fromEnvironment } from '../environment.ts';

/** A file of it, unpacked. Throws PermanentError for one that is too large, or cannot be unpacked. */
export type ReadActivityFile = (key: string) => Promise<Buffer>;

const MAXIMUM_FILE_BYTES = 50_000_000;
const MAXIMUM_UNPACKED_BYTES = 200_000_000;

export function s3ActivityFiles(): ReadActivityFile {
  const client = new S3Client({ maxAttempts: 4, requestHandler: { connectionTimeout: 1_000, requestTimeout: 30_000 } });
  return async (key) => {
    const { Body, ContentLength = 0 } = await client.send(
      new GetObjectCommand({ Bucket: fromEnvironment('activityBucket'), Key: key }),
    );
    if (ContentLength > MAXIMUM_FILE_BYTES) {
      throw new PermanentError(`a file of ${ContentLength} bytes: expected at most ${MAXIMUM_FILE_BYTES}`);
    }
    return unpackFile(Buffer.from((await Body?.transformToByteArray()) ?? []));
  };
}

/** By its first bytes, whatever it is called. */
export function unpackFile(bytes: Buffer): Buffer {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: MAXIMUM_UNPACKED_BYTES });
  } catch {
    throw new PermanentError(`a file that cannot be unpacked into at most ${MAXIMUM_UNPACKED_BYTES} bytes`);
  }
}
