// The pace of target systems, on DynamoDB as the emulator has it and in memory: both keep the same promise.
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { admit, DEFAULT_LIMITS, newPace } from '../../../lambdas/core/systems/rate-limit.ts';
import { ENVIRONMENT } from '../../../lambdas/stores/environment.ts';
import {
  dynamoTargetPaceStore,
  PACE_EXPIRY_ATTRIBUTE,
} from '../../../lambdas/stores/rate-limits/dynamo-rate-limit-store.ts';
import type { TargetPaceStore } from '../../../lambdas/stores/rate-limits/rate-limit-store.ts';
import { memoryTargetPaces } from '../../support/memory-rate-limits.ts';
import { type MiniStack, startMiniStack } from '../../support/ministack.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const FRESH = newPace(DEFAULT_LIMITS, NOW);
const WORKING = admit(FRESH, DEFAULT_LIMITS, { holder: 'call-1', urgent: false }, NOW).pace;

let emulator: MiniStack;
let client: DynamoDBDocumentClient;
beforeAll(async () => {
  emulator = await startMiniStack();
  vi.stubEnv('AWS_ENDPOINT_URL', emulator.url);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  vi.stubEnv(ENVIRONMENT.targetPaceTable, 'pace');
  client = DynamoDBDocumentClient.from(new DynamoDBClient());
  await client.send(
    new CreateTableCommand({
      TableName: 'pace',
      KeySchema: [{ AttributeName: 'applicationId', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'applicationId', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
});
afterAll(async () => {
  client?.destroy();
  vi.unstubAllEnvs();
  await emulator?.stop();
});

const STORES: readonly (readonly [string, () => TargetPaceStore])[] = [
  ['DynamoDB', dynamoTargetPaceStore],
  ['memory', memoryTargetPaces],
];

describe.each(STORES)('the pace in %s', (_, open) => {
  it('is read as it was written', async () => {
    const store = open();
    expect(await store.load('chat')).toBeUndefined();
    expect(await store.save({ applicationId: 'chat', pace: WORKING, expectedRevision: 0, nowMs: NOW })).toBe(true);
    expect(await store.load('chat')).toEqual({ pace: WORKING, revision: 1 });
  });

  it('is written by one of those who read the same, whether or not there was one', async () => {
    const store = open();
    for (const expectedRevision of [0, 1, 2]) {
      const writes = Array.from({ length: 10 }, () =>
        store.save({ applicationId: 'crm', pace: FRESH, expectedRevision, nowMs: NOW }),
      );
      expect((await Promise.all(writes)).filter((written) => written)).toEqual([true]);
    }
    expect((await store.load('crm'))?.revision).toBe(3);
  });

  it('is each application its own', async () => {
    const store = open();
    await store.save({ applicationId: 'wiki', pace: WORKING, expectedRevision: 0, nowMs: NOW });
    expect(await store.load('code')).toBeUndefined();
  });
});

it('is taken away by DynamoDB a day after it was last written', async () => {
  await dynamoTargetPaceStore().save({ applicationId: 'old', pace: FRESH, expectedRevision: 0, nowMs: NOW });
  const { Item } = await client.send(new GetCommand({ TableName: 'pace', Key: { applicationId: 'old' } }));
  expect(Item?.[PACE_EXPIRY_ATTRIBUTE]).toBe(NOW / 1_000 + 86_400);
});
