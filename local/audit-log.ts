// The sealed log of a run: waits until everything is sealed and in the lake, copies both buckets, and asks the verifier that
// everybody has.
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { CREDENTIALS, REGION } from './emulators.ts';
import type { LocalCloud } from './local-cloud.ts';

const COMMAND = fileURLToPath(new URL('../bin/tenure-cli.mjs', import.meta.url));
const POLL_MS = 1_000;
/** Nothing came for so long: what the feed did has its place. */
const QUIET_MS = 4_000;
/** Half a minute passes before what came in one rush is sealed, and the clock ticks each minute. */
const SEALED_WITHIN_MS = 150_000;
const VERIFY_TIMEOUT_MS = 60_000;
/** The lake's own clock may be writing it. */
const LAKE_WITHIN_MS = 60_000;

export interface AuditLogAnswer {
  /** Where the copies are: of the log, and of the lake. */
  readonly folder: string;
  readonly lake: string;
  /** What the verifier printed. */
  readonly lines: readonly string[];
  readonly isWhole: boolean;
}

type Wanted = Pick<LocalCloud, 'outputs' | 'stacks' | 'folder'>;

/** Throws when it is not sealed in time. */
export async function verifyAuditLog(cloud: Wanted): Promise<AuditLogAnswer> {
  const options = { region: REGION, endpoint: cloud.outputs.aws.endpoint, credentials: CREDENTIALS };
  const s3 = new S3Client({ ...options, forcePathStyle: true });
  const tables = new DynamoDBClient(options);
  const queues = new SQSClient(options);
  const functions = new LambdaClient(options);
  try {
    const size = await sizeAtRest(tables, cloud.stacks.LogTableName);
    await queues.send(new SendMessageCommand({ QueueUrl: cloud.stacks.SealQueueUrl, MessageBody: '{}' }));
    await untilSealed(s3, cloud.stacks.LogBucketName, size);
    await untilInLake(functions, cloud.stacks.LakeFunctionName, size);
    const [folder, lake] = [join(cloud.folder, 'audit-log'), join(cloud.folder, 'audit-lake')];
    // In this order: what is in the lake is in the log by then.
    await copyBucket(s3, cloud.stacks.LakeBucketName, lake);
    await copyBucket(s3, cloud.stacks.LogBucketName, folder);
    return { folder, lake, ...(await verify(folder, lake)) };
  } finally {
    for (const client of [s3, tables, queues, functions]) client.destroy();
  }
}

/** How many entries the log has once none has come for a while. */
async function sizeAtRest(client: DynamoDBClient, table: string): Promise<number> {
  let size = 0;
  const deadlineMs = Date.now() + SEALED_WITHIN_MS;
  for (let sinceMs = Date.now(); Date.now() - sinceMs < QUIET_MS || size === 0; await sleep(POLL_MS)) {
    const { Item } = await client.send(
      new GetItemCommand({ TableName: table, Key: { pk: { S: 'HEAD' } }, ConsistentRead: true }),
    );
    const now = Number(Item?.['size']?.N ?? 0);
    if (now !== size) sinceMs = Date.now();
    size = now;
    if (Date.now() > deadlineMs) throw new Error(`the audit log did not come to rest: ${size} entries`);
  }
  return size;
}

async function untilSealed(client: S3Client, bucket: string, size: number): Promise<void> {
  const deadlineMs = Date.now() + SEALED_WITHIN_MS;
  for (;;) {
    const note = await readText(client, bucket, 'checkpoint').catch(() => '');
    const sealed = Number(note.split('\n')[1] ?? 0);
    if (sealed >= size) return;
    if (Date.now() > deadlineMs) throw new Error(`${sealed} of ${size} audit entries are sealed`);
    await sleep(POLL_MS);
  }
}

async function untilInLake(client: LambdaClient, FunctionName: string, size: number): Promise<void> {
  const deadlineMs = Date.now() + LAKE_WITHIN_MS;
  for (;;) {
    const { FunctionError, Payload } = await client.send(new InvokeCommand({ FunctionName }));
    const said = Payload === undefined ? '' : new TextDecoder().decode(Payload);
    if (FunctionError === undefined && (JSON.parse(said) as { readonly size: number }).size >= size) return;
    if (Date.now() > deadlineMs) throw new Error(`the lake has not what was sealed: ${said}`);
    await sleep(POLL_MS);
  }
}

async function readText(client: S3Client, Bucket: string, Key: string): Promise<string> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  return (await Body?.transformToString()) ?? '';
}

async function copyBucket(client: S3Client, Bucket: string, folder: string): Promise<void> {
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket })) {
    for (const { Key = '' } of Contents) {
      const file = resolve(folder, Key);
      if (!file.startsWith(resolve(folder) + sep)) throw new Error(`${Key} lies outside of the copy`);
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, (await Body?.transformToByteArray()) ?? new Uint8Array());
    }
  }
}

function verify(folder: string, lake: string): Promise<Pick<AuditLogAnswer, 'lines' | 'isWhole'>> {
  return new Promise((done) => {
    const args = [COMMAND, 'audit', 'verify', '--log', folder, '--lake', lake];
    execFile(process.execPath, args, { timeout: VERIFY_TIMEOUT_MS }, (error, out, err) => {
      const lines = `${out}${error === null ? '' : err}`.split('\n').filter((line) => line.trim() !== '');
      done({ lines, isWhole: error === null });
    });
  });
}
