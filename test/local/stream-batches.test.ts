// A stream of the emulator is handed over in as many batches at once as its mapping says: else whoever is told of last waits
// for all before.
import { createServer, type ServerResponse } from 'node:http';
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { IAMClient } from '@aws-sdk/client-iam';
import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  LambdaClient,
  type Runtime,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { RUNTIME } from '../../lib/bundling/bundles.ts';
import { CREDENTIALS, REGION } from '../../local/emulators.ts';
import { type MiniStack, startMiniStack } from '../support/ministack.ts';
import { createFunctionRole, zipOf } from '../support/small-function.ts';

const ITEMS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const WRITES = 5;
/** Tells what it was handed, and ends when it is answered. */
const HANDLER = `exports.handler = async ({ Records }) => {
  const body = JSON.stringify(Records.map(({ dynamodb }) => [dynamodb.Keys.pk.S, Number(dynamodb.NewImage.write.N)]));
  const { ok } = await fetch(process.env.TOLD, { method: 'POST', body });
  if (!ok) throw new Error('refused');
};`;

type Written = readonly [item: string, write: number];

const told: Written[][] = [];
const underWay = new Set<ServerResponse>();
let isHeld = true;
/** As many of what is told from here on are answered by an error. */
let refusals = 0;
const listener = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  told.push(JSON.parse(Buffer.concat(chunks).toString()) as Written[]);
  if (refusals > 0) response.statusCode = 500;
  refusals = Math.max(0, refusals - 1);
  if (isHeld) underWay.add(response);
  else response.end();
});

let ministack: MiniStack;
let dynamo: DynamoDBClient;
beforeAll(async () => {
  ministack = await startMiniStack();
  const connection = { endpoint: ministack.url, region: REGION, credentials: CREDENTIALS };
  dynamo = new DynamoDBClient(connection);
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const { TableDescription } = await dynamo.send(
    new CreateTableCommand({
      TableName: 'facts',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
    }),
  );
  const lambda = new LambdaClient(connection);
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'told',
      Runtime: RUNTIME.name as Runtime,
      Handler: 'index.handler',
      Timeout: 30,
      Role: await createFunctionRole(new IAMClient(connection), 'function'),
      Environment: { Variables: { TOLD: `http://127.0.0.1:${port}` } },
      Code: { ZipFile: await zipOf('index.js', HANDLER) },
    }),
  );
  await lambda.send(
    new CreateEventSourceMappingCommand({
      FunctionName: 'told',
      EventSourceArn: TableDescription?.LatestStreamArn,
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: ITEMS.length * WRITES,
      ParallelizationFactor: 2,
    }),
  );
});
afterAll(async () => {
  listener.closeAllConnections();
  listener.close();
  await ministack?.stop();
});

it('hands over several batches at once, those of one item one after the other', { timeout: 60_000 }, async () => {
  for (let write = 1; write <= WRITES; write += 1) {
    for (const item of ITEMS) {
      await dynamo.send(
        new PutItemCommand({ TableName: 'facts', Item: { pk: { S: item }, write: { N: String(write) } } }),
      );
    }
  }
  // Neither has been answered when the other is told.
  await vi.waitFor(() => expect(underWay.size).toBe(2), { timeout: 20_000, interval: 50 });
  const [first = [], second = []] = told;
  const inFirst = new Set(first.map(([item]) => item));
  expect(second.filter(([item]) => inFirst.has(item))).toEqual([]);
  isHeld = false;
  for (const response of underWay) response.end();
  const writesOf = (item: string) => told.flat().flatMap(([of, write]) => (of === item ? write : []));
  await vi.waitFor(() => expect(told.flat()).toHaveLength(ITEMS.length * WRITES), { timeout: 20_000, interval: 50 });
  for (const item of ITEMS) expect(writesOf(item), item).toEqual([1, 2, 3, 4, 5]);
});

it('hands over again what a function failed with, and loses nothing of what comes after', {
  timeout: 60_000,
}, async () => {
  told.length = 0;
  refusals = 3;
  for (const write of [WRITES + 1, WRITES + 2]) {
    for (const item of ITEMS) {
      await dynamo.send(
        new PutItemCommand({ TableName: 'facts', Item: { pk: { S: item }, write: { N: String(write) } } }),
      );
    }
  }
  const lastOf = (item: string) => told.flat().findLast(([of]) => of === item)?.[1];
  await vi.waitFor(() => expect(ITEMS.map(lastOf)).toEqual(ITEMS.map(() => WRITES + 2)), {
    timeout: 20_000,
    interval: 50,
  });
  const [refused = []] = told;
  for (const [item, write] of refused) {
    const times = told.filter((batch) => batch.some(([of, one]) => of === item && one === write)).length;
    expect(times, `${item}, ${write}`).toBeGreaterThan(1);
  }
  for (const item of ITEMS)
    expect(new Set(told.flat().flatMap(([of, one]) => (of === item ? one : [])))).toEqual(new Set([6, 7]));
});
