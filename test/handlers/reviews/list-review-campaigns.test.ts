// Which campaigns somebody is shown: all of them, or those in which something is theirs to answer.
import { expect, it } from 'vitest';
import { campaignListSchema } from '../../../lambdas/api/review-campaigns.ts';
import type { Role } from '../../../lambdas/api/roles.ts';
import { listReviewCampaigns } from '../../../lambdas/handlers/reviews/list-review-campaigns.ts';
import { answer, requestAs, requestWithAccessToken } from '../../support/api-requests.ts';
import { company, opened } from '../../support/campaigning.ts';

it('is of all for who oversees them, and of one’s own for whoever reviews', async () => {
  const all = await company(3);
  const campaignId = await opened(all);
  const shown = async (role: Role, as: string) => {
    const { status, body } = await answer(listReviewCampaigns(all), requestAs([role], as));
    expect(status).toBe(200);
    return campaignListSchema.parse(body).items.map((one) => one.campaignId);
  };
  for (const role of ['it', 'security', 'operations', 'auditor'] as const) {
    expect(await shown(role, 'E0900')).toEqual([campaignId]);
  }
  for (const role of ['hr', 'manager', 'employee'] as const) {
    expect(await shown(role, 'E0002')).toEqual([campaignId]);
    expect(await shown(role, 'E1001')).toEqual([]);
  }
  const campaign = await all.campaigns.findCampaign(campaignId);
  if (campaign === undefined) throw new Error('there is no campaign');
  const closed = { ...campaign, state: 'closed', revision: campaign.revision + 1 } as const;
  expect(await all.campaigns.saveCampaign(closed, campaign.revision, [])).toBe(true);
  expect(await shown('manager', 'E0002')).toEqual([]);
  expect(await shown('auditor', 'E0900')).toEqual([campaignId]);
  expect(await answer(listReviewCampaigns(all), requestWithAccessToken(['manager']))).toMatchObject({ status: 403 });
});
