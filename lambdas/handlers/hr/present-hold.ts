// A hold as the operators' API shows it.
import type { HoldAnswer } from '../../api/holds.ts';
import { toIso } from '../../core/moment.ts';
import type { Hold, HoldDecision, ProposedErasure } from '../../stores/holds/hold-store.ts';

export function presentHold({
  holdId,
  source,
  openedMs,
  reason,
  status,
  decision,
  merge,
  modelChange,
  erasure,
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
    erasure: erasure && presentErasure(erasure, status === 'dropped' ? undefined : decision),
    modelChange: modelChange && { ...modelChange, accounts: { ...modelChange.accounts } },
    decision: decision && {
      decidedBy: decision.decidedBy,
      decidedAt: toIso(decision.decidedMs),
      reason: decision.reason,
    },
  };
}

/** @param released undefined: it is not, or was called off, and is due at no time */
function presentErasure(
  { identityId, proposedBy, delayMs, waitsFor, begun, erasedMs, remains }: ProposedErasure,
  released: HoldDecision | undefined,
): HoldAnswer['erasure'] {
  return {
    identityId,
    proposedBy,
    dueAt: released && toIso(released.decidedMs + delayMs),
    waitsFor,
    begunAt: begun && toIso(begun.atMs),
    erasedAt: erasedMs === undefined ? undefined : toIso(erasedMs),
    remains: remains?.map(({ where, untilMs }) => ({ where, until: toIso(untilMs) })),
  };
}
