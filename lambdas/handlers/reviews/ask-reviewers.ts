// A step of opening a campaign: of a part of the population, whoever needs an answer about somebody gets them into their queue, and
// what is asked is recorded as a fact. Nothing of it changes access. So many a second, so that nobody waits behind them for the
// tables; a run that dies on its way asks nobody twice.
import type * as z from 'zod';
import type { AccessModel } from '../../core/access-model/access-model.ts';
import { canonicalJson, sha256Hex } from '../../core/canonical-json.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { type AskedItem, type Campaign, type CampaignPerson, SECURITY } from '../../core/reviews/campaign.ts';
import { campaignReviewsIn } from '../../core/reviews/campaign-answers.ts';
import type { CampaignPart, ManifestPart } from '../../core/reviews/campaign-parts.ts';
import { campaignReviewsToOpen, rowsOf } from '../../core/reviews/campaign-review.ts';
import type { VerdictLine } from '../../core/reviews/campaign-verdicts.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { recordOnVersion } from '../shared/record-on-version.ts';
import {
  CONCURRENT_IDENTITIES,
  campaignPartSchema,
  liveOpeningDependencies,
  modelOf,
  type OpeningDependencies,
  RUN_MS,
  readLines,
  readManifest,
  type StepOutcome,
} from './campaign-opening.ts';
import { requireCampaign } from './load-campaign.ts';

/** Of one part. Eight of them write to some 3,000 write units a second, which a new table takes. */
const PEOPLE_PER_SECOND = 32;
const PEOPLE_AT_ONCE = 50;

export const askReviewers =
  (dependencies: OpeningDependencies) =>
  async ({ campaignId, part: index }: z.infer<typeof campaignPartSchema>): Promise<StepOutcome> => {
    const { campaigns, clock } = dependencies;
    const untilMs = clock() + RUN_MS;
    const campaign = await requireCampaign(dependencies, campaignId);
    const model = await modelOf(dependencies, campaign);
    const manifest = (await readManifest(dependencies, campaign)).parts[index];
    for (;;) {
      const part = (await campaigns.listParts(campaignId)).find((one) => one.part === index);
      if (part === undefined || manifest === undefined || part.step === 'asked') return { next: 'end' };
      if (clock() >= untilMs) return { next: 'more' };
      const asked = await askPage({ dependencies, campaign, model }, manifest, part);
      // Whoever was faster has asked the same people.
      await campaigns.savePart({ ...asked, revision: part.revision + 1 }, part.revision);
    }
  };

interface Run {
  readonly dependencies: OpeningDependencies;
  readonly campaign: Campaign;
  readonly model: AccessModel;
}

async function askPage(run: Run, { verdicts }: ManifestPart, part: CampaignPart): Promise<CampaignPart> {
  const page = verdicts[part.askedPages];
  if (page === undefined) return { ...part, step: 'asked' };
  const { clock, pause, subjects } = run.dependencies;
  const lines = (await readLines<VerdictLine>(run.dependencies, page)).filter((line) => askedIn(line).length > 0);
  let asked = 0;
  for (let from = 0; from < lines.length; from += PEOPLE_AT_ONCE) {
    const begunMs = clock();
    const lot = lines.slice(from, from + PEOPLE_AT_ONCE);
    const identities = new Identities(subjects, lot);
    const counts = await mapBounded(lot, CONCURRENT_IDENTITIES, (line) => ask(run, line, identities));
    asked += counts.reduce((sum, one) => sum + one, 0);
    await pause(Math.max(0, begunMs + (1_000 * lot.length) / PEOPLE_PER_SECOND - clock()));
  }
  return { ...part, askedPages: part.askedPages + 1, asked: part.asked + asked };
}

type AskedVerdict = Extract<VerdictLine['verdicts'][number], { readonly reviewer: string }>;

function askedIn({ verdicts }: VerdictLine): readonly AskedVerdict[] {
  return verdicts.filter((one): one is AskedVerdict => 'asked' in one);
}

/** Who is behind the pseudonyms: of one who was erased since nobody knows. */
class Identities {
  readonly #resolved: ReturnType<OpeningDependencies['subjects']['resolve']>[];

  constructor(subjects: OpeningDependencies['subjects'], lines: readonly VerdictLine[]) {
    const all = new Set(lines.flatMap((line) => [line.subject, ...askedIn(line).map(({ reviewer }) => reviewer)]));
    all.delete(SECURITY);
    const pseudonyms = [...all];
    this.#resolved = Array.from({ length: Math.ceil(pseudonyms.length / 100) }, (_, lot) =>
      subjects.resolve(pseudonyms.slice(100 * lot, 100 * (lot + 1))),
    );
  }

  async of(pseudonym: string): Promise<string | undefined> {
    for (const resolved of this.#resolved) {
      const name = (await resolved).get(pseudonym);
      if (name !== undefined) return name.id;
    }
    return undefined;
  }
}

/** How many items are asked about them. */
async function ask(run: Run, line: VerdictLine, identities: Identities): Promise<number> {
  const { dependencies, campaign, model } = run;
  const { campaignId } = campaign;
  const identityId = await identities.of(line.subject);
  if (identityId === undefined) return 0;
  const verdicts = new Map(askedIn(line).map((one) => [one.entitlement, one]));
  const loaded = await recordOnVersion(dependencies, identityId, async ({ record, timeline, nowMs }) => {
    // Who was merged into another since holds nothing by themselves.
    if (record.header.identityId !== identityId) return [];
    const reviewed = { identityId, timeline, accounts: record.accounts, model, nowMs };
    const planted = new Set([...verdicts.values()].flatMap((one) => (one.planted ? [one.entitlement] : [])));
    const entitlements = new Set([...verdicts.keys()].filter((one) => !planted.has(one)));
    return campaignReviewsToOpen(campaign, { entitlements, planted }, reviewed).map((fact) => ({
      fact,
      payloadHash: sha256Hex(canonicalJson(fact.items)),
      actor: { type: 'tenure', id: 'ask-reviewers' },
    }));
  });
  if (loaded.record.header.identityId !== identityId) return 0;
  const opened = campaignReviewsIn(loaded.timeline, campaignId);
  const items: AskedItem[] = [];
  for (const { entitlement } of opened.flatMap((review) => review.items)) {
    const { asked: because = [], peers, reviewer = SECURITY } = verdicts.get(entitlement) ?? {};
    const resolved = reviewer === SECURITY ? SECURITY : await identities.of(reviewer);
    items.push({ entitlement, because, ...(peers && { peers }), reviewer: resolved ?? SECURITY });
  }
  const [first] = opened;
  if (first === undefined) return 0;
  const { reviewId } = first.opened;
  const person: CampaignPerson = { campaignId, identityId, subject: line.subject, reviewId, stage: 0, items };
  await dependencies.campaigns.savePerson(person, rowsOf(person));
  return items.length;
}

let live: ReturnType<typeof askReviewers> | undefined;

export const handler = serveTask('ask-reviewers', campaignPartSchema, (input) => {
  live ??= askReviewers(liveOpeningDependencies());
  return live(input);
});
