// A loopback proxy that puts faults in front of a server that cannot fail on demand.
import { createServer, type IncomingMessage, request } from 'node:http';
import { applyFault, FaultPlan } from '../../local/targets/faults.ts';

export interface FaultProxy {
  readonly url: string;
  readonly faults: FaultPlan;
  stop(): Promise<void>;
}

/**
 * @param pathOf what a fault's `pathPrefix` is compared with; the request's path unless the API has but one
 */
export async function startFaultProxy(
  upstreamUrl: string,
  pathOf: (request: IncomingMessage, body: string) => string = ({ url }) => url ?? '/',
): Promise<FaultProxy> {
  const faults = new FaultPlan();
  const server = createServer(async (incoming, outgoing) => {
    const body = await readBody(incoming).catch(() => undefined);
    if (body === undefined) return;
    const fault = faults.take(incoming.method ?? 'GET', pathOf(incoming, body.toString()));
    if (fault !== undefined && !applyFault(fault, outgoing)) return;
    const upstream = request(
      new URL(incoming.url ?? '/', upstreamUrl),
      { method: incoming.method, headers: incoming.headers },
      (answer) => {
        if (!outgoing.headersSent) outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.on('data', (chunk) => outgoing.write(chunk));
        answer.on('end', () => outgoing.end());
      },
    );
    upstream.on('error', () => outgoing.destroy());
    upstream.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the fault proxy has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    faults,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
