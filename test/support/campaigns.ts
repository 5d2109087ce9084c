// A company in memory of which a campaign asks: E0007 and, above them, E0001 answer about E1001 to E1003, whom the profile
// `engineers` gives `crm:both` and `desk:seller`; E1001 asked for `crm:user`, and E0007 approved it.
import type { Role } from '../../lambdas/api/roles.ts';
import { desiredAccess } from '../../lambdas/core/access/desired-access.ts';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import { campaignDefinitionSchema } from '../../lambdas/core/access-model/campaign-rules.ts';
import {
  type CampaignReviewItem,
  type CampaignReviewOpenedFact,
  ownFactBase,
} from '../../lambdas/core/identity/facts.ts';
import { type AskedItem, type Campaign, NOTHING_COUNTED } from '../../lambdas/core/reviews/campaign.ts';
import { reviewEventId } from '../../lambdas/core/reviews/mover-reviews.ts';
import { decideCampaignItems } from '../../lambdas/handlers/reviews/decide-campaign-items.ts';
import { getCampaignPerson } from '../../lambdas/handlers/reviews/get-campaign-person.ts';
import { undoCampaignRemoval } from '../../lambdas/handlers/reviews/undo-campaign-removal.ts';
import { appendFact } from '../../lambdas/handlers/shared/append-fact.ts';
import { loadIdentity } from '../../lambdas/handlers/shared/load-identity.ts';
import type { ApiHandler } from '../../lambdas/middleware/serve-api.ts';
import { answer, requestAs } from './api-requests.ts';
import { ASKING_MODEL, askingCompany, DAY_MS } from './asking.ts';
import { joinerEvent } from './hr-events.ts';
import { memoryActivity } from './memory-activity.ts';
import { memoryCampaigns } from './memory-campaigns.ts';
import { memoryLog } from './memory-log.ts';
import { memorySubjects } from './memory-subjects.ts';

export const CAMPAIGN = '2026-11-01.everything';

export const REVIEWED: AccessModel = {
  ...ASKING_MODEL,
  hash: 'reviewed',
  applications: [
    ...ASKING_MODEL.applications,
    {
      ...{ id: 'desk', name: 'Desk', connector: 'manual', owner: 'E0005', settings: {} },
      entitlements: [{ id: 'seller', name: 'A desk', grant: 'desk', privileged: false }],
    },
  ],
  profiles: [
    {
      id: 'engineers',
      name: 'Engineers',
      when: { department: ['Engineering'] },
      entitlements: ['crm:both', 'desk:seller'],
    },
  ],
};

const DEFINITION = campaignDefinitionSchema.parse({
  name: 'Everything',
  scope: { applications: ['crm', 'desk'] },
  stages: [
    { reviewers: 'manager', days: 10 },
    { reviewers: 'application-owner', days: 5 },
  ],
});

export const BOTH: CampaignReviewItem = {
  entitlement: 'crm:both',
  facts: [],
  birthright: true,
  ifNobodyAnswers: 'suspend',
};
export const DESK: CampaignReviewItem = { ...BOTH, entitlement: 'desk:seller', ifNobodyAnswers: 'remove' };

export async function reviewedCompany() {
  const company = Object.assign(await askingCompany(), {
    accessModel: REVIEWED,
    campaigns: memoryCampaigns(),
    log: memoryLog(),
    activity: memoryActivity(),
    subjects: memorySubjects(),
  });
  const person = (subject: string) =>
    joinerEvent({ manager: 'E0007', email: `${subject.toLowerCase()}@example.com` }, { id: subject, subject });
  await company.hr(person('E1002'), person('E1003'));
  const openedMs = company.nowMs;
  const stages = [{ dueMs: openedMs + 10 * DAY_MS }, { dueMs: openedMs + 15 * DAY_MS }];
  const campaign: Campaign = {
    campaignId: CAMPAIGN,
    definition: DEFINITION,
    state: 'open',
    openedBy: 'E0900',
    begunMs: openedMs,
    openedMs,
    modelHash: 'reviewed',
    hash: 'hash',
    dueMs: stages.map(({ dueMs }) => dueMs),
    stage: 0,
    people: 3,
    counts: NOTHING_COUNTED,
    revision: 1,
  };
  await company.campaigns.beginCampaign(campaign, []);
  const send = (handle: ApiHandler, as: string, sent: { body?: unknown; role?: Role; identityId?: string }) => {
    const { body, role = 'manager', identityId = '' } = sent;
    const written = Buffer.from(body === undefined ? '' : JSON.stringify(body));
    return answer(handle, requestAs([role], as, { pathParameters: { id: CAMPAIGN, identityId }, body: written }));
  };
  return Object.assign(company, {
    stages,
    sendAs: send,
    async asks(identityId: string, items: readonly CampaignReviewItem[], reviewer = 'E0007') {
      const reviewId = `review-${identityId}`;
      const fact: CampaignReviewOpenedFact = {
        ...ownFactBase(identityId, reviewEventId(reviewId), company.nowMs),
        ...{ type: 'access-review-opened', reviewId, basis: 'campaign', campaignId: CAMPAIGN, stages },
        ...{ dueMs: stages.at(-1)?.dueMs ?? 0, undoMs: 14 * DAY_MS, items },
      };
      await appendFact(company, fact, { payloadHash: fact.factId, actor: { type: 'tenure', id: 'ask-reviewers' } });
      const asked = items.map(({ entitlement }): AskedItem => ({ entitlement, because: ['everything'], reviewer }));
      const person = {
        campaignId: CAMPAIGN,
        identityId,
        subject: `of-${identityId}`,
        reviewId,
        stage: 0,
        items: asked,
      };
      await company.campaigns.savePerson(person, []);
    },
    say: (
      as: string,
      decision: string,
      items: readonly (readonly [string, string])[],
      more: object = {},
      role?: Role,
    ) =>
      send(decideCampaignItems(company), as, {
        body: {
          items: items.map(([identityId, entitlement]) => ({ identityId, entitlement })),
          decision,
          reason: 'looked at',
          ...more,
        },
        ...(role && { role }),
      }),
    undo: (as: string, identityId: string, entitlement: string, role?: Role) =>
      send(undoCampaignRemoval(company), as, {
        body: { identityId, entitlement, reason: 'by mistake' },
        ...(role && { role }),
      }),
    see: (as: string, identityId: string, role?: Role) =>
      send(getCampaignPerson(company), as, { identityId, ...(role && { role }) }),
    async held(identityId: string) {
      const { timeline } = await loadIdentity(company, identityId);
      return desiredAccess(timeline, company.model(), company.nowMs, identityId).accounts.flatMap(
        ({ applicationId, entitlements }) => entitlements.map((one) => `${applicationId}:${one.entitlement}`),
      );
    },
    async answers(identityId: string) {
      const { timeline } = await loadIdentity(company, identityId);
      return timeline.facts.flatMap((fact) => (fact.type === 'access-review-decided' ? [fact] : []));
    },
  });
}

export type ReviewedCompany = Awaited<ReturnType<typeof reviewedCompany>>;
