// Segregation of duties: who would hold two sides of a rule, and what became of that.
import * as z from 'zod';
import { DUTY_MODES, DUTY_SEVERITIES } from '../core/access-model/duty-rule.ts';
import { identityIdSchema } from '../core/identity/attributes.ts';
import { components } from './components.ts';
import { next, pageQuery } from './paging.ts';
import { defineRoutes, type RouteDefinitions } from './route.ts';
import { instant } from './values.ts';

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

export const dutyRoutes = defineRoutes({
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
