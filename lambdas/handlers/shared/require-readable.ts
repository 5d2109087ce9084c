// Managers see their own reports: those below them in the management chain, and the service accounts and agents that
// those (or they themselves) own. A manager who has left sees nothing; whoever is above sees what they saw.
import { mayRead, type View } from '../../api/roles.ts';
import type { IdentityHeader } from '../../core/access/identity-record.ts';
import { ApiProblem } from '../../middleware/api-problem.ts';
import type { Operator } from '../../middleware/authorize.ts';
import { type ChainDependencies, loadSuperiors } from './load-superiors.ts';
import { personOf } from './require-uninvolved.ts';

/** Whom an identity belongs below. */
export interface Subordinate {
  readonly summary: Pick<IdentityHeader['summary'], 'managerId' | 'ownerId'>;
}

/** What the operator is shown of this identity. Throws ApiProblem 403 when they may not see it. */
export async function requireReadable(
  dependencies: ChainDependencies,
  operator: Operator,
  { summary }: Subordinate,
): Promise<View> {
  const { scope, view, reportsView } = operator;
  if (scope === 'all' && view.names === reportsView.names && view.reasons === reportsView.reasons) return view;
  if (scope === 'self') throw new ApiProblem(403, 'You may see what is about yourself only.');
  if (await isOwnReport(dependencies, operator, summary.ownerId ?? summary.managerId)) return reportsView;
  if (scope === 'all') return view;
  throw new ApiProblem(403, 'You may see your own reports only.');
}

async function isOwnReport(
  dependencies: ChainDependencies,
  { identityId }: Operator,
  nearest: string | undefined,
): Promise<boolean> {
  if (identityId === undefined) return false;
  const superiors = await loadSuperiors(dependencies, nearest);
  const present = superiors.filter(({ employed }) => employed).map((superior) => superior.identityId);
  return mayRead('own-reports', await personOf(dependencies, identityId), present);
}
