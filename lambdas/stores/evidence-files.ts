// The bucket of files that show what people did by hand. Each is named by its hash, so that it never stands for another.
import { DeleteObjectsCommand, ListObjectVersionsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { sha256Hex } from '../core/canonical-json.ts';
import { fromEnvironment } from './environment.ts';

export interface EvidenceFile {
  readonly identityId: string;
  readonly taskId: string;
  /** Hex, of `bytes`. */
  readonly sha256: string;
  readonly bytes: Uint8Array;
}

export interface EvidenceFiles {
  /** The same file once more is another version of it, with the same content: the store compares it with the hash. */
  put(file: EvidenceFile): Promise<void>;
  /** All versions of all files of an identity. False: there are more. */
  eraseOf(identityId: string): Promise<boolean>;
}

/** S3's own bounds on a page, and on what is deleted at once. */
const VERSIONS_AT_ONCE = 1_000;
const REQUEST_TIMEOUT_MS = 15_000;

/** No id is in a place, since places are in logs of others. */
export function folderOf(identityId: string): string {
  return `tasks/${sha256Hex(identityId).slice(0, 32)}/`;
}

export function s3EvidenceFiles(): EvidenceFiles {
  const client = new S3Client({ maxAttempts: 3, requestHandler: { requestTimeout: REQUEST_TIMEOUT_MS } });
  const bucket = () => fromEnvironment('evidenceBucket');
  return {
    async put({ identityId, taskId, sha256, bytes }) {
      await client.send(
        new PutObjectCommand({
          Bucket: bucket(),
          Key: `${folderOf(identityId)}${sha256Hex(taskId).slice(0, 32)}/${sha256}`,
          Body: bytes,
          // Whatever it is, it is downloaded and never shown.
          ContentType: 'application/octet-stream',
          ContentDisposition: 'attachment',
          ChecksumSHA256: Buffer.from(sha256, 'hex').toString('base64'),
        }),
      );
    },

    async eraseOf(identityId) {
      const listed = await client.send(
        new ListObjectVersionsCommand({
          Bucket: bucket(),
          Prefix: folderOf(identityId),
          MaxKeys: VERSIONS_AT_ONCE,
        }),
      );
      const { Versions = [], DeleteMarkers = [], IsTruncated = false } = listed;
      const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
      if (Objects.length === 0) return true;
      const { Errors = [] } = await client.send(
        new DeleteObjectsCommand({ Bucket: bucket(), Delete: { Objects, Quiet: true } }),
      );
      if (Errors.length > 0) throw new Error(`${Errors.length} files could not be deleted: ${Errors[0]?.Code}`);
      return !IsTruncated;
    },
  };
}
