// Review campaigns: everything in a scope looked at once, with what is asked of whom, and what became of it.
import * as z from 'zod';
import { CAMPAIGN_REVIEWERS, campaignDefinitionSchema, NO_ANSWERS } from '../core/access-model/campaign-rules.ts';
import { identityIdSchema } from '../core/identity/attributes.ts';
import { ASKED_BECAUSE, CAMPAIGN_STATES, SECURITY, SETTLED_BECAUSE } from '../core/reviews/campaign.ts';
import { components } from './components.ts';
import { next, pageQuery } from './paging.ts';
import { defineRoutes, type RouteDefinitions } from './route.ts';
import { instant, moment } from './values.ts';

const MAXIMUM_ITEMS_AT_ONCE = 100;
const MAXIMUM_REASSIGNED = 500;

export const CAMPAIGN_ANSWERS = ['keep', 'remove', 'shorten', 'ask'] as const;
export const ITEM_STATUSES = [
  'settled',
  'open',
  'asked',
  'kept',
  'removed',
  'shortened',
  'suspended',
  'not-answered',
] as const;

const campaignId = z
  .string()
  .meta({ description: 'Its name in the access model and its period, or what it was opened as.' });
const reference = z.string().max(100).meta({ description: '`application:entitlement`' });
const reason = z.string().trim().min(1).max(500).meta({ description: 'Kept in the record for good.' });
const count = z.int().min(0);

campaignDefinitionSchema.register(components, { id: 'CampaignDefinition' });

const asked = {
  campaign: z.string().max(64).optional().meta({ description: 'The id of one in `access-model/reviews.yaml`.' }),
  definition: campaignDefinitionSchema.optional(),
};
const ONE_OF = { error: 'expected either campaign or definition' };
const isOne = ({ campaign, definition }: { readonly campaign?: unknown; readonly definition?: unknown }) =>
  (campaign === undefined) !== (definition === undefined);

export const campaignPreviewRequestSchema = z
  .strictObject(asked)
  .refine(isOne, ONE_OF)
  .register(components, { id: 'CampaignPreviewRequest' });
export const campaignOpeningSchema = z
  .strictObject({ ...asked, reason })
  .refine(isOne, ONE_OF)
  .register(components, { id: 'CampaignOpening' });

const stage = z.strictObject({
  reviewers: z.enum(CAMPAIGN_REVIEWERS),
  days: z.int(),
  dueAt: instant.optional().meta({ description: 'Absent: it has not been opened.' }),
});

const counts = z
  .strictObject({
    population: count.meta({ description: 'Every item in the scope, however it was decided about.' }),
    settled: count,
    excluded: count.meta({ description: 'Of the settled: by an exclusion, which has a reason and a name.' }),
    asked: count,
    answered: count,
    kept: count,
    removed: count,
    shortened: count,
    suspended: count,
    notAnswered: count,
    readBack: count.meta({ description: 'Removals that the systems themselves were seen to have made.' }),
    notReadBack: count.meta({ description: 'While there are any, the campaign is not closed.' }),
  })
  .meta({ description: 'Items.' });
export type CampaignCountsBody = z.infer<typeof counts>;

export const campaignSchema = z
  .strictObject({
    campaignId,
    name: z.string(),
    state: z.enum(CAMPAIGN_STATES),
    openedBy: z.string().meta({ description: 'An identity, or `schedule`.' }),
    reason: z.string().optional(),
    begunAt: instant.meta({ description: 'As of then is the population.' }),
    openedAt: instant.optional().meta({ description: 'Since when everybody is asked. Absent: not yet.' }),
    closedAt: instant.optional(),
    stage: z.int().optional().meta({ description: 'The one that is open, from 0.' }),
    stages: z.array(stage),
    dueAt: instant.optional().meta({ description: 'Of the stage that is open.' }),
    people: count.meta({ description: 'Identities with something in the scope.' }),
    counts,
    countedAt: instant.optional(),
    population: z
      .strictObject({
        manifestSha256: z.string().meta({ description: 'Of the manifest of all pages: it is in the sealed log.' }),
        pages: count,
      })
      .optional()
      .meta({ description: 'Absent: it is not complete yet.' }),
    definition: campaignDefinitionSchema,
    planted: count.optional().meta({
      description:
        'Of the population, items that nobody holds: to see whether reviewers look. For `security` and `auditor` alone, as is ' +
        '`planted` in the definition.',
    }),
    modelHash: z.string().meta({ description: 'By which access model everything was judged at the opening.' }),
  })
  .register(components, { id: 'ReviewCampaign' });
export type CampaignBody = z.infer<typeof campaignSchema>;

const reviewer = z.strictObject({
  reviewer: z.string().meta({ description: 'An identity, or `role:security`: whoever has that role.' }),
  name: z.string().optional(),
  people: count,
  items: count,
  open: count,
});

export const campaignDetailsSchema = z
  .strictObject({
    ...campaignSchema.shape,
    reviewers: z.array(reviewer).meta({ description: 'At most 1,000, those with most to answer first.' }),
  })
  .register(components, { id: 'ReviewCampaignDetails' });
export type CampaignDetailsBody = z.infer<typeof campaignDetailsSchema>;

export const campaignListSchema = z
  .strictObject({ items: z.array(campaignSchema), next })
  .register(components, { id: 'ReviewCampaignList' });

export const campaignPreviewSchema = z
  .strictObject({
    name: z.string(),
    at: instant,
    complete: z.boolean().meta({
      description:
        'False: the time of one answer did not do for everybody; the numbers are of those who were looked at.',
    }),
    lookedAt: count.meta({ description: 'Identities.' }),
    people: count,
    items: count,
    asked: count,
    askedBecause: z.partialRecord(z.enum(ASKED_BECAUSE), count),
    settled: z.strictObject({
      byPolicy: count,
      useUnknown: count.meta({ description: 'Of those: nothing is known of their last use.' }),
      useApproximate: count
        .optional()
        .meta({ description: 'Of those: it is known when anything was used in their application, and no more.' }),
      excluded: count,
      other: count,
    }),
    stages: z.array(
      z.strictObject({
        reviewers: z.enum(CAMPAIGN_REVIEWERS),
        days: z.int(),
        dueAt: instant,
        each: z
          .array(
            z.strictObject({
              reviewer: z.string(),
              name: z.string().optional(),
              people: count,
              items: count,
              overloaded: z.boolean().meta({ description: 'It is more than one person is asked about.' }),
            }),
          )
          .meta({ description: 'Those with most first, at most 100.' }),
        more: count,
      }),
    ),
    applications: z.array(z.strictObject({ applicationId: z.string(), name: z.string(), items: count, asked: count })),
    exclusions: z.array(
      z.strictObject({
        identity: identityIdSchema.optional(),
        entitlement: z.string().optional(),
        reason: z.string(),
        by: identityIdSchema,
        items: count,
      }),
    ),
    noAnswer: z.strictObject({ privileged: z.enum(NO_ANSWERS), others: z.enum(NO_ANSWERS) }),
  })
  .register(components, { id: 'CampaignPreview' });
export type CampaignPreviewBody = z.infer<typeof campaignPreviewSchema>;

const riskiest = z
  .array(z.enum(ASKED_BECAUSE))
  .meta({ description: 'Why anything of it is asked, the riskiest first.' });

export const campaignQueueSchema = z
  .strictObject({
    items: z.array(
      z.strictObject({
        identityId: identityIdSchema,
        name: z.string().optional(),
        reviewer: z.string().meta({ description: 'Whose queue it is in: an identity, or `role:security`.' }),
        open: count,
        answered: count,
        riskiest,
        minutes: count.meta({ description: 'How long it takes, about.' }),
      }),
    ),
    next,
  })
  .register(components, { id: 'CampaignQueue' });

const peers = z
  .strictObject({ n: count, of: count })
  .meta({ description: 'So many of those who do the same job have it, themselves among them.' });

const placeInLog = z.strictObject({
  logIndex: z.int().meta({ description: 'From 0.' }),
  entryId: z.string().optional().meta({ description: 'The `id` that the entry itself says.' }),
});

const removal = z
  .strictObject({
    askedAt: instant,
    dueAt: instant.optional().meta({ description: 'Until when it is to be gone, by `removeWithinHours`.' }),
    late: z.literal(true).optional().meta({ description: 'It was not gone by then, or is not yet.' }),
    decision: placeInLog.optional().meta({
      description: 'Where in the sealed log it stands that somebody said so. Absent: as with `proof`, or nobody did.',
    }),
    readBackAt: instant
      .optional()
      .meta({ description: 'When the system itself was seen without it. Absent: not yet.' }),
    inSeconds: z.number().optional(),
    proof: placeInLog.optional().meta({
      description:
        'Where in the sealed log it stands that it was seen to be gone: `npx tenure audit verify --pack` finds the same. Absent: it is not ' +
        'sealed yet, there was no account to look at, or more than 300 entries about them lie in between.',
    }),
  })
  .meta({ description: 'What became of taking it away.' });

const answerOf = z.strictObject({
  decision: z.enum(CAMPAIGN_ANSWERS),
  by: identityIdSchema,
  at: instant,
  reason: z.string(),
  until: instant.optional(),
});

const useApproximate = z.literal(true).optional().meta({
  description: '`lastUsedAt` is when anything was used in its application: its own last use was no later.',
});

const planted = z.literal(true).optional().meta({
  description:
    'Nobody holds it: it is asked to see whether a reviewer looks. For `security` and `auditor`, where they cannot answer it.',
});

const campaignItem = z.strictObject({
  entitlement: reference,
  name: z.string().optional(),
  description: z.string().optional().meta({ description: 'What it is, in plain words.' }),
  privileged: z.boolean(),
  byHand: z.literal(true).optional(),
  reasons: z.array(z.string()).meta({ description: 'Why it is held, a line each. Empty: no reason is known.' }),
  approvedBy: z.array(identityIdSchema).optional(),
  since: instant.optional(),
  lastUsedAt: instant.optional().meta({ description: 'Absent: not known, which is not the same as never.' }),
  useApproximate,
  peers: peers.optional(),
  duties: z
    .array(z.string())
    .meta({ description: 'Rules about duties of which it is a side, where two come together.' }),
  lastReview: z
    .strictObject({ by: identityIdSchema.optional(), at: instant, answer: z.string() })
    .optional()
    .meta({ description: 'Who said what about it the last time.' }),
  breaks: z.array(z.string()).optional().meta({ description: 'What goes with it, a line each.' }),
  because: riskiest,
  answer: answerOf.optional(),
  canAnswer: z.array(identityIdSchema).optional(),
  securityCanAnswer: z.boolean().optional(),
  mayAnswer: z.boolean().optional().meta({ description: 'Whether whoever asks can answer it now.' }),
  status: z.enum(ITEM_STATUSES),
  undoUntil: instant.optional().meta({ description: 'Until when the removal can be undone.' }),
  removal: removal.optional(),
  planted,
});
export type CampaignItemBody = z.infer<typeof campaignItem>;

export const campaignPersonSchema = z
  .strictObject({
    campaignId,
    identityId: identityIdSchema,
    name: z.string().optional(),
    title: z.string().optional(),
    department: z.string().optional(),
    stage: z.int(),
    dueAt: instant,
    openedAt: instant.meta({ description: 'When this was answered: send it along with a decision.' }),
    items: z.array(campaignItem),
  })
  .register(components, { id: 'CampaignPerson' });
export type CampaignPersonBody = z.infer<typeof campaignPersonSchema>;

const itemReference = z.strictObject({ identityId: identityIdSchema, entitlement: reference });

export const campaignDecisionSchema = z
  .strictObject({
    items: z.array(itemReference).min(1).max(MAXIMUM_ITEMS_AT_ONCE).meta({
      description: 'Several of one entitlement, and none of them privileged; or one.',
    }),
    decision: z.enum(CAMPAIGN_ANSWERS).meta({
      description: '`shorten`: kept until `until`. `ask`: changes nothing, and is shown to whoever looks next.',
    }),
    reason,
    until: moment.optional().meta({ description: 'With `shorten`.' }),
    openedAt: moment
      .optional()
      .meta({ description: 'As the page said: how long somebody looked is in the auditor’s pack.' }),
  })
  .register(components, { id: 'CampaignDecision' });
export const campaignDecisionAnswerSchema = z
  .strictObject({
    decided: count,
    items: z.array(z.strictObject({ ...itemReference.shape, status: z.enum(ITEM_STATUSES) })),
  })
  .register(components, { id: 'CampaignDecisionAnswer' });

export const campaignUndoSchema = z
  .strictObject({ ...itemReference.shape, reason })
  .register(components, { id: 'CampaignUndo' });
export const campaignReassignmentSchema = z
  .strictObject({
    from: z.string().max(64).meta({ description: 'An identity, or `role:security`.' }),
    to: identityIdSchema,
    identities: z.array(identityIdSchema).min(1).max(MAXIMUM_REASSIGNED).optional().meta({
      description: 'Whose items. Absent: all that are open.',
    }),
    reason,
    until: moment.optional(),
  })
  .register(components, { id: 'CampaignReassignment' });
export const campaignReassignmentAnswerSchema = z
  .strictObject({ people: count })
  .register(components, { id: 'CampaignReassignmentAnswer' });
export const campaignDeadlineSchema = z
  .strictObject({ dueAt: moment, reason })
  .register(components, { id: 'CampaignDeadline' });

const outcome = z.strictObject({
  identityId: identityIdSchema.optional().meta({ description: 'Absent: what was known of them was erased since.' }),
  subject: z.string().meta({ description: 'Their pseudonym in the population and in the sealed log.' }),
  entitlement: z.string(),
  status: z.enum(ITEM_STATUSES),
  because: z.array(z.enum([...ASKED_BECAUSE, ...SETTLED_BECAUSE])),
  useUnknown: z.boolean().optional(),
  lastUsedAt: instant.optional().meta({
    description: 'As it was known when the campaign began. Absent: nothing was, which is not the same as never.',
  }),
  useApproximate,
  excluded: z.strictObject({ reason: z.string(), by: identityIdSchema }).optional(),
  peers: peers.optional(),
  answer: answerOf.optional(),
  removal: removal.optional(),
  planted,
});
export const campaignItemsSchema = z
  .strictObject({ items: z.array(outcome), next })
  .register(components, { id: 'CampaignItems' });
export type CampaignItemsBody = z.infer<typeof campaignItemsSchema>;

const packFile = z.strictObject({
  path: z.string(),
  sha256: z.string(),
  bytes: z.int(),
  content: z.string().optional().meta({ description: 'Base64.' }),
});
export const campaignPackSchema = z
  .strictObject({ campaignId, generatedAt: instant, files: z.array(packFile), next })
  .register(components, { id: 'CampaignPack' });

/** Who sees what a campaign is, and every item of it. */
const OVERSEERS = {
  hr: 'none',
  manager: 'none',
  it: 'all',
  security: 'all',
  operations: 'all',
  auditor: 'all',
} as const;
/** Whether somebody may answer is a matter of who answers for the identity, whatever their role. */
const REVIEWERS = {
  hr: 'self',
  manager: 'self',
  it: 'self',
  security: 'all',
  operations: 'self',
  auditor: 'all',
  employee: 'self',
} as const;
const ANSWERERS = { ...REVIEWERS, auditor: 'none' } as const;
const OPENERS = {
  hr: 'none',
  manager: 'none',
  it: 'none',
  security: 'all',
  operations: 'none',
  auditor: 'none',
} as const;

export const reviewCampaignRoutes = defineRoutes({
  'list-review-campaigns': {
    method: 'GET',
    path: '/review-campaigns',
    access: { ...REVIEWERS, it: 'all', operations: 'all' },
    summary: 'Review campaigns, the latest first',
    description:
      'All of them for `it`, `security`, `operations` and `auditor`. For others those in which something is theirs to answer now: a ' +
      'page may be short, or empty, before the last.',
    query: z.strictObject(pageQuery),
    answers: { 200: campaignListSchema },
    uses: { campaigns: ['listCampaigns', 'listQueue'], directory: ['load'] },
  },
  'get-review-campaign': {
    method: 'GET',
    path: '/review-campaigns/{id}',
    access: REVIEWERS,
    summary: 'One campaign: how far it has come, who is asked, and what became of its items',
    answers: { 200: campaignDetailsSchema },
    uses: { campaigns: ['findCampaign', 'listRows'], directory: ['load'] },
  },
  'preview-review-campaign': {
    method: 'POST',
    path: '/review-campaigns/previews',
    access: { ...OPENERS, it: 'all' },
    summary: 'What a campaign would look at, who would be asked, and what would be settled without; opens nothing',
    body: campaignPreviewRequestSchema,
    answers: { 200: campaignPreviewSchema },
    uses: {
      directory: ['listIdentities', 'load'],
      campaigns: ['listCampaigns'],
      activity: ['recall'],
      accessModel: true,
    },
  },
  'open-review-campaign': {
    method: 'POST',
    path: '/review-campaigns',
    access: OPENERS,
    summary: 'Open a campaign: of the access model for this period, or one that is defined here',
    description:
      'Opened twice it is one: the second answer is the same. Everybody is looked at, and the population is fixed and hashed, ' +
      'before anybody is asked; `GET /review-campaigns/{id}` says how far that is.',
    body: campaignOpeningSchema,
    answers: { 202: campaignSchema },
    problems: [409],
    auditsRefusals: true,
    uses: {
      campaigns: ['beginCampaign', 'findCampaign', 'listCampaigns'],
      modelChanges: ['saveModel'],
      accessModel: true,
      openCampaigns: true,
      directory: ['load'],
    },
  },
  'get-campaign-queue': {
    method: 'GET',
    path: '/review-campaigns/{id}/queue',
    access: REVIEWERS,
    summary: 'Whom somebody has to answer about, the riskiest first',
    description:
      'What others would have to answer is for the roles `security` and `auditor`. Whoever has the role `security` finds what ' +
      'nobody else can answer among theirs.',
    query: z.strictObject({
      ...pageQuery,
      for: z
        .union([z.literal('me'), z.literal(SECURITY), identityIdSchema])
        .default('me')
        .meta({ description: '`me`, an identity, or `role:security`.' }),
    }),
    answers: { 200: campaignQueueSchema },
    uses: { campaigns: ['findCampaign', 'listQueue'], directory: ['load'] },
  },
  'list-campaign-items': {
    method: 'GET',
    path: '/review-campaigns/{id}/items',
    access: OVERSEERS,
    summary: 'Every item of the population with what became of it, also what was settled',
    description: 'A page may be short, or empty, before the last.',
    query: z.strictObject({
      ...pageQuery,
      status: z.enum(ITEM_STATUSES).optional(),
      application: z.string().max(64).optional(),
    }),
    answers: { 200: campaignItemsSchema },
    uses: {
      campaigns: ['findCampaign'],
      subjects: ['findSubjects', 'resolve'],
      directory: ['load'],
      audit: ['list'],
      log: ['readPositions', 'readSealed'],
      campaignFiles: true,
      accessModel: true,
    },
  },
  'get-campaign-person': {
    method: 'GET',
    path: '/review-campaigns/{id}/people/{identityId}',
    access: REVIEWERS,
    summary: 'What is asked about somebody, with all that is known of it',
    description:
      'For whoever can answer any of it now, and for those who oversee. `breaks` is worked out by the function that decides on ' +
      'access, asked as if it had been taken away.',
    answers: { 200: campaignPersonSchema },
    uses: {
      campaigns: ['findCampaign', 'findPerson'],
      directory: ['listOwnedBy', 'load'],
      audit: ['list'],
      log: ['readPositions', 'readSealed'],
      subjects: ['findSubjects'],
      activity: ['recall'],
      accessModel: true,
    },
  },
  'decide-campaign-items': {
    method: 'POST',
    path: '/review-campaigns/{id}/decisions',
    access: ANSWERERS,
    summary: 'Answer: keep, remove, shorten or ask; all of it or nothing',
    description:
      'Who can is found anew with each answer: never whose access it is, nor who asked for it, approved it or gave it by hand ' +
      '(403). Until the last stage is due the last answer counts. All items are judged before any is decided; once they are, all ' +
      'come to be, as said at that time. What is suspended can be answered after that. Repeating an answer decides nothing (200, ' +
      '`decided: 0`); one about what somebody else has answered since `openedAt` is refused (409).',
    body: campaignDecisionSchema,
    answers: { 200: campaignDecisionAnswerSchema },
    problems: [409],
    auditsRefusals: true,
    uses: {
      facts: ['findAcceptedEvent', 'recordFact'],
      directory: ['load'],
      campaigns: ['beginBatch', 'countRow', 'endBatch', 'findCampaign', 'findPerson', 'listBatches', 'saveCampaign'],
      accessModel: true,
    },
  },
  'undo-campaign-removal': {
    method: 'POST',
    path: '/review-campaigns/{id}/undo',
    access: ANSWERERS,
    summary: 'Give back exactly what a campaign took',
    description:
      'The same reasons with the same ends, until `undoUntil`; whoever can answer it, or has the role `security`. Refused where ' +
      'nothing would come back, since what held it up is gone by now (409).',
    body: campaignUndoSchema,
    answers: { 200: campaignDecisionAnswerSchema },
    problems: [409],
    auditsRefusals: true,
    uses: {
      facts: ['findAcceptedEvent', 'recordFact'],
      directory: ['load'],
      campaigns: ['countRow', 'endBatch', 'findCampaign', 'findPerson', 'listBatches', 'saveCampaign'],
      accessModel: true,
    },
  },
  'reassign-campaign-items': {
    method: 'POST',
    path: '/review-campaigns/{id}/reassignments',
    access: ANSWERERS,
    summary: 'Have somebody else answer',
    description:
      'For whoever has it, whoever is above them, and the role `security`; as often as it takes. Answers how many people are in the ' +
      'other queue now: of very many, asking again moves the rest.',
    body: campaignReassignmentSchema,
    answers: { 200: campaignReassignmentAnswerSchema },
    problems: [409],
    auditsRefusals: true,
    uses: {
      facts: ['findAcceptedEvent', 'recordFact'],
      directory: ['load'],
      campaigns: ['countRow', 'findCampaign', 'findPerson', 'listQueue', 'moveRows', 'saveCampaign'],
      notices: ['wake'],
      accessModel: true,
    },
  },
  'move-campaign-deadline': {
    method: 'POST',
    path: '/review-campaigns/{id}/deadline',
    access: OPENERS,
    summary: 'Give everybody more time, or less, in the stage that is open',
    description:
      'Stages after it keep their length. From an hour from now to a year; refused where it is due too soon for everybody to be ' +
      'told, or while another is being moved (409).',
    body: campaignDeadlineSchema,
    answers: { 200: campaignSchema },
    problems: [409],
    auditsRefusals: true,
    uses: {
      facts: ['findAcceptedEvent', 'recordFact'],
      directory: ['load'],
      campaigns: ['countRow', 'findCampaign', 'findPerson', 'listRows', 'moveRows', 'saveCampaign'],
      accessModel: true,
    },
  },
  'get-campaign-pack': {
    method: 'GET',
    path: '/review-campaigns/{id}/pack',
    access: { ...OPENERS, auditor: 'all' },
    summary: 'The auditor’s pack, which `npx tenure audit verify` takes',
    description:
      'Page by page; the files of all pages in one are what `npx tenure audit verify --pack` holds against a copy of the sealed log: ' +
      'the population, what was judged of it, and of every item who decided what when, and when it was seen to be gone.',
    query: z.strictObject(pageQuery),
    answers: { 200: campaignPackSchema },
    uses: {
      campaigns: ['findCampaign'],
      subjects: ['resolve'],
      directory: ['load'],
      campaignFiles: true,
      accessModel: true,
    },
  },
} as const satisfies RouteDefinitions);
