// What a receiver shows where it manages its stream: a token for an hour that it got for its secret (RFC 6749 section 4.4).
// It is sealed with that secret (HMAC-SHA256), so that a new secret ends every token of the old one.
import { createHmac, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';

export const SCOPES = ['ssf.manage', 'ssf.read'] as const;
export type Scope = (typeof SCOPES)[number];
export const TOKEN_SECONDS = 3_600;

const contentSchema = z.strictObject({
  receiver: z.string().max(40),
  scopes: z.array(z.enum(SCOPES)).max(2),
  untilMs: z.int(),
});
export type TokenContent = z.infer<typeof contentSchema>;

export function issueToken(content: TokenContent, secret: string): string {
  const text = Buffer.from(JSON.stringify(content)).toString('base64url');
  return `${text}.${seal(text, secret).toString('base64url')}`;
}

/** Whose it says it is: nothing is known of it before `isSealed`. Undefined: it is no token. */
export function readToken(token: string): TokenContent | undefined {
  const [text = ''] = token.split('.');
  try {
    return contentSchema.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

export function isSealed(token: string, secret: string): boolean {
  const [text = '', given = '', ...others] = token.split('.');
  const expected = seal(text, secret);
  const bytes = Buffer.from(given, 'base64url');
  return others.length === 0 && bytes.length === expected.length && timingSafeEqual(bytes, expected);
}

/** The manager reads as well (CAEP interoperability profile 1.0, "OAuth Scopes"). */
export function allows(scopes: readonly Scope[], needed: Scope): boolean {
  return scopes.includes(needed) || scopes.includes('ssf.manage');
}

function seal(text: string, secret: string): Buffer {
  return createHmac('sha256', secret).update(`tenure signals\n${text}`).digest();
}
