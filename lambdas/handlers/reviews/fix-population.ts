// A step of opening a campaign: a part of everybody is looked at, page by page, and whatever of theirs is in the scope is written
// down. It goes on where the last run stopped; two at once write two files, of which one counts.

import type * as z from 'zod';
import type { RememberedUses } from '../../core/access/last-use.ts';
import { subjectKey } from '../../core/audit/redaction.ts';
import { RetryableError } from '../../core/errors.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { type Campaign, SECURITY } from '../../core/reviews/campaign.ts';
import { type CampaignPart, PARTS } from '../../core/reviews/campaign-parts.ts';
import { type PopulationLine, withLastUses } from '../../core/reviews/campaign-population.ts';
import { drawPlant } from '../../core/reviews/campaign-verdicts.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { dynamoActivityStore } from '../../stores/activity/dynamo-activity-store.ts';
import { Chains } from './campaign-chains.ts';
import {
  CONCURRENT_IDENTITIES,
  campaignPartSchema,
  folderOf,
  liveOpeningDependencies,
  modelOf,
  newPart,
  type OpeningDependencies,
  RUN_MS,
  type StepOutcome,
  writeLines,
} from './campaign-opening.ts';
import { requireCampaign } from './load-campaign.ts';
import { type Found, type Looking, lookAtIdentity } from './look-at-identity.ts';
import { type RecallingDependencies, recallUse } from './recall-use.ts';

const PEOPLE_ON_A_PAGE = 250;
/** Who cannot be read holds up the others for that long, and is then named as such; of whose use cannot be, nothing is known. */
const PATIENCE_MS = 15 * 60_000;

export type FixingDependencies = OpeningDependencies & RecallingDependencies;

export const fixPopulation =
  (dependencies: FixingDependencies) =>
  async ({ campaignId, part: index }: z.infer<typeof campaignPartSchema>): Promise<StepOutcome> => {
    const { campaigns, clock } = dependencies;
    const untilMs = clock() + RUN_MS;
    const campaign = await requireCampaign(dependencies, campaignId);
    const model = await modelOf(dependencies, campaign);
    const run: Run = { dependencies, campaign, model, chains: new Chains(dependencies, model) };
    for (;;) {
      const known = (await campaigns.listParts(campaignId)).find(({ part }) => part === index);
      const part = known ?? newPart(campaignId, index);
      if (part.step !== 'fixing') return { next: 'end' };
      if (clock() >= untilMs) return { next: 'more' };
      const fixed = await fixPage(run, part);
      // Whoever was faster has written the same page: what counts is read once more.
      await campaigns.savePart({ ...fixed, revision: part.revision + 1 }, part.revision);
    }
  };

interface Run extends Looking {
  readonly dependencies: FixingDependencies;
  readonly campaign: Campaign;
}

async function fixPage(run: Run, part: CampaignPart): Promise<CampaignPart> {
  const { dependencies, campaign } = run;
  const { items: headers, next } = await dependencies.directory.listIdentities({
    limit: PEOPLE_ON_A_PAGE,
    after: part.after,
    segment: { index: part.part, of: PARTS },
  });
  const failures: Error[] = [];
  const looked = await mapBounded(headers, CONCURRENT_IDENTITIES, (header) =>
    lookAtIdentity(run, header).catch((cause: unknown) => {
      failures.push(new RetryableError(`identity ${header.identityId} could not be looked at`, { cause }));
      return { identityId: header.identityId, peers: '', unread: true, items: [], plantable: [] } as const;
    }),
  );
  const found = looked.filter((one) => one !== undefined);
  const concerned = found.map(({ identityId }) => identityId);
  const memories = await recallUse(dependencies, concerned).catch((cause: unknown) => {
    failures.push(new RetryableError('how access is used could not be read', { cause }));
    return new Map<string, RememberedUses>();
  });
  const { stuckMs = dependencies.clock() } = part;
  if (failures.length > 0 && dependencies.clock() - stuckMs < PATIENCE_MS) {
    if (part.stuckMs === undefined) return { ...part, stuckMs };
    throw failures[0];
  }
  const gone = { ...part, stuckMs: undefined, after: next, step: next === undefined ? 'fixed' : 'fixing' } as const;
  if (found.length === 0) return gone;
  const lines = await asLines(
    run,
    found.map((one) => {
      const memory = memories.get(one.identityId);
      return { ...one, items: withLastUses(one.items, memory), plantable: withLastUses(one.plantable, memory) };
    }),
  );
  const place = `${String(part.part).padStart(2, '0')}-${String(part.pages.length).padStart(5, '0')}`;
  const items = lines.reduce((sum, line) => sum + line.items.length, 0);
  const page = await writeLines(dependencies, `${folderOf(campaign.campaignId)}population/${place}`, lines, items);
  return { ...gone, pages: [...part.pages, page] };
}

async function asLines(run: Run, found: readonly Found[]): Promise<readonly PopulationLine[]> {
  const { dependencies, campaign } = run;
  const pseudonymOf = await pseudonymsOf(
    dependencies,
    found.flatMap(({ identityId, items }) => [identityId, ...items.flatMap((one) => one.reviewers)]),
  );
  // By the pseudonym, so that whoever has the population alone draws the same.
  const plants = await mapBounded(found, CONCURRENT_IDENTITIES, async ({ identityId, plantable }) => {
    const drawn = drawPlant(campaign, pseudonymOf(identityId), plantable);
    return drawn && { ...drawn, reviewers: await drawn.reviewers() };
  });
  const answering = await pseudonymsOf(
    dependencies,
    plants.flatMap((plant) => plant?.reviewers ?? []),
  );
  return found.map(({ identityId, items, plantable: _plantable, ...line }, index) => {
    const plant = plants[index];
    return {
      subject: pseudonymOf(identityId),
      ...line,
      items: items.map((item) => ({ ...item, reviewers: item.reviewers.map(pseudonymOf) })),
      ...(plant && { plant: { ...plant, reviewers: plant.reviewers.map(answering) } }),
    };
  });
}

async function pseudonymsOf(
  { subjects }: FixingDependencies,
  identityIds: readonly string[],
): Promise<(identityId: string) => string> {
  const ids = new Set(identityIds);
  ids.delete(SECURITY);
  if (ids.size === 0) return (id) => id;
  const known = await subjects.subjectsOf([...ids].map((id) => ({ kind: 'identity', id })));
  return (id) => (id === SECURITY ? id : (known.get(subjectKey({ kind: 'identity', id }))?.pseudonym ?? ''));
}

let live: ReturnType<typeof fixPopulation> | undefined;

export const handler = serveTask('fix-population', campaignPartSchema, (input) => {
  live ??= fixPopulation({ ...liveOpeningDependencies(), activity: dynamoActivityStore() });
  return live(input);
});
