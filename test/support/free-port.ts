// Loopback ports for servers that must be told theirs, and that say they are ready a little before they listen.
import { connect, createServer } from 'node:net';

const WAIT_MS = 20_000;
const POLL_MS = 20;

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('there is no free port');
  return address.port;
}

/** @throws Error when nothing listens within 20 s */
export async function untilListening(port: number): Promise<void> {
  const untilMs = performance.now() + WAIT_MS;
  while (!(await listens(port))) {
    if (performance.now() > untilMs) throw new Error(`nothing listens on port ${port}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
