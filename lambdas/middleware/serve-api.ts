// The one middy stack of routes: the gateway's event becomes a plain request, the answer gets its security headers,
// errors become problem details, and one line is logged with ids and no personal data.
import { Logger } from '@aws-lambda-powertools/logger';
import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Route } from '../api/route.ts';
import { problemOf } from './api-problem.ts';

export interface ApiRequest {
  readonly requestId: string;
  readonly pathParameters: Readonly<Record<string, string | undefined>>;
  readonly query: Readonly<Record<string, string | undefined>>;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The bytes as they came. */
  readonly body: Buffer;
  /** The token's claims as the JWT authorizer found them; undefined on routes without it. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
}

export interface ApiResponse {
  readonly status: number;
  /** Sent as JSON, or as it is when it has a content type of its own. */
  readonly body: unknown;
  /** @default 'application/json' */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Ids for the log line. */
  readonly log?: Readonly<Record<string, string | number | undefined>>;
}

export type ApiHandler = (request: ApiRequest) => Promise<ApiResponse>;
export type ApiEvent = APIGatewayProxyEventV2;
export type ApiResult = APIGatewayProxyStructuredResultV2;

const logger = new Logger({ serviceName: 'tenure' });

const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=63072000; includeSubDomains',
  'x-content-type-options': 'nosniff',
} as const;
const RETRY_AFTER_SECONDS = '1';

/** The Lambda handler of the route of that name. `build` runs at the first request, so that importing the file needs nothing. */
export function serveApi({ name }: Pick<Route, 'name'>, build: () => ApiHandler) {
  let handle: ApiHandler | undefined;
  return middy<ApiEvent, ApiResult>()
    .handler(async (event: ApiEvent) => {
      handle ??= build();
      const { status, body, contentType = 'application/json', headers, log } = await handle(toRequest(event));
      logger.info(name, { ...describe(event), status, ...log });
      return respond(status, contentType, body, headers);
    })
    .onError((run) => {
      const problem = problemOf(run.error, run.event.requestContext?.requestId ?? 'unknown');
      logProblem(name, run.event, problem.status, run.error);
      const retry = problem.status === 429 || problem.status === 503 ? { 'retry-after': RETRY_AFTER_SECONDS } : {};
      run.response = respond(problem.status, 'application/problem+json', problem, retry);
    });
}

function toRequest(event: ApiEvent): ApiRequest {
  const authorizer: unknown = Reflect.get(event.requestContext, 'authorizer');
  const claims = (authorizer as { jwt?: { claims?: Record<string, unknown> } } | undefined)?.jwt?.claims;
  return {
    requestId: event.requestContext.requestId,
    pathParameters: mapValues(event.pathParameters ?? {}, decode),
    query: event.queryStringParameters ?? {},
    headers: Object.fromEntries(Object.entries(event.headers ?? {}).map(([key, value]) => [key.toLowerCase(), value])),
    body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
    claims,
  };
}

function respond(
  status: number,
  contentType: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): ApiResult {
  return {
    statusCode: status,
    headers: { ...SECURITY_HEADERS, 'content-type': contentType, ...headers },
    body: typeof body === 'string' && !contentType.includes('json') ? body : JSON.stringify(body),
  };
}

function logProblem(name: string, event: ApiEvent, status: number, error: Error | null): void {
  if (status < 500) {
    logger.info(name, { ...describe(event), status, problem: error?.name });
  } else {
    const { name: type, message, stack } = error ?? {};
    logger.error(name, { ...describe(event), status, error: { name: type, message, stack } });
  }
}

/** The route's pattern rather than the path, which may hold anything. */
function describe({ routeKey, requestContext }: ApiEvent) {
  return { route: routeKey, requestId: requestContext?.requestId };
}

/** Gateways differ on whether they decode path parameters. No id of ours holds a `%`, so twice is as good as once. */
function decode(text: string | undefined): string | undefined {
  try {
    return text && decodeURIComponent(text);
  } catch {
    return text;
  }
}

function mapValues<Value, Mapped>(
  object: Readonly<Record<string, Value>>,
  map: (value: Value) => Mapped,
): Record<string, Mapped> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));
}
