// The inventory: every application of the access model, who answers for it, how its access is provisioned, and what people
// have yet to do in it.
import * as z from 'zod';
import { identityIdSchema } from '../core/identity/attributes.ts';
import { FINDING_KINDS } from '../core/reconciliation/reconciliation.ts';
import { HEALTH_STATES } from '../core/systems/health.ts';
import { components } from './components.ts';
import { defineRoutes, type RouteDefinitions } from './route.ts';
import { identityStatus, instant } from './values.ts';

const scope = z.enum(['required', 'privileged']);

export const applicationSchema = z
  .strictObject({
    applicationId: z.string(),
    name: z.string(),
    owner: z
      .strictObject({
        identityId: identityIdSchema,
        status: z.union([identityStatus, z.literal('unknown')]).meta({
          description:
            'As Tenure knows them. Whoever is not `active` answers for nothing: name another in the access model.',
        }),
      })
      .meta({ description: 'Who answers for the application.' }),
    connector: z.string(),
    provisionedBy: z.enum(['connector', 'people']).meta({
      description: '`people`: each change is a task, or a ticket where the connector mirrors tasks in a service desk.',
    }),
    retired: z.literal(true).optional(),
    entitlements: z.array(z.strictObject({ id: z.string(), name: z.string(), privileged: z.boolean() })),
    attestation: z
      .strictObject({ evidence: scope.optional(), secondPerson: scope.optional() })
      .optional()
      .meta({ description: "What a task takes beside one person's word." }),
    due: z
      .strictObject({
        hours: z.int(),
        privilegedRemovalHours: z.int().meta({ description: 'Of a task that takes privileged access away.' }),
      })
      .optional()
      .meta({ description: 'Of what people do: hours after its task was opened.' }),
    openTasks: z.int(),
    overdueTasks: z.int(),
    lastList: z
      .strictObject({ exportedAt: instant, broughtAt: instant, broughtBy: z.string(), accounts: z.int() })
      .optional()
      .meta({ description: 'The last list of its accounts that somebody brought.' }),
    lastReconciledAt: instant.optional().meta({ description: 'When the last run that ended well had ended.' }),
  })
  .register(components, { id: 'Application' });
export const applicationListSchema = z
  .strictObject({
    items: z.array(applicationSchema),
    incomplete: z
      .literal(true)
      .optional()
      .meta({ description: 'More tasks are open than were counted: 10,000, the most urgent first.' }),
  })
  .register(components, { id: 'ApplicationList' });

/** Lambda takes 6 MB, of which base64 makes a third more. */
export const MAXIMUM_LIST_BYTES = 4_000_000;

export const listedSchema = z
  .strictObject({
    applicationId: z.string(),
    sha256: z.string(),
    exportedAt: instant,
    accounts: z.int(),
    attestedTasks: z.int().meta({ description: 'Tasks of which it shows every step, and that one word attests.' }),
    reopened: z.int().meta({ description: 'People who are seen with access that was attested to be gone.' }),
    counts: z.strictObject({ orphan: z.int(), extra: z.int(), missing: z.int() }),
    findings: z
      .array(
        z.strictObject({
          kind: z.enum(FINDING_KINDS),
          account: z.string().optional(),
          identityId: identityIdSchema.optional(),
          grants: z.array(z.string()),
        }),
      )
      .meta({ description: 'At most 200; GET /reconciliations/{id} lists all, once it is its report.' }),
  })
  .register(components, { id: 'ListedAccounts' });

const wait = z.int().meta({ description: 'Seconds that whoever comes now waits for their turn.' });

export const healthListSchema = z
  .strictObject({
    items: z.array(
      z.strictObject({
        applicationId: z.string(),
        name: z.string(),
        connector: z.string(),
        state: z.enum(HEALTH_STATES).meta({
          description:
            '`quiet`: not called for a day or so. `failing`: the last calls were not answered. `waited-for`: more want to call it ' +
            'than it can take. `paused`: it asked to be left alone. `down`: it answered nothing, and is tried again at `againAt`.',
        }),
        working: z.int().meta({ description: 'Identities that are worked on in it now.' }),
        waits: z.strictObject({ leavers: wait, others: wait }),
        failures: z.int().meta({ description: 'Convergences in a row that it answered nothing of.' }),
        againAt: instant.optional().meta({ description: 'When it may be called again. Absent: now.' }),
        openings: z.int().meta({ description: 'How often in a row it was tried again and did not answer.' }),
        visitSeconds: z
          .number()
          .optional()
          .meta({ description: 'What bringing one identity in line lasts, on average.' }),
        callsPerSecond: z.number().meta({ description: 'What it can take, by the access model.' }),
        lastRun: z
          .strictObject({ startedAt: instant, outcome: z.enum(['running', 'finished', 'failed']) })
          .optional()
          .meta({ description: 'Its last reconciliation.' }),
      }),
    ),
  })
  .register(components, { id: 'ApplicationHealth' });
export type HealthAnswer = z.infer<typeof healthListSchema>;

export type ListedAnswer = z.infer<typeof listedSchema>;
export type ApplicationAnswer = z.infer<typeof applicationSchema>;
export type ApplicationList = z.infer<typeof applicationListSchema>;

export const applicationRoutes = defineRoutes({
  'list-applications': {
    method: 'GET',
    path: '/applications',
    access: { hr: 'none', manager: 'none', it: 'all', security: 'all', operations: 'all', auditor: 'all' },
    summary: 'Every application: who answers for it, how access in it is provisioned, and what people have yet to do',
    answers: { 200: applicationListSchema },
    uses: {
      tasks: ['listTasks'],
      directory: ['glimpse'],
      reconciliations: ['list'],
      accessModel: true,
      manualConnectors: true,
    },
  },
  'get-applications-health': {
    method: 'GET',
    path: '/applications/health',
    access: { hr: 'none', manager: 'none', it: 'all', security: 'all', operations: 'all', auditor: 'all' },
    summary:
      'How it goes with each system that a connector works in: whether it answers, and how long it is waited for',
    description:
      'By what the last calls remember. Systems in which people work are not among them: see `GET /applications`.',
    answers: { 200: healthListSchema },
    uses: { rateLimits: ['load'], reconciliations: ['list'], accessModel: true, manualConnectors: true },
  },
  'list-accounts-by-hand': {
    method: 'POST',
    path: '/applications/{id}/accounts',
    access: { hr: 'none', manager: 'none', it: 'all', security: 'none', operations: 'none', auditor: 'none' },
    summary: 'Bring a list of what is in a system that no connector reads',
    description:
      'CSV with the columns `account`, `entitlement`, `enabled`, `email`, `identityId`, of which the first alone is ' +
      'needed; a row for each entitlement. It counts as of `exportedAt`. Refused as a whole: one that is empty, has a row ' +
      'that cannot be read, is of a time to come or no later than the last (409), or lacks more than a fifth of those who ' +
      'should be there (409). Its findings become the report of `GET /reconciliations/{id}`, for somebody to decide on.',
    query: z.strictObject({ exportedAt: z.iso.datetime({ offset: true }).meta({ description: 'When it was made.' }) }),
    bodies: { 'text/csv': z.string().meta({ description: `At most ${MAXIMUM_LIST_BYTES} bytes, 5,000 accounts.` }) },
    answers: { 200: listedSchema },
    problems: [409, 413, 415, 503],
    auditsRefusals: true,
    uses: {
      facts: ['findAcceptedEvent', 'recordFact'],
      tasks: ['listTasks', 'saveTask'],
      directory: ['findByEmail', 'listIdentities', 'load'],
      reconciliations: ['advance', 'begin', 'find', 'saveFindings', 'saveList'],
      accessModel: true,
      manualConnectors: true,
      reconcile: true,
    },
  },
} as const satisfies RouteDefinitions);
