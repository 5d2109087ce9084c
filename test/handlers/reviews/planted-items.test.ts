// Items that nobody holds, planted in a campaign to see whether reviewers look: who is asked, who knows of it, and that no answer to
// them changes anything.
import { beforeEach, describe, expect, it } from 'vitest';
import {
  campaignDetailsSchema,
  campaignItemsSchema,
  campaignPackSchema,
  campaignPersonSchema,
} from '../../../lambdas/api/review-campaigns.ts';
import type { Role } from '../../../lambdas/api/roles.ts';
import { desiredAccess } from '../../../lambdas/core/access/desired-access.ts';
import { decideCampaignItems } from '../../../lambdas/handlers/reviews/decide-campaign-items.ts';
import { getCampaignPack } from '../../../lambdas/handlers/reviews/get-campaign-pack.ts';
import { getCampaignPerson } from '../../../lambdas/handlers/reviews/get-campaign-person.ts';
import { getReviewCampaign } from '../../../lambdas/handlers/reviews/get-review-campaign.ts';
import { listCampaignItems } from '../../../lambdas/handlers/reviews/list-campaign-items.ts';
import { listReviewCampaigns } from '../../../lambdas/handlers/reviews/list-review-campaigns.ts';
import { loadIdentity } from '../../../lambdas/handlers/shared/load-identity.ts';
import type { ApiHandler } from '../../../lambdas/middleware/serve-api.ts';
import { answer, requestAs } from '../../support/api-requests.ts';
import { company, definitionOf, joins, opened, type ReviewedCompany, says } from '../../support/campaigning.ts';

const SELLERS = 150;
const PLANTED = { planted: { share: 0.2, maximum: 3 } };
/** Of whom the account has indeed what is planted about others. */
const HOLDER = 'E1001';
let all: ReviewedCompany;
let campaignId: string;
/** Of whom something was planted. */
let people: readonly string[];

beforeEach(async () => {
  all = await company(SELLERS);
  await joins(all, 'E0900', { department: 'Security', title: 'Officer', manager: 'E0001' });
  const account = { accountId: 'of-holder', userName: HOLDER, enabled: true, grants: ['crm-admins', 'crm-users'] };
  const kept = { applicationId: 'crm', account, readMs: all.nowMs, revision: 1 };
  await all.accounts.saveAccount({ identityId: HOLDER, account: kept, audit: [] });
  all.nowMs += 1;
  campaignId = await opened(all, definitionOf({ ...PLANTED, maximumPerReviewer: 1_000 }));
  const planted = await plants();
  people = planted.map(({ identityId }) => identityId);
});

/** By the facts themselves. */
async function plants() {
  const { items } = await all.directory.listIdentities({ limit: 1_000 });
  const records = await Promise.all(items.map(({ identityId }) => all.directory.load(identityId)));
  return records.flatMap((record) =>
    (record?.facts ?? []).flatMap((fact) => {
      if (fact.type !== 'access-review-opened' || fact.basis !== 'campaign') return [];
      return fact.items.flatMap((item) => (item.planted ? [{ identityId: fact.identityId, item }] : []));
    }),
  );
}

const ask = (handle: ApiHandler, role: Role, as: string, more: Partial<Parameters<typeof requestAs>[2]> = {}) =>
  answer(handle, requestAs([role], as, { pathParameters: { id: campaignId }, ...more }));
const see = async (identityId: string, role: Role = 'manager', as = 'E0002') => {
  const pathParameters = { id: campaignId, identityId };
  return ask(getCampaignPerson(all), role, as, { pathParameters });
};
const seen = async (...input: Parameters<typeof see>) => campaignPersonSchema.parse((await see(...input)).body).items;
const decide = (identityId: string, decision: string) => {
  const sent = { items: [{ identityId, entitlement: 'crm:admin' }], decision, reason: 'looked at' };
  return ask(decideCampaignItems(all), 'manager', 'E0002', { body: Buffer.from(JSON.stringify(sent)) });
};
async function everything(role: Role, as: string) {
  const found: ReturnType<typeof campaignItemsSchema.parse>['items'] = [];
  let after: string | undefined;
  do {
    const query = { limit: '100', ...(after !== undefined && { after }) };
    const page = campaignItemsSchema.parse((await ask(listCampaignItems(all), role, as, { query })).body);
    found.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return found;
}
async function held(identityId: string) {
  const { timeline, nowMs } = await loadIdentity(all, identityId);
  return desiredAccess(timeline, all.model(), nowMs, identityId).accounts.flatMap(({ applicationId, entitlements }) =>
    entitlements.map(({ entitlement }) => `${applicationId}:${entitlement}`),
  );
}

it('are as many as the rule says at most, each of something that they do not hold, beside what they do', async () => {
  const planted = await plants();
  expect(planted).toHaveLength(3);
  expect(new Set(people).size).toBe(3);
  for (const { identityId, item } of planted) {
    expect(item).toEqual({ entitlement: 'crm:admin', facts: [], ifNobodyAnswers: 'remove', planted: true });
    expect(await held(identityId)).toEqual(['crm:user', 'desk:seat']);
  }
  const campaign = await all.campaigns.findCampaign(campaignId);
  expect(campaign).toMatchObject({ planted: 3, counts: { population: 307, asked: 307, settled: 0 } });
  const rows = (await all.campaigns.listRows({ campaignId, limit: 1_000 })).items;
  expect(rows.filter(({ identityId }) => people.includes(identityId)).map(({ counts }) => counts.asked)).toEqual([
    3, 3, 3,
  ]);
});

it('are of some share of the people, and none where no rule says so', async () => {
  const none = await company(SELLERS);
  await opened(none, definitionOf({ maximumPerReviewer: 1_000 }));
  all = none;
  expect(await plants()).toEqual([]);
  all = await company(SELLERS);
  await opened(all, definitionOf({ planted: { share: 0.2, maximum: 1_000 }, maximumPerReviewer: 1_000 }));
  const { length } = await plants();
  expect(length).toBeGreaterThan(8);
  expect(length).toBeLessThan(60);
});

describe('who answers', () => {
  it('is shown one as what only an account has is shown, before and after', async () => {
    const shownOf = async (identityId: string) =>
      (await seen(identityId)).find(({ entitlement }) => entitlement === 'crm:admin');
    const [real, shown] = [await shownOf(HOLDER), await shownOf(people[0] ?? '')];
    expect(real).toMatchObject({ because: ['privileged', 'unexplained', 'unlike-peers'], status: 'open', reasons: [] });
    const { peers: _theirs, ...alike } = real ?? {};
    const { peers: _own, ...planted } = shown ?? {};
    expect(planted).toEqual(alike);
    await decide(people[0] ?? '', 'remove');
    const [removed] = (await seen(people[0] ?? '')).filter(({ entitlement }) => entitlement === 'crm:admin');
    expect(removed).toMatchObject({ status: 'removed', removal: { askedAt: expect.any(String) } });
    expect(JSON.stringify(await see(people[0] ?? ''))).not.toContain('planted');
    // Nothing gives it back, as with what only an account has.
    expect(await decide(people[0] ?? '', 'keep')).toMatchObject({ status: 409 });
  });

  it.each(['remove', 'keep'])('changes nothing with the answer %s, nor without one', async (decision) => {
    const [one = '', other = ''] = people;
    expect(await decide(one, decision)).toMatchObject({ status: 200 });
    expect(await held(one)).toEqual(['crm:user', 'desk:seat']);
    all.nowMs += 14 * 86_400_000 - 1;
    const before = await held(other);
    expect(before).not.toContain('crm:admin');
  });

  it('is told of none in the campaign, its definition or its list', async () => {
    for (const role of ['manager', 'employee', 'hr'] as const) {
      const detail = await ask(getReviewCampaign(all), role, 'E0002');
      expect(detail.status).toBe(200);
      expect(JSON.stringify(detail.body)).not.toContain('planted');
    }
    expect(JSON.stringify(await ask(listReviewCampaigns(all), 'it', 'E0002'))).not.toContain('planted');
    expect(JSON.stringify(await everything('it', 'E0002'))).not.toContain('planted');
    expect(JSON.stringify(await everything('operations', 'E0002'))).not.toContain('planted');
  });

  it('is asked no longer once they have been given it indeed', async () => {
    const [identityId = ''] = people;
    const base = { identityId, source: 'acme-hr', recordedMs: all.nowMs, receivedMs: all.nowMs };
    const effectiveAt = new Date(all.nowMs).toISOString();
    await says(all, {
      ...base,
      ...{ factId: 'acme-hr:lead', sourceEventId: 'lead', type: 'mover', effectiveAt, attributes: { title: 'Lead' } },
    });
    expect(await held(identityId)).toContain('crm:admin');
    expect((await seen(identityId)).map(({ entitlement }) => entitlement)).not.toContain('crm:admin');
    expect(await decide(identityId, 'remove')).toMatchObject({ status: 404 });
    expect(await held(identityId)).toContain('crm:admin');
  });
});

describe('who oversees', () => {
  it.each(['security', 'auditor'] as const)('knows of them with the role %s', async (role) => {
    const items = await everything(role, 'E0900');
    const planted = items.filter((item) => item.planted);
    expect(planted.map(({ identityId }) => identityId).toSorted()).toEqual(people.toSorted());
    expect((await seen(people[0] ?? '', role, 'E0900')).filter((item) => item.planted)).toHaveLength(1);
    const detail = campaignDetailsSchema.parse((await ask(getReviewCampaign(all), role, 'E0900')).body);
    expect(detail).toMatchObject({ planted: 3, definition: PLANTED });
  });

  it('has them in the pack, with what was answered', async () => {
    const [found = '', missed = ''] = people;
    await decide(found, 'remove');
    await decide(missed, 'keep');
    const lines: Record<string, unknown>[] = [];
    let after: string | undefined;
    do {
      const query = { ...(after !== undefined && { after }) };
      const page = campaignPackSchema.parse((await ask(getCampaignPack(all), 'auditor', 'E0901', { query })).body);
      for (const { path, content = '' } of page.files) {
        const text = Buffer.from(content, 'base64').toString();
        if (path.startsWith('outcomes-'))
          lines.push(
            ...text
              .split('\n')
              .filter(Boolean)
              .map((line) => JSON.parse(line)),
          );
      }
      after = page.next;
    } while (after !== undefined);
    const statuses = new Map(lines.flatMap((one) => (one['planted'] ? [[one['identityId'], one['status']]] : [])));
    expect(statuses).toEqual(
      new Map([
        [found, 'removed'],
        [missed, 'kept'],
        [people[2] ?? '', 'open'],
      ]),
    );
  });
});
