// Whoever is suspended or on leave uses access all the same.
import type { Detection } from '../detection.ts';
import { accountIn, accountsApplication, identityIn, iso, isResidual, isUnderWay, isUse } from '../judging.ts';

export const suspendedAccountUsed: Detection = {
  id: 'suspended-account-used',
  title: 'Access was used while its holder was suspended or on leave',
  severity: 'high',
  window: 'since the suspension or the leave began',
  joins: ['suspension or leave', 'residual window', 'account as it was last read'],
  response: { people: 'alert', nonHuman: 'suspend' },
  runbook: 'ended-access-used',
  judge(record, { actor, settings }) {
    const identity = identityIn(actor);
    if (identity?.thenState.status !== 'suspended' || !isUse(record)) return undefined;
    const account = accountIn(identity, accountsApplication(record, 'actor'));
    if (isUnderWay(identity.sinceMs, record.timeMs, settings) || isResidual(account, record.timeMs)) return undefined;
    return {
      about: 'actor',
      because: `It was suspended or on leave since ${identity.sinceMs === undefined ? 'before' : iso(identity.sinceMs)}; access was used at ${iso(record.timeMs)}.`,
      evidence: {
        ...(identity.sinceMs !== undefined && { since: iso(identity.sinceMs) }),
        accountEnabled: account?.account?.enabled ?? false,
      },
    };
  },
};
