// The two emulators that stand for AWS: MiniStack for everything, with IAM enforced, and moto for IAM Identity Center,
// which MiniStack does not know. Functions find moto as they would find any endpoint: by the SDK's own variable.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Ports } from './ports.ts';
import { baseEnvironment, type Processes } from './processes.ts';

const MINISTACK = fileURLToPath(new URL('./ministack_server.py', import.meta.url));
const MOTO = fileURLToPath(new URL('./targets/moto_server.py', import.meta.url));
const READY_TIMEOUT_MS = 30_000;

export const REGION = 'us-east-1';
export const ACCOUNT = '000000000000';
/** MiniStack and moto take any; these are nobody's. */
export const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' } as const;

export interface Emulators {
  /** MiniStack: all of AWS but Identity Store. */
  readonly endpoint: string;
  readonly identityStoreEndpoint: string;
}

/** @param folder the run's own: everything that the emulators write is in it */
export async function startEmulators(
  processes: Processes,
  python: string,
  ports: Ports,
  folder: string,
): Promise<Emulators> {
  const endpoint = `http://127.0.0.1:${ports.ministack}`;
  const identityStoreEndpoint = `http://127.0.0.1:${ports.moto}`;
  const folders = { TMPDIR: join(folder, 'tmp'), STATE_DIR: join(folder, 'state'), S3_DATA_DIR: join(folder, 's3') };
  for (const each of Object.values(folders)) await mkdir(each, { recursive: true });
  // MiniStack writes its Node workers into TMPDIR as CommonJS: the repository's package.json would make modules of them.
  await writeFile(join(folder, 'package.json'), '{ "type": "commonjs" }\n');
  const environment = {
    ...baseEnvironment(),
    ...awsEnvironment(),
    PYTHONUNBUFFERED: '1',
    PYTHONDONTWRITEBYTECODE: '1',
  };
  await Promise.all([
    processes.start({
      name: 'MiniStack',
      command: python,
      arguments: [MINISTACK],
      // The workers of the functions inherit all of this, so nothing secret may be in it.
      environment: {
        ...environment,
        ...folders,
        AUTH: 'true',
        BIND_HOST: '127.0.0.1',
        MINISTACK_HOST: '127.0.0.1',
        GATEWAY_PORT: String(ports.ministack),
        SFTP_ENABLED: '0',
        IOT_MTLS_ENABLED: '0',
        AWS_ENDPOINT_URL_IDENTITYSTORE: identityStoreEndpoint,
      },
      folder,
      timeoutMs: READY_TIMEOUT_MS,
      isReady: () => answers(`${endpoint}/_ministack/health`),
    }),
    processes.start({
      name: 'moto',
      command: python,
      arguments: [MOTO, '-H', '127.0.0.1', '-p', String(ports.moto)],
      environment,
      folder,
      timeoutMs: READY_TIMEOUT_MS,
      isReady: () => answers(`${identityStoreEndpoint}/moto-api/`),
    }),
  ]);
  return { endpoint, identityStoreEndpoint };
}

export function awsEnvironment(): Record<string, string> {
  return {
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
  };
}

async function answers(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
  await response.arrayBuffer();
  return response.ok;
}
