// Managers see their own reports: those below them in the management chain, and the service accounts and agents that
// those (or they themselves) own.
import { mayRead } from '../../core/roles.ts';
import { ApiProblem } from '../../middleware/api-problem.ts';
import type { Operator } from '../../middleware/authorize.ts';
import type { IdentityHeader, IdentityStore } from '../../stores/identity-store.ts';

/** Deeper than organisations are; also what ends a chain that bites its own tail. */
const MAXIMUM_CHAIN = 12;

/** Throws ApiProblem 403 when the operator may not see this identity. */
export async function requireReadable(
  { identities }: { readonly identities: IdentityStore },
  operator: Operator,
  header: IdentityHeader,
): Promise<void> {
  if (operator.scope === 'everyone') return;
  const superiors: string[] = [];
  let above = superiorOf(header);
  while (above !== undefined && superiors.length < MAXIMUM_CHAIN && !superiors.includes(above)) {
    superiors.push(above);
    if (above === operator.identityId) break;
    const record = await identities.load(above);
    above = record && superiorOf(record.header);
  }
  if (mayRead(operator.scope, operator.identityId, superiors)) return;
  throw new ApiProblem(403, 'You may see your own reports only.');
}

function superiorOf({ summary }: IdentityHeader): string | undefined {
  return summary.ownerId ?? summary.managerId;
}
