// Where the connectors of services that nobody can run at home send their requests: each must be an operation known
// here, signed with the right token, and as the vendor describes it. Whatever is not is refused and remembered, and
// stopping the server then fails the test.
import { createServer, type IncomingMessage } from 'node:http';
import * as z from 'zod';
import type { Description } from './description.ts';

export interface ApiCall {
  readonly method: string;
  readonly path: string;
  /** The path's placeholders, decoded. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON, or a form's fields. */
  readonly body: unknown;
}

export interface ApiAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export type Operation = (call: ApiCall) => ApiAnswer | Promise<ApiAnswer>;

export interface VendorApiOptions {
  /** `GET /users/{id}` → what it does. The first that matches is taken. */
  readonly operations: Readonly<Record<string, Operation>>;
  /** The refusal of a call whose credentials are not right. */
  readonly refuse: (call: ApiCall) => ApiAnswer | undefined;
  readonly description?: Description;
  /** A call's path and query as the description has them; undefined: it is not described there. @default as sent */
  readonly described?: (call: ApiCall, url: string) => string | undefined;
}

export interface VendorApi {
  readonly url: string;
  /** Every call that was answered, as `GET /users/{id}`. */
  readonly calls: readonly string[];
  /** @throws Error when a call was not as described */
  stop(): Promise<void>;
}

/** Thrown by an operation: the request is not what the vendor documents. */
export class ViolationError extends Error {}

/** The value as the schema wants it. @throws ViolationError */
export function expectShape<Value>(schema: z.ZodType<Value>, value: unknown): Value {
  const result = schema.safeParse(value);
  if (!result.success) throw new ViolationError(z.prettifyError(result.error));
  return result.data;
}

export async function startVendorApi(options: VendorApiOptions): Promise<VendorApi> {
  const violations: string[] = [];
  const calls: string[] = [];
  const routes = Object.entries(options.operations).map(([name, operation]) => {
    const [method = '', template = ''] = name.split(' ');
    const pattern = template.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&').replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)');
    return { name, method, pattern: new RegExp(`^${pattern}$`), operation };
  });
  const answer = async (incoming: IncomingMessage): Promise<ApiAnswer> => {
    const url = new URL(incoming.url ?? '/', 'http://vendor');
    const text = await textOf(incoming);
    const headers = headersOf(incoming);
    const method = incoming.method ?? '';
    const violate = (why: string): ApiAnswer => {
      violations.push(`${method} ${incoming.url} ${text}: ${why}`);
      return { status: 501, body: { violation: why } };
    };
    for (const route of routes) {
      const match = route.method === method ? route.pattern.exec(url.pathname) : null;
      if (match === null) continue;
      const parameters = Object.fromEntries(
        Object.entries(match.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]),
      );
      try {
        const body = parseBody(text, headers['content-type'] ?? '');
        const call = { method, path: url.pathname, parameters, query: url.searchParams, headers, body };
        const described = (options.described ?? ((_call, sent) => sent))(call, incoming.url ?? '/');
        const request = { method, headers, body: text === '' ? undefined : text };
        const complaint =
          described === undefined
            ? undefined
            : await options.description?.complaintAbout({ ...request, url: described });
        if (complaint !== undefined) return violate(complaint);
        const refusal = options.refuse(call);
        if (refusal !== undefined) return refusal;
        calls.push(route.name);
        return await route.operation(call);
      } catch (error) {
        return violate(error instanceof Error ? (error.stack ?? error.message) : String(error));
      }
    }
    return violate('there is no such operation');
  };
  const server = createServer(async (incoming, outgoing) => {
    const { status = 200, headers = {}, body } = await answer(incoming);
    const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
    outgoing.writeHead(status, { ...type, ...headers });
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the vendor API has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    calls,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await options.description?.stop();
      if (violations.length > 0) throw new Error(`not as the vendor describes it:\n${violations.join('\n')}`);
    },
  };
}

/** One page of a listing by number. */
export function pageOf<Item>(items: readonly Item[], page: number, size: number): readonly Item[] {
  return items.slice((page - 1) * size, page * size);
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** Those that belong to the request itself, not to the connection. */
function headersOf(incoming: IncomingMessage): Record<string, string> {
  const kept = Object.entries(incoming.headers).filter(
    ([name]) => !['host', 'connection', 'content-length', 'transfer-encoding', 'accept-encoding'].includes(name),
  );
  return Object.fromEntries(kept.map(([name, value]) => [name, String(value)]));
}

function parseBody(text: string, type: string): unknown {
  if (text === '') return undefined;
  if (type.startsWith('application/x-www-form-urlencoded')) return Object.fromEntries(new URLSearchParams(text));
  if (!/^application\/(\w+\+)?json\b/.test(type)) throw new ViolationError(`the body is sent as "${type}"`);
  return JSON.parse(text);
}
