// The audit entries of an identity, and those of the decisions about an application's report.
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

export const reconciliationAuditPageSchema = z
  .strictObject({
    items: z.array(auditEntrySchema.omit({ identityId: true }).extend({ applicationId: z.string() })),
    next,
  })
  .register(components, { id: 'ReconciliationAuditPage' });

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
  'list-reconciliation-audit': {
    method: 'GET',
    path: '/reconciliations/{applicationId}/audit',
    // As the report that was decided on.
    access: { hr: 'none', manager: 'none', it: 'all', security: 'all', operations: 'none', auditor: 'all' },
    summary: "Every decision on an application's reports, oldest first",
    description:
      'Audit entries that concern no identity: who decided what about which run, why, by which access model. ' +
      'Of an application that was taken out of the access model, too.',
    query: z.strictObject(pageQuery),
    answers: { 200: reconciliationAuditPageSchema },
    uses: { audit: ['list'] },
  },
} as const satisfies RouteDefinitions);
