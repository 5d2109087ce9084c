// Which entries of the audit log show what became of a removal: that somebody said so, and that the system itself was seen without
// it. By the same rules as an auditor's pack is verified (audit/verify/review-pack.ts).
import type { AuditEntry } from '../audit/audit.ts';

export interface ProvenRemoval {
  readonly campaignId: string;
  /** `application:entitlement` */
  readonly entitlement: string;
  /** What the system calls it. Absent: the access model has it no longer. */
  readonly grant?: string | undefined;
  /** RFC 3339. */
  readonly askedAt: string;
  /** When somebody said so (RFC 3339). Absent: nobody did, it was due. */
  readonly decidedAt?: string | undefined;
  /** RFC 3339. Absent: not yet. */
  readonly readBackAt?: string | undefined;
}

/** From when on entries may tell of it (RFC 3339). Undefined: none does. */
export function toldSince(removal: ProvenRemoval): string | undefined {
  const { decidedAt, readBackAt, askedAt } = removal;
  return decidedAt ?? (readBackAt === undefined || !wasThere(removal) ? undefined : askedAt);
}

/** The last that says so: what was said before does not count any more. */
export function isDecisionOn(
  { campaignId, entitlement, decidedAt }: ProvenRemoval,
  { at, event }: AuditEntry,
): boolean {
  return (
    decidedAt !== undefined &&
    at >= decidedAt &&
    event.type === 'fact-recorded' &&
    event.factType === 'access-review-decided' &&
    event.campaignId === campaignId &&
    `${event.applicationId}:${event.entitlement}` === entitlement &&
    (event.answer === 'remove' || event.answer === 'shorten')
  );
}

/** The first that does. */
export function isReadingBack(removal: ProvenRemoval, { at, event }: AuditEntry): boolean {
  const { entitlement, grant, askedAt, readBackAt } = removal;
  if (grant === undefined || readBackAt === undefined || !wasThere(removal) || at < askedAt) return false;
  const [applicationId] = entitlement.split(':');
  // In a system without a connector people say so.
  if (event.type === 'fact-recorded') {
    return event.factType === 'task-attested' && event.applicationId === applicationId;
  }
  if (event.type !== 'access-read-back' || event.applicationId !== applicationId) return false;
  const { observed, answered, error } = event;
  return answered === true && error === undefined && !(observed?.grants ?? []).includes(grant);
}

/** Of somebody who never had an account there was nothing to see. */
function wasThere({ askedAt, readBackAt }: ProvenRemoval): boolean {
  return readBackAt !== askedAt;
}
