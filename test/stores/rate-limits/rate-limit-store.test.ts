// The rate limit of target systems, on DynamoDB as the emulator has it and in memory: both keep the same promise.
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { admit, DEFAULT_RATE_LIMIT, newRateLimitState } from '../../../lambdas/core/systems/rate-limit.ts';
import { ENVIRONMENT } from '../../../lambdas/stores/environment.ts';
import {
  dynamoRateLimitStore,
  RATE_LIMIT_EXPIRY_ATTRIBUTE,
} from '../../../lambdas/stores/rate-limits/dynamo-rate-limit-store.ts';
import type { RateLimitStore } from '../../../lambdas/stores/rate-limits/rate-limit-store.ts';
import { memoryRateLimits } from '../../support/memory-rate-limits.ts';
import { type MiniStack, startMiniStack } from '../../support/ministack.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const FRESH = newRateLimitState(DEFAULT_RATE_LIMIT, NOW);
const WORKING = admit(FRESH, DEFAULT_RATE_LIMIT, { holder: 'call-1', urgent: false }, NOW).state;

let emulator: MiniStack;
let client: DynamoDBDocumentClient;
beforeAll(async () => {
  emulator = await startMiniStack();
  vi.stubEnv('AWS_ENDPOINT_URL', emulator.url);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  vi.stubEnv(ENVIRONMENT.rateLimitsTable, 'rate-limit');
  client = DynamoDBDocumentClient.from(new DynamoDBClient());
  await client.send(
    new CreateTableCommand({
      TableName: 'rate-limit',
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

const STORES: readonly (readonly [string, () => RateLimitStore])[] = [
  ['DynamoDB', dynamoRateLimitStore],
  ['memory', memoryRateLimits],
];

describe.each(STORES)('the rate limit in %s', (_, open) => {
  it('is read as it was written', async () => {
    const store = open();
    expect(await store.load('chat')).toBeUndefined();
    expect(await store.save({ applicationId: 'chat', state: WORKING, expectedRevision: 0, nowMs: NOW })).toBe(true);
    expect(await store.load('chat')).toEqual({ state: WORKING, revision: 1 });
  });

  it('is written by one of those who read the same, whether or not there was one', async () => {
    const store = open();
    for (const expectedRevision of [0, 1, 2]) {
      const writes = Array.from({ length: 10 }, () =>
        store.save({ applicationId: 'crm', state: FRESH, expectedRevision, nowMs: NOW }),
      );
      expect((await Promise.all(writes)).filter((written) => written)).toEqual([true]);
    }
    expect((await store.load('crm'))?.revision).toBe(3);
  });

  it('is each application its own', async () => {
    const store = open();
    await store.save({ applicationId: 'wiki', state: WORKING, expectedRevision: 0, nowMs: NOW });
    expect(await store.load('code')).toBeUndefined();
  });
});

it('is taken away by DynamoDB a day after it was last written', async () => {
  await dynamoRateLimitStore().save({ applicationId: 'old', state: FRESH, expectedRevision: 0, nowMs: NOW });
  const { Item } = await client.send(new GetCommand({ TableName: 'rate-limit', Key: { applicationId: 'old' } }));
  expect(Item?.[RATE_LIMIT_EXPIRY_ATTRIBUTE]).toBe(NOW / 1_000 + 86_400);
});
