// A step of opening a campaign: once the population is complete, what of it needs an answer is judged, and by whom, and both are
// put on record by their hash before anybody is asked. Judged twice it is judged the same, and one of the two counts.
import type * as z from 'zod';
import type { AuditEntry } from '../../core/audit/audit.ts';
import { subjectKey } from '../../core/audit/redaction.ts';
import { RetryableError } from '../../core/errors.ts';
import { type Campaign, NO_ANSWERS_COUNTED } from '../../core/reviews/campaign.ts';
import { type Manifest, type ManifestPart, PARTS, type WrittenPage } from '../../core/reviews/campaign-parts.ts';
import type { PopulationLine } from '../../core/reviews/campaign-population.ts';
import {
  countPlanted,
  countVerdicts,
  type Judging,
  judgeLine,
  PeerCounts,
  PlantBudget,
  ReviewerLoads,
  type VerdictLine,
} from '../../core/reviews/campaign-verdicts.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import {
  campaignEntry,
  campaignStepSchema,
  folderOf,
  liveOpeningDependencies,
  type OpeningDependencies,
  readLines,
  writeLines,
  writeManifest,
} from './campaign-opening.ts';
import { requireCampaign } from './load-campaign.ts';

const DAY_MS = 86_400_000;

/** Whether anybody is to be asked. */
export interface JudgedPopulation {
  readonly next: 'ask' | 'nothing-to-ask';
}

export const judgePopulation =
  (dependencies: OpeningDependencies) =>
  async ({ campaignId }: z.infer<typeof campaignStepSchema>): Promise<JudgedPopulation> => {
    const { campaigns, clock } = dependencies;
    const campaign = await requireCampaign(dependencies, campaignId);
    if (campaign.population !== undefined) return outcomeOf(campaign);
    const parts = await campaigns.listParts(campaignId);
    if (parts.length < PARTS || parts.some(({ step }) => step === 'fixing')) {
      throw new RetryableError('the population is not complete yet');
    }
    const pages = parts.map((part) => part.pages);
    const peers = await countPeers(dependencies, pages.flat());
    const judging = { campaign, peers, excluded: await findExcluded(dependencies, campaign) };
    const manifest = await judgePages(dependencies, judging, campaign, pages);
    const judgedMs = clock();
    const judged: Campaign = {
      ...campaign,
      population: { manifestSha256: await writeManifest(dependencies, manifest), pages: 2 * pages.flat().length },
      dueMs: dueTimes(campaign, judgedMs),
      people: manifest.people,
      ...(manifest.planted !== undefined && { planted: manifest.planted }),
      counts: { ...NO_ANSWERS_COUNTED, ...manifest.counts },
      countedMs: judgedMs,
      revision: campaign.revision + 1,
    };
    const saved = await campaigns.saveCampaign(judged, campaign.revision, [fixedEntry(judged, judgedMs)]);
    return outcomeOf(saved ? judged : await requireCampaign(dependencies, campaignId));
  };

function outcomeOf({ counts }: Campaign): JudgedPopulation {
  return { next: counts.asked > 0 ? 'ask' : 'nothing-to-ask' };
}

/** Of each stage, one after the other. */
function dueTimes({ definition }: Campaign, fromMs: number): readonly number[] {
  let dueMs = fromMs;
  return definition.stages.map(({ days }) => {
    dueMs += days * DAY_MS;
    return dueMs;
  });
}

function fixedEntry(campaign: Campaign, atMs: number): AuditEntry {
  const { campaignId, population, people, counts } = campaign;
  const { manifestSha256 = '', pages = 0 } = population ?? {};
  const { population: items, asked, excluded } = counts;
  const found = { manifestSha256, pages, people, items, asked, excluded };
  const actor = { type: 'tenure', id: 'judge-population' } as const;
  return campaignEntry(campaign, atMs, actor, { type: 'review-population-fixed', campaignId, ...found });
}

async function countPeers(dependencies: OpeningDependencies, pages: readonly WrittenPage[]): Promise<PeerCounts> {
  const peers = new PeerCounts();
  for (const page of pages) for (const line of await readLines<PopulationLine>(dependencies, page)) peers.add(line);
  return peers;
}

async function findExcluded({ subjects }: OpeningDependencies, { definition }: Campaign): Promise<Judging['excluded']> {
  const names = [...new Set(definition.excluded.flatMap(({ identity }) => identity ?? []))];
  const known = await subjects.subjectsOf(names.map((id) => ({ kind: 'identity', id })));
  return new Map(
    names.flatMap((id) => {
      const pseudonym = known.get(subjectKey({ kind: 'identity', id }))?.pseudonym;
      return pseudonym === undefined ? [] : [[pseudonym, id]];
    }),
  );
}

async function judgePages(
  dependencies: OpeningDependencies,
  judging: Judging,
  { campaignId, hash, definition }: Campaign,
  pages: readonly (readonly WrittenPage[])[],
): Promise<Manifest> {
  const loads = new ReviewerLoads(definition.maximumPerReviewer);
  let people = 0;
  const plants = new PlantBudget(definition);
  let planted = 0;
  let counts = { population: 0, settled: 0, excluded: 0, asked: 0 };
  const parts: ManifestPart[] = [];
  for (const [part, population] of pages.entries()) {
    const verdicts: WrittenPage[] = [];
    for (const [index, page] of population.entries()) {
      const lines = await readLines<PopulationLine>(dependencies, page);
      const judged = lines.map((line): VerdictLine => judgeLine(judging, line, loads, plants));
      people += lines.length;
      counts = countVerdicts(counts, judged);
      planted += countPlanted(judged);
      const place = `verdicts/${String(part).padStart(2, '0')}-${String(index).padStart(5, '0')}`;
      verdicts.push(await writeLines(dependencies, `${folderOf(campaignId)}${place}`, judged, page.items));
    }
    parts.push({ population, verdicts });
  }
  return { campaignId, hash, parts, people, counts, ...(planted > 0 && { planted }) };
}

let live: ReturnType<typeof judgePopulation> | undefined;

export const handler = serveTask('judge-population', campaignStepSchema, (input) => {
  live ??= judgePopulation(liveOpeningDependencies());
  return live(input);
});
