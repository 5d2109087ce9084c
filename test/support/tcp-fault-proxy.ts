// A loopback proxy that puts faults in front of a server that speaks no HTTP: a connection is reset, goes silent, or
// loses its answers. A fault with `times: 1` strikes one connection.
import { createServer, connect as dial, type Socket } from 'node:net';
import { type Fault, FaultPlan } from '../../local/targets/faults.ts';

export interface TcpFaultProxy {
  readonly port: number;
  readonly faults: FaultPlan;
  stop(): Promise<void>;
}

export interface TcpFaultProxyOptions {
  /**
   * From which chunk on (sent by the client, counted from 1) an `applied-then-reset` loses the answers: behind the
   * greeting, so that what is lost is a call.
   * @default () => true
   */
  readonly strikesAt?: (chunk: Buffer) => boolean;
  /**
   * What a fault's `pathPrefix` is compared with: tells the calls in a chunk apart.
   * @default () => '/'
   */
  readonly pathOf?: (chunk: Buffer) => string;
}

export async function startTcpFaultProxy(
  upstreamPort: number,
  { strikesAt = () => true, pathOf = () => '/' }: TcpFaultProxyOptions = {},
): Promise<TcpFaultProxy> {
  const faults = new FaultPlan();
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = dial(upstreamPort, '127.0.0.1');
    let fault: Fault | undefined;
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => open.delete(socket));
    }
    client.on('data', (chunk) => {
      if (fault === undefined && strikesAt(chunk)) fault = faults.take('GET', pathOf(chunk));
      if (fault?.kind === 'reset') return void client.resetAndDestroy();
      if (fault?.kind !== 'timeout') upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (fault?.kind === 'applied-then-reset') return void client.resetAndDestroy();
      if (fault?.kind !== 'timeout') client.write(chunk);
    });
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the fault proxy has no port');
  return {
    port: address.port,
    faults,
    stop: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
