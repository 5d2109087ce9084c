// Audit entries: who changed what, why, on which evidence. They carry ids and names of things, never attribute values.
import type { Step } from '../access/difference.ts';
import type { FailedApplication } from '../access/settlement.ts';
import type { Answer } from '../access-model/reconciliation-settings.ts';
import type { ViolationEvent } from '../duties/kept-violations.ts';
import type { RequestAnswer, ReviewAnswer } from '../identity/facts.ts';
import type { MergeChange } from '../identity/planned-merge.ts';
import type { IdentityConflict } from '../identity/shared-address.ts';
import type { EventName } from '../signals/event-types.ts';
import type { ObservedAccount } from '../systems/account.ts';

export interface AuditEntry {
  /** Whom or what it is about: an identity's id, or what `auditKeyOf` (subject.ts) makes of anything else. */
  readonly identityId: string;
  /** Unique within the identity. Derived from what happened, so that writing it twice is writing it once. */
  readonly entryId: string;
  /** RFC 3339, UTC, milliseconds. */
  readonly at: string;
  readonly actor: Actor;
  /** The fact or instant that set this off. */
  readonly trigger?: string | undefined;
  /** The same from an HR event to the last removal that it brought about: the fact that set all of it off. */
  readonly correlation?: string | undefined;
  /** The identity's version and the lease's epoch under which it happened. */
  readonly version?: number | undefined;
  readonly epoch?: number | undefined;
  /** Hash of the access model it rests on. */
  readonly modelHash?: string | undefined;
  readonly event: AuditEvent;
}

/** What a system reported of an account, in its own words. */
export interface ObservedEvidence extends Pick<ObservedAccount, 'enabled' | 'grants' | 'openSessions' | 'archived'> {
  /** Their ids; absent: there are none, or the system does not tell. */
  readonly credentials?: readonly string[] | undefined;
}

export type Actor =
  | { readonly type: 'hr-source'; readonly id: string }
  | { readonly type: 'operator'; readonly id: string }
  | { readonly type: 'tenure'; readonly id: string }
  /** Whoever could not be authenticated. */
  | { readonly type: 'unknown'; readonly id: '' };

/** What is refused of somebody who may ask. */
export type RefusedProblem = 'not-found' | 'conflict' | 'invalid-input' | 'forbidden';

export type AuditEvent =
  | {
      readonly type: 'fact-recorded';
      readonly factType: string;
      readonly factId: string;
      /** SHA-256 of the canonical payload: proves what was received without repeating it. */
      readonly payloadHash: string;
      readonly attributes?: readonly string[] | undefined;
      /** RFC 3339: when whoever said it was heard. The entry is written after that. Absent from entries of earlier versions. */
      readonly receivedAt?: string | undefined;
      /** The hold in which it waits, or which it decides. */
      readonly holdId?: string | undefined;
      /** Of the task that somebody attested, or of what was given for a time. */
      readonly applicationId?: string | undefined;
      /** SHA-256 of the files that show that the task was carried out, hex. */
      readonly files?: readonly string[] | undefined;
      /** What was given for a time, within the application, and the request that it was asked for with. */
      readonly entitlement?: string | undefined;
      readonly request?: string | undefined;
      /** Of a decision on that request. */
      readonly answer?: RequestAnswer | ReviewAnswer | undefined;
      /** Of an answer in a review of many. */
      readonly campaignId?: string | undefined;
      /** Where the fact lies, and SHA-256 of it in canonical JSON: it is sealed whole. Absent of entries of earlier versions. */
      readonly recordedMs?: number | undefined;
      readonly factHash?: string | undefined;
    }
  /** Somebody stated it; nothing has changed before somebody else decides on the hold. */
  | {
      readonly type: `${MergeChange}-proposed`;
      readonly holdId: string;
      readonly survivor: string;
      readonly duplicate: string;
    }
  /** The same of erasing what is known of its subject. */
  | { readonly type: 'erasure-proposed'; readonly holdId: string }
  | {
      readonly type: 'erasure-decided';
      readonly holdId: string;
      /** `drop` after `release`: it was called off before it was begun. */
      readonly decision: 'release' | 'drop';
      readonly reason: string;
    }
  /** Put before anything is destroyed. The pseudonyms are those whose keys are; who agreed is told by theirs. */
  | {
      readonly type: 'personal-data-erased';
      readonly holdId: string;
      readonly pseudonyms: readonly string[];
      readonly proposedBy: string;
      readonly approvedBy: string;
    }
  | { readonly type: 'took-effect'; readonly instant: string }
  | { readonly type: 'work-fenced-off'; readonly epoch: number }
  | {
      readonly type: 'access-intended';
      readonly applicationId: string;
      readonly callId: string;
      readonly steps: readonly Step[];
    }
  | {
      readonly type: 'access-changed';
      readonly applicationId: string;
      readonly callId: string;
      readonly accountId?: string | undefined;
      readonly step: Step;
    }
  | {
      readonly type: 'access-read-back';
      readonly applicationId: string;
      readonly callId: string;
      readonly accountId?: string | undefined;
      /** What the system itself reported afterwards; absent when it has no account. */
      readonly observed?: ObservedEvidence | undefined;
      /** The system itself answered. Without this what is observed is what was known before, and may be so no longer. */
      readonly answered?: true | undefined;
      readonly error?: string | undefined;
    }
  | {
      readonly type: 'task-opened';
      readonly taskId: string;
      readonly applicationId: string;
      readonly steps: readonly Step[];
    }
  | { readonly type: 'task-superseded'; readonly taskId: string; readonly applicationId: string }
  /** Somebody has said that it is done, and a second person has yet to confirm it. */
  | { readonly type: 'task-stated'; readonly taskId: string; readonly applicationId: string }
  /** A file that shows that a task was carried out, by its content. */
  | {
      readonly type: 'evidence-added';
      readonly taskId: string;
      readonly applicationId: string;
      readonly sha256: string;
      readonly bytes: number;
    }
  /** People were told that nobody has attested it in time. */
  | {
      readonly type: 'task-overdue';
      readonly taskId: string;
      readonly applicationId: string;
      readonly dueAt: string;
    }
  /** Its ticket was turned down, or resolved by whom it is about or nobody knows: it is to be done still. */
  | {
      readonly type: 'ticket-reopened';
      readonly taskId: string;
      readonly applicationId: string;
      readonly attempt: number;
    }
  /** An account that was there before Tenure was linked to its identity; what no reason holds up waits for a decision. */
  | {
      readonly type: 'account-adopted';
      readonly applicationId: string;
      readonly accountId: string;
      readonly unreviewed: readonly string[];
    }
  | {
      readonly type: 'reconciliation-decided';
      readonly applicationId: string;
      readonly answer: Answer;
      readonly reason: string;
      /** The run whose report was looked at. */
      readonly runId: string;
    }
  /** Somebody else employed has the same e-mail address: no new account before somebody has decided. */
  | ({ readonly type: 'identity-conflict' } & IdentityConflict)
  /** Reasons hold up two sides of a rule, or no longer; an exception from it is in force, or no longer. */
  | ViolationEvent
  /** Somebody took access at once, in an emergency. */
  | {
      readonly type: 'break-glass-used';
      readonly applicationId: string;
      readonly entitlement: string;
      readonly until: string;
    }
  | { readonly type: 'converged'; readonly openTasks: number }
  | { readonly type: 'escalated'; readonly failed: readonly FailedApplication[] }
  /** Read back clean, but something may outlast that: the proof waits. */
  | { readonly type: 'residual-window'; readonly certificateId: string; readonly until: string }
  | {
      readonly type: 'removal-proven';
      readonly certificateId: string;
      /** SHA-256 of the certificate in canonical JSON, which is never changed. Absent from entries of earlier versions. */
      readonly certificateHash?: string | undefined;
      readonly applications: readonly string[];
    }
  /** An operator was shown what is known of its subject, at least once in the minute that begins then. */
  | { readonly type: 'personal-data-read'; readonly operation: string }
  /** An operator ran a named query over the lake, with these values, pseudonyms for ids. Without this nobody reads its answer. */
  | {
      readonly type: 'audit-query-run';
      readonly operation: string;
      readonly query: string;
      /** Athena's. */
      readonly executionId: string;
      readonly parameters: readonly { readonly name: string; readonly value: string }[];
    }
  /** An operator asked for what none of their roles allows, or whom they may not see; at least once in that minute. */
  | { readonly type: 'access-denied'; readonly operation: string }
  /** What an operator asked for was refused, and nothing changed; each reason at least once in that minute. */
  | {
      readonly type: 'operation-refused';
      readonly operation: string;
      readonly problem: RefusedProblem;
      /** As it was answered, without what the operator sent. */
      readonly reason: string;
      /** The access request that it contradicts; absent: nothing is known under that id, or it names none. */
      readonly request?: string | undefined;
    }
  /** Somebody without a valid signature or token; at least once in that minute. */
  | { readonly type: 'authentication-failed'; readonly operation: string }
  | {
      readonly type: 'hold-opened';
      readonly holdId: string;
      readonly source: string;
      /** What was too much, and from which number on. */
      readonly rule: string;
      readonly count: number;
      readonly threshold: number;
    }
  | {
      readonly type: 'hold-decided';
      readonly holdId: string;
      readonly decision: 'release' | 'drop';
      readonly reason: string;
    }
  /** Somebody brought a list of what is in a system that no connector reads. */
  | {
      readonly type: 'accounts-listed';
      readonly applicationId: string;
      /** Hex, of the list. */
      readonly sha256: string;
      readonly exportedAt: string;
      readonly accounts: number;
    }
  /** Somebody wants a run now; what began it says who ran it. */
  | { readonly type: 'reconciliation-asked'; readonly applicationId: string }
  | { readonly type: 'reconciliation-begun'; readonly applicationId: string; readonly runId: string }
  | {
      readonly type: 'reconciliation-ended';
      readonly applicationId: string;
      readonly runId: string;
      readonly outcome: 'finished' | 'failed';
      /** What was found, by kind. Absent: nothing was counted. */
      readonly counts?: readonly { readonly kind: string; readonly count: number }[] | undefined;
    }
  /** Another access model counts from now on; the entry's `modelHash` names it. */
  | { readonly type: 'model-deployed' }
  /** What it would take and give was counted over everybody: whether it may, or waits in a hold. */
  | {
      readonly type: 'model-judged';
      readonly verdict: 'cleared' | 'held';
      readonly emptied: number;
      readonly reduced: number;
      readonly gaining: number;
    }
  /** A review of many begins: as of then is its population. The entry names who opened it, and by which access model it judges. */
  | { readonly type: 'review-campaign-begun'; readonly campaignId: string; readonly reason?: string | undefined }
  /** Its population is complete, and what of that needs an answer is decided, before anybody is asked. */
  | {
      readonly type: 'review-population-fixed';
      readonly campaignId: string;
      /** SHA-256 of the manifest that names every page with its own, hex. */
      readonly manifestSha256: string;
      readonly pages: number;
      readonly people: number;
      readonly items: number;
      readonly asked: number;
      readonly excluded: number;
    }
  /** Everybody is asked who has to be. */
  | { readonly type: 'review-campaign-opened'; readonly campaignId: string; readonly asked: number }
  /** The stages of a review of many are due at other times: the last of them then. */
  | {
      readonly type: 'review-deadline-moved';
      readonly campaignId: string;
      readonly until: string;
      readonly reason: string;
    }
  /** What a role was to answer in a review of many somebody else is to. */
  | { readonly type: 'review-reassigned'; readonly campaignId: string; readonly reason: string }
  /** Every item has an outcome, and every removal was read back. */
  | {
      readonly type: 'review-campaign-closed';
      readonly campaignId: string;
      readonly kept: number;
      readonly removed: number;
      readonly notAnswered: number;
    }
  /** A deployment has other settings than the last one on record: which, by name and SHA-256 of their values. */
  | {
      readonly type: 'settings-changed';
      /** Of Tenure itself, as deployed. */
      readonly codeVersion: string;
      readonly changes: readonly {
        readonly setting: string;
        /** Absent: there was none, or a value that names a person. */
        readonly before?: string | undefined;
        readonly after?: string | undefined;
      }[];
    }
  /** Nobody has used its account for as long as the settings say; once for each time that it was used last. */
  | {
      readonly type: 'account-dormant';
      readonly applicationId: string;
      readonly kind: string;
      /** A day, UTC. */
      readonly lastActiveOn: string;
    }
  /** What was told to be dormant is used again. */
  | { readonly type: 'account-active'; readonly applicationId: string }
  /** A detection found something about its subject that somebody has to look at, for the first time or once more. */
  | {
      readonly type: 'alert-raised';
      readonly alertId: string;
      readonly detection: string;
      /** As OCSF names them, in lower case. */
      readonly severity: string;
      /** How often it was raised by then. */
      readonly raised: number;
    }
  /** What followed by itself. */
  | {
      readonly type: 'alert-answered';
      readonly alertId: string;
      readonly detection: string;
      /** In a word: `told`, `suspended`, `not-suspended`, ... */
      readonly taken: string;
    }
  /** Somebody has looked at it. */
  | {
      readonly type: 'alert-decided';
      readonly alertId: string;
      readonly detection: string;
      /** `meant` and `not-meant`: by whoever was asked. */
      readonly decision: 'acknowledge' | 'assign' | 'close' | 'mute' | 'meant' | 'not-meant';
      readonly reason?: string | undefined;
      /** Of closing: what it was. */
      readonly outcome?: string | undefined;
      readonly assignee?: string | undefined;
      /** Of a mute: its id, until when, and whether it is of everybody. */
      readonly muteId?: string | undefined;
      readonly until?: string | undefined;
      readonly everybody?: boolean | undefined;
    }
  /** Earlier than was said. */
  | { readonly type: 'mute-ended'; readonly muteId: string; readonly detection: string }
  /** Another system said something of its subject, or of its own stream (OpenID Shared Signals); what was done about it. */
  | {
      readonly type: 'signal-received';
      readonly transmitter: string;
      /** `other`: none that Tenure knows. */
      readonly event: EventName | 'other';
      /** Of the token, as the transmitter calls it. */
      readonly jti: string;
      readonly issuedAt: string;
      /** `withheld`: it would have suspended, and too many have lost access lately. */
      readonly response: 'recorded' | 'alerted' | 'suspended' | 'withheld';
      /** As the transmitter says. Absent: it says nothing, or it is not known of whom. */
      readonly reason?: string | undefined;
    }
  /** A receiver is told something of its subject (OpenID Shared Signals), by as much as it knows them by. */
  | { readonly type: 'signal-told'; readonly receiver: string; readonly event: EventName }
  /** Messages that were given up on were taken back; the sweep looks at whom they name. */
  | { readonly type: 'redriven'; readonly messages: number; readonly identities: number }
  /** The state was rebuilt from the sealed log of that name, as far as that size and root: what was before stands there. */
  | {
      readonly type: 'state-restored';
      readonly origin: string;
      readonly size: number;
      readonly root: string;
      readonly identities: number;
      readonly facts: number;
      /** Identities of whom nothing is restored, since their keys were destroyed, and those who wait for a decision. */
      readonly forgotten: number;
      readonly incomplete: number;
    };
