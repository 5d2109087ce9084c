// A review campaign as it is kept: what it is, how far it has come, and what is asked of whom.
import type { CampaignDefinition } from '../access-model/campaign-rules.ts';

/** Why somebody is asked about an item, the riskiest first. */
export const ASKED_BECAUSE = [
  'privileged',
  'duties',
  'unexplained',
  'unused',
  'unlike-peers',
  'gained',
  'never-reviewed',
  'use-unknown',
  'sampled',
  'everything',
] as const;
export type AskedBecause = (typeof ASKED_BECAUSE)[number];

/** Why nobody is: by the stated policy, or since there is nothing to ask. */
export const SETTLED_BECAUSE = ['unchanged', 'excluded', 'asked-elsewhere', 'not-in-model', 'left', 'gone'] as const;
export type SettledBecause = (typeof SETTLED_BECAUSE)[number];

export const CAMPAIGN_STATES = ['opening', 'open', 'closing', 'closed'] as const;
export type CampaignState = (typeof CAMPAIGN_STATES)[number];

/** Whoever has the role: where a reviewer is named, as no identity can be. */
export const SECURITY = 'role:security';

export interface Campaign {
  /** `<first day of its period>.<name>`: sorts by time, and opening it twice is opening it once. */
  readonly campaignId: string;
  readonly definition: CampaignDefinition;
  /** In the access model. Absent: it was opened by a definition of its own. */
  readonly rule?: string | undefined;
  readonly state: CampaignState;
  /** An identity, or `schedule`. */
  readonly openedBy: string;
  readonly reason?: string | undefined;
  /** Epoch ms: as of then is the population. */
  readonly begunMs: number;
  /** The access model by which all of the opening judges, whatever is deployed meanwhile. */
  readonly modelHash: string;
  /** Of all of the above: what is drawn by chance is drawn by it. */
  readonly hash: string;
  /** When the campaign of the same rule before it was begun (epoch ms): what came after that is gained. */
  readonly baselineMs?: number | undefined;
  /** Epoch ms, of each stage; absent until everybody is asked. */
  readonly dueMs?: readonly number[] | undefined;
  readonly openedMs?: number | undefined;
  readonly closedMs?: number | undefined;
  /** The one that is open, from 0. */
  readonly stage?: number | undefined;
  /** Absent until the population is complete. */
  readonly population?: { readonly manifestSha256: string; readonly pages: number } | undefined;
  readonly people: number;
  /** Of the population, how many items nobody holds: they were planted. Absent: none. Not for those who answer. */
  readonly planted?: number | undefined;
  readonly counts: CampaignCounts;
  readonly countedMs?: number | undefined;
  /** When somebody was about to answer, or to undo, after it was closed (epoch ms). Absent: nobody has since it was counted. */
  readonly changedMs?: number | undefined;
  /** What is being done to everybody in it, page by page. Absent: nothing. */
  readonly walk?: CampaignWalk | undefined;
  /** The stage of which reviewers were told last, from 0. */
  readonly toldStage?: number | undefined;
  /** The stage of which it was told last that somebody has not answered, from 0. */
  readonly escalatedStage?: number | undefined;
  /** Raised with each writing. */
  readonly revision: number;
}

/** - `moving`: everybody's deadline is moved. - `staging`: the next stage is prepared. - `counting`: it is over, and counted. */
export interface CampaignWalk {
  readonly what: 'moving' | 'staging' | 'counting';
  /** The last row that was seen to. Absent: it begins. */
  readonly after?: string | undefined;
  /** Of a deadline that is moved. */
  readonly moving?: MovedDeadline | undefined;
}

export interface MovedDeadline {
  /** Epoch ms, of each stage. */
  readonly dueMs: readonly number[];
  /** An identity. */
  readonly by: string;
  readonly operator: string;
  readonly reason: string;
  /** When it was said (epoch ms): it counts from then, whenever it is recorded. */
  readonly atMs: number;
}

/** Items. */
export interface CampaignCounts extends AnswerCounts {
  /** Every item in the scope, however it was decided about. */
  readonly population: number;
  readonly settled: number;
  /** Of the settled. */
  readonly excluded: number;
}

export interface AnswerCounts {
  readonly asked: number;
  readonly answered: number;
  readonly kept: number;
  readonly removed: number;
  readonly shortened: number;
  readonly suspended: number;
  readonly notAnswered: number;
  readonly readBack: number;
  readonly notReadBack: number;
}

export const NO_ANSWERS_COUNTED: AnswerCounts = {
  asked: 0,
  answered: 0,
  kept: 0,
  removed: 0,
  shortened: 0,
  suspended: 0,
  notAnswered: 0,
  readBack: 0,
  notReadBack: 0,
};

export const NOTHING_COUNTED: CampaignCounts = { population: 0, settled: 0, excluded: 0, ...NO_ANSWERS_COUNTED };

/** So many of those who do the same job have it, themselves among them. */
export interface Peers {
  readonly n: number;
  readonly of: number;
}

/** Somebody who is asked about. */
export interface CampaignPerson {
  readonly campaignId: string;
  readonly identityId: string;
  /** Their pseudonym in the population. */
  readonly subject: string;
  readonly reviewId: string;
  readonly stage: number;
  readonly items: readonly AskedItem[];
}

export interface AskedItem {
  /** `application:entitlement` */
  readonly entitlement: string;
  readonly because: readonly AskedBecause[];
  readonly peers?: Peers | undefined;
  /** In whose queue it is now: an identity, or `role:security`. */
  readonly reviewer: string;
  /** Absent: it is in the queue in which it was when it was asked. */
  readonly handedOver?: HandedOver | undefined;
}

/** That somebody handed it over to whoever has it in their queue. */
export interface HandedOver {
  /** Epoch ms. */
  readonly sinceMs: number;
  /** Epoch ms. Absent: as long as the campaign lasts. */
  readonly untilMs?: number | undefined;
}

/** Somebody whom a reviewer has to answer about in a stage. */
export interface QueueRow {
  readonly campaignId: string;
  readonly stage: number;
  readonly reviewer: string;
  /** Sorts the riskiest first. */
  readonly rank: string;
  readonly identityId: string;
  readonly riskiest: readonly AskedBecause[];
  /** When something in it is no longer handed over (epoch ms). Absent: nothing is for a time. */
  readonly untilMs?: number | undefined;
  /** Of the items in it. */
  readonly counts: AnswerCounts;
}
