// Lists of identities show an operator no more than they may see: a manager's are the tree below them, a level at a time.
import type { View } from '../../api/roles.ts';
import type { IdentityHeader } from '../../core/access/identity-record.ts';
import type { Operator } from '../../middleware/authorize.ts';
import type { Page, PageRequest } from '../../stores/page.ts';
import { type ApiDependencies, requireIdentity } from './api-dependencies.ts';
import { requireReadable } from './require-readable.ts';
import { requirePerson } from './require-uninvolved.ts';

export interface VisiblePage extends Page<IdentityHeader> {
  readonly view: View;
}

/** Throws ApiProblem 403 and NotFoundError, both about the manager by whom the list is narrowed. */
export async function listVisible(
  dependencies: ApiDependencies,
  operator: Operator,
  { limit, after, manager }: PageRequest & { readonly manager?: string | undefined },
): Promise<VisiblePage> {
  const ownOnly = operator.scope !== 'all';
  if (ownOnly && operator.identityId === undefined) return { items: [], view: operator.view };
  if (ownOnly && manager !== undefined) await requireIdentity(dependencies, manager);
  const managerId = manager ?? (ownOnly ? await requirePerson(dependencies, operator) : undefined);
  // Whoever is below this manager is a report of the operator's, or nobody on the page is.
  const below = managerId === undefined ? undefined : { summary: { managerId } };
  const view = below === undefined ? operator.view : await requireReadable(dependencies, operator, below);
  return { ...(await dependencies.directory.listIdentities({ managerId, limit, after })), view };
}
