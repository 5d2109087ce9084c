// The HTTP client's limits and its classification of answers, as every HTTP connector relies on them.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { ConflictError, NotFoundError, PermanentError, RetryableError } from '../../lambdas/core/errors.ts';
import { HttpClient } from '../../lambdas/outbound/http-client.ts';
import { parseRetryAfterMs } from '../../lambdas/outbound/retry.ts';
import { type StubAnswer, type StubServer, startStubServer } from '../support/stub-server.ts';

let server: StubServer | undefined;
afterEach(() => server?.stop());

async function clientOf(...answers: StubAnswer[]): Promise<HttpClient> {
  server = await startStubServer(() => (answers.length > 1 ? answers.shift() : answers[0]) ?? {});
  return new HttpClient({ system: 'Test', baseUrl: server.url, bearerToken: 'secret-token', callTimeoutMs: 1_000 });
}

it.each([
  [401, PermanentError],
  [403, PermanentError],
  [302, PermanentError],
  [400, PermanentError],
  [501, PermanentError],
  [404, NotFoundError],
  [408, RetryableError],
  [425, RetryableError],
  [409, ConflictError],
  [429, RetryableError],
  [502, RetryableError],
])('takes %i for a %o', async (status, kind) => {
  const client = await clientOf({ status, headers: { location: 'http://127.0.0.1:1/' } });
  await expect(client.send({ method: 'GET', path: '/Users' })).rejects.toBeInstanceOf(kind);
});

it('names method, path template and status in an error, and no value', async () => {
  const client = await clientOf({ status: 400, body: { detail: 'ada@example.com' } });
  const sent = client.send({ method: 'GET', path: '/Users/{id}', parameters: { id: 'ada@example.com' } });
  await expect(sent).rejects.toThrow(/^Test GET \/Users\/\{id\} answered 400$/);
});

it('sends a POST again only when it was certainly not carried out', async () => {
  const client = await clientOf({ status: 503 }, { status: 201, body: {} });
  await client.send({ method: 'POST', path: '/Users', body: {} });
  expect(server?.requests).toHaveLength(2);
  await server?.stop();
  const other = await clientOf({ status: 500 }, { status: 201, body: {} });
  await expect(other.send({ method: 'POST', path: '/Users', body: {} })).rejects.toBeInstanceOf(RetryableError);
  expect(server?.requests).toHaveLength(1);
});

it('sends a PATCH once, unless it is said to be harmless', async () => {
  const patch = { method: 'PATCH', path: '/Users', body: {} } as const;
  const client = await clientOf({ status: 500 }, { status: 200, body: {} });
  await expect(client.send(patch)).rejects.toBeInstanceOf(RetryableError);
  expect(server?.requests).toHaveLength(1);
  await server?.stop();
  const other = await clientOf({ status: 500 }, { status: 200, body: {} });
  await other.send({ ...patch, idempotent: true });
  expect(server?.requests).toHaveLength(2);
});

it('follows no redirect, which could carry the token to another host', async () => {
  const elsewhere = await startStubServer(() => ({ body: {} }));
  try {
    const client = await clientOf({ status: 307, headers: { location: elsewhere.url } });
    await expect(client.send({ method: 'GET', path: '/Users' })).rejects.toBeInstanceOf(PermanentError);
    expect(elsewhere.requests).toEqual([]);
  } finally {
    await elsewhere.stop();
  }
});

it('gives up on a server that does not answer, or does not end its answer', async () => {
  for (const begin of [() => {}, (outgoing: ServerResponse) => outgoing.write('{')]) {
    const silent = createServer((_incoming, outgoing) => begin(outgoing));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const baseUrl = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const client = new HttpClient({ system: 'Test', baseUrl, callTimeoutMs: 100 });
    const sent = client.send({ method: 'POST', path: '/Users', body: {} });
    await expect(sent).rejects.toThrow(/^Test POST \/Users gave no answer within 100 ms$/);
    await expect(sent).rejects.toBeInstanceOf(RetryableError);
    silent.closeAllConnections();
    await new Promise((resolve) => silent.close(resolve));
  }
}, 10_000);

it('sends the token with every call but the one that fetches it', async () => {
  server = await startStubServer(() => ({ body: { token: 'fresh' } }));
  const client: HttpClient = new HttpClient({
    system: 'Test',
    baseUrl: server.url,
    callTimeoutMs: 1_000,
    bearerToken: async () => {
      await client.send({ method: 'POST', path: '/token', body: {}, anonymous: true });
      return 'fresh';
    },
  });
  await client.send({ method: 'GET', path: '/Users' });
  const sent = server.requests.map(({ path, headers }) => [path, headers['authorization']]);
  expect(sent).toEqual([
    ['/token', undefined],
    ['/Users', 'Bearer fresh'],
  ]);
}, 10_000);

it('waits as a header of the system’s own says, where there is no Retry-After', async () => {
  const retryAfter = (headers: Headers) => headers.get('x-rate-limit-reset') ?? undefined;
  const waitOf = async (headers: Record<string, string>) => {
    server = await startStubServer(() => ({ status: 429, headers }));
    const client = new HttpClient({ system: 'Test', baseUrl: server.url, callTimeoutMs: 1_000, retryAfter });
    const error: unknown = await client.send({ method: 'GET', path: '/' }).catch((failure: unknown) => failure);
    await server.stop();
    return error instanceof RetryableError ? error.retryAfterMs : error;
  };
  expect(await waitOf({ 'x-rate-limit-reset': '40' })).toBe(40_000);
  expect(await waitOf({ 'retry-after': '50', 'x-rate-limit-reset': '40' })).toBe(50_000);
});

it('stops after three attempts', async () => {
  const client = await clientOf({ status: 500 });
  await expect(client.send({ method: 'GET', path: '/' })).rejects.toBeInstanceOf(RetryableError);
  expect(server?.requests).toHaveLength(3);
});

it('refuses an answer that is too large, or not JSON', async () => {
  const large = await clientOf({ body: `"${'x'.repeat(9 * 1024 * 1024)}"` });
  await expect(large.send({ method: 'GET', path: '/' })).rejects.toThrow(/exceeds/);
  await server?.stop();
  const page = await clientOf({ body: '<html>' });
  await expect(page.send({ method: 'GET', path: '/' })).rejects.toThrow(/not JSON/);
});

it('keeps an identifier within its place in the path', async () => {
  const client = await clientOf({});
  await client.send({ method: 'GET', path: '/Users/{id}', parameters: { id: '../Groups?x=1#/ö' } });
  expect(server?.requests[0]?.path).toBe('/Users/..%2FGroups%3Fx%3D1%23%2F%C3%B6');
  await expect(client.send({ method: 'GET', path: '/Users/{id}', parameters: { id: '..' } })).rejects.toBeInstanceOf(
    PermanentError,
  );
});

it('reads Retry-After as seconds and as a date', () => {
  const nowMs = Date.parse('2026-11-23T10:00:00Z');
  expect(parseRetryAfterMs('7', nowMs)).toBe(7_000);
  expect(parseRetryAfterMs('Mon, 23 Nov 2026 10:00:30 GMT', nowMs)).toBe(30_000);
  expect(parseRetryAfterMs('Mon, 23 Nov 2026 09:00:00 GMT', nowMs)).toBe(0);
  expect(parseRetryAfterMs('soon', nowMs)).toBeUndefined();
  expect(parseRetryAfterMs(null, nowMs)).toBeUndefined();
});
