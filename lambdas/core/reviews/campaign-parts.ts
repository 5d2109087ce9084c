// Everybody is looked at in parts, each by a walk of its own that goes on where its last run stopped. First the population is
// fixed; once that is complete, and what of it needs an answer is decided, people are asked.
import type { CampaignCounts } from './campaign.ts';

/** So many walks at once: DynamoDB scans an index in as many segments. */
export const PARTS = 8;

export type PartStep = 'fixing' | 'fixed' | 'asked';

export interface CampaignPart {
  readonly campaignId: string;
  /** From 0. */
  readonly part: number;
  readonly step: PartStep;
  /** Where the next page of the directory begins, while the population is fixed. */
  readonly after?: string | undefined;
  /** Of the population, as they were written. */
  readonly pages: readonly WrittenPage[];
  /** Of these pages, how many have had everybody in them asked. */
  readonly askedPages: number;
  /** Items that were asked: fewer than were to be, where somebody no longer held them by then. */
  readonly asked: number;
  /** Since when somebody could not be read (epoch ms). */
  readonly stuckMs?: number | undefined;
  /** Raised with each writing. */
  readonly revision: number;
}

/** A file, by its content. */
export interface WrittenPage {
  readonly key: string;
  /** Of its bytes, hex. */
  readonly sha256: string;
  readonly people: number;
  readonly items: number;
}

/** Names every file of a population, each with its hash: its own hash is in the sealed log. */
export interface Manifest {
  readonly campaignId: string;
  /** Of the campaign: its definition, its begin and its access model. */
  readonly hash: string;
  readonly parts: readonly ManifestPart[];
  readonly people: number;
  /** Of the items, how many nobody holds. Absent: none. */
  readonly planted?: number | undefined;
  readonly counts: Pick<CampaignCounts, 'population' | 'settled' | 'excluded' | 'asked'>;
}

export interface ManifestPart {
  readonly population: readonly WrittenPage[];
  /** What was judged of each of these pages. */
  readonly verdicts: readonly WrittenPage[];
}
