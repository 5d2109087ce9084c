// What is put on record of a hold itself; of whom it concerns, their own facts and entries tell. A merge has no entries of
// its hold, whose id is derived from the two: it is told of them alone.
import type { AuditEntry } from '../../core/audit/audit.ts';
import { auditKeyOf } from '../../core/audit/subject.ts';
import { toIso } from '../../core/moment.ts';
import type { AuditStore } from '../../stores/audit/audit-store.ts';
import type { Hold } from '../../stores/holds/hold-store.ts';

type Audit = Pick<AuditStore, 'append'>;

/** By the hold as it is kept, so that whoever finds it open already puts the same on record. */
export async function auditOpened(audit: Audit, { holdId, source, reason, openedMs, merge }: Hold): Promise<void> {
  if (merge !== undefined) return;
  const { rule, count, threshold } = reason;
  const entry: AuditEntry = {
    identityId: auditKeyOf({ kind: 'hold', id: holdId }),
    entryId: 'hold-opened',
    at: toIso(openedMs),
    actor: { type: 'tenure', id: 'mass-error-guard' },
    event: { type: 'hold-opened', holdId, source, rule, count, threshold },
  };
  await audit.append([entry]);
}

/** Before it is carried out. */
export async function auditDecided(audit: Audit, { holdId, status, decision, merge }: Hold): Promise<void> {
  if (merge !== undefined || decision === undefined) return;
  const { decidedBy, reason, decidedMs } = decision;
  const isRelease = status === 'releasing' || status === 'released';
  const entry: AuditEntry = {
    identityId: auditKeyOf({ kind: 'hold', id: holdId }),
    entryId: 'hold-decided',
    at: toIso(decidedMs),
    actor: { type: 'operator', id: decidedBy },
    event: { type: 'hold-decided', holdId, decision: isRelease ? 'release' : 'drop', reason },
  };
  await audit.append([entry]);
}
