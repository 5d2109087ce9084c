// A loopback proxy that puts faults in front of a server that cannot fail on demand.
import { createServer, type IncomingMessage, request } from 'node:http';
import { applyFault, FaultPlan } from '../../local/targets/faults.ts';

export interface FaultProxy {
  readonly url: string;
  readonly faults: FaultPlan;
  /** From now on requests and answers pass through this; undefined: as they are. */
  distort(distortion: Distortion | undefined): void;
  stop(): Promise<void>;
}

/** What an unfriendly server makes of what it is asked and of what it answers. */
export interface Distortion {
  /** Changes what is asked for, in place. */
  readonly asked?: (query: URLSearchParams, body: unknown) => void;
  /** The answer to send in place of this one, where it is JSON: text goes as it is. */
  readonly answered?: (body: unknown, request: { readonly method: string; readonly path: string }) => unknown;
}

/**
 * @param pathOf what a fault's `pathPrefix` is compared with; the request's path unless the API has but one
 */
export async function startFaultProxy(
  upstreamUrl: string,
  pathOf: (request: IncomingMessage, body: string) => string = ({ url }) => url ?? '/',
): Promise<FaultProxy> {
  const faults = new FaultPlan();
  let distortion: Distortion | undefined;
  const server = createServer(async (incoming, outgoing) => {
    const body = await readBody(incoming).catch(() => undefined);
    if (body === undefined) return;
    const fault = faults.take(incoming.method ?? 'GET', pathOf(incoming, body.toString()));
    if (fault !== undefined && !applyFault(fault, outgoing)) return;
    const url = new URL(incoming.url ?? '/', upstreamUrl);
    const asked = distortion?.asked === undefined ? body : distortRequest(distortion.asked, url, body);
    const { answered } = distortion ?? {};
    const headers = { ...incoming.headers, ...(asked === body ? {} : { 'content-length': String(asked.length) }) };
    // An answer that is to be changed must not be packed.
    if (answered !== undefined) headers['accept-encoding'] = 'identity';
    const upstream = request(url, { method: incoming.method, headers }, async (answer) => {
      if (answered !== undefined && (answer.statusCode ?? 500) < 300) {
        const text = (await readBody(answer)).toString();
        const changed = distortAnswer(answered, text, { method: incoming.method ?? 'GET', path: incoming.url ?? '/' });
        const { 'content-length': _, 'transfer-encoding': __, ...kept } = answer.headers;
        outgoing.writeHead(answer.statusCode ?? 502, kept).end(changed);
        return;
      }
      if (!outgoing.headersSent) outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on('data', (chunk) => outgoing.write(chunk));
      answer.on('end', () => outgoing.end());
    });
    upstream.on('error', () => outgoing.destroy());
    upstream.end(asked);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the fault proxy has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    faults,
    distort: (next) => {
      distortion = next;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function distortRequest(asked: NonNullable<Distortion['asked']>, url: URL, body: Buffer): Buffer {
  const parsed = parseJson(body.toString());
  asked(url.searchParams, parsed);
  return parsed === undefined ? body : Buffer.from(JSON.stringify(parsed));
}

function distortAnswer(
  answered: NonNullable<Distortion['answered']>,
  text: string,
  request: { readonly method: string; readonly path: string },
): string {
  const parsed = parseJson(text);
  if (parsed === undefined) return text;
  const changed = answered(parsed, request);
  return typeof changed === 'string' ? changed : JSON.stringify(changed);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
