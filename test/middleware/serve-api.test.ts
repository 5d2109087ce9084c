// What every route has in common: problem details, security headers, one log line without personal data.
import type { Context } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { problemSchema } from '../../lambdas/api/problem.ts';
import {
  ConflictError,
  InvalidInputError,
  NotFoundError,
  PermanentError,
  RetryableError,
} from '../../lambdas/core/errors.ts';
import { ApiProblem } from '../../lambdas/middleware/api-problem.ts';
import { type ApiEvent, type ApiHandler, serveApi } from '../../lambdas/middleware/serve-api.ts';

const EVENT = {
  version: '2.0',
  routeKey: 'GET /identities/{id}',
  rawPath: '/identities/Ada%20Lovelace',
  headers: { 'Content-Type': 'application/json' },
  pathParameters: { id: 'ada%40acme' },
  queryStringParameters: { limit: '1' },
  requestContext: { requestId: 'request-1', authorizer: { jwt: { claims: { sub: 's' }, scopes: [] } } },
  body: Buffer.from('{"name":"Lovelace"}').toString('base64'),
  isBase64Encoded: true,
} as unknown as ApiEvent;

const lines: string[] = [];
beforeEach(() => {
  lines.length = 0;
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  }
});
afterEach(() => vi.restoreAllMocks());

async function serve(handle: ApiHandler) {
  return await serveApi({ name: 'get-identity' }, () => handle)(EVENT, {} as Context);
}

describe('a route', () => {
  it('is given a plain request and answers with security headers', async () => {
    const seen: unknown[] = [];
    const result = await serve(async ({ body, ...request }) => {
      seen.push({ ...request, body: body.toString() });
      return { status: 200, body: { ok: true }, log: { identityId: 'E1' } };
    });
    expect(seen).toEqual([
      {
        requestId: 'request-1',
        pathParameters: { id: 'ada@acme' },
        query: { limit: '1' },
        headers: { 'content-type': 'application/json' },
        claims: { sub: 's' },
        body: '{"name":"Lovelace"}',
      },
    ]);
    expect(result).toMatchObject({
      statusCode: 200,
      body: '{"ok":true}',
      headers: {
        'content-type': 'application/json',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'strict-transport-security': expect.stringContaining('max-age='),
      },
    });
  });

  it('builds its handler once, and only when it is called', async () => {
    const build = vi.fn(() => async () => ({ status: 200, body: {} }));
    const handler = serveApi({ name: 'get-identity' }, build);
    expect(build).not.toHaveBeenCalled();
    await handler(EVENT, {} as Context);
    await handler(EVENT, {} as Context);
    expect(build).toHaveBeenCalledOnce();
  });

  it('logs one line, with ids and neither path nor body', async () => {
    await serve(async () => ({ status: 200, body: { name: 'Lovelace' }, log: { identityId: 'E1' } }));
    await serve(async () => {
      throw new NotFoundError('There is no such identity.');
    });
    expect(lines).toHaveLength(2);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      message: 'get-identity',
      route: 'GET /identities/{id}',
      requestId: 'request-1',
      status: 200,
      identityId: 'E1',
    });
    expect(lines.join()).not.toMatch(/Lovelace|ada/i);
  });
});

describe('problem details', () => {
  const throttled = Object.assign(new Error('x'), { name: 'ThrottlingException' });
  const cancelled = Object.assign(new Error('x'), { CancellationReasons: [{ Code: 'ThrottlingError' }] });

  it.each([
    [new InvalidInputError('wrong', [{ pointer: '/a', detail: 'is missing' }]), 422],
    [new ConflictError('taken'), 409],
    [new NotFoundError('nothing'), 404],
    [new ApiProblem(413, 'big'), 413],
    [new RetryableError('later'), 503],
    [new RetryableError('later', { cause: throttled }), 429],
    [throttled, 429],
    [cancelled, 429],
    [new PermanentError('setting SECRET is wrong'), 500],
    [new TypeError('SECRET is not a function'), 500],
  ])('stand for %s', async (error, status) => {
    const result = await serve(async () => {
      throw error;
    });
    expect(result).toMatchObject({ statusCode: status, headers: { 'content-type': 'application/problem+json' } });
    const problem = problemSchema.parse(JSON.parse(result.body ?? ''));
    expect(problem).toMatchObject({ status, instance: 'urn:tenure:request:request-1' });
    expect(result.body).not.toContain('SECRET');
    expect('retry-after' in (result.headers ?? {})).toBe(status === 429 || status === 503);
  });
});
