// Review campaigns: what each is and how far it has come, how far each part of its opening has, whom it asks about, and in
// whose queue they are. In the identities table, in partitions that no identity can have.
import type { AuditEntry } from '../../core/audit/audit.ts';
import type { AnswerCounts, Campaign, CampaignPerson, QueueRow } from '../../core/reviews/campaign.ts';
import type { DecisionBatch } from '../../core/reviews/campaign-decisions.ts';
import type { CampaignPart } from '../../core/reviews/campaign-parts.ts';
import type { Page, PageRequest } from '../page.ts';

export interface CampaignStore {
  /** False: there is one of that id. */
  beginCampaign(campaign: Campaign, audit: readonly AuditEntry[]): Promise<boolean>;
  /** Read consistently. */
  findCampaign(campaignId: string): Promise<Campaign | undefined>;
  /** In place of the one of that revision; false when somebody else was faster. */
  saveCampaign(campaign: Campaign, expectedRevision: number, audit: readonly AuditEntry[]): Promise<boolean>;
  /** The latest first. */
  listCampaigns(page: PageRequest): Promise<Page<Campaign>>;

  /** By their number. Read consistently. */
  listParts(campaignId: string): Promise<readonly CampaignPart[]>;
  /** In place of the one of that revision, 0 where there was none; false when somebody else was faster. */
  savePart(part: CampaignPart, expectedRevision: number): Promise<boolean>;

  /** Whom it asks about, and where. What is there already is written over. */
  savePerson(person: CampaignPerson, rows: readonly QueueRow[]): Promise<void>;
  findPerson(campaignId: string, identityId: string): Promise<CampaignPerson | undefined>;
  /** Those in somebody's queue, the riskiest first. `reviewer`: an identity, or `role:security`. */
  listQueue(queue: PageRequest & Pick<QueueRow, 'campaignId' | 'stage' | 'reviewer'>): Promise<Page<QueueRow>>;
  /** All of them, by stage, reviewer and risk. */
  listRows(page: PageRequest & Pick<QueueRow, 'campaignId'>): Promise<Page<QueueRow>>;
  /** Nothing is written where the row is gone. */
  countRow(row: QueueKey, counts: AnswerCounts): Promise<void>;
  /** From one queue into another: both rows at once. */
  moveRows(person: CampaignPerson, from: readonly QueueKey[], to: readonly QueueRow[]): Promise<void>;

  /** What somebody decided of several at once, until all of it is recorded. The one that is there already, else this. */
  beginBatch(batch: DecisionBatch): Promise<DecisionBatch>;
  listBatches(page: PageRequest & Pick<DecisionBatch, 'campaignId'>): Promise<Page<DecisionBatch>>;
  endBatch(batch: Pick<DecisionBatch, 'campaignId' | 'contentHash'>): Promise<void>;
}

export type QueueKey = Pick<QueueRow, 'campaignId' | 'stage' | 'reviewer' | 'rank' | 'identityId'>;
