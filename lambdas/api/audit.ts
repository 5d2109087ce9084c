// The audit entries of an identity.
import * as z from 'zod';
import { identityIdSchema } from '../core/identity/attributes.ts';
import { components } from './components.ts';
import { next, pageQuery } from './paging.ts';
import { defineRoutes, type RouteDefinitions } from './route.ts';
import { instant } from './values.ts';

export const auditEntrySchema = z
  .strictObject({
    identityId: identityIdSchema,
    entryId: z.string(),
    at: instant,
    actor: z.strictObject({ type: z.enum(['hr-source', 'operator', 'tenure']), id: z.string() }),
    trigger: z.string().optional(),
    version: z.int().optional(),
    epoch: z.int().optional(),
    modelHash: z.string().optional(),
    event: z.looseObject({ type: z.string() }).meta({ description: 'What happened; its members depend on its type.' }),
  })
  .register(components, { id: 'AuditEntry' });
export const auditPageSchema = z
  .strictObject({ items: z.array(auditEntrySchema), next })
  .register(components, { id: 'AuditPage' });

export type AuditPage = z.infer<typeof auditPageSchema>;

export const auditRoutes = defineRoutes({
  'list-identity-audit': {
    method: 'GET',
    path: '/identities/{id}/audit',
    access: { hr: 'all', manager: 'own-reports', it: 'none', security: 'all', operations: 'all', auditor: 'all' },
    summary: "An identity's audit entries, oldest first",
    query: z.strictObject(pageQuery),
    answers: { 200: auditPageSchema },
    uses: { directory: ['load'], audit: ['list'] },
  },
} as const satisfies RouteDefinitions);
