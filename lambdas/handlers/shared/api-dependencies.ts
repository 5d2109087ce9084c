// What the operators' routes work with.
import { NotFoundError } from '../../core/errors.ts';
import { identityIdSchema } from '../../core/identity/attributes.ts';
import type { ClaimNames } from '../../middleware/authorize.ts';
import { fromEnvironment } from '../../stores/environment.ts';
import { type Dependencies, liveDependencies } from './dependencies.ts';
import { findIdentity, type LoadedIdentity } from './load-identity.ts';

export interface ApiDependencies extends Dependencies {
  readonly claims: ClaimNames;
}

export function liveApiDependencies(): ApiDependencies {
  const claims = { groups: fromEnvironment('groupsClaim'), identity: fromEnvironment('identityClaim') };
  return { ...liveDependencies(), claims };
}

/** Throws NotFoundError for what cannot be an id, too: to the caller both are the same. */
export async function requireIdentity(
  dependencies: ApiDependencies,
  identityId: string | undefined,
): Promise<LoadedIdentity> {
  const id = identityIdSchema.safeParse(identityId);
  const loaded = id.success ? await findIdentity(dependencies, id.data) : undefined;
  if (loaded === undefined) throw new NotFoundError('There is no such identity.');
  return loaded;
}
