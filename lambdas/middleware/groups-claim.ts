// API Gateway hands a list in a token on as text, `[hr it]`, in which a group whose name has spaces looks like several.
// The token that it has verified is in the request as well, and has the list itself.
import * as z from 'zod';
import type { ApiRequest } from './serve-api.ts';

const payloadSchema = z.record(z.string(), z.unknown());
const groupsSchema = z.array(z.string());

/** The token's own list, where it says just what the authorizer's text says; else the claim as the authorizer has it. */
export function groupsClaim({ claims, headers }: Pick<ApiRequest, 'claims' | 'headers'>, name: string): unknown {
  const claim = claims?.[name];
  const listed = typeof claim === 'string' ? listInToken(headers['authorization'], name) : undefined;
  return listed !== undefined && claim === `[${listed.join(' ')}]` ? listed : claim;
}

/** Undefined for anything but one token in the compact form (RFC 7519, section 3) with such a list. */
function listInToken(authorization: string | undefined, name: string): readonly string[] | undefined {
  const [, encoded] = /^(?:Bearer )?[\w-]+\.([\w-]+)\.[\w-]+$/i.exec(authorization ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const payload = payloadSchema.safeParse(parsed(Buffer.from(encoded, 'base64url').toString('utf8')));
  return payload.success ? groupsSchema.safeParse(payload.data[name]).data : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
