// Who is employed and has an e-mail address now, whoever had it before.
import { addressInUse, comparable } from '../../core/identity/shared-address.ts';
import { findIdentity, type LoadingDependencies } from '../shared/load-identity.ts';

interface Asked {
  readonly except: string;
  readonly judgedMs: number;
}

/** @returns the id of one of them; of those who were noted a moment ago only, as every index tells */
export async function findEmployedBy(
  dependencies: LoadingDependencies,
  email: string,
  { except, judgedMs }: Asked,
): Promise<string | undefined> {
  for (const identityId of await dependencies.directory.findByEmail(email)) {
    if (identityId === except) continue;
    const loaded = await findIdentity(dependencies, identityId, { judgedMs });
    if (loaded !== undefined && addressInUse(loaded.state) === comparable(email)) return identityId;
  }
  return undefined;
}
