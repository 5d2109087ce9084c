// Reconciliation: what was found in each application, and the decision of somebody who has looked.
import * as z from 'zod';
import { ANSWERS } from '../core/access-model/reconciliation-settings.ts';
import { identityIdSchema } from '../core/identity/attributes.ts';
import { FINDING_KINDS } from '../core/reconciliation/reconciliation.ts';
import { components } from './components.ts';
import { next, pageQuery } from './paging.ts';
import { defineRoutes, type RouteDefinitions } from './route.ts';
import { identityStatus, instant } from './values.ts';

const reconciliationDecisionSchema = z
  .strictObject({
    answer: z.enum(ANSWERS).meta({
      description: '`repair`: take away what no reason holds up and give what is missing. `report`: change nothing.',
    }),
    reason: z.string().trim().min(1).max(500).meta({ description: 'Why. Kept in the record for good.' }),
  })
  .register(components, { id: 'ReconciliationDecision' });

const reconciliationFields = {
  applicationId: z.string(),
  applicationName: z.string(),
  retired: z
    .literal(true)
    .optional()
    .meta({ description: 'Every run takes back what anybody has in it, whatever was decided.' }),
  answer: z.enum(ANSWERS).meta({ description: 'What the access model says a run ends with.' }),
  run: z
    .strictObject({
      runId: z.string(),
      status: z.enum(['running', 'finished', 'failed']),
      startedAt: instant,
      touchedAt: instant.meta({ description: 'When it last got on.' }),
      accounts: z.int().meta({ description: 'Accounts listed so far.' }),
      lacking: z.array(z.string()).optional().meta({
        description:
          'What the account that Tenure uses in the system lacks. Empty: nothing. Absent: it cannot be told.',
      }),
    })
    .optional()
    .meta({ description: 'The run under way, or the one that came last.' }),
  report: z
    .strictObject({
      runId: z.string(),
      startedAt: instant,
      finishedAt: instant,
      accounts: z.int(),
      matched: z.int().meta({ description: 'Accounts whose identity is known.' }),
      counts: z.strictObject({
        orphan: z.int().meta({ description: 'Accounts of nobody, or usable ones of somebody not employed.' }),
        ambiguous: z.int().meta({ description: 'Accounts that may be of several identities, or a second one of one.' }),
        dormant: z.int().meta({ description: 'Enabled accounts unused for `dormantDays`.' }),
        extra: z.int().meta({ description: 'Accounts with access that no reason holds up.' }),
        missing: z.int().meta({ description: 'Identities without access that a reason holds up.' }),
        renamed: z.int().optional().meta({
          description: 'Accounts with a grant that the system calls otherwise than the access model does.',
        }),
      }),
      newOrphans: z.int().meta({ description: 'Orphans that no earlier run had found.' }),
      incomplete: z
        .enum(['no-listing', 'too-many-accounts', 'too-many-identities', 'half-as-many-accounts'])
        .optional()
        .meta({ description: 'Why not everything was seen. Absent: everything was.' }),
      list: z
        .strictObject({ sha256: z.string(), exportedAt: instant, broughtBy: z.string() })
        .optional()
        .meta({ description: 'The list that it is of, where no connector reads the system and people brought one.' }),
    })
    .optional()
    .meta({ description: 'What the last run that ended well found.' }),
  decision: z
    .strictObject({
      answer: z.enum(ANSWERS),
      reason: z.string(),
      decidedBy: z.string(),
      decidedAt: instant,
      runId: z.string().meta({ description: 'The run whose report was looked at.' }),
    })
    .optional()
    .meta({
      description: 'The last one. While there is none for `repair`, what was found at the first contact stays.',
    }),
};

export const findingSchema = z
  .strictObject({
    kind: z.enum(FINDING_KINDS),
    accountId: z.string().optional(),
    userName: z.string().optional(),
    enabled: z.boolean().optional(),
    lastActiveAt: instant.optional(),
    identityId: identityIdSchema.optional(),
    identityStatus: identityStatus.optional(),
    candidates: z.array(identityIdSchema).optional().meta({ description: 'For `ambiguous`: whose it may be.' }),
    grants: z
      .array(z.string())
      .optional()
      .meta({ description: 'What is too much, what is missing, or all that is held, at most 100.' }),
    unknownGrants: z.array(z.string()).optional().meta({ description: 'As `grants`, and not in the access model.' }),
    privileged: z.boolean().optional(),
    account: z
      .enum(['absent', 'disabled', 'unjustified'])
      .optional()
      .meta({ description: 'What is wrong with the account itself.' }),
    unreviewed: z
      .boolean()
      .optional()
      .meta({ description: 'It was there before Tenure, and stays until somebody decides for `repair`.' }),
    renames: z
      .array(z.strictObject({ from: z.string(), to: z.string() }))
      .optional()
      .meta({ description: 'For `renamed`: what the access model calls a grant, and what the system calls it now.' }),
    firstSeenAt: instant,
    seenAt: instant,
  })
  .register(components, { id: 'Finding' });

export const reconciliationSchema = z.strictObject(reconciliationFields).register(components, { id: 'Reconciliation' });
export const reconciliationListSchema = z
  .strictObject({ items: z.array(reconciliationSchema) })
  .register(components, { id: 'ReconciliationList' });
export const reconciliationDetailSchema = z
  .strictObject({
    ...reconciliationFields,
    findings: z.array(findingSchema),
    next,
  })
  .register(components, { id: 'ReconciliationDetail' });
export const startedReconciliationSchema = z
  .strictObject({
    applicationId: z.string(),
    status: z.literal('starting'),
  })
  .register(components, { id: 'StartedReconciliation' });

export type ReconciliationAnswer = z.infer<typeof reconciliationSchema>;
export type ReconciliationList = z.infer<typeof reconciliationListSchema>;
export type ReconciliationDetailAnswer = z.infer<typeof reconciliationDetailSchema>;
export type FindingAnswer = z.infer<typeof findingSchema>;
export type StartedReconciliationAnswer = z.infer<typeof startedReconciliationSchema>;

export const reconciliationRoutes = defineRoutes({
  'list-reconciliations': {
    method: 'GET',
    path: '/reconciliations',
    access: { hr: 'none', manager: 'none', it: 'all', security: 'all', operations: 'none', auditor: 'all' },
    summary: 'Each application: its last run, what the last report counts, and the last decision',
    answers: { 200: reconciliationListSchema },
    uses: { reconciliations: ['list'], accessModel: true },
  },
  'get-reconciliation': {
    method: 'GET',
    path: '/reconciliations/{applicationId}',
    access: { hr: 'none', manager: 'none', it: 'all', security: 'all', operations: 'none', auditor: 'all' },
    summary: "An application's report: what was found, page by page",
    description: 'A page may be empty and still have a next one. While a run is under way, its findings come in.',
    query: z.strictObject({
      ...pageQuery,
      kind: z.enum(FINDING_KINDS).optional().meta({ description: 'Only findings of this kind.' }),
    }),
    answers: { 200: reconciliationDetailSchema },
    uses: { reconciliations: ['find', 'listFindings'], accessModel: true },
  },
  'start-reconciliation': {
    method: 'POST',
    path: '/reconciliations/{applicationId}/runs',
    access: { hr: 'none', manager: 'none', it: 'all', security: 'all', operations: 'none', auditor: 'none' },
    summary: 'Start a run now',
    description: 'It lists the accounts and reports; one run at a time, so 409 while one is under way.',
    answers: { 202: startedReconciliationSchema },
    problems: [409, 503],
    uses: { audit: ['append'], reconciliations: ['find'], accessModel: true, reconcile: true },
  },
  'decide-reconciliation': {
    method: 'POST',
    path: '/reconciliations/{applicationId}/decision',
    // Those who answer for access and those who work in the systems; not the auditor, who would audit their own
    // decision.
    access: { hr: 'none', manager: 'none', it: 'all', security: 'all', operations: 'none', auditor: 'none' },
    summary: 'Decide on the report: somebody has looked',
    description:
      'Recorded with who said so. `repair` converges everybody whom the report concerns, and from then on nothing ' +
      'found at a first contact is kept; `report` keeps it, and runs change nothing, whatever the access model says. ' +
      'The last decision counts. 409 while there is no report to look at.',
    body: reconciliationDecisionSchema,
    answers: { 200: reconciliationSchema },
    problems: [409, 503],
    uses: { reconciliations: ['decide', 'find'], accessModel: true, reconcile: true },
  },
} as const satisfies RouteDefinitions);
