// What DynamoDB leaves to its caller: pages to their end, and transactions that two of us made at once.
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { queryPages, transact } from '../../lambdas/stores/dynamo-client.ts';
import { type StubServer, startStubServer } from '../support/stub-server.ts';

const QUERY = { TableName: 'identities', KeyConditionExpression: 'pk = :pk' };
let server: StubServer;
/** Pages of the stored items; an empty one in the middle is what a filter leaves. */
let pages: readonly (readonly number[])[] = [];

beforeAll(async () => {
  server = await startStubServer(({ body }) => {
    const start = (body as { ExclusiveStartKey?: { at: { N: string } } }).ExclusiveStartKey;
    const at = start === undefined ? 0 : Number(start.at.N);
    const next = at + 1 < pages.length ? { LastEvaluatedKey: { at: { N: String(at + 1) } } } : {};
    const Items = (pages[at] ?? []).map((value) => ({ value: { N: String(value) } }));
    return { headers: { 'content-type': 'application/x-amz-json-1.0' }, body: { Items, ...next } };
  });
  vi.stubEnv('AWS_ENDPOINT_URL', server.url);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await server.stop();
});

describe('a query', () => {
  const read = async (maximumPages: number) => (await queryPages(QUERY, maximumPages)).map((item) => item['value']);

  it('is read page after page, empty ones too', async () => {
    pages = [[1, 2], [], [3]];
    expect(await read(3)).toEqual([1, 2, 3]);
    pages = [[]];
    expect(await read(3)).toEqual([]);
  });

  it('is refused rather than cut short', async () => {
    pages = [[1], [2], [3], [4]];
    expect(await read(4)).toEqual([1, 2, 3, 4]);
    await expect(read(3)).rejects.toThrow('did not end within 3 pages');
  });
});

describe('a transaction', () => {
  const cancelled = (...codes: string[]) =>
    new TransactionCanceledException({
      message: 'cancelled',
      $metadata: {},
      CancellationReasons: codes.map((Code) => ({ Code })),
    });
  /** Fails as it is told to, then works. */
  const run = async (...failures: Error[]) => {
    let tries = 0;
    const outcome = await transact(async () => {
      const failure = failures[tries];
      tries += 1;
      if (failure !== undefined) throw failure;
    }).catch((error: unknown) => error);
    return { outcome, tries };
  };

  it('tells whose condition failed, item by item', async () => {
    expect(await run()).toEqual({ outcome: undefined, tries: 1 });
    const failure = cancelled('None', 'ConditionalCheckFailed', 'TransactionConflict');
    expect(await run(failure)).toEqual({ outcome: [false, true, false], tries: 1 });
  });

  it('is tried again after a conflict, six times in all', async () => {
    const conflict = cancelled('TransactionConflict', 'None');
    const throttled = cancelled('None', 'ThrottlingError');
    expect(await run(conflict, throttled, conflict)).toEqual({ outcome: undefined, tries: 4 });
    const six = Array.from({ length: 6 }, () => conflict);
    expect(await run(...six)).toEqual({ outcome: conflict, tries: 6 });
  });

  it('is not tried again after anything else', async () => {
    for (const failure of [cancelled('ValidationError'), new Error('reset')]) {
      expect(await run(failure)).toEqual({ outcome: failure, tries: 1 });
    }
  });
});
