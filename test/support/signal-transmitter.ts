// A transmitter of shared signals with keys of its own: it signs what it is told to, right or wrong, and serves its keys.
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { type StubServer, startStubServer } from './stub-server.ts';

export const ISSUER = 'https://idp.acme.example';
export const AUDIENCE = 'https://tenure.acme.example/signals';
export const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/';
export const RISC = 'https://schemas.openid.net/secevent/risc/event-type/';
export const SSF = 'https://schemas.openid.net/secevent/ssf/event-type/';

export interface Written {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Whether it is signed by a key that is not served. */
  readonly forged?: boolean;
}

export interface SignalTransmitter {
  readonly jwksUrl: string;
  /** How often its keys were asked for. */
  asked(): number;
  /** A new key from now on; the one before is served beside it, or no longer. */
  rotate(keepsOld?: boolean): Promise<void>;
  answerKeysWith(answer: { status?: number; body?: unknown } | undefined): void;
  sign(event: string, nowMs: number, written?: Written): Promise<string>;
  stop(): Promise<void>;
}

interface Key {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

let kids = 0;
/** Of every transmitter the first one, and of whoever forges its tokens: making keys takes a second. */
let shared: Promise<readonly [Key, Key]> | undefined;
async function newKey(): Promise<Key> {
  kids += 1;
  const kid = `key-${kids}`;
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' } };
}

export async function startSignalTransmitter(): Promise<SignalTransmitter> {
  shared ??= Promise.all([newKey(), newKey()]);
  const [first, forger] = await shared;
  let served = [first];
  let jtis = 0;
  let odd: { status?: number; body?: unknown } | undefined;
  const server: StubServer = await startStubServer(() => odd ?? { body: { keys: served.map(({ jwk }) => jwk) } });
  return {
    jwksUrl: `${server.url}/jwks`,
    asked: () => server.requests.length,
    async rotate(keepsOld = false) {
      const key = await newKey();
      served = keepsOld ? [...served, key] : [key];
    },
    answerKeysWith: (answer) => {
      odd = answer;
    },
    async sign(event, nowMs, { header = {}, claims = {}, forged = false } = {}) {
      jtis += 1;
      const own = served.at(-1) as Key;
      const payload = {
        iss: ISSUER,
        aud: AUDIENCE,
        iat: Math.floor(nowMs / 1_000),
        jti: `jti-${jtis}`,
        sub_id: { format: 'email', email: 'ada@example.com' },
        events: { [event]: { event_timestamp: Math.floor(nowMs / 1_000), reason_admin: { en: 'Stolen laptop' } } },
        ...claims,
      };
      const protectedHeader = { alg: 'RS256', typ: 'secevent+jwt', kid: own.kid, ...header };
      return await new SignJWT(payload)
        .setProtectedHeader(protectedHeader)
        .sign(forged ? forger.privateKey : own.privateKey);
    },
    stop: server.stop,
  };
}
