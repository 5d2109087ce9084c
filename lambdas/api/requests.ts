// Access requests: asking for what no access profile gives, and deciding on it.
import * as z from 'zod';
import { APPROVERS } from '../core/access-model/request-rules.ts';
import { identityIdSchema } from '../core/identity/attributes.ts';
import { REVIEW_VERDICTS } from '../core/identity/facts.ts';
import { REQUEST_STATUSES } from '../core/requests/request-state.ts';
import { components } from './components.ts';
import { dutyConflict } from './duties.ts';
import { next, pageQuery } from './paging.ts';
import { defineRoutes, type RouteDefinitions, type RouteUses } from './route.ts';
import { instant, moment } from './values.ts';

const reason = z.string().trim().min(1).max(500);

export const requestSchema = z
  .strictObject({
    entitlement: z.string().max(100).meta({ description: '`application:entitlement`' }),
    for: identityIdSchema
      .optional()
      .meta({ description: 'One of your reports, or what you own; of `operations`, anybody. Otherwise yourself.' }),
    reason: reason.meta({ description: 'Why it is needed. Whoever decides sees it, and it is kept.' }),
    startsAt: moment.optional().meta({ description: 'Otherwise at once, when it is approved.' }),
    endsAt: moment
      .optional()
      .meta({ description: 'Otherwise it lasts as long as the employment, where the rules allow that.' }),
    extends: z.string().min(1).max(100).optional().meta({
      description: 'The request whose access this is to continue: it starts when that ends. It needs an `endsAt`.',
    }),
    covers: identityIdSchema.optional().meta({
      description:
        'Whose access it copies, for a time: they have to hold it, and it ends with what holds it up for them. It needs an `endsAt`.',
    }),
    emergency: z
      .literal(true)
      .optional()
      .meta({ description: 'Given at once, to yourself, by the rules for emergencies: short, told, and reviewed.' }),
  })
  .register(components, { id: 'AccessRequest' });

export const requestDecisionSchema = z
  .strictObject({ decision: z.enum(['approve', 'reject']), reason: reason.optional() })
  .register(components, { id: 'RequestDecision' });

export const reviewSchema = z
  .strictObject({
    verdict: z.enum(['justified', 'unjustified']),
    reason: reason.meta({ description: 'What was found. It is kept.' }),
  })
  .register(components, { id: 'EmergencyReview' });

export const requestAnswerSchema = z
  .strictObject({
    requestId: z.string(),
    identityId: identityIdSchema.meta({ description: 'Whom it is for.' }),
    entitlement: z.string(),
    requestedBy: identityIdSchema,
    requestedAt: instant,
    reason: z.string(),
    startsAt: instant.optional(),
    endsAt: instant.optional(),
    extends: z.string().optional().meta({ description: 'The request whose access it continues.' }),
    covers: identityIdSchema.optional().meta({ description: 'Whose access it copies.' }),
    status: z.enum(REQUEST_STATUSES),
    expiresAt: instant.meta({ description: 'Until when it can be decided on.' }),
    stages: z
      .array(
        z.strictObject({
          anyOf: z.array(z.enum(APPROVERS)),
          quorum: z.int(),
          approvedBy: z.array(identityIdSchema),
        }),
      )
      .meta({ description: 'One after the other. Empty: the rule it was asked for by is no more.' }),
    decisions: z.array(
      z.strictObject({
        answer: z.enum(['approve', 'reject', 'withdraw']),
        by: identityIdSchema,
        at: instant,
        reason: z.string().optional(),
      }),
    ),
    canDecide: z
      .array(identityIdSchema)
      .optional()
      .meta({ description: 'Who can decide on it now, as people are there. Absent: it is no longer open.' }),
    securityCanDecide: z.boolean().optional().meta({ description: 'So can whoever has the role `security`.' }),
    duties: z
      .array(
        dutyConflict.extend({
          from: instant.meta({ description: 'Now, its start, or what is known to come while it lasts.' }),
        }),
      )
      .optional()
      .meta({
        description:
          'Rules of the segregation of duties of which it would bring two sides together, as things stand. What is ' +
          '`prevented` cannot be approved. Absent: none, or it is no longer open.',
      }),
    withoutEffect: z
      .string()
      .optional()
      .meta({
        description:
          'Why it would not be held though it were given, in a sentence: an agent holds no more than its owner, and what is no ' +
          'person holds nothing before what it needs is known. Absent: nothing of that is in its way, or it is over.',
      }),
    whatNext: z.string().meta({ description: 'What happens next, in a sentence.' }),
    fact: z.string().optional().meta({ description: 'What gives the access, once it is approved.' }),
    ended: z
      .strictObject({
        endedAt: instant.meta({ description: 'When what it gave ended: by its own end, somebody, or the employment.' }),
        stillHeld: z.literal(true).optional().meta({ description: 'Something else holds the entitlement up.' }),
        readBackAt: instant.optional().meta({
          description: 'When the system was first read without it, or people attested so. Absent: not yet.',
        }),
        possibleUntil: instant.optional().meta({
          description:
            'The last moment at which it was possible, sessions that were open included: what the connector says may ' +
            'outlast it counts from the reading. Absent: not known.',
        }),
      })
      .optional()
      .meta({ description: 'Of what it gave, once that has ended. Absent: it gave nothing, or that holds still.' }),
    review: z
      .strictObject({
        dueAt: instant,
        status: z
          .enum(['open', ...REVIEW_VERDICTS])
          .meta({ description: '`overdue`: nobody answered in time; it is to be answered still.' }),
        canAnswer: z.array(identityIdSchema).optional(),
        securityCanAnswer: z.boolean().optional().meta({ description: 'So can whoever has the role `security`.' }),
        by: identityIdSchema.optional(),
        at: instant.optional(),
        reason: z.string().optional(),
      })
      .optional()
      .meta({ description: 'Of what was taken in an emergency: whether somebody else has found it justified.' }),
  })
  .register(components, { id: 'AccessRequestState' });
export type RequestAnswerBody = z.infer<typeof requestAnswerSchema>;

export const requestListSchema = z
  .strictObject({ items: z.array(requestAnswerSchema), next })
  .register(components, { id: 'AccessRequestList' });

/**
 * Whoever signs in with a role that acts asks and decides: whether they may is a matter of the rules, and of who they are. An
 * employee asks for nobody else.
 */
const EVERYBODY = {
  hr: 'all',
  manager: 'own-reports',
  it: 'all',
  security: 'all',
  operations: 'all',
  auditor: 'none',
  employee: 'self',
} as const;
const READERS = { ...EVERYBODY, auditor: 'all' } as const;
const READING = {
  facts: ['findAcceptedEvent'],
  directory: ['load'],
  accessModel: true,
} as const satisfies RouteUses;
const WRITING = {
  facts: ['findAcceptedEvent', 'recordFact'],
  directory: ['load'],
  accessModel: true,
} as const satisfies RouteUses;

export const requestRoutes = defineRoutes({
  'submit-request': {
    method: 'POST',
    path: '/requests',
    access: EVERYBODY,
    summary: 'Ask for an entitlement',
    description:
      'For yourself, for one of your reports, or for what you own, by the rules of the access model; `operations` files for ' +
      'anybody what they may ask for themselves, and is who asked. What nobody can approve is ' +
      'refused at once (409), and so is what would bring two sides together that a rule about duties keeps apart: the answer ' +
      'names the rule and the other side. With `emergency` it is given at once: people are told first (503 where they cannot ' +
      'be), and somebody else has to answer whether it was justified. A token that names no identity answers 403.',
    body: requestSchema,
    answers: { 202: requestAnswerSchema },
    problems: [404, 409],
    auditsRefusals: true,
    uses: {
      facts: ['recordFact'],
      directory: ['load'],
      activity: ['noteEmergency'],
      accessModel: true,
      alerts: true,
    },
  },
  'list-requests': {
    method: 'GET',
    path: '/requests',
    access: READERS,
    summary: 'The requests for one identity, the newest first; or what waits for your decision',
    query: z
      .strictObject({
        ...pageQuery,
        identity: identityIdSchema.optional().meta({ description: 'Whom they are for. Otherwise yourself.' }),
        for: z
          .literal('me')
          .optional()
          .meta({
            description:
              'What waits for your own decision, as a person or by the role `security`, in no order. A page may be short, or empty, ' +
              'before the last. Who comes to be asked is there within a minute, or an hour where others were asked before.',
          }),
      })
      .refine((query) => query.for === undefined || query.identity === undefined, {
        message: 'expected either this or `identity`',
        path: ['for'],
      }),
    answers: { 200: requestListSchema },
    problems: [404],
    auditsRefusals: true,
    uses: { directory: ['load'], notices: ['listAsked', 'listWatched'], accessModel: true },
  },
  'get-request': {
    method: 'GET',
    path: '/requests/{id}',
    access: READERS,
    summary: 'One request: who can decide on it, until when, and what happens next',
    answers: { 200: requestAnswerSchema },
    auditsRefusals: true,
    uses: READING,
  },
  'decide-request': {
    method: 'POST',
    path: '/requests/{id}/decisions',
    access: EVERYBODY,
    summary: 'Approve or reject a request',
    description:
      'Who can decide is found anew with each decision: who left, is on leave, asked, or is to get it does not (403). What is ' +
      'no longer open, was asked for by rules that have changed since, or would by now bring two sides together that a rule ' +
      'about duties keeps apart, answers 409. The last approval gives the access. ' +
      'Repeating a decision is answered with the same.',
    body: requestDecisionSchema,
    answers: { 200: requestAnswerSchema },
    problems: [409],
    auditsRefusals: true,
    uses: WRITING,
  },
  'review-request': {
    method: 'POST',
    path: '/requests/{id}/review',
    access: EVERYBODY,
    summary: 'Answer whether what was taken in an emergency was justified',
    description:
      'By one of those whom the rule names, or security where none of them is there; never by who took it (403). What was not ' +
      'justified ends at once. `justified` is said of what has ended (409). It is answered once; repeating it is answered with ' +
      'the same.',
    body: reviewSchema,
    answers: { 200: requestAnswerSchema },
    problems: [409],
    auditsRefusals: true,
    uses: WRITING,
  },
  'withdraw-request': {
    method: 'DELETE',
    path: '/requests/{id}',
    access: EVERYBODY,
    summary: 'Take a request back, or end what it has given',
    description:
      'An open one is taken back by who asked. What one that was approved gives ends now: by who asked, who has it, whoever is ' +
      'above them, or security. Ending what has ended changes nothing.',
    answers: { 200: requestAnswerSchema },
    problems: [409],
    auditsRefusals: true,
    uses: WRITING,
  },
} as const satisfies RouteDefinitions);
