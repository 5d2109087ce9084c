// Facts, and the instants at which they take effect: only ever added, each with the version it brings.
import type { TaskRecord } from '../../core/access/task-record.ts';
import type { AuditEntry } from '../../core/audit/audit.ts';
import { type Fact, OWN_SOURCE } from '../../core/identity/facts.ts';
import type { IdentitySummary } from '../../core/identity/identity-summary.ts';
import type { Page, PageRequest } from '../page.ts';

export interface FactStore {
  findAcceptedEvent(source: string, sourceEventId: string): Promise<AcceptedEvent | undefined>;
  /** What HR said: of one source, received last first. As of a moment ago, and since there is an index of them. */
  listAcceptedEvents(options: PageRequest & { readonly source: string }): Promise<Page<AcceptedEvent>>;
  /** Those of these that are known, in no order: one read for each hundred of both. */
  findKnown(asked: AskedAbout): Promise<Known>;

  /** Those of these facts that are there, in no order: one read for each hundred. */
  findFacts(facts: readonly FactPlace[]): Promise<readonly Fact[]>;

  /**
   * Of these ids those that differ only by case from one in use, asked id → that one. Whoever was known before ids were
   * claimed is found in lower and in upper case, not in a mixture of both.
   */
  findOtherSpellings(identityIds: readonly string[]): Promise<ReadonlyMap<string, string>>;

  /**
   * The first fact of an identity that HR states claims its id in every spelling. `spelling-taken`: it differs only by
   * case from one in use; once known, nobody is refused for that. `duplicate`: this source and id was accepted before, or one of those that go with it. `version-changed`: decide again
   * on the new version. `erased`: of nobody anything is known, and whom these facts were told of was erased since.
   */
  recordFact(input: RecordFact): Promise<'recorded' | 'duplicate' | 'version-changed' | 'spelling-taken' | 'erased'>;

  /** `duplicate`: this instant was recorded before. */
  recordEffect(input: RecordEffect): Promise<'recorded' | 'duplicate' | 'version-changed'>;
}

export interface AskedAbout {
  readonly events: readonly EventId[];
  /** @default nobody */
  readonly identityIds?: readonly string[] | undefined;
}

export interface Known {
  readonly accepted: readonly AcceptedEvent[];
  readonly identityIds: ReadonlySet<string>;
}

export interface EventId {
  readonly source: string;
  readonly sourceEventId: string;
}

export type FactPlace = Pick<Fact, 'identityId' | 'recordedMs' | 'factId'>;

/** An HR event as accepted: what a duplicate is answered with, and what a conflict is measured against. */
export interface AcceptedEvent extends EventId {
  readonly payloadHash: string;
  readonly identityId: string;
  readonly version: number;
  /** The hold of the mass-error guard it was put into. */
  readonly held?: string | undefined;
}

/** Whether it is listed: what HR said, and nothing that Tenure states itself. */
export function isListed({ source }: EventId): boolean {
  return source !== OWN_SOURCE;
}

/** Whether a fact claims its identity's id: the first about anybody, but none that Tenure states itself. */
export function claimsId({ fact, expectedVersion }: RecordFact): boolean {
  return expectedVersion === 0 && fact.source !== OWN_SOURCE;
}

/** What each writing of a fact or an instant does to the header. */
export interface RaiseVersion {
  /** The version on which the caller decided; 0 for an identity not seen before. */
  readonly expectedVersion: number;
  readonly summary: IdentitySummary;
  /** When the writer wrote, by the time it judges by (judging-time.ts): kept as the header's `clockMs`. */
  readonly nowMs: number;
  /** Undefined: nobody need look at it again. */
  readonly nextCheckMs: number | undefined;
  /**
   * Nothing of this changes what is to be done: the new version is settled, too, as the one before was. Whoever made the
   * identity due meanwhile, or settled it, is not overridden: that is a changed version.
   */
  readonly stillSettled?: StillSettled | undefined;
}

export interface StillSettled {
  /** When it was to be looked at, as it was read. */
  readonly nextCheckMs: number | undefined;
}

export interface FactWithEntries {
  readonly fact: Fact;
  readonly payloadHash: string;
  readonly audit: readonly AuditEntry[];
}

/** As many as fit into one transaction of DynamoDB, of 100 items, with what else may be in it. */
export const MAXIMUM_FACTS_AT_ONCE = 30;

export interface RecordFact extends RaiseVersion, FactWithEntries {
  /** Facts of the same identity that follow in the same write, each with the next version: recorded all, or none. */
  readonly also?: readonly FactWithEntries[] | undefined;
  /** The task this fact attests, closed in the same write. */
  readonly attestedTask?: TaskRecord | undefined;
  /** Another identity's fact, recorded in the same write or not at all. */
  readonly together?: RecordFact | undefined;
}

export interface RecordEffect extends RaiseVersion {
  readonly identityId: string;
  readonly instantMs: number;
  readonly audit: readonly AuditEntry[];
}
