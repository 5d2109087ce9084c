// The ports of one local cloud. They are the same from start to start where they are free, since a target's address is
// a deployment setting: the same ports mean that the assembly synthesised last time can be deployed again.
import type { Server as HttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { LocalCloudError } from './local-cloud-error.ts';

const HOST = '127.0.0.1';
const DEFAULT_FIRST_PORT = 4566;
/** From one block of ports to the next; well below the ports that systems hand out themselves (32768 and up). */
const BLOCK = 10;
const MAXIMUM_BLOCKS = 100;

export interface Ports {
  readonly ministack: number;
  readonly moto: number;
  readonly scim: number;
  /** Held by this process itself. */
  readonly console: number;
}

export interface ClaimedPorts extends Ports {
  /** Has this process serve the console on its own port. */
  serve(server: HttpServer): void;
  release(): Promise<void>;
}

/**
 * Finds a block of free ports and keeps it until released: its last port is held by this process itself, so that of
 * two starts at the same moment only one gets the block, and a start that crashed leaves nothing behind.
 *
 * @param first fixes the first port: then the block is this one or none
 * @throws LocalCloudError when a fixed block is in use
 */
export async function claimPorts(first?: number): Promise<ClaimedPorts> {
  const blocks = first === undefined ? MAXIMUM_BLOCKS : 1;
  for (let block = 0; block < blocks; block += 1) {
    const ministack = (first ?? DEFAULT_FIRST_PORT) + block * BLOCK;
    const [moto, scim, held] = [ministack + 1, ministack + 2, ministack + 3];
    const holder = await listen(held);
    if (holder === undefined) continue;
    if ((await isFree(ministack)) && (await isFree(moto)) && (await isFree(scim))) {
      return { ministack, moto, scim, console: held, ...holding(holder) };
    }
    await close(holder);
  }
  throw new LocalCloudError(
    first === undefined
      ? `There are no four free ports in a row from ${DEFAULT_FIRST_PORT} on.`
      : `The ports ${first} to ${first + 3} are not all free.`,
    'Choose others with --port N, or end what uses them.',
  );
}

function holding(holder: Server): Pick<ClaimedPorts, 'serve' | 'release'> {
  let serving: HttpServer | undefined;
  const open = new Set<Socket>();
  holder.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    // Until something is served there, whoever calls is hung up on.
    if (serving === undefined) socket.destroy();
    else serving.emit('connection', socket);
  });
  return {
    serve: (server) => {
      serving = server;
    },
    release: () => {
      for (const socket of open) socket.destroy();
      return close(holder);
    },
  };
}

async function isFree(port: number): Promise<boolean> {
  const server = await listen(port);
  if (server !== undefined) await close(server);
  return server !== undefined;
}

/** Undefined when somebody else listens there, or on every address of the machine. */
function listen(port: number): Promise<Server | undefined> {
  const server = createServer();
  server.unref();
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: HOST, exclusive: true }, () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
