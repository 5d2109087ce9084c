// The keys that checkpoints are signed with. They never leave KMS, so whoever wants a signature leaves a trace in CloudTrail.
import { GetPublicKeyCommand, KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { fromEnvironment } from '../environment.ts';

export interface LogSigner {
  /** The raw 32 bytes of an Ed25519 key (RFC 8032). */
  publicKey(): Promise<Uint8Array>;
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** RFC 8410: what stands before the 32 bytes in a SubjectPublicKeyInfo of an Ed25519 key. */
const ED25519_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;

/** Of each key, the first one first. */
export function kmsLogSigners(): readonly LogSigner[] {
  return fromEnvironment('logSigningKeys').split(' ').map(kmsLogSigner);
}

function kmsLogSigner(KeyId: string): LogSigner {
  const client = new KMSClient({
    maxAttempts: 4,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000 },
  });
  let known: Uint8Array | undefined;
  return {
    async publicKey() {
      known ??= rawKeyOf((await client.send(new GetPublicKeyCommand({ KeyId }))).PublicKey);
      return known;
    },
    async sign(message) {
      const { Signature } = await client.send(
        new SignCommand({ KeyId, Message: message, MessageType: 'RAW', SigningAlgorithm: 'ED25519_SHA_512' }),
      );
      if (Signature?.length !== SIGNATURE_BYTES) throw new Error('KMS answered without an Ed25519 signature');
      return Signature;
    },
  };
}

function rawKeyOf(spki: Uint8Array | undefined): Uint8Array {
  const bytes = Buffer.from(spki ?? []);
  const isEd25519 = bytes.length === ED25519_PREFIX.length + KEY_BYTES && bytes.indexOf(ED25519_PREFIX) === 0;
  if (!isEd25519) throw new Error('the key that checkpoints are signed with is not an Ed25519 key');
  return Uint8Array.from(bytes.subarray(ED25519_PREFIX.length));
}
