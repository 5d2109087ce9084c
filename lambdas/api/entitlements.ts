// Entitlements: who has one, and every reason why.
import * as z from 'zod';
import { identityIdSchema } from '../core/identity/attributes.ts';
import { askedInstantSchema, atQuery } from './asked-instant.ts';
import { components } from './components.ts';
import { entitlementSchema } from './identities.ts';
import { next, pageQuery } from './paging.ts';
import { defineRoutes, type RouteDefinitions } from './route.ts';
import { identityStatus } from './values.ts';

const { enabled, inPlace, reasons } = entitlementSchema.shape;

export const holderPageSchema = z
  .strictObject({
    entitlement: entitlementSchema.shape.entitlement,
    asOf: askedInstantSchema.optional().meta({ description: 'The instant that was asked about. Absent: now.' }),
    items: z.array(
      z.strictObject({
        identityId: identityIdSchema,
        displayName: z.string().optional(),
        status: identityStatus,
        enabled,
        inPlace,
        reasons,
      }),
    ),
    next,
  })
  .register(components, { id: 'HolderPage' });
export type HolderPage = z.infer<typeof holderPageSchema>;

export const entitlementRoutes = defineRoutes({
  'list-holders': {
    method: 'GET',
    path: '/entitlements/{id}/holders',
    access: { hr: 'all', manager: 'own-reports', it: 'all', security: 'all', operations: 'all', auditor: 'all' },
    summary: 'Who should hold an entitlement, and every reason why',
    description:
      'The `id` is `application:entitlement`. It tells of reasons: what somebody has in the system without one is found by ' +
      'reconciliation. In no order, except the reports of a manager, which are by id. A page may be empty and still have ' +
      'a next one.',
    query: z.strictObject({
      ...pageQuery,
      ...atQuery,
      manager: identityIdSchema
        .optional()
        .meta({ description: 'Only the direct reports of this identity. A manager who sends none gets their own.' }),
    }),
    answers: { 200: holderPageSchema },
    uses: {
      directory: ['listIdentities', 'load'],
      modelChanges: ['findModel', 'findWalk'],
      audit: ['list'],
      accessModel: true,
    },
  },
} as const satisfies RouteDefinitions);
