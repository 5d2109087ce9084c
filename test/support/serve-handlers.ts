// Handlers of routes behind a loopback server, as the gateway has them: for peers that speak HTTP.
import { createServer } from 'node:http';
import { problemOf } from '../../lambdas/middleware/api-problem.ts';
import type { ApiHandler, ApiResponse } from '../../lambdas/middleware/serve-api.ts';

export interface ServedHandlers {
  readonly url: string;
  /** What was answered, in order: `POST /signals/idp 202`. */
  readonly answered: readonly string[];
  stop(): Promise<void>;
}

/** @param handlers `METHOD /path/{parameter}` → who answers it */
export async function serveHandlers(handlers: () => Readonly<Record<string, ApiHandler>>): Promise<ServedHandlers> {
  const answered: string[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const url = new URL(incoming.url ?? '/', 'http://served');
    const { handler, parameters } = find(handlers(), `${incoming.method} ${url.pathname}`);
    const { status, body, contentType, headers } = await respond(handler, {
      requestId: 'request',
      pathParameters: parameters,
      query: Object.fromEntries(url.searchParams),
      headers: Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)])),
      body: Buffer.concat(chunks),
    });
    answered.push(`${incoming.method} ${url.pathname} ${status}`);
    // As serve-api.ts has it of whatever is not said otherwise.
    const fixed = { 'content-type': contentType ?? 'application/json', 'cache-control': 'no-store' };
    outgoing.writeHead(status, { ...fixed, ...headers });
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    answered,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function find(handlers: Readonly<Record<string, ApiHandler>>, asked: string) {
  for (const [pattern, handler] of Object.entries(handlers)) {
    const names = [...pattern.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
    const found = new RegExp(`^${pattern.replaceAll(/\{\w+\}/g, '([^/]+)')}$`).exec(asked);
    if (found === null) continue;
    return {
      handler,
      parameters: Object.fromEntries(names.map((name, at) => [name, decodeURIComponent(found[at + 1] ?? '')])),
    };
  }
  return { handler: undefined, parameters: {} };
}

async function respond(handler: ApiHandler | undefined, request: Parameters<ApiHandler>[0]): Promise<ApiResponse> {
  if (handler === undefined) return { status: 404, body: {} };
  try {
    return await handler(request);
  } catch (error) {
    const problem = problemOf(error, request.requestId);
    return { status: problem.status, body: problem, contentType: 'application/problem+json' };
  }
}
