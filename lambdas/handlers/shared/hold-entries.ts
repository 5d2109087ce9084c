// What is put on record of a hold itself; of whom it concerns, their own facts and entries tell. A merge has no entries of
// its hold, whose id is derived from the two: it is told of them alone. So is an erasure, of which nothing is to be left.
import type { AuditEntry } from '../../core/audit/audit.ts';
import { auditKeyOf } from '../../core/audit/subject.ts';
import { toIso } from '../../core/moment.ts';
import type { AuditStore } from '../../stores/audit/audit-store.ts';
import type { Hold } from '../../stores/holds/hold-store.ts';

type Audit = Pick<AuditStore, 'append'>;

/** By the hold as it is kept, so that whoever finds it open already puts the same on record. */
export async function auditOpened(
  audit: Audit,
  { holdId, source, reason, openedMs, merge, erasure }: Hold,
): Promise<void> {
  if (merge !== undefined || erasure !== undefined) return;
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
export async function auditDecided(audit: Audit, hold: Hold): Promise<void> {
  const { holdId, status, decision, merge, erasure } = hold;
  if (merge !== undefined || decision === undefined) return;
  const { decidedBy, reason, decidedMs } = decision;
  const isRelease = status === 'releasing' || status === 'released';
  const told = { holdId, decision: isRelease ? 'release' : 'drop', reason } as const;
  const common = { at: toIso(decidedMs), actor: { type: 'operator', id: decidedBy } } as const;
  if (erasure === undefined) {
    const identityId = auditKeyOf({ kind: 'hold', id: holdId });
    const event = { type: 'hold-decided', ...told } as const;
    return await audit.append([{ ...common, identityId, entryId: 'hold-decided', event }]);
  }
  const { identityId } = erasure;
  if (identityId === undefined) return;
  const entryId = `erasure-${told.decision}:${holdId}`;
  await audit.append([{ ...common, identityId, entryId, event: { type: 'erasure-decided', ...told } }]);
}
