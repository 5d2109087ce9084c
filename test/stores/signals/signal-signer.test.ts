// Tokens signed with KMS as the emulator has it: whoever knows the keys that are served verifies them, by the newest one.
import { generateKeyPairSync } from 'node:crypto';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { ENVIRONMENT } from '../../../lambdas/stores/environment.ts';
import { jwkOf, kmsSignalSigner } from '../../../lambdas/stores/signals/signal-signer.ts';
import { type MiniStack, startMiniStack } from '../../support/ministack.ts';

let emulator: MiniStack;
let keys: readonly string[];

beforeAll(async () => {
  emulator = await startMiniStack();
  vi.stubEnv('AWS_ENDPOINT_URL', emulator.url);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  const kms = new KMSClient();
  const create = async () => {
    const made = await kms.send(new CreateKeyCommand({ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' }));
    return made.KeyMetadata?.Arn ?? '';
  };
  keys = [await create(), await create()];
  kms.destroy();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await emulator?.stop();
});

it('signs with the last key, and serves all there have been', async () => {
  vi.stubEnv(ENVIRONMENT.signalSigningKeys, keys.join(' '));
  const signer = kmsSignalSigner();
  const served = await signer.keys();
  expect(served.map(({ kty, alg, use }) => [kty, alg, use])).toEqual(Array(2).fill(['RSA', 'RS256', 'sig']));
  const token = await signer.sign({ iss: 'https://tenure.example', jti: 'x'.repeat(5_000) });
  const { protectedHeader } = await jwtVerify(token, createLocalJWKSet({ keys: [...served] }), {
    algorithms: ['RS256'],
  });
  expect(protectedHeader).toEqual({ alg: 'RS256', typ: 'secevent+jwt', kid: served[1]?.kid });
});

it.each([
  ['of 1024 bits', generateKeyPairSync('rsa', { modulusLength: 1_024 }).publicKey],
  ['of another kind', generateKeyPairSync('ed25519').publicKey],
])('serves no key %s', (_, key) => {
  expect(() => jwkOf(key.export({ type: 'spki', format: 'der' }))).toThrow('at least 2048 bits');
});
