// `reviews.yaml`: what is looked at again, and by when. What it compiles to: lambdas/core/access-model/review-rules.ts.
import * as z from 'zod';
import type { Application } from '../../lambdas/core/access-model/access-model.ts';
import {
  CAMPAIGN_INTERVALS,
  type CampaignRule,
  campaignDefinitionSchema,
} from '../../lambdas/core/access-model/campaign-rules.ts';
import { REVIEWED_REASONS, type ReviewRules } from '../../lambdas/core/access-model/review-rules.ts';
import { unknownNames } from '../../lambdas/core/reviews/campaign-scope.ts';
import { didYouMean } from './did-you-mean.ts';
import { type Faults, parseWith } from './faults.ts';
import { idSchema } from './file-schemas.ts';
import type { YamlFile } from './yaml-file.ts';

const MAXIMUM_ANSWER_DAYS = 60;
const DAYS_EXPECTED = `expected 1 to ${MAXIMUM_ANSWER_DAYS} days`;
const MAXIMUM_CAMPAIGNS = 50;

const campaignSchema = campaignDefinitionSchema.extend({
  every: z.enum(CAMPAIGN_INTERVALS).optional(),
  firstDay: z.iso.date('expected a date such as 2026-10-01').optional(),
});

const reviewsFileSchema = z.strictObject({
  movers: z
    .strictObject({
      answerDays: z.int().min(1, DAYS_EXPECTED).max(MAXIMUM_ANSWER_DAYS, DAYS_EXPECTED).default(14),
      asksFor: z
        .array(z.enum(REVIEWED_REASONS))
        .max(REVIEWED_REASONS.length)
        .default([...REVIEWED_REASONS]),
    })
    .optional(),
  campaigns: z.record(idSchema, campaignSchema).optional(),
});
type ReviewsFile = z.infer<typeof reviewsFileSchema>;

export interface ReviewedModel {
  readonly applications: readonly Application[];
  /** False of an application whose own file has faults: nothing is said about its entitlements. */
  readonly isJudged: (applicationId: string) => boolean;
}

/** Undefined: nothing is. */
export function loadReviews(
  file: YamlFile | undefined,
  { applications, isJudged }: ReviewedModel,
  faults: Faults,
): ReviewRules | undefined {
  const content = file && parseWith(reviewsFileSchema, file, faults);
  if (file === undefined || content === undefined) return undefined;
  const campaigns = compileCampaigns(content);
  reportCampaigns(campaigns, { file, applications, isJudged, faults });
  if (content.movers === undefined && campaigns.length === 0) return undefined;
  const { movers } = content;
  return {
    ...(movers && { movers: { ...movers, asksFor: [...new Set(movers.asksFor)].sort() } }),
    ...(campaigns.length > 0 && { campaigns }),
  };
}

/** Sorted, so that the order in which they are written does not change the model's hash. */
function compileCampaigns({ campaigns = {} }: ReviewsFile): readonly CampaignRule[] {
  return Object.entries(campaigns)
    .map(([id, campaign]) => ({ id, ...campaign }))
    .sort((one, other) => (one.id < other.id ? -1 : 1));
}

interface Reporting extends ReviewedModel {
  readonly file: YamlFile;
  readonly faults: Faults;
}

function reportCampaigns(
  campaigns: readonly CampaignRule[],
  { file, applications, isJudged, faults }: Reporting,
): void {
  if (campaigns.length > MAXIMUM_CAMPAIGNS) {
    faults.at(file, ['campaigns'], `campaigns: expected at most ${MAXIMUM_CAMPAIGNS}`);
  }
  for (const { id, every, firstDay, scope, excluded } of campaigns) {
    const at = ['campaigns', id] as const;
    if ((every === undefined) !== (firstDay === undefined)) {
      faults.at(file, at, `"${id}": expected every and firstDay, or neither: then it is opened by hand`);
    }
    for (const { path, what, name, known } of unknownNames({ scope, excluded }, { applications })) {
      if (!isJudged(name.split(':')[0] ?? '')) continue;
      faults.at(file, [...at, ...path], `unknown ${what} "${name}"${didYouMean(name, known)}`);
    }
  }
}
