// What is put on record of a hold itself; of whom it concerns, their own facts and entries tell. A merge has no entries of
// its hold, whose id is derived from the two: it is told of them alone. So is an erasure, of which nothing is to be left.
import type { AuditEntry } from '../../core/audit/audit.ts';
import { auditKeyOf } from '../../core/audit/subject.ts';
import { toIso } from '../../core/moment.ts';
import type { Hold, HoldDecision } from '../../stores/holds/hold-store.ts';

/** Of one that is neither a merge's nor an erasure's. */
export function openedEntry({ holdId, source, reason, openedMs }: Hold): AuditEntry {
  const { rule, count, threshold } = reason;
  return {
    identityId: auditKeyOf({ kind: 'hold', id: holdId }),
    entryId: 'hold-opened',
    at: toIso(openedMs),
    actor: { type: 'tenure', id: 'mass-error-guard' },
    event: { type: 'hold-opened', holdId, source, rule, count, threshold },
  };
}

/** Of a merge there is none. */
export function decidedEntries(
  { holdId, merge, erasure }: Hold,
  status: 'releasing' | 'dropping',
  { decidedBy, reason, decidedMs }: HoldDecision,
): readonly AuditEntry[] {
  if (merge !== undefined) return [];
  const told = { holdId, decision: status === 'releasing' ? 'release' : 'drop', reason } as const;
  const common = { at: toIso(decidedMs), actor: { type: 'operator', id: decidedBy } } as const;
  if (erasure === undefined) {
    const identityId = auditKeyOf({ kind: 'hold', id: holdId });
    return [{ ...common, identityId, entryId: 'hold-decided', event: { type: 'hold-decided', ...told } }];
  }
  const { identityId } = erasure;
  if (identityId === undefined) return [];
  const entryId = `erasure-${told.decision}:${holdId}`;
  return [{ ...common, identityId, entryId, event: { type: 'erasure-decided', ...told } }];
}
