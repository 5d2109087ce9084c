// What an audit entry is about. Identities have their partition of the audit log by their id; everything else has one
// under a key that no identity can have.
import type { AuditEntry } from './audit.ts';

export const SUBJECT_KINDS = ['identity', 'operator', 'application', 'hr-source', 'hold', 'deployment'] as const;
export type SubjectKind = (typeof SUBJECT_KINDS)[number];

export interface AuditSubject {
  readonly kind: SubjectKind;
  readonly id: string;
}

/** There is one in a log: this deployment, whatever it is called. */
export const DEPLOYMENT: AuditSubject = { kind: 'deployment', id: 'tenure' };

/** `identityId` of an entry about it. */
export function auditKeyOf({ kind, id }: AuditSubject): string {
  return kind === 'identity' ? id : `${kind.toUpperCase()}#${id}`;
}

/**
 * The partition of the audit log in which an entry lies. What operators read of an identity lies beside its other entries,
 * which are read whole where a removal is certified: no console that looks every minute may get in the way of that.
 */
export function partitionOf({ identityId, event }: Pick<AuditEntry, 'identityId' | 'event'>): string {
  return event.type === 'personal-data-read' ? readsOf(identityId) : identityId;
}

/** Where it is found who was shown a subject. */
export function readsOf(auditKey: string): string {
  return `READS#${auditKey}`;
}

/** What the entries under a key are about. An identity's id has no `#`. */
export function subjectOf(auditKey: string): AuditSubject {
  const [, prefix, id] = /^([A-Z-]+)#(.*)$/s.exec(auditKey) ?? [];
  const kind = SUBJECT_KINDS.find((one) => one.toUpperCase() === prefix);
  return kind === undefined || id === undefined ? { kind: 'identity', id: auditKey } : { kind, id };
}
