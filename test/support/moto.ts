// moto, the AWS emulator that knows Identity Store, as a process of its own for the tests.
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { startChildServer } from './child-server.ts';

const PYTHON = fileURLToPath(new URL('../../.local/python/bin/python', import.meta.url));
const MOTO_SERVER = fileURLToPath(new URL('../../local/targets/moto_server.py', import.meta.url));

export interface Moto {
  readonly url: string;
  stop(): Promise<void>;
}

/** @throws Error when the Python environment of the local cloud is not installed */
export async function startMoto(): Promise<Moto> {
  if (!existsSync(PYTHON)) {
    throw new Error(
      `moto is not installed: python3 -m venv .local/python && .local/python/bin/pip install 'moto[server]==5.2.5'`,
    );
  }
  const port = await freePort();
  const server = await startChildServer({
    command: PYTHON,
    arguments: [MOTO_SERVER, '-H', '127.0.0.1', '-p', String(port)],
    environment: { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_DEFAULT_REGION: 'us-east-1' },
    isReady: (line) => line.includes('Running on'),
  });
  return { url: `http://127.0.0.1:${port}`, stop: server.stop };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
