// All that is kept about one identity: its facts, what came of them in each application, and who may act for it now.
import type { KeptViolation } from '../duties/kept-violations.ts';
import type { Fact } from '../identity/facts.ts';
import type { IdentitySummary } from '../identity/identity-summary.ts';
import type { IdentityConflict } from '../identity/shared-address.ts';
import type { Undelivered } from '../identity/undelivered-mail.ts';
import type { AccountRecord } from './account-record.ts';
import type { FailedApplication } from './settlement.ts';
import type { TaskRecord } from './task-record.ts';

export interface IdentityRecord {
  readonly header: IdentityHeader;
  readonly facts: readonly Fact[];
  /** Instants whose taking effect has been recorded (epoch ms). */
  readonly effects: readonly number[];
  readonly accounts: readonly AccountRecord[];
  readonly tasks: readonly TaskRecord[];
  /** When what was known of somebody before, under the same id, was destroyed (epoch ms); absent: nothing is known of that. */
  readonly erasedMs?: number | undefined;
}

export interface IdentityHeader {
  readonly identityId: string;
  /** Raised by each fact, and by each instant at which one takes effect. */
  readonly version: number;
  /** Raised whenever the right to act for this identity changes hands. */
  readonly epoch: number;
  /** The latest instant at which anything was recorded; nobody judges by an earlier one, whatever their clock says. */
  readonly clockMs: number;
  readonly lease?: Lease | undefined;
  /** The version that every system was last brought in line with. */
  readonly settledVersion?: number | undefined;
  readonly settledMs?: number | undefined;
  /**
   * The hash of the access model under which that was: what it gave is taken away by no other before somebody has looked
   * at how many would lose by that. Absent: not known, as in records that were written before it was kept.
   */
  readonly modelHash?: string | undefined;
  /** Passes in a row that failed. */
  readonly failedPasses: number;
  readonly escalation?: Escalation | undefined;
  /** When the sweep must look at this identity again (epoch ms). */
  readonly nextCheckMs?: number | undefined;
  readonly removal?: Removal | undefined;
  /** The applications in which it was to have an account when it was last settled. */
  readonly applications?: readonly string[] | undefined;
  /** As the last pass found them, for as long as the identity is employed. */
  readonly conflicts?: readonly IdentityConflict[] | undefined;
  /** Where reasons held up two sides of a rule when it was last settled. Absent: nowhere. */
  readonly violations?: readonly KeptViolation[] | undefined;
  /** The hold by which all of it is being destroyed: nothing new gets in, and nobody works on it. */
  readonly erasing?: string | undefined;
  /** That what was mailed to its address came back. Absent: nothing is known of that. */
  readonly undelivered?: Undelivered | undefined;
  readonly summary: IdentitySummary;
}

/** A call may act only while both are as they were when it began. */
export interface Mark {
  readonly epoch: number;
  readonly version: number;
}

/** Has the lease of everybody who is being restored, so that nobody acts for them; it calls no system itself. */
export const RESTORE_HOLDER = 'restore';

export interface Lease {
  readonly holder: string;
  readonly expiresMs: number;
}

export interface Escalation {
  readonly atMs: number;
  readonly failed: readonly FailedApplication[];
  /** Since when it fails by these facts and this access model (epoch ms); absent in what was kept before that was. */
  readonly sinceMs?: number | undefined;
  readonly version?: number | undefined;
  readonly modelHash?: string | undefined;
}

/** How far the removal of a departed identity's access has come. Instants in epoch ms. */
export interface Removal {
  /** The identity's version when the removal began; with the identity's id it names the certificate. */
  readonly version: number;
  readonly startedMs: number;
  /** Of the fence that began it; removals that were begun before this was kept lack it. */
  readonly epoch?: number | undefined;
  /** When nothing can take effect any more that was under way at this fence, or at one before it. */
  readonly earlierWorkEndsMs?: number | undefined;
  /** When every system had been read back clean. */
  readonly provenMs?: number | undefined;
  /**
   * When the removal began that is certified, where this one was begun anew since: what was certified first stands, and says
   * nothing of a departure after that.
   */
  readonly certifiedFromMs?: number | undefined;
  /** Clean, but something may outlast that: until when its proof waits for the next read-back. */
  readonly waitsUntilMs?: number | undefined;
}
