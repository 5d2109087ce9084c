// Manual tasks: what people do in the systems that have no connector, and their word that it is done.
import * as z from 'zod';
import { identityIdSchema } from '../core/identity/attributes.ts';
import { components } from './components.ts';
import { next, pageQuery } from './paging.ts';
import { defineRoutes, type RouteDefinitions } from './route.ts';
import { instant, taskStatus } from './values.ts';

const attestationSchema = z
  .strictObject({
    outcome: z.literal('done').meta({ description: 'Every step of the task was carried out.' }),
    evidence: z
      .string()
      .trim()
      .min(1)
      .max(2_000)
      .optional()
      .meta({ description: 'What shows it: a ticket, a screenshot. Kept in the record for good.' }),
  })
  .register(components, { id: 'Attestation' });

export const taskSchema = z
  .strictObject({
    taskId: z.string(),
    identityId: identityIdSchema,
    applicationId: z.string(),
    status: taskStatus,
    assignee: z.string(),
    instructions: z.string(),
    steps: z.array(z.looseObject({ action: z.string(), grant: z.string().optional() })),
    openedAt: instant,
    dueAt: instant,
    overdue: z.boolean(),
    attestedBy: z.string().optional(),
    attestedAt: instant.optional(),
    evidence: z.string().optional(),
    secondPerson: z
      .literal(true)
      .optional()
      .meta({ description: 'It takes a second person, other than who attests it first, to confirm it.' }),
    first: z
      .strictObject({ by: z.string(), at: instant, evidence: z.string().optional() })
      .optional()
      .meta({ description: 'Who has said first that it is done. A second person has to confirm it while it is open.' }),
    confirmedBy: z.string().optional(),
  })
  .register(components, { id: 'Task' });
export const taskPageSchema = z
  .strictObject({ items: z.array(taskSchema), next })
  .register(components, { id: 'TaskPage' });

export const attestedSchema = z
  .strictObject({
    taskId: z.string(),
    status: z.literal('done'),
    identityId: identityIdSchema,
    version: z.int(),
  })
  .register(components, { id: 'Attested' });

export const confirmedSchema = z
  .strictObject({
    taskId: z.string(),
    status: z.literal('open'),
    identityId: identityIdSchema,
    awaits: z.literal('second-person'),
  })
  .register(components, { id: 'Confirmed' });

export type TaskAnswer = z.infer<typeof taskSchema>;
export type TaskPage = z.infer<typeof taskPageSchema>;
export type AttestedAnswer = z.infer<typeof attestedSchema>;
export type ConfirmedAnswer = z.infer<typeof confirmedSchema>;

export const taskRoutes = defineRoutes({
  'list-tasks': {
    method: 'GET',
    path: '/tasks',
    access: { hr: 'none', manager: 'none', it: 'all', security: 'all', operations: 'all', auditor: 'all' },
    summary: 'List manual tasks',
    query: z.strictObject({ ...pageQuery, status: taskStatus.default('open') }),
    answers: { 200: taskPageSchema },
    uses: { tasks: ['listTasks'], accessModel: true },
  },
  'get-task': {
    method: 'GET',
    path: '/tasks/{id}',
    access: { hr: 'none', manager: 'none', it: 'all', security: 'all', operations: 'all', auditor: 'all' },
    summary: 'One manual task',
    answers: { 200: taskSchema },
    uses: { directory: ['load'], accessModel: true },
  },
  'attest-task': {
    method: 'POST',
    path: '/tasks/{id}/attestation',
    // Attesting says "I did it": those who work in the systems. Not the manager, who would attest what they asked for.
    access: { hr: 'none', manager: 'none', it: 'all', security: 'none', operations: 'none', auditor: 'none' },
    summary: 'Attest that a manual task was carried out',
    description:
      'Final, and recorded with who said so. Repeating it is answered with the same; nobody attests what concerns ' +
      'themselves (a token that names no identity answers 403), and a task that was superseded or attested by somebody else answers 409. ' +
      'Where the access model asks for a second person, the first is answered 202, and the task is done once somebody ' +
      'else has said so too; the same person under whichever id answers 409.',
    body: attestationSchema,
    answers: { 200: attestedSchema, 202: confirmedSchema },
    problems: [409, 503],
    auditsRefusals: true,
    uses: {
      facts: ['findAcceptedEvent', 'recordFact'],
      tasks: ['saveTask'],
      directory: ['load'],
      accessModel: true,
    },
  },
} as const satisfies RouteDefinitions);
