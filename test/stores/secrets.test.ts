// Rotation: a secret and the one before it, as Secrets Manager keeps them, against its JSON protocol.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';

type Versions = Readonly<Partial<Record<'AWSCURRENT' | 'AWSPREVIOUS', string>>>;
let versions: Versions = {};
let calls = 0;
let server: Server;

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      calls += 1;
      const value = versions[JSON.parse(body).VersionStage as keyof Versions];
      const answer = value === undefined ? { __type: 'ResourceNotFoundException' } : { SecretString: value };
      response.writeHead(value === undefined ? 400 : 200, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});
afterAll(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  calls = 0;
  vi.resetModules();
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => vi.useRealTimers());

const load = () => import('../../lambdas/stores/secrets.ts');

it('takes the secret and the one it replaced', async () => {
  const { readSecrets } = await load();
  versions = { AWSCURRENT: 'new', AWSPREVIOUS: 'old' };
  expect(await readSecrets('arn')).toEqual(['new', 'old']);
});

it('takes one that was never replaced, or that was put twice', async () => {
  const { readSecrets } = await load();
  versions = { AWSCURRENT: 'only' };
  expect(await readSecrets('arn-1')).toEqual(['only']);
  versions = { AWSCURRENT: 'same', AWSPREVIOUS: 'same' };
  expect(await readSecrets('arn-2')).toEqual(['same']);
});

it('asks again after a minute, and at once after a failure', async () => {
  const { readSecret } = await load();
  versions = {};
  await expect(readSecret('arn')).rejects.toThrow();
  versions = { AWSCURRENT: 'a' };
  expect(await readSecret('arn')).toBe('a');
  versions = { AWSCURRENT: 'b' };
  expect(await readSecret('arn')).toBe('a');
  expect(calls).toBe(2);
  vi.setSystemTime(Date.now() + 60_000);
  expect(await readSecret('arn')).toBe('b');
});
