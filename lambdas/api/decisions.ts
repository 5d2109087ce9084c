// Deciding on a request by the link that was mailed: pages for people without a sign-in. The link stands for one person, one
// stage of one request, and the time in which it can be decided.
import * as z from 'zod';
import { defineRoutes, type RouteDefinitions } from './route.ts';

export const decisionFormSchema = z.strictObject({
  decision: z.enum(['approve', 'reject']),
  reason: z.string().trim().max(500).optional(),
});

export const decisionRoutes = defineRoutes({
  'show-decision': {
    method: 'GET',
    path: '/decisions/{token}',
    access: 'link',
    summary: 'What a mailed link asks for, as a page with two buttons',
    description: 'It decides nothing, whoever opens it: programs that follow every link in a mail do.',
    answers: { 200: 'page' },
    problems: [403, 404, 409],
    uses: { notices: ['findLink'], directory: ['load'], audit: ['append'], accessModel: true },
  },
  'decide-by-link': {
    method: 'POST',
    path: '/decisions/{token}',
    access: 'link',
    summary: 'Approve or reject by a mailed link, once',
    description:
      'As `POST /requests/{id}/decisions`, for the person to whom the link was mailed and the stage for which it was: who can ' +
      'decide is found anew, and nobody decides on what they asked for or are to get. What is refused changes nothing.',
    bodies: { 'application/x-www-form-urlencoded': decisionFormSchema },
    answers: { 200: 'page' },
    problems: [403, 404, 409, 413],
    uses: {
      notices: ['findLink'],
      facts: ['recordFact'],
      directory: ['load'],
      audit: ['append'],
      accessModel: true,
    },
  },
} as const satisfies RouteDefinitions);
