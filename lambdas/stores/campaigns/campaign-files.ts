// Where the populations of review campaigns lie: compressed lines of JSON, each file named by its hash as well, so that what
// was written once is never written over. Nobody is named in them but by a pseudonym.
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { fromEnvironment } from '../environment.ts';

export interface CampaignFiles {
  /** The same once more is harmless: it has the same name. */
  put(key: string, bytes: Uint8Array, sha256: string): Promise<void>;
  /** Throws when it is not there. */
  read(key: string): Promise<Uint8Array>;
}

/** A page of 200 people, each with 2,000 items, is some 60 MB before it is compressed. */
const MAXIMUM_BYTES = 64_000_000;
const REQUEST_TIMEOUT_MS = 20_000;

export function s3CampaignFiles(): CampaignFiles {
  const client = new S3Client({ maxAttempts: 4, requestHandler: { requestTimeout: REQUEST_TIMEOUT_MS } });
  const Bucket = () => fromEnvironment('evidenceBucket');
  return {
    async put(Key, Body, sha256) {
      await client.send(
        new PutObjectCommand({
          Bucket: Bucket(),
          Key,
          Body,
          ContentType: 'application/gzip',
          ChecksumSHA256: Buffer.from(sha256, 'hex').toString('base64'),
        }),
      );
    },

    async read(Key) {
      const { Body, ContentLength = 0 } = await client.send(new GetObjectCommand({ Bucket: Bucket(), Key }));
      if (ContentLength > MAXIMUM_BYTES)
        throw new Error(`${Key} has ${ContentLength} bytes of at most ${MAXIMUM_BYTES}`);
      if (Body === undefined) throw new Error(`${Key} was answered without its content`);
      return Body.transformToByteArray();
    },
  };
}
