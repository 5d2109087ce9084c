// A hold as the operators' API shows it.
import type { HoldAnswer } from '../../api/holds.ts';
import { toIso } from '../../core/moment.ts';
import type { Hold } from '../../stores/holds/hold-store.ts';

export function presentHold({
  holdId,
  source,
  openedMs,
  reason,
  status,
  decision,
  merge,
  modelChange,
}: Hold): HoldAnswer {
  return {
    holdId,
    source,
    openedAt: toIso(openedMs),
    status,
    rule: reason.rule,
    applicationId: reason.rule === 'application' ? reason.applicationId : undefined,
    count: reason.count,
    threshold: reason.threshold,
    merge: merge && {
      identityId: merge.identityId,
      duplicate: merge.duplicate,
      reason: merge.reason,
      proposedBy: merge.proposedBy,
    },
    modelChange: modelChange && { ...modelChange, accounts: { ...modelChange.accounts } },
    decision: decision && {
      decidedBy: decision.decidedBy,
      decidedAt: toIso(decision.decidedMs),
      reason: decision.reason,
    },
  };
}
