// Everybody is looked at in parts, each by a walk of its own that goes on where its last run stopped. First the population is
// fixed; once that is complete, people are asked.
import type { AnswerCounts } from './campaign.ts';

/** So many walks at once: DynamoDB scans an index in as many segments. */
export const PARTS = 8;

export type PartStep = 'fixing' | 'fixed' | 'asking' | 'asked';

export interface CampaignPart {
  readonly campaignId: string;
  /** From 0. */
  readonly part: number;
  readonly step: PartStep;
  /** Where the next page begins: of the directory while the population is fixed. */
  readonly after?: string | undefined;
  /** Of the population, as they were written. */
  readonly pages: readonly WrittenPage[];
  /** What became of each of these pages, as far as that has come. */
  readonly verdicts: readonly WrittenPage[];
  readonly people: number;
  readonly counts: PartCounts;
  /** Since when somebody in it could not be read (epoch ms). */
  readonly stuckMs?: number | undefined;
  /** Raised with each writing. */
  readonly revision: number;
}

export interface PartCounts extends Pick<AnswerCounts, 'asked'> {
  readonly population: number;
  readonly settled: number;
  readonly excluded: number;
}

export interface WrittenPage {
  readonly key: string;
  /** Of its bytes, hex. */
  readonly sha256: string;
  readonly bytes: number;
  readonly people: number;
  readonly items: number;
}
