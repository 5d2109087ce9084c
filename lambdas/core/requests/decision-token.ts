// What stands in a link to decide by: which link, and the secret that shows that it came from us. Only the secret's hash is
// kept, so that whoever reads what is kept has no link. It has 256 random bits: no one guesses it, and one round of SHA-256
// is enough.
import { sha256Hex } from '../canonical-json.ts';

export interface DecisionToken {
  readonly linkId: string;
  readonly secret: string;
}

/** 32 bytes in base64url. */
const TOKEN = /^([\w-]{1,64})\.([\w-]{43})$/;

export function formatToken({ linkId, secret }: DecisionToken): string {
  return `${linkId}.${secret}`;
}

/** Undefined: it is none. */
export function parseToken(text: string): DecisionToken | undefined {
  const [, linkId, secret] = TOKEN.exec(text) ?? [];
  return linkId === undefined || secret === undefined ? undefined : { linkId, secret };
}

export function secretHashOf(token: DecisionToken): string {
  return sha256Hex(formatToken(token));
}
