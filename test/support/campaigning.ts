// A small company whose access is reviewed, over stores in memory, and the steps of a campaign in the order of its state machine.
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import type { CampaignDefinition } from '../../lambdas/core/access-model/campaign-rules.ts';
import { campaignDefinitionSchema } from '../../lambdas/core/access-model/campaign-rules.ts';
import { sha256Hex } from '../../lambdas/core/canonical-json.ts';
import type { Fact } from '../../lambdas/core/identity/facts.ts';
import { PARTS } from '../../lambdas/core/reviews/campaign-parts.ts';
import { askReviewers } from '../../lambdas/handlers/reviews/ask-reviewers.ts';
import { beginCampaign, nameCampaign } from '../../lambdas/handlers/reviews/begin-campaign.ts';
import { type FixingDependencies, fixPopulation } from '../../lambdas/handlers/reviews/fix-population.ts';
import { judgePopulation } from '../../lambdas/handlers/reviews/judge-population.ts';
import { openCampaign } from '../../lambdas/handlers/reviews/open-campaign.ts';
import { appendFact } from '../../lambdas/handlers/shared/append-fact.ts';
import { apiDependencies } from './api-requests.ts';
import { memoryActivity } from './memory-activity.ts';
import { memoryCampaignFiles } from './memory-campaign-files.ts';
import { memoryCampaigns } from './memory-campaigns.ts';
import { memoryLog } from './memory-log.ts';
import { memoryStores } from './memory-stores.ts';
import { memorySubjects } from './memory-subjects.ts';

export const REVIEWED_MODEL: AccessModel = {
  hash: 'reviewed',
  applications: [
    {
      ...{ id: 'crm', name: 'Customer records', connector: 'scim', owner: 'E0003', settings: {} },
      entitlements: [
        { id: 'admin', name: 'CRM administrator', grant: 'crm-admins', privileged: true },
        { id: 'user', name: 'CRM user', grant: 'crm-users', privileged: false },
      ],
    },
    {
      ...{ id: 'desk', name: 'Desk', connector: 'manual', owner: 'E0003', settings: {} },
      entitlements: [{ id: 'seat', name: 'A seat', grant: 'seat', privileged: false }],
    },
  ],
  profiles: [
    { id: 'sales', name: 'Sales', when: { department: ['Sales'] }, entitlements: ['crm:user', 'desk:seat'] },
    { id: 'leads', name: 'Leads', when: { title: ['Lead'] }, entitlements: ['crm:admin'] },
  ],
};

export function definitionOf(changes: Partial<CampaignDefinition> = {}): CampaignDefinition {
  return campaignDefinitionSchema.parse({ name: 'All access', scope: { applications: ['crm', 'desk'] }, ...changes });
}

/** `before`: awaited before each call to a store takes effect. */
export function campaigning(before?: (method: string) => Promise<void>) {
  const stores = memoryStores({ before });
  const started: string[] = [];
  const company = Object.assign(apiDependencies(), {
    ...stores,
    accessModel: REVIEWED_MODEL,
    model: () => company.accessModel,
    campaigns: memoryCampaigns(stores.table, before),
    subjects: memorySubjects(before),
    log: memoryLog(),
    activity: memoryActivity(),
    files: memoryCampaignFiles(before),
    started,
    workflow: {
      start: async (campaignId: string, attempt: number) => {
        await before?.('start');
        started.push(`${campaignId} ${attempt}`);
      },
    },
  });
  return company;
}
export type ReviewedCompany = ReturnType<typeof campaigning>;

const JOINED = '2026-01-05T00:00:00.000Z';

/** E0001 is above E0002, who is above the others; E0003 owns the applications. */
export async function joins(
  company: ReviewedCompany,
  identityId: string,
  attributes: Readonly<Record<string, string>> = {},
): Promise<void> {
  const recordedMs = Date.parse(JOINED);
  const fact: Fact = {
    ...{ factId: `acme-hr:${identityId}`, identityId, source: 'acme-hr', sourceEventId: identityId },
    ...{ recordedMs, receivedMs: recordedMs, type: 'joiner', effectiveAt: JOINED },
    attributes: {
      ...{ kind: 'employee', givenName: identityId, familyName: 'Example', email: `${identityId}@acme.example` },
      ...{ department: 'Sales', title: 'Seller', manager: 'E0002', ...attributes },
    },
  };
  await says(company, fact);
}

export async function says(company: ReviewedCompany, fact: Fact): Promise<void> {
  await appendFact(company, fact, {
    payloadHash: sha256Hex(fact.factId),
    actor: { type: 'hr-source', id: 'acme-hr' },
  });
}

export async function company(sellers = 3): Promise<ReviewedCompany> {
  const all = campaigning();
  await staff(all, sellers);
  return all;
}

export async function staff(all: ReviewedCompany, sellers = 3): Promise<void> {
  await joins(all, 'E0001', { department: 'Board', title: 'Chief' });
  await joins(all, 'E0002', { department: 'Board', title: 'Head', manager: 'E0001' });
  await joins(all, 'E0003', { department: 'IT', title: 'Owner', manager: 'E0001' });
  for (let index = 1; index <= sellers; index += 1) await joins(all, `E1${String(index).padStart(3, '0')}`);
  await joins(all, 'E2001', { title: 'Lead' });
}

/** By a person, with a definition of its own. */
export async function begin(all: ReviewedCompany, definition = definitionOf()): Promise<string> {
  const named = nameCampaign({ definition }, all.model(), all.clock());
  const opening = { openedBy: 'E0900', reason: 'yearly', actor: { type: 'operator', id: 'sub-E0900' } } as const;
  return (await beginCampaign(all, named, opening)).campaignId;
}

/** As access-review.asl.json has it; each step may be done again. */
export async function carryOut(all: FixingDependencies, campaignId: string): Promise<void> {
  const each = async (step: (input: { campaignId: string; part: number }) => Promise<{ next: string }>) => {
    for (let part = 0; part < PARTS; part += 1) while ((await step({ campaignId, part })).next === 'more');
  };
  await each(fixPopulation(all));
  const { next } = await judgePopulation(all)({ campaignId });
  if (next === 'ask') await each(askReviewers(all));
  await openCampaign(all)({ campaignId });
}

export async function opened(all: ReviewedCompany, definition = definitionOf()): Promise<string> {
  const campaignId = await begin(all, definition);
  await carryOut(all, campaignId);
  return campaignId;
}
