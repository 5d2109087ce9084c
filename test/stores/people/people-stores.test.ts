// Which identity a person is, on DynamoDB as the emulator has it and in memory: both keep the same promise. And the queues
// of changed people, on SQS as the emulator has it.
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ENVIRONMENT } from '../../../lambdas/stores/environment.ts';
import { dynamoPersonStore } from '../../../lambdas/stores/people/dynamo-person-store.ts';
import { sqsFetchQueue, sqsPeopleQueue } from '../../../lambdas/stores/people/people-queue.ts';
import type { PersonStore } from '../../../lambdas/stores/people/person-store.ts';
import { memoryPeople } from '../../support/memory-people.ts';
import { type MiniStack, startMiniStack } from '../../support/ministack.ts';

let emulator: MiniStack;
let sqs: SQSClient;
let queueUrl: string;
let deadLettersUrl: string;

beforeAll(async () => {
  emulator = await startMiniStack();
  vi.stubEnv('AWS_ENDPOINT_URL', emulator.url);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  vi.stubEnv(ENVIRONMENT.identitiesTable, 'identities');
  await new DynamoDBClient().send(
    new CreateTableCommand({
      TableName: 'identities',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  sqs = new SQSClient();
  [queueUrl, deadLettersUrl] = (await Promise.all(['people.fifo', 'given-up.fifo'].map(createQueue))) as [
    string,
    string,
  ];
  vi.stubEnv(ENVIRONMENT.hrSourceQueues, JSON.stringify({ bamboo: queueUrl }));
  vi.stubEnv(ENVIRONMENT.peopleQueue, queueUrl);
  vi.stubEnv(ENVIRONMENT.peopleDeadLetters, deadLettersUrl);
});
afterAll(async () => {
  sqs?.destroy();
  vi.unstubAllEnvs();
  await emulator?.stop();
});

async function createQueue(name: string): Promise<string> {
  const Attributes = { FifoQueue: 'true', VisibilityTimeout: '30' };
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }));
  return QueueUrl ?? '';
}

async function receive(url: string): Promise<readonly Message[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, MessageAttributeNames: ['reason'] }),
  );
  return Messages;
}

const STORES: readonly (readonly [string, () => PersonStore])[] = [
  ['DynamoDB', dynamoPersonStore],
  ['memory', memoryPeople],
];

describe.each(STORES)('who a person is, in %s,', (_, open) => {
  it('is tied once and stays, however often it is said', async () => {
    const store = open();
    expect(await store.findIdentity('bamboo', '7')).toBeUndefined();
    expect(await store.tie('bamboo', '7', 'E1')).toBe(true);
    expect(await store.tie('bamboo', '7', 'E1')).toBe(true);
    expect(await store.findIdentity('bamboo', '7')).toBe('E1');
    expect(await store.findPerson('bamboo', 'E1')).toBe('7');
    expect(await store.findPerson('bamboo', '7')).toBeUndefined();
  });

  it('is nobody else’s, neither way, and of each source on its own', async () => {
    const store = open();
    expect(await store.tie('bamboo', '8', 'E8')).toBe(true);
    expect(await store.tie('bamboo', '8', 'E9')).toBe(false);
    expect(await store.tie('bamboo', '9', 'E8')).toBe(false);
    expect(await store.findIdentity('bamboo', '9')).toBeUndefined();
    expect(await store.tie('other', '8', 'E9')).toBe(true);
  });

  it('is decided for one of those who say so at the same time', async () => {
    const store = open();
    const tied = await Promise.all(['P1', 'P2', 'P3', 'P4'].map((person) => store.tie('bamboo', person, 'E100')));
    expect(tied.filter(Boolean)).toHaveLength(1);
  });
});

describe('the queue of changed people', () => {
  it('takes every id of a delivery, and hands on what waits of one person in its order', async () => {
    const ids = Array.from({ length: 25 }, (_, index) => String(index + 1));
    await sqsPeopleQueue().send('bamboo', ids);
    await sqsPeopleQueue().send('bamboo', ['1']);
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
    );
    // The same id again is not taken for what was sent before: it may have been fetched in between.
    expect(Attributes?.['ApproximateNumberOfMessages']).toBe('26');
  });

  it('gives a message back when its time has come, and puts what is given up on among the dead letters', async () => {
    const [message] = await receive(queueUrl);
    const queued = {
      messageId: message?.MessageId ?? '',
      receiptHandle: message?.ReceiptHandle ?? '',
      body: message?.Body ?? '',
    };
    await sqsFetchQueue().postpone(queued, 0);
    const again = await receive(queueUrl);
    expect(again.map(({ MessageId }) => MessageId)).toContain(queued.messageId);
    await sqsFetchQueue().giveUp(queued, `PermanentError: ${'x'.repeat(1_000)}`);
    const [dead] = await receive(deadLettersUrl);
    expect(dead).toMatchObject({ Body: queued.body });
    expect(dead?.MessageAttributes?.['reason']?.StringValue).toHaveLength(500);
  });

  it('is not there for a source that asks nobody', async () => {
    await expect(sqsPeopleQueue().send('acme-hr', ['1'])).rejects.toThrow('has no queue');
  });
});
