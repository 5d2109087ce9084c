// What the policy settled is listed, however much it is: 100,000 items of a population as it is written, page by page. Counted,
// not timed: what one answer reads and looks up does not grow with the campaign.
import { beforeAll, describe, expect, it } from 'vitest';
import { type CampaignItemsBody, campaignItemsSchema } from '../../../lambdas/api/review-campaigns.ts';
import { subjectKey } from '../../../lambdas/core/audit/redaction.ts';
import { type Campaign, NO_ANSWERS_COUNTED } from '../../../lambdas/core/reviews/campaign.ts';
import { MAXIMUM_ITEMS } from '../../../lambdas/core/reviews/campaign-population.ts';
import type { VerdictLine } from '../../../lambdas/core/reviews/campaign-verdicts.ts';
import { writeLines, writeManifest } from '../../../lambdas/handlers/reviews/campaign-opening.ts';
import { listCampaignItems } from '../../../lambdas/handlers/reviews/list-campaign-items.ts';
import { encodeCursor } from '../../../lambdas/stores/cursor.ts';
import { answer, requestAs } from '../../support/api-requests.ts';
import { campaigning, definitionOf } from '../../support/campaigning.ts';

const CAMPAIGN = '2026-11-01.everything';
/** As many as a page of the population has. */
const PEOPLE_ON_A_PAGE = 250;
const PAGES = 32;
const ITEMS_EACH = 13;
const POPULATION = PEOPLE_ON_A_PAGE * PAGES * ITEMS_EACH;
const LIMIT = 100;
/** So many answers go from one page to the next, and on. */
const ANSWERS = 80;

const calls: string[] = [];
const company = campaigning(async (method) => void calls.push(method));

function settledLine(subject: string, items: number): VerdictLine {
  const verdicts = Array.from({ length: items }, (_, index) => {
    return { entitlement: `crm:right-${index}`, peers: { n: 3, of: 9 }, settled: 'unchanged' } as const;
  });
  return { subject, verdicts };
}

/** A campaign of which nothing was asked, with these pages. */
async function settles(campaignId: string, pages: readonly (readonly VerdictLine[])[]): Promise<void> {
  const written = [];
  for (const [index, lines] of pages.entries()) {
    const items = lines.reduce((sum, { verdicts }) => sum + verdicts.length, 0);
    const at = `review-campaigns/${campaignId}/verdicts/00-${String(index).padStart(5, '0')}`;
    written.push(await writeLines(company, at, lines, items));
  }
  const population = written.reduce((sum, { items }) => sum + items, 0);
  const counts = { population, settled: population, excluded: 0, asked: 0 };
  const people = pages.flat().length;
  const parts = [{ population: written, verdicts: written }];
  const manifestSha256 = await writeManifest(company, { campaignId, hash: 'hash', parts, people, counts });
  const campaign: Campaign = {
    ...{ campaignId, definition: definitionOf({ settled: { unknownUse: 'settle', sampleShare: 0 } }) },
    ...{ state: 'closed', openedBy: 'schedule', begunMs: 1, modelHash: 'reviewed', hash: 'hash', people, revision: 1 },
    population: { manifestSha256, pages: 2 * pages.length },
    counts: { ...NO_ANSWERS_COUNTED, ...counts },
  };
  await company.campaigns.beginCampaign(campaign, []);
}

async function subjectsOf(people: number, prefix: string): Promise<readonly string[]> {
  const names = Array.from({ length: people }, (_, index) => ({ kind: 'identity', id: `${prefix}${index}` }) as const);
  const known = await company.subjects.subjectsOf(names);
  return names.map((name) => known.get(subjectKey(name))?.pseudonym ?? '');
}

async function list(campaignId: string, query: Readonly<Record<string, string>>): Promise<CampaignItemsBody> {
  const request = requestAs(['auditor'], 'E0900', {
    pathParameters: { id: campaignId },
    query: { limit: String(LIMIT), ...query },
  });
  const { status, body } = await answer(listCampaignItems(company), request);
  expect(status).toBe(200);
  return campaignItemsSchema.parse(body);
}

describe('100,000 settled items', () => {
  beforeAll(async () => {
    const subjects = await subjectsOf(PEOPLE_ON_A_PAGE * PAGES, 'P');
    const pages = Array.from({ length: PAGES }, (_, page) =>
      subjects
        .slice(page * PEOPLE_ON_A_PAGE, (page + 1) * PEOPLE_ON_A_PAGE)
        .map((subject) => settledLine(subject, ITEMS_EACH)),
    );
    await settles(CAMPAIGN, pages);
    const [crowded = ''] = await subjectsOf(1, 'crowded');
    await settles('2026-11-01.crowded', [[settledLine(crowded, MAXIMUM_ITEMS), settledLine(subjects[0] ?? '', 1)]]);
  });

  it.each([
    ['the first', 0],
    ['the last', PAGES - 3],
  ])(
    'are listed each once from %s pages on, and no answer is larger or reads more than another',
    async (_name, page) => {
      expect(POPULATION).toBeGreaterThan(100_000);
      const seen = new Set<string>();
      let [answers, items] = [0, 0];
      let after: string | undefined = encodeCursor({ campaignId: CAMPAIGN, page, line: 0 });
      while (after !== undefined && answers < ANSWERS) {
        calls.length = 0;
        const body: CampaignItemsBody = await list(CAMPAIGN, { after });
        answers += 1;
        items += body.items.length;
        for (const { identityId, entitlement, status } of body.items)
          seen.add(`${identityId} ${entitlement} ${status}`);
        // Whole people, so that one of them is the most that there is too much.
        expect(body.items.length).toBeLessThan(LIMIT + ITEMS_EACH);
        // The manifest and one page of it; names by the hundred; nobody is looked at of whom nothing is asked.
        expect(calls.filter((one) => one === 'read')).toHaveLength(2);
        expect(calls.filter((one) => one === 'resolve').length).toBeLessThanOrEqual(1);
        expect(calls.filter((one) => one === 'load')).toEqual([]);
        after = body.next;
      }
      expect(seen.size).toBe(items);
      expect(items).toBeGreaterThan(2 * PEOPLE_ON_A_PAGE * ITEMS_EACH);
    },
  );

  it('answer an empty page, and go on, where nothing of a page is what was asked for', async () => {
    calls.length = 0;
    const { items, next } = await list(CAMPAIGN, { status: 'removed' });
    expect([items, next]).toEqual([[], expect.any(String)]);
    expect(calls.filter((one) => one === 'read')).toHaveLength(2);
  });

  it('of one person who holds as much as anybody may are one answer, and the next goes on after them', async () => {
    const { items, next } = await list('2026-11-01.crowded', { limit: '1' });
    expect(items).toHaveLength(MAXIMUM_ITEMS);
    expect((await list('2026-11-01.crowded', { limit: '1', after: next ?? '' })).items).toHaveLength(1);
  });
});
