// What a campaign would look at and ask, were it opened now: by the functions that open one, over as many as there is time for.
// Nothing of it is kept.
import { type CampaignPreviewBody, reviewCampaignRoutes } from '../../api/review-campaigns.ts';
import type { AccessModel } from '../../core/access-model/access-model.ts';
import { canonicalJson, sha256Hex } from '../../core/canonical-json.ts';
import { groupBy } from '../../core/group-by.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { toIso } from '../../core/moment.ts';
import { SECURITY } from '../../core/reviews/campaign.ts';
import { withLastUses } from '../../core/reviews/campaign-population.ts';
import {
  exclusionOf,
  type Judging,
  judgeLine,
  PeerCounts,
  ReviewerLoads,
  type VerdictLine,
} from '../../core/reviews/campaign-verdicts.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { dynamoActivityStore } from '../../stores/activity/dynamo-activity-store.ts';
import { dynamoCampaignStore } from '../../stores/campaigns/dynamo-campaign-store.ts';
import { liveApiDependencies } from '../shared/api-dependencies.ts';
import { lastOf, nameCampaign } from './begin-campaign.ts';
import { Chains } from './campaign-chains.ts';
import { CONCURRENT_IDENTITIES } from './campaign-opening.ts';
import type { CampaignDependencies } from './load-campaign.ts';
import { type Found, lookAtIdentity } from './look-at-identity.ts';
import { type RecallingDependencies, recallUse } from './recall-use.ts';

const ROUTE = reviewCampaignRoutes['preview-review-campaign'];
const DAY_MS = 86_400_000;
/** The gateway waits for 30 s. */
const LOOKS_MS = 18_000;
const LOOKED_AT_ONCE = 250;
/** What a function of 512 MB has room for. */
const MAXIMUM_ITEMS = 300_000;
const MAXIMUM_REVIEWERS = 100;

type PreviewDependencies = CampaignDependencies & RecallingDependencies;

export const previewReviewCampaign = answerOperator(
  ROUTE,
  async (dependencies: PreviewDependencies, { operator, body: asked }) => {
    const nowMs = dependencies.clock();
    const model = dependencies.model();
    const { definition, rule } = nameCampaign(asked, model, nowMs);
    const before = rule === undefined ? undefined : await lastOf(dependencies.campaigns, rule);
    const hash = sha256Hex(canonicalJson(definition));
    const campaign = { definition, hash, begunMs: nowMs, baselineMs: before?.begunMs };
    const looked = await lookAtEverybody(dependencies, { campaign, model });
    const peers = new PeerCounts();
    for (const one of looked.found) peers.add(one);
    const named = definition.excluded.flatMap(({ identity }) => identity ?? []);
    const judging = { campaign, peers, excluded: new Map(named.map((id) => [id, id])) };
    const loads = new ReviewerLoads(definition.maximumPerReviewer);
    const lines = looked.found.map(({ identityId, ...line }) =>
      judgeLine(judging, { subject: identityId, ...line }, loads),
    );
    const body = present({ judging, lines, loads, model, nowMs }, looked);
    const shown = body.stages.flatMap(({ each }) =>
      each.flatMap(({ reviewer }) => (reviewer === SECURITY ? [] : reviewer)),
    );
    const names = operator.view.names ? await namesOf(dependencies, shown) : new Map<string, string>();
    for (const one of body.stages.flatMap(({ each }) => each)) one.name = names.get(one.reviewer);
    return { status: 200, shows: shown, body, log: { people: body.people, items: body.items } };
  },
);

interface Looked {
  readonly found: readonly Found[];
  readonly lookedAt: number;
  readonly complete: boolean;
}

async function lookAtEverybody(
  dependencies: PreviewDependencies,
  { campaign, model }: { readonly campaign: Judging['campaign']; readonly model: AccessModel },
): Promise<Looked> {
  const { directory, clock } = dependencies;
  const looking = { dependencies, campaign, model, chains: new Chains(dependencies, model) };
  const untilMs = clock() + LOOKS_MS;
  const found: Found[] = [];
  let [lookedAt, items] = [0, 0];
  let after: string | undefined;
  do {
    if (clock() >= untilMs || items > MAXIMUM_ITEMS) return { found, lookedAt, complete: false };
    const page = await directory.listIdentities({ limit: LOOKED_AT_ONCE, after });
    const looked = await mapBounded(page.items, CONCURRENT_IDENTITIES, (header) => lookAtIdentity(looking, header));
    const some = looked.filter((one) => one !== undefined);
    const memories = await recallUse(
      dependencies,
      some.map(({ identityId }) => identityId),
    );
    for (const one of some) found.push({ ...one, items: withLastUses(one.items, memories.get(one.identityId)) });
    lookedAt += page.items.length;
    items = found.reduce((sum, one) => sum + one.items.length, 0);
    after = page.next;
  } while (after !== undefined);
  return { found, lookedAt, complete: true };
}

interface Previewed {
  readonly judging: Judging;
  readonly lines: readonly VerdictLine[];
  readonly loads: ReviewerLoads;
  readonly model: AccessModel;
  readonly nowMs: number;
}

function present(
  { judging, lines, loads, model, nowMs }: Previewed,
  { lookedAt, complete }: Looked,
): CampaignPreviewBody {
  const { definition } = judging.campaign;
  const all = lines.flatMap(({ subject, verdicts }) => verdicts.map((verdict) => ({ subject, verdict })));
  const asked = all.flatMap(({ subject, verdict }) => ('asked' in verdict ? [{ subject, verdict }] : []));
  const settled = all.flatMap(({ subject, verdict }) => ('settled' in verdict ? [{ subject, verdict }] : []));
  const byPolicy = settled.filter(({ verdict }) => verdict.settled === 'unchanged');
  const excluded = settled.filter(({ verdict }) => verdict.settled === 'excluded');
  const because = new Map<string, number>();
  for (const { verdict } of asked) for (const one of verdict.asked) because.set(one, (because.get(one) ?? 0) + 1);
  const each = [...groupBy(asked, ({ verdict }) => verdict.reviewer)]
    .map(([reviewer, items]) => ({
      reviewer,
      people: new Set(items.map(({ subject }) => subject)).size,
      items: items.length,
      overloaded: loads.overloaded.has(reviewer) || items.length > definition.maximumPerReviewer,
    }))
    .sort((one, other) => other.items - one.items);
  const applications = groupBy(all, ({ verdict }) => verdict.entitlement.split(':')[0] ?? '');
  let dueMs = nowMs;
  return {
    name: definition.name,
    at: toIso(nowMs),
    complete,
    lookedAt,
    people: lines.length,
    items: all.length,
    asked: asked.length,
    askedBecause: Object.fromEntries(because),
    settled: {
      byPolicy: byPolicy.length,
      useUnknown: byPolicy.filter(({ verdict }) => verdict.useUnknown).length,
      useApproximate: byPolicy.filter(({ verdict }) => verdict.useApproximate).length,
      excluded: excluded.length,
      other: settled.length - byPolicy.length - excluded.length,
    },
    // Who answers a later stage is found out when it begins.
    stages: definition.stages.map((stage, index) => {
      dueMs += stage.days * DAY_MS;
      const first = index === 0 ? each : [];
      return {
        ...stage,
        dueAt: toIso(dueMs),
        each: first.slice(0, MAXIMUM_REVIEWERS),
        more: Math.max(0, first.length - MAXIMUM_REVIEWERS),
      };
    }),
    applications: [...applications].map(([applicationId, of]) => ({
      applicationId,
      name: model.applications.find(({ id }) => id === applicationId)?.name ?? applicationId,
      items: of.length,
      asked: of.filter(({ verdict }) => 'asked' in verdict).length,
    })),
    exclusions: definition.excluded.map((exclusion) => ({
      ...exclusion,
      items: excluded.filter(
        ({ subject, verdict }) => exclusionOf(definition, subject, verdict.entitlement) === exclusion,
      ).length,
    })),
    noAnswer: definition.noAnswer,
  };
}

async function namesOf(
  { directory }: PreviewDependencies,
  identityIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const found = await mapBounded(identityIds, CONCURRENT_IDENTITIES, async (identityId) => {
    const name = (await directory.load(identityId))?.header.summary.displayName;
    return name === undefined ? [] : [[identityId, name] as const];
  });
  return new Map(found.flat());
}

export const handler = serveApi(ROUTE, () =>
  previewReviewCampaign({
    ...liveApiDependencies(),
    activity: dynamoActivityStore(),
    campaigns: dynamoCampaignStore(),
  }),
);
