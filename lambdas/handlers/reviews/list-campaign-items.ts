// Every item of a campaign's population with what became of it, what was settled among them.
import { type CampaignItemsBody, reviewCampaignRoutes } from '../../api/review-campaigns.ts';
import type { CampaignOutcome } from '../../core/reviews/campaign-outcomes.ts';
import type { VerdictLine } from '../../core/reviews/campaign-verdicts.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { decodeCursor, encodeCursor } from '../../stores/cursor.ts';
import { dynamoLogStore } from '../../stores/log/dynamo-log-store.ts';
import { dynamoSubjectStore } from '../../stores/subjects/dynamo-subject-store.ts';
import { readLines, readManifest } from './campaign-opening.ts';
import { findProofs, type ProofDependencies, type Proofs, type SoughtRemoval } from './find-proofs.ts';
import { requireCampaign } from './load-campaign.ts';
import { seesPlants } from './present-campaign.ts';
import { presentRemoval, type RemovalContext } from './present-campaign-item.ts';
import {
  type CampaignFileDependencies,
  liveCampaignFileDependencies,
  outcomePagesOf,
  outcomesIn,
} from './read-outcomes.ts';

const ROUTE = reviewCampaignRoutes['list-campaign-items'];

type ListingDependencies = CampaignFileDependencies & ProofDependencies;

export const listCampaignItems = answerOperator(
  ROUTE,
  async (dependencies: ListingDependencies, { operator, parameters: { id }, query }) => {
    const campaign = await requireCampaign(dependencies, id);
    const pages = outcomePagesOf(await readManifest(dependencies, campaign));
    const place = decodeCursor(query.after, { campaignId: id, page: undefined, line: undefined });
    const [number, first] = [Number(place?.['page'] ?? 0), Number(place?.['line'] ?? 0)];
    const page = pages[number];
    const lines = page === undefined ? [] : await readLines<VerdictLine>(dependencies, page.verdicts);
    const some = linesFor(lines.slice(first), query.limit);
    const outcomes = await outcomesIn(dependencies, campaign, some);
    const shown = outcomes.filter((one) => isAsked(one, query));
    const proofs = await proofsOf(dependencies, id, shown);
    const context = { definition: campaign.definition, nowMs: dependencies.clock() };
    const isPlantSeen = seesPlants(operator);
    const items = shown.map((one) => ({
      ...present(one, { ...context, proofs: proofs.get(one) }),
      ...(one.planted && isPlantSeen && { planted: one.planted }),
    }));
    const next = after(id, { page: number, line: first + some.length, lines: lines.length, pages: pages.length });
    const shows = [...new Set(items.flatMap(({ identityId }) => identityId ?? []))];
    return { status: 200, shows, body: { items, next }, log: { campaignId: id, items: items.length } };
  },
);

/** Whole people, until there are as many items as were asked for. */
function linesFor(lines: readonly VerdictLine[], limit: number): readonly VerdictLine[] {
  let items = 0;
  const until = lines.findIndex(({ verdicts }) => {
    items += verdicts.length;
    return items >= limit;
  });
  return until === -1 ? lines : lines.slice(0, until + 1);
}

function after(
  campaignId: string,
  at: { readonly page: number; readonly line: number; readonly lines: number; readonly pages: number },
): string | undefined {
  if (at.line < at.lines) return encodeCursor({ campaignId, page: at.page, line: at.line });
  return at.page + 1 < at.pages ? encodeCursor({ campaignId, page: at.page + 1, line: 0 }) : undefined;
}

function isAsked(
  { status, entitlement }: CampaignOutcome,
  asked: { readonly status?: string | undefined; readonly application?: string | undefined },
): boolean {
  const isOfIt = asked.application === undefined || entitlement.startsWith(`${asked.application}:`);
  return isOfIt && (asked.status === undefined || asked.status === status);
}

/** Of those that are shown, of at most as many people as there are items on a page. */
async function proofsOf(
  dependencies: ListingDependencies,
  campaignId: string,
  outcomes: readonly CampaignOutcome[],
): Promise<ReadonlyMap<CampaignOutcome, Proofs>> {
  const sought = new Map(
    outcomes.flatMap((outcome): [SoughtRemoval, CampaignOutcome][] => {
      const { identityId, entitlement, grant, decisions, removal } = outcome;
      if (identityId === undefined || removal === undefined) return [];
      const decided = decisions.findLast(({ answer }) => answer === 'remove' || answer === 'shorten');
      const { askedAt, bySilence, readBackAt } = removal;
      const decidedAt = bySilence ? undefined : decided?.at;
      return [[{ identityId, campaignId, entitlement, grant, askedAt, decidedAt, readBackAt }, outcome]];
    }),
  );
  const found = await findProofs(dependencies, [...sought.keys()]);
  return new Map([...sought].flatMap(([removal, outcome]) => [[outcome, found.get(removal) ?? {}] as const]));
}

function present(outcome: CampaignOutcome, context: RemovalContext): CampaignItemsBody['items'][number] {
  const { identityId, subject, entitlement, status, because, excluded, peers, decisions, removal } = outcome;
  const { useUnknown, lastUsedAt, useApproximate } = outcome;
  const last = decisions.at(-1);
  return {
    ...{ identityId, subject, entitlement, status, because: [...because], excluded, peers },
    ...{ useUnknown, lastUsedAt, useApproximate },
    ...(last && {
      answer: {
        ...{ by: last.by, at: last.at, reason: last.reason, until: last.until },
        decision: last.answer === 'undo' ? ('keep' as const) : (last.answer as 'keep' | 'remove' | 'shorten' | 'ask'),
      },
    }),
    ...(removal && { removal: presentRemoval(removal, context) }),
  };
}

export const handler = serveApi(ROUTE, () =>
  listCampaignItems({ ...liveCampaignFileDependencies(), subjects: dynamoSubjectStore(), log: dynamoLogStore() }),
);
