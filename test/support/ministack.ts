// MiniStack, the AWS emulator of the local cloud, as a process of its own for the tests of a single store.
import { mkdtempSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startChildServer } from './child-server.ts';
import { freePort } from './free-port.ts';

export const PYTHON = fileURLToPath(new URL('../../.local/python/bin/python', import.meta.url));
const SERVER = fileURLToPath(new URL('../../local/ministack_server.py', import.meta.url));

export interface MiniStack {
  readonly url: string;
  stop(): Promise<void>;
}

/** What it writes is in a folder of its own, and goes with it. */
export async function startMiniStack(): Promise<MiniStack> {
  const folder = mkdtempSync(join(tmpdir(), 'tenure-ministack-'));
  const folders = { TMPDIR: join(folder, 'tmp'), STATE_DIR: join(folder, 'state'), S3_DATA_DIR: join(folder, 's3') };
  for (const each of Object.values(folders)) await mkdir(each);
  const port = await freePort();
  const server = await startChildServer({
    command: PYTHON,
    arguments: [SERVER],
    environment: {
      ...folders,
      AUTH: 'true',
      BIND_HOST: '127.0.0.1',
      MINISTACK_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      SFTP_ENABLED: '0',
      IOT_MTLS_ENABLED: '0',
      PYTHONUNBUFFERED: '1',
      PYTHONDONTWRITEBYTECODE: '1',
    },
    isReady: (line) => line.includes('Running on'),
  });
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
