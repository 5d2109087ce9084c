// Whether what an alert is about was meant, by the link that was mailed: pages for people without a sign-in. The link stands
// for one person, one raising of one alert, and three days.
import * as z from 'zod';
import { defineRoutes, type RouteDefinitions } from './route.ts';

export const questionFormSchema = z.strictObject({
  decision: z.enum(['meant', 'not-meant']),
  reason: z.string().trim().max(500).optional(),
});

const PATH = '/alerts/{id}/question/{token}';

export const alertQuestionRoutes = defineRoutes({
  'show-question': {
    method: 'GET',
    path: PATH,
    access: 'link',
    summary: 'What a mailed link asks of an alert, as a page with two buttons',
    description: 'It answers nothing, whoever opens it: programs that follow every link in a mail do.',
    answers: { 200: 'page' },
    problems: [403, 404, 409],
    uses: { activity: ['findAlerts'], directory: ['load'], audit: ['append'] },
  },
  'answer-question': {
    method: 'POST',
    path: PATH,
    access: 'link',
    summary: 'Say by a mailed link whether it was meant, once',
    description:
      'Yes closes the alert, with who said so; no raises it once more and, by policy, suspends. Who is asked is found anew, and ' +
      'nobody answers for themselves. What is refused changes nothing.',
    bodies: { 'application/x-www-form-urlencoded': questionFormSchema },
    answers: { 200: 'page' },
    problems: [403, 404, 409, 413],
    uses: { activity: ['findAlerts', 'saveAlert'], directory: ['load'], audit: ['append'] },
  },
} as const satisfies RouteDefinitions);
