// What every store of review campaigns promises.
import { expect, it } from 'vitest';
import {
  type Campaign,
  type CampaignPerson,
  NO_ANSWERS_COUNTED,
  NOTHING_COUNTED,
  type QueueRow,
} from '../../../lambdas/core/reviews/campaign.ts';
import type { CampaignPart } from '../../../lambdas/core/reviews/campaign-parts.ts';
import type { CampaignStore } from '../../../lambdas/stores/campaigns/campaign-store.ts';
import { entryOf, NOW_MS, pagesOf } from '../identities/examples.ts';

const campaignId = '2026-10-01.privileged-access';
const CAMPAIGN: Campaign = {
  campaignId,
  definition: {
    name: 'Privileged access',
    scope: { privileged: true },
    stages: [{ reviewers: 'manager', days: 14 }],
    noAnswer: { privileged: 'remove', others: 'suspend' },
    ...{ undoDays: 14, maximumPerReviewer: 200, excluded: [] },
  },
  state: 'opening',
  openedBy: 'schedule',
  begunMs: NOW_MS,
  ...{ modelHash: 'a', hash: 'b', people: 0, counts: NOTHING_COUNTED, revision: 1 },
};
const PART: CampaignPart = { campaignId, part: 1, step: 'fixing', pages: [], askedPages: 0, asked: 0, revision: 1 };
const person = (identityId: string, reviewer: string): CampaignPerson => ({
  ...{ campaignId, identityId, subject: `s-${identityId}`, reviewId: `r-${identityId}`, stage: 0 },
  items: [{ entitlement: 'crm:admin', because: ['privileged'], peers: { n: 1, of: 9 }, reviewer }],
});
const row = (identityId: string, reviewer: string, rank: string): QueueRow => ({
  ...{ campaignId, stage: 0, reviewer, rank, identityId, riskiest: ['privileged'] },
  counts: { ...NO_ANSWERS_COUNTED, asked: 1 },
});

export function describeCampaigns(open: () => Promise<CampaignStore>): void {
  it('keeps when each stage is due', async () => {
    const store = await open();
    await store.beginCampaign(CAMPAIGN, [entryOf('DEPLOYMENT#tenure', 'one')]);
    const judged = { ...CAMPAIGN, dueMs: [NOW_MS + 1, NOW_MS + 2], revision: 2 };
    expect(await store.saveCampaign(judged, 1, [entryOf('DEPLOYMENT#tenure', 'two')])).toBe(true);
    expect(await store.findCampaign(campaignId)).toEqual(judged);
    expect((await store.listCampaigns({ limit: 10 })).items).toEqual([judged]);
  });

  it('begins a campaign once, whoever begins it, with its entry', async () => {
    const store = await open();
    expect(await store.findCampaign(campaignId)).toBeUndefined();
    const begun = await Promise.all([
      store.beginCampaign(CAMPAIGN, [entryOf('DEPLOYMENT#tenure', 'one')]),
      store.beginCampaign({ ...CAMPAIGN, openedBy: 'E1' }, [entryOf('DEPLOYMENT#tenure', 'other')]),
    ]);
    expect(begun.toSorted()).toEqual([false, true]);
    const kept = await store.findCampaign(campaignId);
    expect(kept).toEqual(begun[0] ? CAMPAIGN : { ...CAMPAIGN, openedBy: 'E1' });
  });

  it('lets nobody write a campaign or a part who has not seen the last writing', async () => {
    const store = await open();
    expect(await store.saveCampaign(CAMPAIGN, 1, [])).toBe(false);
    await store.beginCampaign(CAMPAIGN, []);
    const next = { ...CAMPAIGN, state: 'open', revision: 2 } as const;
    expect(await store.saveCampaign(next, 2, [])).toBe(false);
    expect(await store.saveCampaign(next, 1, [])).toBe(true);
    expect(await store.findCampaign(campaignId)).toEqual(next);
    expect(await store.savePart(PART, 1)).toBe(false);
    expect(await store.savePart(PART, 0)).toBe(true);
    expect(await store.savePart(PART, 0)).toBe(false);
    expect(await store.savePart({ ...PART, part: 0 }, 0)).toBe(true);
    expect((await store.listParts(campaignId)).map(({ part }) => part)).toEqual([0, 1]);
    expect(await store.listParts('2026-10-01.privileged')).toEqual([]);
  });

  it('lists campaigns, the latest first', async () => {
    const store = await open();
    const ids = ['2026-10-01.a', '2027-01-01.a', '2026-10-01.b'];
    for (const id of ids) await store.beginCampaign({ ...CAMPAIGN, campaignId: id }, []);
    const pages = await pagesOf((after) => store.listCampaigns({ limit: 2, after }));
    expect(pages.flat().map((one) => one.campaignId)).toEqual(['2027-01-01.a', '2026-10-01.b', '2026-10-01.a']);
  });

  it('has in a queue whom that reviewer answers about, the riskiest first, and moves them into another', async () => {
    const store = await open();
    const queue = (reviewer: string) =>
      pagesOf((after) => store.listQueue({ campaignId, stage: 0, reviewer, limit: 1, after })).then((pages) =>
        pages.flat().map(({ identityId }) => identityId),
      );
    for (const [id, reviewer, rank] of [
      ['E1', 'E9', '02'],
      ['E2', 'E9', '01'],
      ['E3', 'E90', '00'],
    ] as const) {
      await store.savePerson(person(id, reviewer), [row(id, reviewer, rank)]);
      await store.savePerson(person(id, reviewer), [row(id, reviewer, rank)]);
    }
    expect(await queue('E9')).toEqual(['E2', 'E1']);
    expect(await queue('E90')).toEqual(['E3']);
    expect(await store.findPerson(campaignId, 'E1')).toEqual(person('E1', 'E9'));
    await store.moveRows(person('E1', 'role:security'), [row('E1', 'E9', '02')], [row('E1', 'role:security', '02')]);
    expect(await queue('E9')).toEqual(['E2']);
    expect(await queue('role:security')).toEqual(['E1']);
    expect((await store.findPerson(campaignId, 'E1'))?.items[0]?.reviewer).toBe('role:security');
    const rows = await pagesOf((after) => store.listRows({ campaignId, limit: 2, after }));
    expect(rows.flat().map(({ identityId }) => identityId)).toEqual(['E2', 'E3', 'E1']);
  });

  it('counts a row, and nothing where there is none', async () => {
    const store = await open();
    await store.savePerson(person('E1', 'E9'), [row('E1', 'E9', '01')]);
    const counts = { ...NO_ANSWERS_COUNTED, asked: 1, answered: 1, kept: 1 };
    await store.countRow(row('E1', 'E9', '01'), counts);
    await store.countRow(row('E2', 'E9', '01'), counts);
    const { items } = await store.listRows({ campaignId, limit: 10 });
    expect(items).toEqual([{ ...row('E1', 'E9', '01'), counts }]);
  });
}
