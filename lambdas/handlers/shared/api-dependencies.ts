// What the operators' routes work with, and how they read a request.
import type { z } from 'zod';
import { InvalidInputError, NotFoundError } from '../../core/errors.ts';
import { faultsOf } from '../../core/hr/hr-event.ts';
import { identityIdSchema } from '../../core/identity/attributes.ts';
import type { ClaimNames } from '../../middleware/authorize.ts';
import type { ApiRequest } from '../../middleware/serve-api.ts';
import { fromEnvironment } from '../../stores/environment.ts';
import type { IdentityRecord } from '../../stores/identities/identity-store.ts';
import { type Dependencies, liveDependencies } from './dependencies.ts';

export interface ApiDependencies extends Dependencies {
  readonly claims: ClaimNames;
}

export function liveApiDependencies(): ApiDependencies {
  const claims = { groups: fromEnvironment('groupsClaim'), identity: fromEnvironment('identityClaim') };
  return { ...liveDependencies(), claims };
}

export function readQuery<Query>({ query }: ApiRequest, schema: z.ZodType<Query>): Query {
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  throw new InvalidInputError('A query parameter is wrong.', faultsOf(parsed.error, ''));
}

/** Bodies of operators are a few lines; the text bound comes before any parsing. */
const MAXIMUM_BODY_BYTES = 16_384;

export function readBody<Body>({ body }: ApiRequest, schema: z.ZodType<Body>): Body {
  const parsed = schema.safeParse(parseJson(body));
  if (parsed.success) return parsed.data;
  throw new InvalidInputError('The body does not hold to the contract.', faultsOf(parsed.error, ''));
}

function parseJson(body: Buffer): unknown {
  try {
    if (body.length > MAXIMUM_BODY_BYTES) throw new RangeError('too large');
    return JSON.parse(body.toString('utf8'));
  } catch {
    const detail = `expected JSON (RFC 8259) of at most ${MAXIMUM_BODY_BYTES} bytes`;
    throw new InvalidInputError('The body cannot be read.', [{ pointer: '', detail }]);
  }
}

/** Throws NotFoundError for what cannot be an id, too: to the caller both are the same. */
export async function loadIdentity(
  { identities }: ApiDependencies,
  identityId: string | undefined,
): Promise<IdentityRecord> {
  const record = identityIdSchema.safeParse(identityId).success ? await identities.load(identityId ?? '') : undefined;
  if (record === undefined) throw new NotFoundError('There is no such identity.');
  return record;
}
