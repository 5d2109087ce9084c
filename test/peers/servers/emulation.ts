// `emulate`, the stateful emulation of GitHub and Okta, as a process of its own on loopback.
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type ChildServer, startChildServer } from '../../support/child-server.ts';
import { freePort } from '../../support/free-port.ts';

const PROCESS = fileURLToPath(new URL('emulation-process.ts', import.meta.url));
const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

export interface Emulation extends Pick<ChildServer, 'stop'> {
  readonly url: string;
}

export async function startEmulation(service: 'github' | 'okta', seed: object): Promise<Emulation> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const { stop } = await startChildServer({
    command: process.execPath,
    arguments: ['--import', TSX, PROCESS],
    input: `${JSON.stringify({ service, seed, port, baseUrl: url })}\n`,
    isReady: (line) => line === 'the emulation listens',
  });
  return { url, stop };
}
