// The inventory: every application of the access model, who answers for it, how its access is provisioned, and what people
// have yet to do in it.
import * as z from 'zod';
import { identityIdSchema } from '../core/identity/attributes.ts';
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
} as const satisfies RouteDefinitions);
