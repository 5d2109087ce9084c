// The bucket that HR systems put files of the whole population into, and that the reports on them go to.
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { fromEnvironment } from './environment.ts';

export interface OpenedFile {
  readonly sizeBytes: number;
  /** When it was put (epoch ms). */
  readonly writtenMs: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

export interface PopulationFiles {
  open(key: string, versionId: string | undefined): Promise<OpenedFile>;
  putReport(key: string, report: object): Promise<void>;
}

/** Between two chunks: the whole may take minutes. */
const REQUEST_TIMEOUT_MS = 30_000;

export function s3PopulationFiles(): PopulationFiles {
  const client = new S3Client({ maxAttempts: 4, requestHandler: { requestTimeout: REQUEST_TIMEOUT_MS } });
  const bucket = () => fromEnvironment('populationBucket');
  return {
    async open(key, versionId) {
      const { Body, ContentLength, LastModified } = await client.send(
        new GetObjectCommand({ Bucket: bucket(), Key: key, ...(versionId && { VersionId: versionId }) }),
      );
      if (Body === undefined || LastModified === undefined) throw new Error('the object has no content');
      return {
        sizeBytes: ContentLength ?? 0,
        writtenMs: LastModified.getTime(),
        chunks: Body as unknown as AsyncIterable<Uint8Array>,
      };
    },
    async putReport(key, report) {
      const Body = `${JSON.stringify(report, null, 2)}\n`;
      await client.send(new PutObjectCommand({ Bucket: bucket(), Key: key, Body, ContentType: 'application/json' }));
    },
  };
}
