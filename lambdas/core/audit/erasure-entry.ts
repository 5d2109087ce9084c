// What is put on record before what is known of somebody is destroyed, and how it is known later that what left the audit
// table was theirs. The entry's id is a keyed digest of theirs: whoever has the salt, which goes when what is left of them
// does, can tell that this very entry is in the log; nobody else can tie it to anybody.
import { createHmac } from 'node:crypto';
import type { AuditEntry } from './audit.ts';
import { toLogEntry } from './redaction.ts';
import { auditKeyOf, DEPLOYMENT, readsOf } from './subject.ts';

export interface ErasedEntry {
  readonly identityId: string;
  /** RFC 3339. */
  readonly at: string;
  /** 128 random bits in base64url. */
  readonly salt: string;
  readonly holdId: string;
  readonly pseudonyms: readonly string[];
  /** Operators, by pseudonym. */
  readonly proposedBy: string;
  readonly approvedBy: string;
}

/** Where all entries about an identity lie, and about the operator of the same id: both are forgotten together. */
export function partitionsOf(id: string): readonly string[] {
  const keys = (['identity', 'operator'] as const).map((kind) => auditKeyOf({ kind, id }));
  return keys.flatMap((key) => [key, readsOf(key)]);
}

/** Without the id of anybody. */
export function erasedEntry({ identityId, at, salt, ...told }: ErasedEntry): AuditEntry {
  return entryWith(identityId, at, salt, { type: 'personal-data-erased', ...told });
}

/** Under which the log has that entry, whatever else it says. */
export function logIdOfErasure(identityId: string, { at, salt }: Pick<ErasedEntry, 'at' | 'salt'>): string {
  const event = { type: 'personal-data-erased', holdId: '', pseudonyms: [], proposedBy: '', approvedBy: '' } as const;
  return toLogEntry(entryWith(identityId, at, salt, event), new Map(), 0).entry.id;
}

/** Not in the name of an operator, under whose key its id would be. */
function entryWith(identityId: string, at: string, salt: string, event: AuditEntry['event']): AuditEntry {
  const digest = createHmac('sha256', Buffer.from(salt, 'base64url')).update(identityId, 'utf8').digest();
  return {
    identityId: auditKeyOf(DEPLOYMENT),
    entryId: `personal-data-erased:${digest.subarray(0, 16).toString('base64url')}`,
    at,
    actor: { type: 'tenure', id: 'erase-personal-data' },
    event,
  };
}
