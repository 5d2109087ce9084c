// Everything that an emulated AWS account and the run of a local cloud have kept, to be searched.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { DynamoDBClient, ListTablesCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, ListBucketsCommand, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import {
  DescribeExecutionCommand,
  paginateGetExecutionHistory,
  paginateListExecutions,
  paginateListStateMachines,
  SFNClient,
} from '@aws-sdk/client-sfn';
import * as z from 'zod';
import { CREDENTIALS, REGION } from '../../local/emulators.ts';
import { askCloudFormation, askEmulator } from './ask-emulator.ts';
import type { Place } from './leak-search.ts';

const MAXIMUM_PAGES = 1_000;
const MAXIMUM_RECEIVES = 500;
/** Holds secrets because it is what hands them over: to other tools, and to the SCIM server. */
const MEANT_TO_HOLD_SECRETS = new Set(['outputs.json', 'scim-server.json']);

export interface EmulatedAccount {
  readonly endpoint: string;
  /** The run's own. */
  readonly folder: string;
}

export async function everythingKept({ endpoint, folder }: EmulatedAccount): Promise<readonly Place[]> {
  const kept = await Promise.all([
    logStreams(endpoint),
    tables(endpoint),
    executions(endpoint),
    queues(endpoint),
    buckets(endpoint),
    configurations(endpoint),
  ]);
  return [...kept.flat(), ...files(folder)];
}

/** A call of an AWS API that speaks JSON, for services whose client nothing else here needs. */
export async function callAws(endpoint: string, service: string, target: string, input: object): Promise<unknown> {
  return await (
    await askEmulator(endpoint, service, '/', {
      method: 'POST',
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target },
      body: JSON.stringify(input),
    })
  ).json();
}

function configurationOf(endpoint: string) {
  return { endpoint, region: REGION, credentials: CREDENTIALS };
}

const groupsSchema = z.object({
  logGroups: z.array(z.object({ logGroupName: z.string() })),
  nextToken: z.string().nullish(),
});
const streamsSchema = z.object({
  logStreams: z.array(z.object({ logStreamName: z.string() })),
  nextToken: z.string().nullish(),
});
const eventsSchema = z.object({ events: z.array(z.object({ message: z.string() })), nextForwardToken: z.string() });

async function logStreams(endpoint: string): Promise<readonly Place[]> {
  const call = (operation: string, input: object) => callAws(endpoint, 'logs', `Logs_20140328.${operation}`, input);
  const groups = await allPages(async (nextToken) => {
    const page = groupsSchema.parse(await call('DescribeLogGroups', { nextToken }));
    return { items: page.logGroups.map(({ logGroupName }) => logGroupName), next: page.nextToken };
  });
  const places: Place[] = [];
  for (const logGroupName of groups) {
    const streams = await allPages(async (nextToken) => {
      const page = streamsSchema.parse(await call('DescribeLogStreams', { logGroupName, nextToken }));
      return { items: page.logStreams.map(({ logStreamName }) => logStreamName), next: page.nextToken };
    });
    for (const logStreamName of streams) {
      const lines = await allPages(async (nextToken) => {
        const input = { logGroupName, logStreamName, startFromHead: true, nextToken };
        const { events, nextForwardToken } = eventsSchema.parse(await call('GetLogEvents', input));
        // At the end, the same token comes back.
        const next = events.length === 0 || nextForwardToken === nextToken ? undefined : nextForwardToken;
        return { items: events.map(({ message }) => message), next };
      });
      places.push(placeOf('log stream', `${logGroupName} ${logStreamName}`, lines.join('\n')));
    }
  }
  return places;
}

async function tables(endpoint: string): Promise<readonly Place[]> {
  const client = new DynamoDBClient(configurationOf(endpoint));
  const { TableNames = [] } = await client.send(new ListTablesCommand({}));
  const places: Place[] = [];
  for (const TableName of TableNames) {
    for await (const { Items = [] } of paginateScan({ client }, { TableName, ConsistentRead: true })) {
      places.push(...Items.map((item) => placeOf('table item', `${TableName} ${keyOf(item)}`, textOf(item))));
    }
  }
  return places;
}

/** Whatever the keys are called. */
function keyOf(item: Record<string, { S?: string | undefined }>): string {
  return `${item['pk']?.S ?? ''} ${item['sk']?.S ?? ''}`;
}

async function executions(endpoint: string): Promise<readonly Place[]> {
  const client = new SFNClient(configurationOf(endpoint));
  const places: Place[] = [];
  for await (const { stateMachines = [] } of paginateListStateMachines({ client }, {})) {
    for (const { stateMachineArn } of stateMachines) {
      for await (const { executions = [] } of paginateListExecutions({ client }, { stateMachineArn })) {
        for (const { executionArn } of executions) {
          const { input, output, error, cause } = await client.send(new DescribeExecutionCommand({ executionArn }));
          const history: unknown[] = [];
          const paging = paginateGetExecutionHistory({ client }, { executionArn, includeExecutionData: true });
          for await (const { events = [] } of paging) history.push(...events);
          places.push(placeOf('execution', executionArn ?? '', textOf({ input, output, error, cause, history })));
        }
      }
    }
  }
  return places;
}

const queuesSchema = z.object({ QueueUrls: z.array(z.string()).default([]) });
const messagesSchema = z.object({ Messages: z.array(z.object({ MessageId: z.string() }).loose()).default([]) });

/** Takes messages and gives them back at the end, so that each is seen once. */
async function queues(endpoint: string): Promise<readonly Place[]> {
  const call = (operation: string, input: object) => callAws(endpoint, 'sqs', `AmazonSQS.${operation}`, input);
  const places: Place[] = [];
  for (const QueueUrl of queuesSchema.parse(await call('ListQueues', {})).QueueUrls) {
    for (let receive = 1; receive <= MAXIMUM_RECEIVES; receive += 1) {
      const input = {
        QueueUrl,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: 60,
        WaitTimeSeconds: 0,
        MessageAttributeNames: ['All'],
      };
      const { Messages } = messagesSchema.parse(await call('ReceiveMessage', input));
      if (Messages.length === 0) break;
      const queue = QueueUrl.split('/').at(-1);
      places.push(...Messages.map((message) => placeOf(`message ${queue}`, message.MessageId, textOf(message))));
    }
  }
  return places;
}

async function buckets(endpoint: string): Promise<readonly Place[]> {
  const client = new S3Client({ ...configurationOf(endpoint), forcePathStyle: true });
  const { Buckets = [] } = await client.send(new ListBucketsCommand({}));
  const places: Place[] = [];
  for (const { Name: Bucket } of Buckets) {
    const { Versions = [], IsTruncated } = await client.send(new ListObjectVersionsCommand({ Bucket }));
    if (IsTruncated) throw new Error(`the bucket ${Bucket} holds more than one page`);
    for (const { Key, VersionId } of Versions) {
      const versioned = VersionId === undefined || VersionId === 'null' ? {} : { VersionId };
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, ...versioned }));
      const content = Buffer.from((await Body?.transformToByteArray()) ?? []);
      places.push({ kind: 'object', name: `${Bucket}/${Key}`, content });
    }
  }
  return places;
}

const stacksSchema = z.array(z.string());

/** What anybody may read who may look at the account: of functions, schedules, rules, and the stacks. */
async function configurations(endpoint: string): Promise<readonly Place[]> {
  const functions = await (await askEmulator(endpoint, 'lambda', '/2015-03-31/functions/', {})).text();
  const schedules = await (await askEmulator(endpoint, 'scheduler', '/schedules', {})).text();
  const described = await askCloudFormation(endpoint, { Action: 'DescribeStacks' });
  const names = stacksSchema.parse([...described.matchAll(/<StackName>([^<]+)<\/StackName>/g)].map(([, name]) => name));
  const templates = await Promise.all(
    [...new Set(names)].map(async (StackName) => {
      return placeOf(
        'configuration',
        StackName,
        await askCloudFormation(endpoint, { Action: 'GetTemplate', StackName }),
      );
    }),
  );
  return [
    placeOf('configuration', 'functions', functions),
    placeOf('configuration', 'schedules', schedules),
    placeOf('configuration', 'stacks', described),
    ...templates,
  ];
}

/** Of a run: logs, what workers run and wrote, the emulators' data. Files with the same content count once. */
function files(folder: string): readonly Place[] {
  const seen = new Set<string>();
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    if (!entry.isFile() || MEANT_TO_HOLD_SECRETS.has(entry.name)) return [];
    const file = join(entry.parentPath, entry.name);
    const content = read(file);
    const hash = createHash('sha256').update(content).digest('hex');
    if (seen.has(hash)) return [];
    seen.add(hash);
    const name = relative(folder, file);
    return [{ kind: `file in ${name.split('/')[0]}`, name, content }];
  });
}

/** Workers come and go, and their files with them. */
function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    return Buffer.alloc(0);
  }
}

async function allPages<Item>(
  page: (token: string | undefined) => Promise<{ items: readonly Item[]; next: string | null | undefined }>,
): Promise<readonly Item[]> {
  const all: Item[] = [];
  let token: string | undefined;
  for (let pages = 1; pages <= MAXIMUM_PAGES; pages += 1) {
    const { items, next } = await page(token);
    all.push(...items);
    if (!next) return all;
    token = next;
  }
  throw new Error(`more than ${MAXIMUM_PAGES} pages`);
}

function placeOf(kind: string, name: string, text: string): Place {
  return { kind, name, content: Buffer.from(text) };
}

/** Bytes as text, in case they are one. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (_, part) => (part instanceof Uint8Array ? Buffer.from(part).toString('utf8') : part));
}
