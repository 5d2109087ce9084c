// From a record of the audit table's stream to a checkpoint that the offline verifier accepts, over the emulator's DynamoDB, S3
// and KMS: the stores, the key and the functions as they are deployed.
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { copyIn } from '../../../bin/audit-verify-files.ts';
import { verifyLog } from '../../../lambdas/core/audit/verify/verify-log.ts';
import { redactWith } from '../../../lambdas/handlers/audit/redact-entries.ts';
import { sealLog } from '../../../lambdas/handlers/audit/seal-log.ts';
import { type StreamRecord, sequenceEntries } from '../../../lambdas/handlers/audit/sequence-entries.ts';
import { ENVIRONMENT } from '../../../lambdas/stores/environment.ts';
import { dynamoFactStore } from '../../../lambdas/stores/facts/dynamo-fact-store.ts';
import { dynamoLogStore } from '../../../lambdas/stores/log/dynamo-log-store.ts';
import { s3LogObjects } from '../../../lambdas/stores/log/log-objects.ts';
import { kmsLogSigners } from '../../../lambdas/stores/log/log-signer.ts';
import { dynamoSubjectStore } from '../../../lambdas/stores/subjects/dynamo-subject-store.ts';
import { entryOf } from '../../stores/identities/examples.ts';
import { createLogTable, createSubjectsTable } from '../../support/dynamo-tables.ts';
import { type MiniStack, startMiniStack } from '../../support/ministack.ts';

const BUCKET = 'sealed-log';
const ENTRIES = 300;
let emulator: MiniStack | undefined;
let s3: S3Client;
const keyArns: string[] = [];
const folder = mkdtempSync(join(tmpdir(), 'tenure-sealed-'));

beforeAll(async () => {
  emulator = await startMiniStack();
  for (const [name, value] of Object.entries({
    AWS_ENDPOINT_URL: emulator.url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    [ENVIRONMENT.logTable]: 'log',
    [ENVIRONMENT.subjectsTable]: 'subjects',
    [ENVIRONMENT.logBucket]: BUCKET,
  })) {
    vi.stubEnv(name, value);
  }
  s3 = new S3Client();
  const tables = new DynamoDBClient();
  await Promise.all([createLogTable(tables, 'log'), createSubjectsTable(tables, 'subjects')]);
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const kms = new KMSClient();
  for (let number = 1; number <= 2; number += 1) {
    const spec = { KeySpec: 'ECC_NIST_EDWARDS25519', KeyUsage: 'SIGN_VERIFY' } as const;
    keyArns.push((await kms.send(new CreateKeyCommand(spec))).KeyMetadata?.Arn ?? '');
  }
});
afterAll(async () => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
  await emulator?.stop();
});

it('a verifier accepts what was sealed in two rounds by two at a time', { timeout: 120_000 }, async () => {
  const sequence = sequenceEntries({
    log: dynamoLogStore(),
    objects: s3LogObjects(),
    redact: redactWith({
      subjects: dynamoSubjectStore(),
      facts: dynamoFactStore(),
      log: dynamoLogStore(),
      warn: refuse,
    }),
    subjects: dynamoSubjectStore(),
    wakeSealing: async () => {},
    setAside: async () => Promise.reject(new Error('nothing is to be set aside')),
    publish: () => {},
    clock: Date.now,
    warn: refuse,
  });
  const seal = (keyCount: number) => {
    vi.stubEnv(ENVIRONMENT.logSigningKeys, keyArns.slice(0, keyCount).join(' '));
    return sealLog({
      log: dynamoLogStore(),
      objects: s3LogObjects(),
      signers: kmsLogSigners(),
      retiredKeys: 0,
      origin: 'emulated.tenure',
      publish: ({ tampered }) => expect(tampered).toBeUndefined(),
      clock: Date.now,
    })();
  };
  const records = Array.from({ length: ENTRIES }, (_, index) => recordOf(index));
  const [first, second] = [records.slice(0, 100), records.slice(100)];
  await Promise.all([sequence({ Records: first }), sequence({ Records: first })]);
  await Promise.all([seal(1), seal(1)]);
  await Promise.all([sequence({ Records: second }), sequence({ Records: second.toReversed() })]);
  // From here on by another key, which the first one announces.
  expect(await Promise.any([seal(2), seal(2)])).toEqual({ size: ENTRIES });
  expect(await seal(2)).toEqual({ size: ENTRIES });
  const vkey = await copyBucket();
  const { head, faults, checked } = await verifyLog(copyIn(folder), { vkeys: [vkey] });
  expect(faults).toEqual([]);
  expect(head?.size).toBe(ENTRIES);
  expect(checked).toMatchObject({ entries: ENTRIES, subjects: 7 });
});

function refuse(_: string, error: unknown): void {
  throw error;
}

function recordOf(index: number): StreamRecord {
  const entry = entryOf(`E${index % 7}`, `entry-${index}`, new Date(1_800_000_000_000 + index).toISOString());
  const item = { pk: entry.identityId, sk: `${entry.at}#${entry.entryId}`, ...entry };
  const Keys = marshall({ pk: item.pk, sk: item.sk });
  return {
    eventName: 'INSERT',
    dynamodb: { SequenceNumber: String(index + 1), Keys, NewImage: marshall(item) },
  } as StreamRecord;
}

/** Returns the key that lies beside what it verifies. */
async function copyBucket(): Promise<string> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET }));
  for (const { Key = '' } of Contents) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
    await mkdir(dirname(join(folder, Key)), { recursive: true });
    await writeFile(join(folder, Key), (await Body?.transformToByteArray()) ?? '');
  }
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'log.vkey' }));
  return ((await Body?.transformToString()) ?? '').trim();
}
