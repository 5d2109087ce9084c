// My access: what whoever asks has themselves, why, and until when.
import * as z from 'zod';
import { identityIdSchema } from '../core/identity/attributes.ts';
import { GRANT_BASES } from '../core/identity/facts.ts';
import { components } from './components.ts';
import { entitlementSchema } from './identities.ts';
import { THEMSELVES } from './roles.ts';
import { defineRoutes, type RouteDefinitions } from './route.ts';
import { identityStatus, instant } from './values.ts';

const { entitlement, name, privileged, enabled, inPlace } = entitlementSchema.shape;

const ownReason = z.strictObject({
  type: z.enum(['birthright', 'handover', ...GRANT_BASES]),
  why: z.string().meta({ description: 'In a line.' }),
  since: instant,
  until: instant
    .optional()
    .meta({ description: 'Of what was given for a time, or is handed over. Absent: no end was set.' }),
  request: z.string().optional().meta({ description: 'The request that gave it.' }),
});

export const ownAccessSchema = z
  .strictObject({
    identityId: identityIdSchema,
    displayName: z.string().optional(),
    status: identityStatus,
    items: z.array(
      z.strictObject({
        entitlement,
        name,
        applicationName: z.string(),
        privileged,
        enabled,
        inPlace,
        reasons: z.array(ownReason).meta({ description: 'When the last of them ends, so does it.' }),
      }),
    ),
    mayAskFor: z
      .array(z.strictObject({ entitlement, name, applicationName: z.string(), privileged }))
      .meta({ description: 'What the rules let one ask for oneself and one does not have, at most 100.' }),
    moreToAskFor: z.literal(true).optional().meta({ description: 'There is more of that: `GET /search`.' }),
  })
  .register(components, { id: 'OwnAccess' });
export type OwnAccessAnswer = z.infer<typeof ownAccessSchema>;

export const ownAccessRoutes = defineRoutes({
  'get-own-access': {
    method: 'GET',
    path: '/own-access',
    access: { ...THEMSELVES, auditor: 'all' },
    summary: 'What you have, why, and until when; and what you may ask for',
    description:
      'Of the identity that the token names, whatever roles it has. It tells nothing of what HR has said for the future: when ' +
      'somebody leaves or moves is not for this to tell them.',
    answers: { 200: ownAccessSchema },
    problems: [404],
    uses: { directory: ['load'], accessModel: true },
  },
} as const satisfies RouteDefinitions);
