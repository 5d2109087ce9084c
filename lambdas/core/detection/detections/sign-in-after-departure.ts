// Whoever has left uses access all the same: an account that was missed, or one that somebody let in again.
import type { Detection } from '../detection.ts';
import { accountIn, accountsApplication, identityIn, iso, isResidual, isUnderWay, isUse } from '../judging.ts';

export const signInAfterDeparture: Detection = {
  id: 'sign-in-after-departure',
  title: 'Access was used after its holder had left',
  severity: 'critical',
  window: 'since the departure, and what the account’s residual window still explains',
  joins: ['departure and the fact that says so', 'residual window', 'account as it was last read'],
  response: { people: 'suspend', nonHuman: 'suspend' },
  runbook: 'ended-access-used',
  judge(record, { actor, settings }) {
    const identity = identityIn(actor);
    if (identity?.thenState.status !== 'departed' || !isUse(record)) return undefined;
    const { departedMs, departedBy, knownMs } = identity.thenState;
    const account = accountIn(identity, accountsApplication(record, 'actor'));
    // A new sign-in at a screen is by no token that was issued before.
    const isNew = record.action === 'sign-in' && record.interactive === true;
    if (isUnderWay(departedMs, record.timeMs, settings) || (!isNew && isResidual(account, record.timeMs)))
      return undefined;
    const isBefore = record.timeMs < knownMs;
    return {
      about: 'actor',
      // Dated back: when it was used, nobody here could know.
      severity: isBefore ? 'low' : account?.closedMs === undefined ? 'high' : 'critical',
      because: `Its employment ended at ${iso(departedMs)}${isBefore ? `, which Tenure was told at ${iso(knownMs)}` : ''}; access was used at ${iso(record.timeMs)}.`,
      evidence: {
        departedAt: iso(departedMs),
        endedBy: departedBy.by === 'end-date' ? 'end-date' : departedBy.factId,
        ...(account?.closedMs !== undefined && { closedAt: iso(account.closedMs) }),
        ...(account?.residual !== undefined && { residualUntil: iso(account.residual.untilMs) }),
      },
    };
  },
};
