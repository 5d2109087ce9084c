// What the operators' routes work with.
import { NotFoundError } from '../../core/errors.ts';
import { identityIdSchema } from '../../core/identity/attributes.ts';
import type { ClaimNames } from '../../middleware/authorize.ts';
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

/** Throws NotFoundError for what cannot be an id, too: to the caller both are the same. */
export async function loadIdentity(
  { identities }: ApiDependencies,
  identityId: string | undefined,
): Promise<IdentityRecord> {
  const record = identityIdSchema.safeParse(identityId).success ? await identities.load(identityId ?? '') : undefined;
  if (record === undefined) throw new NotFoundError('There is no such identity.');
  return record;
}
