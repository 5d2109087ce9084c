// Managers see their own reports: those below them in the management chain, and the service accounts and agents that
// those (or they themselves) own. A manager who has left sees nothing; whoever is above sees what they saw.
import { mayRead } from '../../api/roles.ts';
import type { IdentityHeader } from '../../core/access/identity-record.ts';
import { ApiProblem } from '../../middleware/api-problem.ts';
import type { Operator } from '../../middleware/authorize.ts';
import { type ChainDependencies, loadSuperiors } from './load-superiors.ts';

/** Throws ApiProblem 403 when the operator may not see this identity. */
export async function requireReadable(
  dependencies: ChainDependencies,
  operator: Operator,
  { summary }: IdentityHeader,
): Promise<void> {
  if (operator.scope === 'all') return;
  const superiors = await loadSuperiors(dependencies, summary.ownerId ?? summary.managerId);
  const present = superiors.filter(({ employed }) => employed).map(({ identityId }) => identityId);
  if (mayRead(operator.scope, operator.identityId, present)) return;
  throw new ApiProblem(403, 'You may see your own reports only.');
}
