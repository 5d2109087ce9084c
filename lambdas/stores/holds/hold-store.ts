// What the mass-error guard remembers: what was disabled lately, what it holds and whose decision it awaits, and how
// large the population was when last counted. Merges wait for their second person in holds, too. It lies in the identities table, in partitions that no identity can have.
import type { AuditEntry } from '../../core/audit/audit.ts';
import type { Disabling, HoldReason, Population } from '../../core/hr/mass-error-guard.ts';
import type { MergeChange } from '../../core/identity/planned-merge.ts';
import type { Page } from '../page.ts';

export const HOLD_STATUSES = ['open', 'releasing', 'dropping', 'released', 'dropped'] as const;
export type HoldStatus = (typeof HOLD_STATUSES)[number];

export interface Hold {
  /** Sorts by time: `<instant>.<source>.<number or file>`. */
  readonly holdId: string;
  readonly source: string;
  readonly openedMs: number;
  /** What was too much when it was opened. */
  readonly reason: HoldReason;
  /** `releasing` and `dropping`: decided, and being carried out. */
  readonly status: HoldStatus;
  /** Whether somebody was told. */
  readonly alerted: boolean;
  readonly decision?: HoldDecision | undefined;
  readonly merge?: ProposedMerge | undefined;
  readonly modelChange?: HeldModelChange | undefined;
  readonly erasure?: ProposedErasure | undefined;
}

/** That what is known of somebody is to be destroyed, and how far that has come. Instants in epoch ms. */
export interface ProposedErasure {
  /** Whom, and the identity that the proposer's token named. Absent once it is done: it says of nobody any more. */
  readonly identityId?: string | undefined;
  readonly proposerId?: string | undefined;
  /** The operator. */
  readonly proposedBy: string;
  /** From its release until it may be begun. */
  readonly delayMs: number;
  /** Why it was not carried out when it was looked at last. */
  readonly waitsFor?: string | undefined;
  /** From then on nothing new gets in, and it cannot be called off. */
  readonly begun?: { readonly atMs: number; readonly salt: string } | undefined;
  /** From then on nothing can be had back. */
  readonly forgottenMs?: number | undefined;
  readonly erasedMs?: number | undefined;
  /** Where something may still be found or restored, and until when at the latest (epoch ms). */
  readonly remains?: readonly { readonly where: string; readonly untilMs: number }[] | undefined;
}

/** What a deployed access model would take, in numbers; from whom and what is the ModelChangeStore's. */
export interface HeldModelChange {
  readonly modelHash: string;
  readonly emptied: number;
  readonly reduced: number;
  readonly gaining: number;
  /** Application → how many would lose their account. */
  readonly accounts: Readonly<Record<string, number>>;
}

/** What waits in a hold of its own: that two ids are one person, or that they are two after all. */
export interface ProposedMerge {
  readonly change: MergeChange;
  readonly identityId: string;
  readonly duplicate: string;
  readonly reason: string;
  /** The operator, and the identity their token named. */
  readonly proposedBy: string;
  readonly proposerId: string;
}

export interface HoldDecision {
  readonly decidedBy: string;
  readonly reason: string;
  readonly decidedMs: number;
}

export interface CountedPopulation extends Population {
  /** When it was last counted to its end (epoch ms); 0: never yet, and it is what was counted so far. */
  readonly countedMs: number;
  /** The next count, which takes more than one judgement. Absent: none is going on. */
  readonly going?: PopulationCount | undefined;
}

export interface PopulationCount extends Population {
  /** Where the directory is read on. */
  readonly after: string;
}

export interface Window {
  /** The newest first. */
  readonly items: readonly Disabling[];
  /** Nothing since then is left out: there are fewer than were asked for. */
  readonly isWhole: boolean;
}

export interface HoldStore {
  /** Puts it, with its entries, where none of that id is; returns what then is there. */
  openHold(hold: Hold, audit: readonly AuditEntry[]): Promise<Hold>;
  findHold(holdId: string): Promise<Hold | undefined>;
  /** Newest first. A page may hold fewer than asked for, or none, and still have a next one. */
  listHolds(options: { status: HoldStatus; limit: number; after?: string | undefined }): Promise<Page<Hold>>;
  markAlerted(holdId: string): Promise<void>;
  /** At most 50 at once. False, and none is added, when the hold is no longer open: it is decided, so take another. */
  addHeld(holdId: string, identityIds: readonly string[]): Promise<boolean>;
  listHeld(options: { holdId: string; limit: number; after?: string | undefined }): Promise<Page<string>>;
  isHeld(holdId: string, identityId: string): Promise<boolean>;
  removeHeld(holdId: string, identityId: string): Promise<void>;
  /** From `open` only, so that the first to decide does; false when it is no longer open. */
  decideHold(
    holdId: string,
    status: 'releasing' | 'dropping',
    decision: HoldDecision,
    audit: readonly AuditEntry[],
  ): Promise<boolean>;
  /**
   * From the decision that it carries out. `from`: `releasing`, of what was released and turned out to be impossible;
   * `open`, of what nobody need decide any more. `audit`: where that is no decision which is on record already.
   */
  closeHold(
    holdId: string,
    status: 'released' | 'dropped',
    from?: 'open' | 'releasing' | 'dropping',
    audit?: readonly AuditEntry[],
  ): Promise<void>;

  /**
   * How far an erasure has come that was released. False, and nothing written, when it was called off, or when it was begun
   * meanwhile: `begun` is what it was when it was read.
   */
  noteErasure(holdId: string, erasure: ProposedErasure, begun: ProposedErasure['begun']): Promise<boolean>;
  /** From `releasing`, of an erasure that was not begun; false otherwise. */
  callOff(holdId: string, decision: HoldDecision, audit: readonly AuditEntry[]): Promise<boolean>;
  /** Leaves of an erasure that was carried out nothing that tells of anybody. */
  closeErasure(holdId: string, erasure: ProposedErasure, decision: HoldDecision): Promise<void>;

  noteDisabling(disabling: Disabling, expiresMs: number): Promise<void>;
  /**
   * The newest deliveries since then, at most so many, each as it was noted last: one that is tried again and again takes the
   * place of no other. Read consistently: whoever noted before is in it.
   */
  listDisabling(sinceMs: number, limit: number): Promise<Window>;
  savePopulation(population: CountedPopulation): Promise<void>;
  findPopulation(): Promise<CountedPopulation | undefined>;
}
