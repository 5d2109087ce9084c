// Identities: who there is, what each may access and every reason why, and which ids are one person.
import * as z from 'zod';
import { NEEDED } from '../core/access-model/non-human-rules.ts';
import {
  attributesSchema,
  IDENTITY_KINDS,
  identityIdSchema,
  saidAttributesSchema,
} from '../core/identity/attributes.ts';
import { GRANT_BASES, REQUEST_ANSWERS, REVIEW_ANSWERS, REVIEW_VERDICTS } from '../core/identity/facts.ts';
import { askedInstantSchema, atQuery } from './asked-instant.ts';
import { components } from './components.ts';
import { dutyConflict } from './duties.ts';
import { answering } from './ownership.ts';
import { next, pageQuery } from './paging.ts';
import { defineRoutes, type RouteDefinitions, type RouteUses } from './route.ts';
import { suspension } from './suspensions.ts';
import { identityStatus, instant, taskStatus } from './values.ts';

const listIdentitiesQuerySchema = z.strictObject({
  ...pageQuery,
  manager: identityIdSchema
    .optional()
    .meta({ description: 'Only the direct reports of this identity. A manager who sends none gets their own.' }),
  status: identityStatus.optional().meta({
    description: 'Only those who stand so. A page may be short, or empty, before the last.',
  }),
  removal: z.literal('open').optional().meta({
    description: 'Only whose removal was begun and is not proven. A page may be short, or empty, before the last.',
  }),
});

const mergeSchema = z
  .strictObject({
    duplicate: identityIdSchema.meta({
      description:
        'The id that turned out to be the same person, whose own access ends; or not to be, and gets it back.',
    }),
    reason: z
      .string()
      .trim()
      .min(1)
      .max(500)
      .meta({ description: 'How this was found out. Kept in the record for good.' }),
  })
  .register(components, { id: 'Merge' });

const birthright = z.strictObject({
  type: z.literal('birthright'),
  profile: z.string().meta({ description: 'The access profile whose condition the attributes match.' }),
  profileName: z.string().optional(),
  fact: z.string().meta({ description: 'The fact that began the employment it rests on.' }),
  condition: z
    .record(z.string(), z.unknown())
    .meta({ description: 'What the attributes match: the profile’s `when`.' }),
  since: instant.meta({ description: 'Since when they have, without a break.' }),
  until: instant.optional().meta({ description: 'Absent: no end is known.' }),
  line: z.string().meta({ description: 'All of this in one line.' }),
});
const timed = z.strictObject({
  type: z.enum(GRANT_BASES),
  request: z.string(),
  requestedBy: identityIdSchema,
  approvedBy: z.array(identityIdSchema).meta({ description: 'Empty: nobody had to.' }),
  since: instant,
  until: instant.optional().meta({ description: 'Absent: no end is known; it lasts no longer than the employment.' }),
  fact: z.string().meta({ description: 'The fact that gave it.' }),
  line: z.string().meta({ description: 'All of this in one line.' }),
});
const handover = z.strictObject({
  type: z.literal('handover'),
  profile: z.string().meta({ description: 'The access profile that gave it before the move.' }),
  profileName: z.string().optional(),
  fact: z.string().meta({ description: 'The fact that moved the identity.' }),
  since: instant.meta({ description: 'When the move took effect.' }),
  until: instant.meta({ description: 'It lasts no longer, and no longer than the employment.' }),
  line: z.string().meta({ description: 'All of this in one line.' }),
});
const reason = z.union([birthright, timed, handover]);
const failedApplication = z.strictObject({ applicationId: z.string(), error: z.string() });
const escalation = z.strictObject({ at: instant, failed: z.array(failedApplication) });
const removal = z
  .strictObject({
    certificateId: z.string(),
    startedAt: instant,
    provenAt: instant.optional(),
    residualUntil: instant.optional().meta({
      description:
        'Access is gone, but what nobody can take back (the life of a token) ends only then: not proven before.',
    }),
    waitsFor: z
      .array(z.string())
      .optional()
      .meta({ description: 'Applications in which a task is open: not proven before somebody attests it.' }),
  })
  .meta({ description: "How far the removal of a departed identity's access has come." });

export const identitySummarySchema = z
  .strictObject({
    identityId: identityIdSchema,
    version: z.int(),
    status: identityStatus,
    kind: z.enum(IDENTITY_KINDS).optional(),
    displayName: z.string().optional(),
    title: z.string().optional(),
    department: z.string().optional(),
    manager: identityIdSchema.optional(),
    owner: identityIdSchema.optional(),
    converged: z.boolean().meta({ description: 'Every system agrees with all that is known.' }),
    escalated: z.boolean(),
  })
  .register(components, { id: 'IdentitySummary' });
export const identityPageSchema = z
  .strictObject({ items: z.array(identitySummarySchema), next })
  .register(components, { id: 'IdentityPage' });

const shownAttributes = attributesSchema.partial();
const timelineEntry = z.strictObject({
  factId: z.string(),
  type: z.enum([
    'joiner',
    'mover',
    'leaver',
    'suspension',
    'return',
    'rescind',
    'task-attested',
    'access-seen',
    'merged',
    'absorbed',
    'handed-over',
    'hold-released',
    'hold-dropped',
    'access-granted',
    'access-ended',
    'access-requested',
    'request-decided',
    'decisions-delegated',
    'emergency-reviewed',
    'exception-granted',
    'exception-ended',
    'access-suspended',
    'access-resumed',
    'answer-asked',
    'ownership-accepted',
    'access-review-opened',
    'access-review-decided',
    'access-review-moved',
    'reviews-reassigned',
  ]),
  about: identityIdSchema.optional().meta({ description: 'The merged HR id it was said about.' }),
  source: z.string(),
  recordedAt: instant.meta({ description: "When the source recorded it, by the source's clock." }),
  receivedAt: instant,
  effectiveAt: z.string().optional().meta({ description: 'As the source said it: a date-time or a date.' }),
  effectiveInstant: instant.optional().meta({ description: 'The instant that stands for.' }),
  rescindedBy: z.string().optional().meta({ description: 'The fact that took it back: it does not count.' }),
  outweighed: z.boolean().optional().meta({
    description: 'It has no effect: its source has less authority than what ended or suspended the employment.',
  }),
  cause: z.string().optional(),
  attributes: saidAttributesSchema.optional().meta({ description: 'As the source said them; null: no longer.' }),
  immediate: z.boolean().optional(),
  reason: z.string().optional(),
  successor: identityIdSchema.optional(),
  rescinds: z.string().optional(),
  taskId: z.string().optional(),
  attestedBy: z.string().optional(),
  held: z.string().optional().meta({ description: 'The hold it waits in: it counts once that is released.' }),
  hold: z.string().optional().meta({ description: 'The hold that this decides.' }),
  into: identityIdSchema.optional(),
  duplicate: identityIdSchema.optional(),
  proposedBy: z.string().optional(),
  decidedBy: z.string().optional(),
  owned: z.array(identityIdSchema).optional(),
  entitlement: z.string().optional().meta({ description: '`application:entitlement`, asked for or given for a time.' }),
  basis: z.enum(GRANT_BASES).optional(),
  requestId: z.string().optional(),
  requestedBy: identityIdSchema.optional(),
  approvedBy: z.array(identityIdSchema).optional(),
  startsAt: instant.optional(),
  endsAt: instant.optional().meta({ description: 'When what is given for a time ends, or ends early.' }),
  ends: z.string().optional().meta({ description: 'The fact whose access it ends early.' }),
  endedBy: identityIdSchema.optional(),
  answer: z.enum([...REQUEST_ANSWERS, ...REVIEW_ANSWERS]).optional(),
  reviewId: z.string().optional().meta({ description: 'Of the review of what it has.' }),
  dueAt: instant
    .optional()
    .meta({ description: 'From when on it is too late to answer; of an owner: until when they are to answer for it.' }),
  campaignId: z.string().optional().meta({ description: 'Of the campaign in which somebody else answers.' }),
  movedBy: identityIdSchema.optional().meta({ description: 'Who said that the review is due at another time.' }),
  reassignedBy: identityIdSchema.optional(),
  delegatedTo: identityIdSchema
    .optional()
    .meta({ description: 'Of `decisions-delegated`: who decides in their place.' }),
  answeredBy: identityIdSchema.optional(),
  rule: z.string().optional().meta({ description: 'Of the segregation of duties, from which it is an exception.' }),
  exceptionOwner: identityIdSchema.optional().meta({ description: 'Who answers for the exception.' }),
  verdict: z.enum(REVIEW_VERDICTS).optional(),
  reviewedBy: identityIdSchema.optional(),
  suspendedBy: identityIdSchema.optional().meta({ description: 'Who suspended it in an emergency.' }),
  resumes: z.string().optional().meta({ description: 'The fact whose suspension it takes back.' }),
  resumedBy: identityIdSchema.optional(),
  owner: identityIdSchema.optional().meta({ description: 'Who is asked to answer for it, or does.' }),
  acceptedBy: identityIdSchema.optional(),
  purpose: z.string().optional().meta({ description: 'What it is for, as its owner said.' }),
});

const lastUsed = z
  .strictObject({
    at: instant.meta({ description: 'By the clock of the system that told of it.' }),
    approximate: z.literal(true).optional().meta({
      description: 'Of an entitlement of which no system tells: when anything was used in its application.',
    }),
  })
  .meta({ description: 'Absent: no activity source tells of any use within 400 days.' });

const account = z.strictObject({
  applicationId: z.string(),
  applicationName: z.string().optional(),
  account: z
    .strictObject({
      accountId: z.string(),
      userName: z.string().optional(),
      enabled: z.boolean(),
      grants: z.array(z.string()),
    })
    .optional()
    .meta({ description: 'Absent when the system has no account.' }),
  outOfReach: z.literal(true).optional().meta({
    description:
      'The access model no longer has this application, so nothing reads it: closing what is left is a task.',
  }),
  unreviewed: z
    .array(z.string())
    .optional()
    .meta({ description: 'Grants that were there before Tenure and stay until somebody decides on the report.' }),
  replaceCredentials: z
    .strictObject({ credentials: z.array(z.string()), before: instant })
    .optional()
    .meta({ description: 'Credentials that a former owner may know: what is not replaced before then is revoked.' }),
  readAt: instant.meta({ description: 'When the system was last read.' }),
  lastUsed: lastUsed.optional(),
  closedAt: instant.optional().meta({ description: 'The last moment at which this account could be used.' }),
  lastError: z.string().optional(),
});

export const entitlementSchema = z.strictObject({
  entitlement: z.string().meta({ description: '`application:entitlement`' }),
  name: z.string(),
  privileged: z.boolean(),
  enabled: z.boolean().meta({ description: 'False while the identity is suspended: held, but not usable.' }),
  inPlace: z.boolean().meta({ description: 'Whether the system had it when it was last read.' }),
  lastUsed: lastUsed.optional(),
  reasons: z.array(reason).meta({ description: 'All that holds it up. When the last one ends, so does it.' }),
});

export const identitySchema = z
  .strictObject({
    identityId: identityIdSchema,
    version: z.int(),
    settledVersion: z.int().optional(),
    settledAt: instant.optional(),
    converged: z.boolean(),
    mergedInto: identityIdSchema
      .optional()
      .meta({ description: 'It is the same person as this identity, where all that is said about it counts.' }),
    asOf: askedInstantSchema.optional().meta({
      description:
        '`state`, `pending` and `entitlements` are those at this instant; all else is of now. Absent: of now.',
    }),
    state: z.strictObject({
      status: identityStatus,
      joinsAt: instant.optional(),
      joinedAt: instant.optional(),
      departedAt: instant.optional(),
      attributes: shownAttributes.optional(),
    }),
    pending: z
      .strictObject({
        at: instant,
        stage: z
          .enum(['joiner', 'mover', 'leaver', 'suspension', 'return', 'unchanged'])
          .meta({ description: '`unchanged`: only what they have may change, by an end or by a review that is due.' }),
        status: identityStatus,
      })
      .optional()
      .meta({ description: 'What time alone will change next.' }),
    timeline: z
      .array(timelineEntry)
      .meta({ description: 'The newest 100 facts, in the order in which they were recorded.' }),
    timelineNext: next.meta({
      description: 'There are older facts: pass it as `after` to `/identities/{id}/timeline`.',
    }),
    accounts: z.array(account),
    entitlements: z
      .array(entitlementSchema)
      .meta({ description: 'What the identity should hold now, or at `at`, and why.' }),
    tasks: z.array(
      z.strictObject({ taskId: z.string(), applicationId: z.string(), status: taskStatus, dueAt: instant }),
    ),
    conflicts: z
      .array(z.strictObject({ attribute: z.enum(['email']), with: identityIdSchema }))
      .optional()
      .meta({
        description:
          'Somebody else who is employed has the same e-mail address: no account is made or found anywhere before ' +
          'somebody decides, by correcting one of the two or merging them. Absent: there is none.',
      }),
    suspensions: z.array(suspension).optional().meta({
      description: 'By whom it is kept out in an emergency, beside any leave that HR told. Absent: by nobody.',
    }),
    answering: answering.optional().meta({
      description: 'Of what is no person: whether its owner answers for it. Absent: nobody was ever asked.',
    }),
    beyondOwner: z
      .strictObject({ owner: identityIdSchema, entitlements: z.array(z.string()) })
      .optional()
      .meta({
        description:
          'Of an AI agent: what reasons hold up and it may not hold, since its owner does not answer for it. Absent: nothing.',
      }),
    lacks: z.array(z.enum(NEEDED)).optional().meta({
      description:
        'Of what is no person: what has to be known before it holds anything, and is not. Absent: nothing is lacking.',
    }),
    duties: z.array(dutyConflict).optional().meta({
      description: 'Rules of the segregation of duties of which reasons hold up two sides at once. Absent: none.',
    }),
    escalation: escalation.optional(),
    removal: removal.optional(),
  })
  .register(components, { id: 'Identity' });

export const populationPageSchema = z
  .strictObject({
    items: z.array(
      z.strictObject({
        identityId: identityIdSchema,
        status: z.enum(['active', 'suspended']),
        attributes: attributesSchema.partial().required({ kind: true }),
        granted: z
          .array(z.string())
          .optional()
          .meta({ description: '`application:entitlement`, each of what it holds for a time. Absent: nothing.' }),
        purposeKnown: z.literal(true).optional().meta({ description: 'HR or its owner has said what it is for.' }),
        exceptions: z
          .array(z.strictObject({ rule: z.string(), until: instant }))
          .optional()
          .meta({ description: 'Exceptions from rules about duties that people decided on, and that are in force.' }),
        taken: z
          .array(z.string())
          .optional()
          .meta({ description: '`application:entitlement`, each of what a review took away. Absent: nothing.' }),
        moves: z
          .array(
            z.strictObject({
              attributes: attributesSchema.partial().required({ kind: true }),
              at: instant,
              by: z.string(),
              ends: z
                .array(z.strictObject({ entitlement: z.string(), from: instant, until: instant.optional() }))
                .optional(),
            }),
          )
          .optional()
          .meta({ description: 'What it was before each move of the last weeks, which may be handed over still.' }),
      }),
    ),
    next,
  })
  .register(components, { id: 'PopulationPage' });

export const timelinePageSchema = z
  .strictObject({ items: z.array(timelineEntry), next })
  .register(components, { id: 'TimelinePage' });

export const mergedSchema = z
  .strictObject({
    identityId: identityIdSchema,
    duplicate: identityIdSchema,
    version: z.int().meta({ description: "The surviving identity's, raised by the merge, or by taking it back." }),
  })
  .register(components, { id: 'Merged' });

export const mergeProposedSchema = z
  .strictObject({
    identityId: identityIdSchema,
    duplicate: identityIdSchema,
    holdId: z.string().meta({ description: 'The hold that somebody else releases or drops.' }),
  })
  .register(components, { id: 'MergeProposed' });

export const erasureProposedSchema = z
  .strictObject({
    identityId: identityIdSchema,
    holdId: z.string().meta({ description: 'The hold that somebody else releases or drops.' }),
    delayDays: z.int().meta({ description: 'How long after its release it can still be called off.' }),
  })
  .register(components, { id: 'ErasureProposed' });

export type IdentityPage = z.infer<typeof identityPageSchema>;
export type IdentitySummaryAnswer = z.infer<typeof identitySummarySchema>;
export type EntitlementAnswer = z.infer<typeof entitlementSchema>;
export type IdentityAnswer = z.infer<typeof identitySchema>;
export type PopulationPage = z.infer<typeof populationPageSchema>;
export type TimelinePage = z.infer<typeof timelinePageSchema>;
export type MergedAnswer = z.infer<typeof mergedSchema>;
export type MergeProposedAnswer = z.infer<typeof mergeProposedSchema>;

const PROPOSING = {
  facts: ['findAcceptedEvent'],
  directory: ['load'],
  holds: ['addHeld', 'openHold'],
} as const satisfies RouteUses;

export const identityRoutes = defineRoutes({
  'list-identities': {
    method: 'GET',
    path: '/identities',
    access: { hr: 'all', manager: 'own-reports', it: 'all', security: 'all', operations: 'all', auditor: 'all' },
    summary: 'List identities',
    query: listIdentitiesQuerySchema,
    answers: { 200: identityPageSchema },
    // The manager by whom the list is narrowed.
    problems: [404],
    uses: { directory: ['listIdentities', 'load'] },
  },
  'export-population': {
    method: 'GET',
    path: '/population',
    // Everybody's attributes at once: for those who answer for what a changed model would do.
    access: { hr: 'none', manager: 'none', it: 'none', security: 'all', operations: 'none', auditor: 'all' },
    summary: 'Everybody who is employed, with the attributes that access profiles may ask about',
    description:
      'What `tenure export` writes to a file and `tenure plan` reads: whom a changed access model would concern is told by ' +
      'it before the model is deployed. In no order. A page may be empty and still have a next one.',
    query: z.strictObject(pageQuery),
    answers: { 200: populationPageSchema },
    uses: { directory: ['listIdentities', 'load'] },
  },
  'get-identity': {
    method: 'GET',
    path: '/identities/{id}',
    access: { hr: 'all', manager: 'own-reports', it: 'all', security: 'all', operations: 'all', auditor: 'all' },
    summary: 'One identity: state, timeline, accounts, and every entitlement with its reasons',
    query: z.strictObject(atQuery),
    answers: { 200: identitySchema },
    uses: {
      directory: ['load'],
      modelChanges: ['findModel', 'findWalk'],
      audit: ['list'],
      activity: ['recall'],
      accessModel: true,
    },
  },
  'list-identity-timeline': {
    method: 'GET',
    path: '/identities/{id}/timeline',
    access: { hr: 'all', manager: 'own-reports', it: 'all', security: 'all', operations: 'all', auditor: 'all' },
    summary: 'Every fact about one identity, the newest first',
    query: z.strictObject(pageQuery),
    answers: { 200: timelinePageSchema },
    uses: { directory: ['load'] },
  },
  'merge-identity': {
    method: 'POST',
    path: '/identities/{id}/merge',
    // Who is who is HR's to say. Not security's: nobody who works with access decides whose access counts together.
    access: { hr: 'all', manager: 'none', it: 'none', security: 'none', operations: 'none', auditor: 'none' },
    summary: 'State that two ids are one person',
    description:
      'A proposal: nothing changes before somebody else releases the hold that is answered (`POST ' +
      '/holds/{id}/release`). Repeating it within the hour is answered with the same hold; where the two are one ' +
      'already, with 200. From the release on all that is said about the duplicate, before and after, counts for this ' +
      'identity; what was said about the duplicate before yields to what was said about this identity. The duplicate ' +
      "loses its own access. Closing its record does not end an employment that this identity's own record holds up. " +
      'Nobody merges their own ids: a token that names no identity answers 403.',
    body: mergeSchema,
    answers: { 200: mergedSchema, 202: mergeProposedSchema },
    problems: [409, 503],
    uses: PROPOSING,
  },
  'undo-merge': {
    method: 'POST',
    path: '/identities/{id}/merge/undo',
    access: { hr: 'all', manager: 'none', it: 'none', security: 'none', operations: 'none', auditor: 'none' },
    summary: 'State that two ids that were merged are two people after all',
    description:
      'A proposal, as merging is. From the release on the duplicate has what was said about it, before the merge and ' +
      'since, and the access that follows; this identity has what was said about itself. Merges end in the order ' +
      'opposite to that in which they were made: an identity that was itself merged answers 409.',
    body: mergeSchema,
    answers: { 200: mergedSchema, 202: mergeProposedSchema },
    problems: [409, 503],
    uses: PROPOSING,
  },
  'propose-erasure': {
    method: 'DELETE',
    path: '/identities/{id}/personal-data',
    access: { hr: 'all', manager: 'none', it: 'none', security: 'all', operations: 'none', auditor: 'none' },
    summary: 'Ask that all that is known of an identity is destroyed',
    description:
      'A proposal: nothing changes before somebody else releases the hold that is answered (`POST ' +
      '/holds/{id}/release`), and then not before the delay is over, during which dropping the hold calls it off. ' +
      'Repeating it is answered with the same hold. It answers 409, and says why, as long as what is known is needed to ' +
      'keep access right: the identity is employed or will be, its removal is not proven or its access not settled, it owns ' +
      'identities, has open tasks, waits in a hold, was merged, or an account of it is kept for a time that is not over. ' +
      'All of that is looked at again before anything is destroyed. A token that names no identity answers 403.',
    answers: { 202: erasureProposedSchema },
    problems: [409, 503],
    uses: {
      directory: ['listOwnedBy', 'load'],
      holds: ['isHeld', 'listHolds', 'openHold'],
      accessModel: true,
      erasure: true,
    },
  },
} as const satisfies RouteDefinitions);
