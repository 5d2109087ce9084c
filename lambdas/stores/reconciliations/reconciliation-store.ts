// What reconciliation remembers: for each application how far its run has come, its last report and decision, and
// what was found. It lies in the identities table, in partitions that no identity can have.

import type { Answer } from '../../core/access-model/reconciliation-settings.ts';
import type { AuditEntry } from '../../core/audit/audit.ts';
import type { CursorMark } from '../../core/reconciliation/cursor-loop.ts';
import type { Finding, FindingKind } from '../../core/reconciliation/reconciliation.ts';
import type { Page } from '../page.ts';

/** Cursors of systems are opaque and may hold anything, so they are kept here and never in an execution. */
export const MAXIMUM_CURSOR_LENGTH = 8_192;

export interface Reconciliation {
  readonly applicationId: string;
  /** The run under way, or the one that came last. */
  readonly run?: ReconciliationRun | undefined;
  /** What the last run that ended well found. */
  readonly report?: ReconciliationReport | undefined;
  readonly decision?: ReconciliationDecision | undefined;
  /** The last list of its accounts that people brought, where no connector reads it. */
  readonly list?: BroughtList | undefined;
}

/** Which list. */
export interface ListRead {
  /** Hex, of its content. */
  readonly sha256: string;
  /** When it was made in the system (epoch ms). */
  readonly exportedMs: number;
  /** An identity. */
  readonly broughtBy: string;
}

export interface BroughtList extends ListRead {
  readonly broughtMs: number;
  readonly accounts: number;
}

export interface ReconciliationRun {
  readonly runId: string;
  readonly status: 'running' | 'finished' | 'failed';
  readonly startedMs: number;
  /** When it last got on. */
  readonly touchedMs: number;
  /** What it works through: first the system's accounts, then the identities that should have one. */
  readonly phase: 'accounts' | 'identities' | 'done';
  /** Raised with each page, so that each counts once. */
  readonly step: number;
  /** Where the next page of this phase begins; undefined: at its start. */
  readonly cursor?: string | undefined;
  /** By which a listing that goes in circles is known. */
  readonly mark?: CursorMark | undefined;
  /** Pages of this phase so far. */
  readonly pages: number;
  /** As they were listed: one that came on two pages counts twice until the report. */
  readonly accounts: number;
  readonly matched: number;
  /** Findings that only people can mend, and that were kept. */
  readonly kept?: number | undefined;
  /** All that it saw is in its sightings. Absent from runs that were begun before there were any. */
  readonly sighted?: true | undefined;
  /** How far it has read who there is, where that is worth it. */
  readonly known?: { readonly after?: string | undefined; readonly isComplete: boolean } | undefined;
  /** What kept it from seeing everything, if anything did. */
  readonly incomplete?: IncompleteReason | undefined;
  /** What the account that Tenure uses in the system lacks, as the connector found; absent: it cannot tell. */
  readonly lacking?: readonly string[] | undefined;
  /** What it read, where people brought that. */
  readonly list?: ListRead | undefined;
}

export const INCOMPLETE_REASONS = [
  'no-listing',
  'too-many-accounts',
  'too-many-identities',
  'half-as-many-accounts',
] as const;
export type IncompleteReason = (typeof INCOMPLETE_REASONS)[number];

/** Findings of each kind; without `renamed` there are none. */
export type Counts = Readonly<Record<Exclude<FindingKind, 'renamed'>, number>> & { readonly renamed?: number };

export interface ReconciliationReport {
  readonly runId: string;
  readonly startedMs: number;
  readonly finishedMs: number;
  readonly accounts: number;
  readonly matched: number;
  readonly counts: Counts;
  readonly newOrphans: number;
  readonly incomplete?: IncompleteReason | undefined;
  /** Of which list, where people brought it. */
  readonly list?: ListRead | undefined;
}

export interface ReconciliationDecision {
  readonly answer: Answer;
  readonly reason: string;
  readonly decidedBy: string;
  readonly decidedMs: number;
  /** The run whose report was looked at. */
  readonly runId: string;
}

export interface StoredFinding extends Finding {
  /** When it was found first, in whichever run. */
  readonly firstSeenMs: number;
  readonly seenMs: number;
}

export interface FindingCounts {
  readonly counts: Counts;
  /** Orphans that no earlier run had found. */
  readonly newOrphans: number;
}

export interface ReconciliationStore {
  find(applicationId: string): Promise<Reconciliation | undefined>;
  /** Every application that was ever reconciled. */
  list(): Promise<readonly Reconciliation[]>;
  /** False while a run is under way that got on since `staleMs`: one run at a time. */
  begin(applicationId: string, run: ReconciliationRun, staleMs: number, audit: readonly AuditEntry[]): Promise<boolean>;
  /** Replaces the run as it was after `run.step - 1`; false when it is not there any more. */
  advance(applicationId: string, run: ReconciliationRun): Promise<boolean>;
  /** Ends the run under way; false when it is another, or has ended. */
  finish(
    applicationId: string,
    run: ReconciliationRun,
    report: ReconciliationReport | undefined,
    audit: readonly AuditEntry[],
  ): Promise<boolean>;
  /** False when the application's report is of another run than the decision. */
  decide(applicationId: string, decision: ReconciliationDecision, audit: readonly AuditEntry[]): Promise<boolean>;

  /** @returns false when a later list, or another of the same time, is there already, or the entry was written before */
  saveList(applicationId: string, list: BroughtList, audit: readonly AuditEntry[]): Promise<boolean>;

  /** Writing the same finding again only tells that it was seen again. `expiresMs`: when it may be forgotten. */
  saveFindings(
    applicationId: string,
    findings: readonly Finding[],
    times: { readonly seenMs: number; readonly expiresMs: number },
  ): Promise<void>;
  /** What was seen since; `startedMs` tells what is new. */
  countFindings(applicationId: string, startedMs: number): Promise<FindingCounts>;
  /** What was seen since, by kind. A page may hold fewer than asked for, or none, and still have a next one. */
  listFindings(options: {
    applicationId: string;
    kind?: FindingKind | undefined;
    sinceMs: number;
    limit: number;
    after?: string | undefined;
  }): Promise<Page<StoredFinding>>;

  /** Adds a page of sightings under a name of its own: what was seen by whomever in this run stays seen. */
  saveSightings(runId: string, name: string, packed: Uint8Array, expiresMs: number): Promise<void>;
  /** All pages of a run, by name. */
  readSightings(runId: string): Promise<readonly Uint8Array[]>;
}
