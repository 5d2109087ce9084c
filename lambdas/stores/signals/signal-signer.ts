// The keys that tokens are signed with (RS256, as the CAEP interoperability profile asks for). They never leave KMS.
import { createHash, createPublicKey } from 'node:crypto';
import { GetPublicKeyCommand, KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { fromEnvironment } from '../environment.ts';

/** A public key as receivers find it (RFC 7517). */
export interface SigningJwk {
  readonly kty: 'RSA';
  readonly kid: string;
  readonly use: 'sig';
  readonly alg: 'RS256';
  readonly n: string;
  readonly e: string;
}

export interface SignalSigner {
  /** All there have been, the one that signs last. */
  keys(): Promise<readonly SigningJwk[]>;
  /** A signed token of these claims, in compact form (RFC 7515). */
  sign(claims: object): Promise<string>;
}

/** The profile's least. */
const MINIMUM_BYTES = 256;

export function kmsSignalSigner(): SignalSigner {
  const client = new KMSClient({ maxAttempts: 4, requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000 } });
  const keyIds = fromEnvironment('signalSigningKeys').split(' ');
  let known: Promise<readonly SigningJwk[]> | undefined;
  const readKey = async (KeyId: string) => {
    const { PublicKey = new Uint8Array() } = await client.send(new GetPublicKeyCommand({ KeyId }));
    return jwkOf(PublicKey);
  };
  const keys = () => {
    known ??= Promise.all(keyIds.map(readKey));
    known.catch(() => {
      known = undefined;
    });
    return known;
  };
  return {
    keys,
    async sign(claims) {
      const { kid } = (await keys()).at(-1) as SigningJwk;
      const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
      const unsigned = `${encode({ alg: 'RS256', typ: 'secevent+jwt', kid })}.${encode(claims)}`;
      const { Signature } = await client.send(
        new SignCommand({
          KeyId: keyIds.at(-1),
          // The hash: KMS takes 4 KB of a message at most.
          Message: createHash('sha256').update(unsigned).digest(),
          MessageType: 'DIGEST',
          SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256',
        }),
      );
      if (Signature === undefined) throw new Error('KMS answered without a signature');
      return `${unsigned}.${Buffer.from(Signature).toString('base64url')}`;
    },
  };
}

/** Named by its thumbprint (RFC 7638). @param spki DER of an RSA key of at least 2048 bits */
export function jwkOf(spki: Uint8Array): SigningJwk {
  const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' }).export({ format: 'jwk' });
  const { kty, n = '', e = '' } = key;
  if (kty !== 'RSA' || Buffer.from(n, 'base64url').length < MINIMUM_BYTES) {
    throw new Error('the key that signals are signed with is not an RSA key of at least 2048 bits');
  }
  const kid = createHash('sha256').update(JSON.stringify({ e, kty, n })).digest('base64url');
  return { kty, kid, use: 'sig', alg: 'RS256', n, e };
}
