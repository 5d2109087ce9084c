// The audit entries of an identity, and those of the decisions about an application's report.
import * as z from 'zod';
import { SUBJECT_KINDS } from '../core/audit/subject.ts';
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
    actor: z.strictObject({ type: z.enum(['hr-source', 'operator', 'tenure', 'unknown']), id: z.string() }),
    trigger: z.string().optional(),
    correlation: z.string().optional().meta({ description: 'The fact that set all of it off, to the last removal.' }),
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

const pseudonym = z.string().regex(/^[A-Za-z0-9_-]{22}$/);
const operatorId = z.string().min(1).max(128);

export const subjectAuditPageSchema = z
  .strictObject({
    items: z.array(
      auditEntrySchema
        .omit({ identityId: true })
        .extend({ subject: z.strictObject({ kind: z.enum(SUBJECT_KINDS), id: z.string() }) }),
    ),
    next,
  })
  .register(components, { id: 'SubjectAuditPage' });

export const resolvedPseudonymsSchema = z
  .strictObject({
    items: z.array(z.strictObject({ pseudonym, kind: z.enum(['identity', 'operator']), id: z.string() })),
  })
  .register(components, { id: 'ResolvedPseudonyms' });

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
  'list-audit': {
    method: 'GET',
    path: '/audit',
    access: { hr: 'none', manager: 'none', it: 'none', security: 'all', operations: 'none', auditor: 'all' },
    summary: 'The audit entries of an identity, operator, application, HR source, hold or the deployment, oldest first',
    description:
      'The deployment has the id `tenure`. With `reads=true`: who was shown the subject, once for each minute, instead. ' +
      'Failed authentications are kept of an HR source (those that name none, of the source `unknown`) and of the ' +
      'deployment, refused requests of the operator.',
    query: z.strictObject({
      kind: z.enum(SUBJECT_KINDS),
      id: z.string().min(1).max(128),
      reads: z
        .enum(['true', 'false'])
        .default('false')
        .transform((text) => text === 'true'),
      ...pageQuery,
    }),
    answers: { 200: subjectAuditPageSchema },
    uses: { audit: ['list'] },
  },
  'resolve-pseudonyms': {
    method: 'POST',
    path: '/audit/pseudonyms',
    access: { hr: 'none', manager: 'none', it: 'none', security: 'all', operations: 'none', auditor: 'all' },
    summary: 'Who stands behind pseudonyms of the sealed log, and which pseudonyms somebody has',
    description:
      'Up to 100 in all. Whoever is not known, was forgotten or has none is left out. The ids are in the body, so that ' +
      'no address holds them.',
    body: z.strictObject({
      pseudonyms: z.array(pseudonym).max(100).default([]),
      identities: z.array(identityIdSchema).max(100).default([]),
      operators: z.array(operatorId).max(100).default([]),
    }),
    answers: { 200: resolvedPseudonymsSchema },
    uses: { subjects: ['findPseudonyms', 'resolve'] },
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
