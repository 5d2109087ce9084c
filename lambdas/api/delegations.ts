// Delegating one's own decisions on requests for a time.
import * as z from 'zod';
import { identityIdSchema } from '../core/identity/attributes.ts';
import { components } from './components.ts';
import { THEMSELVES } from './roles.ts';
import { defineRoutes, type RouteDefinitions } from './route.ts';
import { instant, moment } from './values.ts';

export const delegationSchema = z
  .strictObject({
    to: identityIdSchema.meta({ description: 'Who decides in your place: a person who is employed.' }),
    startsAt: moment.optional().meta({ description: 'Otherwise now.' }),
    endsAt: moment.meta({ description: 'At most 90 days after its start.' }),
  })
  .register(components, { id: 'Delegation' });

export const delegationAnswerSchema = z
  .strictObject({
    delegationId: z.string(),
    to: identityIdSchema,
    startsAt: instant,
    endsAt: instant,
  })
  .register(components, { id: 'DelegationState' });
export type DelegationAnswer = z.infer<typeof delegationAnswerSchema>;

export const delegationListSchema = z
  .strictObject({ items: z.array(delegationAnswerSchema) })
  .register(components, { id: 'DelegationList' });

export const delegationRoutes = defineRoutes({
  'delegate-decisions': {
    method: 'POST',
    path: '/delegations',
    access: THEMSELVES,
    summary: 'Let somebody else decide in your place for a time',
    description:
      'On what is yours to decide as a manager or as the owner of an application, instead of you. It takes no role along, and ' +
      'nothing further: whom they delegate to does not decide in your place. Nobody decides so on what they asked for or are to ' +
      'get, nor on what you did. Where they are away you decide, or whoever is above you.',
    body: delegationSchema,
    answers: { 202: delegationAnswerSchema },
    problems: [404, 409],
    auditsRefusals: true,
    uses: { facts: ['recordFact'], directory: ['load'] },
  },
  'list-delegations': {
    method: 'GET',
    path: '/delegations',
    access: { ...THEMSELVES, auditor: 'all' },
    summary: 'What you delegated, in force or to come',
    answers: { 200: delegationListSchema },
    uses: { directory: ['load'] },
  },
  'end-delegation': {
    method: 'DELETE',
    path: '/delegations/{id}',
    access: THEMSELVES,
    summary: 'Decide yourself again',
    description: 'Ending what has ended changes nothing.',
    answers: { 200: delegationListSchema },
    auditsRefusals: true,
    uses: { facts: ['recordFact'], directory: ['load'] },
  },
} as const satisfies RouteDefinitions);
