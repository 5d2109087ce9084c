// The JSON Web Token (RFC 7519) by which an application shows who it is: signed with RS256 (RFC 7518 section 3.3).
import { createSign } from 'node:crypto';
import { PermanentError } from '../core/errors.ts';

/**
 * @param privateKey in PEM
 * @param whose names the key in the error: `GitHub: the app’s private key`
 * @throws PermanentError when the key cannot be read
 */
export function signedToken(claims: object, privateKey: string, whose: string): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const unsigned = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}`;
  try {
    return `${unsigned}.${createSign('RSA-SHA256').update(unsigned).sign(privateKey, 'base64url')}`;
  } catch {
    // The parser's own message may quote the key.
    throw new PermanentError(`${whose} is not readable: expected PEM`);
  }
}
