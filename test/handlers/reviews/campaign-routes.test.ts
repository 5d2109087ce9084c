// What the routes of review campaigns answer, over stores in memory: previews, openings, queues, and who is told of what.
import { beforeEach, describe, expect, it } from 'vitest';
import {
  campaignDetailsSchema,
  campaignListSchema,
  campaignPreviewSchema,
  campaignQueueSchema,
  campaignSchema,
} from '../../../lambdas/api/review-campaigns.ts';
import type { Role } from '../../../lambdas/api/roles.ts';
import { getCampaignQueue } from '../../../lambdas/handlers/reviews/get-campaign-queue.ts';
import { getReviewCampaign } from '../../../lambdas/handlers/reviews/get-review-campaign.ts';
import { listReviewCampaigns } from '../../../lambdas/handlers/reviews/list-review-campaigns.ts';
import { openReviewCampaign } from '../../../lambdas/handlers/reviews/open-review-campaign.ts';
import { previewReviewCampaign } from '../../../lambdas/handlers/reviews/preview-review-campaign.ts';
import type { ApiHandler } from '../../../lambdas/middleware/serve-api.ts';
import { answer, requestAs } from '../../support/api-requests.ts';
import {
  carryOut,
  company,
  definitionOf,
  joins,
  opened,
  REVIEWED_MODEL,
  type ReviewedCompany,
} from '../../support/campaigning.ts';

let all: ReviewedCompany;
beforeEach(async () => {
  all = await company(3);
  await joins(all, 'E0900', { department: 'Security', title: 'Officer', manager: 'E0001' });
});

const post = (handle: ApiHandler, role: Role, body: unknown, as = 'E0900') =>
  answer(handle, requestAs([role], as, { body: Buffer.from(JSON.stringify(body)) }));
const get = (handle: ApiHandler, roles: readonly Role[], as: string, id = '', query: Record<string, string> = {}) =>
  answer(handle, requestAs(roles, as, { pathParameters: { id }, query }));

const DEFINITION = { name: 'All access', scope: { applications: ['crm', 'desk'] } };

describe('a preview', () => {
  const preview = (definition: unknown, role: Role = 'security') =>
    post(previewReviewCampaign(all), role, { definition });

  it('says how large it is, who is asked how much and why, and opens nothing', async () => {
    const { status, body } = await preview({ ...DEFINITION, maximumPerReviewer: 8 });
    expect(status).toBe(200);
    expect(campaignPreviewSchema.parse(body)).toMatchObject({
      ...{ complete: true, lookedAt: 8, people: 4, items: 9, asked: 9 },
      askedBecause: { everything: 9, privileged: 1 },
      settled: { byPolicy: 0, excluded: 0, other: 0 },
      applications: [
        { applicationId: 'crm', items: 5, asked: 5 },
        { applicationId: 'desk', items: 4, asked: 4 },
      ],
    });
    const [stage] = campaignPreviewSchema.parse(body).stages;
    expect(stage?.each.map(({ reviewer, name }) => [reviewer, name])).toEqual([
      ['E0002', 'E0002 Example'],
      ['E0001', 'E0001 Example'],
    ]);
    expect(stage?.each[0]?.overloaded).toBe(true);
    expect((await all.campaigns.listCampaigns({ limit: 10 })).items).toEqual([]);
  });

  it('is what the campaign then is', async () => {
    const settled = { unknownUse: 'settle', sampleShare: 0 } as const;
    const excluded = [{ entitlement: 'desk:seat', reason: 'by hand', by: 'E0900' }];
    const definition = { ...DEFINITION, settled, excluded };
    const previewed = campaignPreviewSchema.parse((await preview(definition)).body);
    const { status, body } = await post(openReviewCampaign(all), 'security', { definition, reason: 'yearly' });
    expect(status).toBe(202);
    const { campaignId } = campaignSchema.parse(body);
    await carryOut(all, campaignId);
    const campaign = await all.campaigns.findCampaign(campaignId);
    expect(previewed.exclusions).toMatchObject([{ items: 4 }]);
    expect(campaign?.counts).toMatchObject({
      population: previewed.items,
      asked: previewed.asked,
      excluded: previewed.settled.excluded,
    });
  });

  it.each([
    [{ ...DEFINITION, scope: {} }, '/definition/scope'],
    [{ ...DEFINITION, scope: { applications: ['crm', 'crn'] } }, '/definition/scope/applications/1'],
    [{ ...DEFINITION, scope: { entitlements: ['crm:boss'] } }, '/definition/scope/entitlements/0'],
    [{ ...DEFINITION, scope: { disconnected: true, applications: ['crm'] } }, '/definition/scope'],
    [
      { ...DEFINITION, excluded: [{ entitlement: 'crm:boss', reason: 'x', by: 'E1' }] },
      '/definition/excluded/0/entitlement',
    ],
    [{ ...DEFINITION, stages: [] }, '/definition/stages'],
  ])('is refused for %j at %s', async (definition, pointer) => {
    const { status, body } = await preview(definition);
    expect(status).toBe(422);
    expect(JSON.stringify(body)).toContain(`"${pointer}"`);
    const opening = await post(openReviewCampaign(all), 'security', { definition, reason: 'yearly' });
    expect(opening.status).toBe(422);
    expect(all.started).toEqual([]);
  });

  it.each<[Role, number]>([
    ['manager', 403],
    ['auditor', 403],
    ['it', 200],
  ])('answers %s with %i', async (role, status) => {
    expect(await preview(DEFINITION, role)).toMatchObject({ status });
  });
});

describe('an opening', () => {
  it('by hand is that of the period, and the same once more', async () => {
    const rule = { id: 'all', ...definitionOf(), every: 'quarter', firstDay: '2026-10-01' } as const;
    all.accessModel = { ...REVIEWED_MODEL, reviews: { campaigns: [rule] } };
    for (let time = 0; time < 2; time += 1) {
      const { status, body } = await post(openReviewCampaign(all), 'security', { campaign: 'all', reason: 'now' });
      expect(status).toBe(202);
      expect(campaignSchema.parse(body)).toMatchObject({ campaignId: '2026-10-01.all', openedBy: 'E0900' });
    }
    expect((await all.campaigns.listCampaigns({ limit: 10 })).items).toHaveLength(1);
    const other = await post(openReviewCampaign(all), 'security', { campaign: 'none', reason: 'now' });
    expect(other.status).toBe(404);
    const both = { campaign: 'all', definition: DEFINITION, reason: 'now' };
    expect((await post(openReviewCampaign(all), 'security', both)).status).toBe(422);
  });

  it.each<Role>(['it', 'manager', 'auditor', 'operations', 'employee'])('is not for %s', async (role) => {
    const sent = { definition: DEFINITION, reason: 'now' };
    expect((await post(openReviewCampaign(all), role, sent)).status).toBe(403);
  });
});

describe('once it is open', () => {
  let campaignId: string;
  beforeEach(async () => {
    campaignId = await opened(all);
  });

  it('is listed, and told with who is asked', async () => {
    const listed = await get(listReviewCampaigns(all), ['auditor'], 'E0901');
    expect(campaignListSchema.parse(listed.body).items).toMatchObject([{ campaignId, state: 'open', stage: 0 }]);
    const told = campaignDetailsSchema.parse(
      (await get(getReviewCampaign(all), ['auditor'], 'E0901', campaignId)).body,
    );
    expect(told.reviewers).toEqual([{ reviewer: 'E0002', name: 'E0002 Example', people: 4, items: 9, open: 9 }]);
    expect(told.counts).toMatchObject({ population: 9, asked: 9, answered: 0 });
    const own = campaignDetailsSchema.parse((await get(getReviewCampaign(all), ['manager'], 'E0003', campaignId)).body);
    expect(own.reviewers).toEqual([]);
    expect((await get(getReviewCampaign(all), ['auditor'], 'E0901', 'none')).status).toBe(404);
  });

  it('has in a queue whom one has to answer about, the riskiest first, page by page', async () => {
    const pages: string[] = [];
    let after: string | undefined;
    do {
      const query = { limit: '3', ...(after !== undefined && { after }) };
      const { body } = await get(getCampaignQueue(all), ['manager'], 'E0002', campaignId, query);
      const page = campaignQueueSchema.parse(body);
      pages.push(...page.items.map(({ identityId, open, minutes }) => `${identityId} ${open} ${minutes}`));
      after = page.next;
    } while (after !== undefined);
    expect(pages).toEqual(['E2001 3 1', 'E1001 2 1', 'E1002 2 1', 'E1003 2 1']);
  });

  it('shows nobody another’s queue but whoever oversees it', async () => {
    const of = (role: Role, as: string, whose: string) =>
      get(getCampaignQueue(all), [role], as, campaignId, { for: whose });
    expect((await of('manager', 'E0003', 'E0002')).status).toBe(403);
    expect((await of('employee', 'E1001', 'role:security')).status).toBe(403);
    expect(campaignQueueSchema.parse((await of('auditor', 'E0901', 'E0002')).body).items).toHaveLength(4);
    expect(campaignQueueSchema.parse((await of('manager', 'E0003', 'me')).body).items).toEqual([]);
  });

  it('has for whoever has the role security their own queue, and then what nobody else can answer', async () => {
    Object.assign(all, await company(1));
    const scope = { managers: ['E0001'], applications: ['crm'] };
    const other = await opened(all, definitionOf({ scope, stages: [{ reviewers: 'security', days: 7 }] }));
    const first = campaignQueueSchema.parse((await get(getCampaignQueue(all), ['security'], 'E0001', other)).body);
    expect(first).toEqual({ items: [], next: '1.' });
    const { body } = await get(getCampaignQueue(all), ['security'], 'E0001', other, { after: first.next ?? '' });
    expect(campaignQueueSchema.parse(body).items.map(({ identityId }) => identityId)).toEqual(['E2001', 'E1001']);
    const wrong = await get(getCampaignQueue(all), ['security'], 'E0001', other, { after: '7.x' });
    expect(wrong.status).toBe(422);
  });
});
