// Reviews of what somebody has: what a move kept, gained and lost, and what of that somebody has to answer for.
import * as z from 'zod';
import { identityIdSchema } from '../core/identity/attributes.ts';
import { MOVER_ANSWERS } from '../core/identity/facts.ts';
import { components } from './components.ts';
import { next, pageQuery } from './paging.ts';
import { defineRoutes, type RouteDefinitions, type RouteUses } from './route.ts';
import { instant } from './values.ts';

export const reviewDecisionSchema = z
  .strictObject({
    entitlement: z.string().max(100).meta({ description: '`application:entitlement`: an item that needs an answer.' }),
    decision: z.enum(MOVER_ANSWERS).meta({
      description: '`keep`: until its own end, and no longer. `remove`: at once, and for good.',
    }),
    reason: z.string().trim().min(1).max(500).meta({ description: 'Kept in the record for good.' }),
  })
  .register(components, { id: 'ReviewDecision' });

const item = z.strictObject({
  entitlement: z.string().meta({ description: '`application:entitlement`' }),
  name: z.string().optional().meta({ description: 'Absent: the access model has it no longer.' }),
  privileged: z.boolean().optional(),
  byHand: z.literal(true).optional().meta({ description: 'In a system without a connector: people give and take it.' }),
  change: z.enum(['kept', 'gained', 'lost']),
  reasons: z.array(z.string()).meta({
    description: 'What holds it up since the move, a line each; of what was lost, what did before.',
  }),
  status: z.enum(['not-asked', 'open', 'kept', 'removed', 'not-answered']).meta({
    description: '`not-asked`: it needs no answer. `not-answered`: nobody said anything in time, so it was removed.',
  }),
  canAnswer: z.array(identityIdSchema).optional().meta({ description: 'Who can answer now, where it is open.' }),
  securityCanAnswer: z.boolean().optional().meta({ description: 'So can whoever has the role `security`.' }),
  by: identityIdSchema.optional(),
  at: instant.optional(),
  reason: z.string().optional(),
});

export const reviewAnswerSchema = z
  .strictObject({
    reviewId: z.string(),
    identityId: identityIdSchema,
    basis: z.literal('mover'),
    moved: z.strictObject({ fact: z.string(), at: instant }).meta({ description: 'The move it is about.' }),
    openedAt: instant,
    dueAt: instant.meta({ description: 'What is open then is removed.' }),
    status: z.enum(['open', 'closed']).meta({ description: '`open`: something needs an answer still.' }),
    items: z.array(item),
  })
  .register(components, { id: 'AccessReview' });
export type ReviewAnswerBody = z.infer<typeof reviewAnswerSchema>;

export const reviewListSchema = z
  .strictObject({ items: z.array(reviewAnswerSchema), next })
  .register(components, { id: 'AccessReviewList' });

/** Whether somebody may answer is a matter of who answers for the identity, whatever their role. */
const ANSWERERS = {
  hr: 'none',
  manager: 'own-reports',
  it: 'all',
  security: 'all',
  operations: 'none',
  auditor: 'none',
} as const;
const READERS = { ...ANSWERERS, operations: 'all', auditor: 'all' } as const;
const READING = { facts: ['findAcceptedEvent'], directory: ['load'], accessModel: true } as const satisfies RouteUses;

export const reviewRoutes = defineRoutes({
  'list-reviews': {
    method: 'GET',
    path: '/reviews',
    access: READERS,
    summary: 'Reviews that are open, of everybody whom you may see; or all of one identity’s, the newest first',
    description: 'A page may be short, or empty, before the last.',
    query: z.strictObject({ ...pageQuery, identity: identityIdSchema.optional() }),
    answers: { 200: reviewListSchema },
    problems: [404],
    uses: { directory: ['listIdentities', 'load'], accessModel: true },
  },
  'get-review': {
    method: 'GET',
    path: '/reviews/{id}',
    access: { ...READERS, employee: 'self' },
    summary: 'One review: what the move kept, gained and lost, what needs an answer, and who can answer',
    description:
      'For whoever may see the identity, or can answer. Of a move that was taken back since there is none (404). What is not kept, ' +
      'and what nobody answers by `dueAt`, is taken away; nothing has to run for that.',
    answers: { 200: reviewAnswerSchema },
    uses: READING,
  },
  'decide-review': {
    method: 'POST',
    path: '/reviews/{id}/decisions',
    access: { ...ANSWERERS, employee: 'self' },
    summary: 'Say of one item of a review whether it is kept',
    description:
      'Whoever is above the identity now answers, or the role `security` where nobody is; of what is handed over also whoever was ' +
      'above it before the move. Who that is is found anew with each answer, and never the identity itself (403). What is kept may be ' +
      'removed still while the review is open; what was removed, or not answered in time, needs a new request (409). Repeating an ' +
      'answer is answered with the same.',
    body: reviewDecisionSchema,
    answers: { 200: reviewAnswerSchema },
    problems: [409],
    auditsRefusals: true,
    uses: { facts: ['findAcceptedEvent', 'recordFact'], directory: ['load'], accessModel: true },
  },
} as const satisfies RouteDefinitions);
