// An account that was there before Tenure, as one call meets it.
import { unreviewedGrants } from '../../core/access/adoption.ts';
import type { AccountRecord } from '../../stores/identities/identity-store.ts';
import type { ConvergenceCall } from './convergence-call.ts';

/** What this call leaves to an account that was there before, by what was read first; undefined: it adopts nothing. */
export function unreviewedOf(
  { adopts, application, desired, known }: ConvergenceCall,
  before: Pick<NonNullable<AccountRecord['account']>, 'grants'> | 'conflict' | undefined,
): readonly string[] | undefined {
  if (!adopts) return undefined;
  // Whose it is was in doubt: whenever that is settled is the first contact.
  if (before === 'conflict') return known?.unreviewed ?? [];
  const firstContact = known === undefined || known.account === undefined;
  return unreviewedGrants({ application, desired, held: before?.grants, firstContact, unreviewed: known?.unreviewed });
}
