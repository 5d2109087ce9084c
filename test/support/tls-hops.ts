// Two loopback hops with which a fault proxy that must see plain bytes is put in front of a server that speaks TLS:
// one takes TLS off, the other puts it on again.
import { createServer, connect as dial, type Socket } from 'node:net';
import { createServer as createTlsServer, connect as dialTls } from 'node:tls';

export interface Hop {
  readonly port: number;
  stop(): Promise<void>;
}

/** Accepts TLS as the server itself would, and passes plain bytes on. */
export function startTlsOff(
  upstreamPort: number,
  identity: { readonly key: string; readonly cert: string },
): Promise<Hop> {
  return startHop(
    (accept) => createTlsServer(identity, accept),
    () => dial(upstreamPort, '127.0.0.1'),
  );
}

/** Accepts plain bytes and passes them on over TLS. */
export function startTlsOn(upstreamPort: number, ca: string, servername: string): Promise<Hop> {
  return startHop(
    (accept) => createServer(accept),
    () => dialTls({ port: upstreamPort, host: '127.0.0.1', ca, servername }),
  );
}

async function startHop(
  create: (accept: (socket: Socket) => void) => ReturnType<typeof createServer>,
  dialUpstream: () => Socket,
): Promise<Hop> {
  const open = new Set<Socket>();
  const server = create((client) => {
    const upstream = dialUpstream();
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        open.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the hop has no port');
  return {
    port: address.port,
    stop: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
