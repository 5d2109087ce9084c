// The outcomes of a population, page by page as it was written: each item of it once, whatever became of it since.
import type { AccessModel } from '../../core/access-model/access-model.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import type { Campaign } from '../../core/reviews/campaign.ts';
import { campaignItemStates } from '../../core/reviews/campaign-answers.ts';
import { type CampaignOutcome, outcomesOf } from '../../core/reviews/campaign-outcomes.ts';
import type { Manifest, WrittenPage } from '../../core/reviews/campaign-parts.ts';
import type { VerdictLine } from '../../core/reviews/campaign-verdicts.ts';
import { s3CampaignFiles } from '../../stores/campaigns/campaign-files.ts';
import { dynamoCampaignStore } from '../../stores/campaigns/dynamo-campaign-store.ts';
import { dynamoSubjectStore } from '../../stores/subjects/dynamo-subject-store.ts';
import type { SubjectStore } from '../../stores/subjects/subject-store.ts';
import { liveApiDependencies } from '../shared/api-dependencies.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { findWhereItCounts } from '../shared/load-identity.ts';
import type { OpeningDependencies } from './campaign-opening.ts';
import type { CampaignDependencies } from './load-campaign.ts';
import { readingBack } from './recount-person.ts';

const CONCURRENT_IDENTITIES = 10;
const NAMES_AT_ONCE = 100;

export interface OutcomeDependencies extends Pick<Dependencies, 'directory' | 'clock' | 'model'> {
  readonly subjects: Pick<SubjectStore, 'resolve'>;
  readonly files: OpeningDependencies['files'];
}

export type CampaignFileDependencies = CampaignDependencies & OutcomeDependencies;

export function liveCampaignFileDependencies(): CampaignFileDependencies {
  return {
    ...liveApiDependencies(),
    campaigns: dynamoCampaignStore(),
    subjects: dynamoSubjectStore(),
    files: s3CampaignFiles(),
  };
}

/** A page of the population, and what was judged of it. */
export interface OutcomePage {
  readonly population: WrittenPage;
  readonly verdicts: WrittenPage;
}

export function outcomePagesOf({ parts }: Manifest): readonly OutcomePage[] {
  return parts.flatMap(({ population, verdicts }) =>
    population.flatMap((page, index): OutcomePage[] => {
      const judged = verdicts[index];
      return judged === undefined ? [] : [{ population: page, verdicts: judged }];
    }),
  );
}

export async function outcomesIn(
  dependencies: OutcomeDependencies,
  { campaignId }: Pick<Campaign, 'campaignId'>,
  lines: readonly VerdictLine[],
): Promise<readonly CampaignOutcome[]> {
  const model = dependencies.model();
  const found: CampaignOutcome[] = [];
  for (let from = 0; from < lines.length; from += NAMES_AT_ONCE) {
    const some = lines.slice(from, from + NAMES_AT_ONCE);
    const names = await dependencies.subjects.resolve(some.map(({ subject }) => subject));
    const rows = await mapBounded(some, CONCURRENT_IDENTITIES, async (line) => {
      // What is settled takes no look at anybody.
      const isAsked = line.verdicts.some((verdict) => 'asked' in verdict);
      const identityId = names.get(line.subject)?.id;
      const known =
        isAsked && identityId !== undefined
          ? await knownOf(dependencies, campaignId, identityId, model)
          : identityId && { identityId, states: [], readBack: () => ({ is: 'pending' }) as const };
      return outcomesOf(line, known || undefined, model);
    });
    found.push(...rows.flat());
  }
  return found;
}

async function knownOf(dependencies: OutcomeDependencies, campaignId: string, identityId: string, model: AccessModel) {
  const loaded = await findWhereItCounts(dependencies, identityId);
  if (loaded === undefined) return undefined;
  const states = campaignItemStates(loaded.timeline, campaignId, loaded.nowMs);
  return { identityId, states, readBack: readingBack(loaded, model) };
}
