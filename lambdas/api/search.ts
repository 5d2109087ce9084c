// Searching: people, applications, entitlements and requests by what somebody types.
import * as z from 'zod';
import { identityIdSchema } from '../core/identity/attributes.ts';
import { REQUEST_STATUSES } from '../core/requests/request-state.ts';
import { components } from './components.ts';
import { identitySummarySchema } from './identities.ts';
import { defineRoutes, type RouteDefinitions } from './route.ts';
import { instant } from './values.ts';

export const MAXIMUM_FOUND = 20;
const DEFAULT_FOUND = 8;
const MAXIMUM_TYPED = 100;

const more = z.literal(true).optional().meta({ description: 'There are more: type more.' });

export const foundSchema = z
  .strictObject({
    people: z.strictObject({ items: z.array(identitySummarySchema), more }),
    applications: z.strictObject({
      items: z.array(z.strictObject({ applicationId: z.string(), name: z.string() })),
      more,
    }),
    entitlements: z.strictObject({
      items: z.array(
        z.strictObject({
          entitlement: z.string().meta({ description: '`application:entitlement`' }),
          name: z.string(),
          applicationName: z.string(),
          privileged: z.boolean(),
          requestable: z.boolean().meta({ description: 'Whether the rules let people ask for it.' }),
        }),
      ),
      more,
    }),
    requests: z.strictObject({
      items: z.array(
        z.strictObject({
          requestId: z.string(),
          identityId: identityIdSchema.meta({ description: 'Whom it is for.' }),
          entitlement: z.string(),
          status: z.enum(REQUEST_STATUSES),
          requestedAt: instant,
        }),
      ),
      more,
    }),
    peopleAsOf: instant.optional().meta({
      description:
        'Whoever came or was renamed after that is found by their id and e-mail address alone. Absent: so is everybody.',
    }),
    incomplete: z
      .literal(true)
      .optional()
      .meta({ description: 'There are more people than are searched by name: 500,000.' }),
  })
  .register(components, { id: 'Found' });

export type FoundAnswer = z.infer<typeof foundSchema>;

export const searchRoutes = defineRoutes({
  'search-everything': {
    method: 'GET',
    path: '/search',
    access: {
      hr: 'all',
      manager: 'own-reports',
      it: 'all',
      security: 'all',
      operations: 'all',
      auditor: 'all',
      employee: 'self',
    },
    summary: 'Find people, applications, entitlements and requests',
    description:
      'By names, e-mail addresses and ids, in whatever case and without accents; by how they begin, and with a letter or two ' +
      'mistyped. With several words, what has all of them. Everybody finds whom they may see: managers their reports, ' +
      '`operations` by ids alone, employees nobody, and of the entitlements those that may be asked for. Of requests: the ' +
      'one of this id, and those of oneself and of the people that were found. Nobody is shown who is not known any more.',
    query: z.strictObject({
      q: z
        .string()
        .trim()
        .min(2, 'expected two characters or more')
        .max(MAXIMUM_TYPED)
        .meta({ description: 'What somebody typed.' }),
      atMost: z.coerce
        .number()
        .int()
        .min(1)
        .max(MAXIMUM_FOUND)
        .default(DEFAULT_FOUND)
        .meta({ description: 'Of each kind.' }),
    }),
    answers: { 200: foundSchema },
    uses: {
      directory: ['findByEmail', 'load'],
      facts: ['findAcceptedEvent'],
      accessModel: true,
      searchList: true,
    },
  },
} as const satisfies RouteDefinitions);
