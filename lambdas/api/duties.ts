// Segregation of duties: who would hold two sides of a rule, and what became of that.
import * as z from 'zod';
import { DUTY_MODES, DUTY_SEVERITIES } from '../core/access-model/duty-rule.ts';
import { identityIdSchema } from '../core/identity/attributes.ts';
import { components } from './components.ts';
import { next, pageQuery } from './paging.ts';
import { defineRoutes, type RouteDefinitions } from './route.ts';
import { instant, moment } from './values.ts';

const dutyOutcome = z.enum(['prevented', 'excepted', 'detected']).meta({
  description:
    '`prevented`: only the first of the sides is given; `excepted`: an exception is in force; `detected`: both are ' +
    'held, and it is only told.',
});

/** Two or more sides of one rule that reasons hold up at once. */
export const dutyConflict = z.strictObject({
  rule: z.string(),
  name: z.string(),
  severity: z.enum(DUTY_SEVERITIES),
  mode: z.enum(DUTY_MODES),
  outcome: dutyOutcome,
  sides: z.array(
    z.strictObject({
      name: z.string(),
      entitlements: z.array(z.string()).meta({ description: '`application:entitlement`' }),
      profiles: z.array(z.string()),
      refused: z.boolean().meta({ description: 'Reasons hold it up, and it is not given.' }),
    }),
  ),
  exception: z
    .strictObject({ owner: identityIdSchema, reason: z.string(), until: instant })
    .optional()
    .meta({ description: 'What lets it hold more than one of them, until then.' }),
});

export type DutyConflictAnswer = z.infer<typeof dutyConflict>;

const violation = z.strictObject({
  identityId: identityIdSchema,
  rule: z.string(),
  severity: z.enum(DUTY_SEVERITIES),
  mode: z.enum(DUTY_MODES),
  outcome: dutyOutcome,
  since: instant,
  held: z.array(z.string()).meta({ description: '`application:entitlement` of the sides that are held, at most 20.' }),
  refused: z.array(z.string()).meta({ description: 'Those of the sides that are not given, at most 20.' }),
  exception: z
    .strictObject({ owner: identityIdSchema, until: instant })
    .optional()
    .meta({ description: 'Who answers for it, and until when.' }),
});

export const violationPageSchema = z
  .strictObject({ items: z.array(violation), next })
  .register(components, { id: 'DutyViolationPage' });

export type ViolationPage = z.infer<typeof violationPageSchema>;

export const exceptionSchema = z
  .strictObject({
    identity: identityIdSchema.meta({ description: 'Who may hold two sides of the rule.' }),
    owner: identityIdSchema.meta({ description: 'Who answers for it: somebody else.' }),
    reason: z.string().trim().min(1).max(500),
    until: moment.meta({ description: 'When it ends: at most 366 days from now.' }),
  })
  .register(components, { id: 'DutyExceptionAsked' });

export const exceptionAnswerSchema = z
  .strictObject({
    identityId: identityIdSchema,
    rule: z.string(),
    version: z.int(),
    exceptions: z.array(
      z.strictObject({ fact: z.string(), owner: identityIdSchema, reason: z.string(), until: instant }),
    ),
  })
  .register(components, { id: 'DutyExceptions' });

const DECIDING_ACCESS = {
  hr: 'none',
  manager: 'none',
  it: 'none',
  security: 'all',
  operations: 'none',
  auditor: 'none',
} as const;

export const dutyRoutes = defineRoutes({
  'grant-duty-exception': {
    method: 'POST',
    path: '/duties/{rule}/exceptions',
    access: DECIDING_ACCESS,
    summary: 'Let an identity hold two sides of a rule until then',
    description:
      'Of a rule whose mode is `require-exception` (409 otherwise). Somebody else answers for it, and whoever agrees is not the ' +
      'one concerned, nor owns it. It begins at once, ends at its end or with the employment, and beside those that the access ' +
      'model has. Repeating it changes nothing.',
    body: exceptionSchema,
    answers: { 200: exceptionAnswerSchema },
    problems: [409],
    auditsRefusals: true,
    uses: { facts: ['recordFact'], directory: ['load'], accessModel: true },
  },
  'end-duty-exceptions': {
    method: 'DELETE',
    path: '/duties/{rule}/exceptions/{identity}',
    access: DECIDING_ACCESS,
    summary: 'End the exceptions that were granted to an identity',
    description: 'Those of the access model stay. Ending what has ended changes nothing.',
    answers: { 200: exceptionAnswerSchema },
    auditsRefusals: true,
    uses: { facts: ['recordFact'], directory: ['load'] },
  },

  'list-duty-violations': {
    method: 'GET',
    path: '/duties/violations',
    access: { hr: 'none', manager: 'none', it: 'none', security: 'all', operations: 'none', auditor: 'all' },
    summary: 'Whose reasons hold up two sides of a rule at once',
    description:
      'As of the last time each identity settled. In no order. A page may be empty, or hold a few more than `limit`, and ' +
      'still have a next one.',
    query: z.strictObject(pageQuery),
    answers: { 200: violationPageSchema },
    uses: { directory: ['listIdentities'] },
  },
} as const satisfies RouteDefinitions);
