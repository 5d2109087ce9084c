// What Tenure keeps about identities, as the handlers need it. DynamoDB implements it in dynamo-identity-store.ts; a
// simulator can implement it in memory. Each method is one atomic write (or one consistent read), and takes the
// audit entries that belong to it, so that no effect can be without its entry.

import type { AccountRecord } from '../../core/access/account-record.ts';
import type { Escalation, IdentityHeader, IdentityRecord, Mark, Removal } from '../../core/access/identity-record.ts';
import type { TaskRecord } from '../../core/access/task-record.ts';
import type { AuditEntry } from '../../core/audit/audit.ts';
import type { Fact } from '../../core/identity/facts.ts';
import type { IdentitySummary } from '../../core/identity/identity-summary.ts';
import type { Certificate } from '../../core/removal/certificate.ts';

/** An HR event as accepted: what a duplicate is answered with, and what a conflict is measured against. */
export interface AcceptedEvent {
  readonly source: string;
  readonly sourceEventId: string;
  readonly payloadHash: string;
  readonly identityId: string;
  readonly version: number;
  /** The hold of the mass-error guard it was put into. */
  readonly held?: string | undefined;
}

export interface RecordFact {
  readonly fact: Fact;
  /** The version on which the caller decided; 0 for an identity not seen before. */
  readonly expectedVersion: number;
  readonly payloadHash: string;
  readonly summary: IdentitySummary;
  /** When the writer wrote, by its clock. */
  readonly nowMs: number;
  readonly nextCheckMs: number;
  readonly audit: readonly AuditEntry[];
  /** The task this fact attests, closed in the same write. */
  readonly attestedTask?: TaskRecord | undefined;
  /** Another identity's fact, recorded in the same write or not at all. */
  readonly together?: RecordFact | undefined;
}

export interface RecordEffect {
  readonly identityId: string;
  readonly instantMs: number;
  readonly expectedVersion: number;
  readonly summary: IdentitySummary;
  readonly nowMs: number;
  readonly nextCheckMs: number;
  readonly audit: readonly AuditEntry[];
}

export interface SettleLease {
  readonly identityId: string;
  readonly epoch: number;
  readonly version: number;
  readonly nowMs: number;
  readonly summary: IdentitySummary;
  readonly applications: readonly string[];
  /** Undefined: nothing is to come. */
  readonly nextCheckMs: number | undefined;
  readonly audit: readonly AuditEntry[];
}

export interface ReleaseLease {
  readonly identityId: string;
  readonly epoch: number;
  readonly failedPasses: number;
  readonly nextCheckMs: number;
  readonly escalation?: Escalation | undefined;
  readonly audit: readonly AuditEntry[];
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Opaque; pass it back for the next page. */
  readonly next?: string | undefined;
}

export interface IdentityStore {
  load(identityId: string): Promise<IdentityRecord | undefined>;
  findAcceptedEvent(source: string, sourceEventId: string): Promise<AcceptedEvent | undefined>;

  /** `duplicate`: this source and id was accepted before. `version-changed`: decide again on the new version. */
  recordFact(input: RecordFact): Promise<'recorded' | 'duplicate' | 'version-changed'>;
  /** `duplicate`: this instant was recorded before. */
  recordEffect(input: RecordEffect): Promise<'recorded' | 'duplicate' | 'version-changed'>;

  /** Takes the lease when it is free, expired, or the holder's own; undefined when somebody else holds it. */
  acquireLease(input: {
    identityId: string;
    holder: string;
    nowMs: number;
    expiresMs: number;
    nextCheckMs: number;
  }): Promise<IdentityHeader | undefined>;
  /** Extends the lease if the epoch is still this one; false when it is stale. */
  renewLease(input: { identityId: string; epoch: number; expiresMs: number }): Promise<boolean>;
  /** Where the identity stands now: what a call under way compares itself with before it acts. */
  readMark(identityId: string): Promise<Mark>;
  /** Takes the right to act from whoever has it; returns the header as it was before. */
  fenceOff(input: {
    identityId: string;
    epoch: number;
    removal: Removal;
    audit: readonly AuditEntry[];
  }): Promise<'fenced' | 'epoch-changed'>;
  /** Gives the lease back as settled; false when the version or the epoch moved meanwhile. */
  settleLease(input: SettleLease): Promise<boolean>;
  /** Gives the lease back unsettled; false when the epoch moved meanwhile. */
  releaseLease(input: ReleaseLease): Promise<boolean>;

  /** False, and nothing is written, when the account's revision is not the one before this any more. */
  saveAccount(input: { identityId: string; account: AccountRecord; audit: readonly AuditEntry[] }): Promise<boolean>;
  /** With the certificate once it is proven; one that is there already stays as it is, and false is answered. */
  saveRemoval(input: {
    identityId: string;
    removal: Removal;
    audit: readonly AuditEntry[];
    certificate?: Certificate | undefined;
  }): Promise<boolean>;
  findCertificate(certificateId: string): Promise<Certificate | undefined>;
  /** Of removals proven in a month (UTC, `2026-11`), the latest first. */
  listCertificates(options: { month: string; limit: number; after?: string | undefined }): Promise<Page<Certificate>>;
  saveNextCheck(identityId: string, nextCheckMs: number): Promise<void>;

  /** Opens a task and supersedes the open ones it replaces, at once. Opening the same task twice changes nothing. */
  openTask(input: { task: TaskRecord; supersedes: readonly TaskRecord[]; audit: readonly AuditEntry[] }): Promise<void>;

  /** Closes open tasks whose steps are no longer wanted. */
  supersedeTasks(input: { tasks: readonly TaskRecord[]; audit: readonly AuditEntry[] }): Promise<void>;

  /** The tokens with which waiting executions are woken once no task is open. */
  saveWaitingToken(identityId: string, token: string): Promise<void>;
  listWaitingTokens(identityId: string): Promise<readonly string[]>;
  forgetWaitingToken(identityId: string, token: string): Promise<void>;

  listIdentities(options: {
    managerId?: string | undefined;
    limit: number;
    after?: string | undefined;
  }): Promise<Page<IdentityHeader>>;
  listOwnedBy(ownerId: string): Promise<readonly IdentityHeader[]>;
  /** The ids of those whose record names this account. As of a moment ago, at most 10. */
  findLinked(applicationId: string, accountId: string): Promise<readonly string[]>;
  /** The ids of those with this e-mail address now, in whatever case. As of a moment ago, at most 10. */
  findByEmail(email: string): Promise<readonly string[]>;
  listTasks(options: {
    status: TaskRecord['status'];
    limit: number;
    after?: string | undefined;
  }): Promise<Page<TaskRecord>>;
  /** Identities whose `nextCheckMs` has passed. */
  listDue(nowMs: number, limit: number): Promise<readonly IdentityHeader[]>;
}
