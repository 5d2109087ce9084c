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

/** Lambda takes 6 MB, of which base64 makes a third more. */
export const MAXIMUM_EVIDENCE_BYTES = 4_000_000;
export const EVIDENCE_TYPES = [
  'application/octet-stream',
  'application/pdf',
  'image/jpeg',
  'image/png',
  'message/rfc822',
  'text/csv',
  'text/plain',
] as const;

const fileContent = z.string().meta({ format: 'binary', description: `At most ${MAXIMUM_EVIDENCE_BYTES} bytes.` });

export const evidenceSchema = z
  .strictObject({
    taskId: z.string(),
    sha256: z.string().meta({ description: 'Of the content, hex.' }),
    bytes: z.int(),
  })
  .register(components, { id: 'Evidence' });

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
    remindedAt: instant.optional().meta({ description: 'When its assignee was reminded.' }),
    escalatedAt: instant.optional().meta({ description: 'When people were last told that it is overdue.' }),
    attestedBy: z.string().optional(),
    attestedAt: instant.optional(),
    evidence: z.string().optional(),
    evidenceRequired: z
      .literal(true)
      .optional()
      .meta({ description: 'It takes a file that shows it: `POST /tasks/{id}/evidence`.' }),
    files: z
      .array(
        z.strictObject({
          sha256: z.string(),
          bytes: z.int(),
          mediaType: z.string(),
          addedBy: z.string(),
          addedAt: instant,
        }),
      )
      .optional()
      .meta({ description: 'What shows it, by SHA-256 of the content.' }),
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
export type EvidenceAnswer = z.infer<typeof evidenceSchema>;
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
  'add-evidence': {
    method: 'POST',
    path: '/tasks/{id}/evidence',
    access: { hr: 'none', manager: 'none', it: 'all', security: 'none', operations: 'none', auditor: 'none' },
    summary: 'Add a file that shows that a manual task was carried out',
    description:
      'The file itself, with its media type. Kept for good under its SHA-256, which is in the audit log and in the ' +
      'certificate; where `x-content-sha256` (hex) is sent, it has to be that of what came. Nobody adds any to what ' +
      'concerns themselves, and a task that is closed takes none (409). At most ten of a task.',
    bodies: Object.fromEntries(EVIDENCE_TYPES.map((type) => [type, fileContent])),
    answers: { 200: evidenceSchema },
    problems: [409, 413, 415, 503],
    auditsRefusals: true,
    uses: { tasks: ['saveTask'], directory: ['load'], evidenceFiles: true },
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
      'else has said so too; the same person under whichever id answers 409. Where it asks for evidence, 409 while there is none.',
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
