// The HTTP client's limits and its classification of answers, as every HTTP connector relies on them.
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
