// What detections found: alerts, what people said of them, what nobody wants to hear of, and who was seen and is not known.
import * as z from 'zod';
import { ALERT_OUTCOMES, ALERT_STATUSES, TAKEN_KINDS } from '../core/detection/alert.ts';
import { RESPONSES, SEVERITY_NAMES } from '../core/detection/detection.ts';
import { identityIdSchema } from '../core/identity/attributes.ts';
import { components } from './components.ts';
import { next, pageQuery } from './paging.ts';
import { defineRoutes, type RouteDefinitions } from './route.ts';
import { instant, moment } from './values.ts';

const reason = z.string().trim().min(1).max(500).meta({ description: 'Why. Kept in the record for good.' });

const alertFields = {
  alertId: z.string(),
  identityId: identityIdSchema.optional().meta({ description: 'Whom it is about. Absent: nobody whom Tenure knows.' }),
  source: z
    .string()
    .optional()
    .meta({ description: 'Where it is about nobody who is known: the source that tells of them.' }),
  applicationId: z.string().optional(),
  detection: z.string(),
  title: z.string(),
  severity: z.enum(SEVERITY_NAMES),
  status: z.enum(ALERT_STATUSES).meta({
    description: '`muted`: nobody was told. What is `closed` or `muted` is raised anew when it is found again.',
  }),
  because: z.string().meta({ description: 'Why, as a sentence.' }),
  count: z.int().meta({ description: 'How many records say so.' }),
  firstAt: instant.meta({ description: 'Of the first and the last record, by the clock of their source.' }),
  lastAt: instant,
  raisedAt: instant,
  foundAt: instant.meta({ description: 'When it was found last.' }),
  assignee: identityIdSchema.optional(),
  acknowledgedBy: z.string().optional(),
  closed: z
    .strictObject({ by: z.string(), at: instant, outcome: z.enum(ALERT_OUTCOMES), reason: z.string() })
    .optional(),
};

export const alertSchema = z.strictObject(alertFields).register(components, { id: 'Alert' });
export const alertPageSchema = z
  .strictObject({ items: z.array(alertSchema), next })
  .register(components, { id: 'AlertPage' });
export const alertDetailSchema = z
  .strictObject({
    ...alertFields,
    response: z.enum(RESPONSES).meta({ description: 'What follows by itself, by policy.' }),
    taken: z
      .array(
        z.strictObject({
          kind: z.enum(TAKEN_KINDS),
          at: instant,
          detail: z.string().optional(),
        }),
      )
      .meta({ description: 'What did follow.' }),
    questions: z
      .array(
        z.strictObject({
          person: identityIdSchema,
          askedAt: instant,
          until: instant,
          answer: z.enum(['meant', 'not-meant']).optional(),
          answeredBy: identityIdSchema.optional(),
          answeredAt: instant.optional(),
        }),
      )
      .optional()
      .meta({ description: 'Who was asked whether it was meant, and what they said; the last five. Absent: nobody.' }),
    evidence: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .meta({ description: 'Facts and reasons beside the record on which it was raised last.' }),
    records: z
      .array(z.strictObject({ source: z.string(), recordId: z.string(), at: instant, operation: z.string() }))
      .meta({ description: 'The last 20.' }),
    mute: z.string().optional(),
    runbook: z.string(),
    finding: z.record(z.string(), z.unknown()).meta({ description: 'The same as OCSF 1.8 Detection Finding (2004).' }),
  })
  .register(components, { id: 'AlertDetail' });
export type AlertAnswer = z.infer<typeof alertSchema>;
export type AlertDetailAnswer = z.infer<typeof alertDetailSchema>;

export const alertDecisionSchema = z
  .discriminatedUnion('decision', [
    z.strictObject({ decision: z.literal('acknowledge') }),
    z.strictObject({ decision: z.literal('assign'), assignee: identityIdSchema }),
    z.strictObject({
      decision: z.literal('close'),
      outcome: z.enum(ALERT_OUTCOMES).meta({
        description:
          '`misuse`: it was what it looks like; `expected`: it was somebody’s right; `mistaken`: it is not so.',
      }),
      reason,
    }),
    z.strictObject({
      decision: z.literal('mute'),
      reason,
      until: moment.meta({ description: 'Within 90 days.' }),
      everybody: z
        .boolean()
        .default(false)
        .meta({ description: 'Whomever this detection finds something about, and not only this identity.' }),
    }),
  ])
  .register(components, { id: 'AlertDecision' });

export const muteSchema = z
  .strictObject({
    muteId: z.string(),
    detection: z.string(),
    identityId: identityIdSchema.optional().meta({ description: 'Absent: whomever it is about.' }),
    source: z.string().optional(),
    by: z.string(),
    reason: z.string(),
    since: instant,
    until: instant,
  })
  .register(components, { id: 'Mute' });
export const mutesSchema = z.strictObject({ items: z.array(muteSchema) }).register(components, { id: 'Mutes' });
export type MuteAnswer = z.infer<typeof muteSchema>;

export const unknownActorsSchema = z
  .strictObject({
    items: z.array(z.strictObject({ actor: z.string(), firstSeenAt: instant, lastSeenAt: instant, records: z.int() })),
    next,
  })
  .register(components, { id: 'UnknownActors' });

export const activitySourcesSchema = z
  .strictObject({
    items: z.array(
      z.strictObject({
        source: z.string(),
        type: z.string(),
        comes: z.enum(['fetched', 'sent']).meta({
          description: '`sent`: its system posts it, puts files, or sends it by EventBridge.',
        }),
        readAt: instant.optional().meta({ description: 'Of what is fetched: when it was asked last.' }),
      }),
    ),
  })
  .register(components, { id: 'ActivitySources' });
/** As the deployment's settings tell it. */
export type ActivitySourceTold = Omit<z.infer<typeof activitySourcesSchema>['items'][number], 'readAt'>;

const READING = {
  hr: 'none',
  manager: 'none',
  it: 'none',
  security: 'all',
  operations: 'all',
  auditor: 'all',
} as const;
const DECIDING = { ...READING, auditor: 'none' } as const;
/** A name that nobody knows is somebody's all the same. */
const NAMES = { ...READING, operations: 'none' } as const;

export const alertRoutes = defineRoutes({
  'list-alerts': {
    method: 'GET',
    path: '/alerts',
    access: READING,
    summary: 'List what detections found',
    description: 'Last found first.',
    query: z.strictObject({ ...pageQuery, status: z.enum(ALERT_STATUSES).default('open') }),
    answers: { 200: alertPageSchema },
    uses: { activity: ['listAlerts'] },
  },
  'get-alert': {
    method: 'GET',
    path: '/alerts/{id}',
    access: READING,
    summary: 'One alert, with the facts and reasons beside its records',
    answers: { 200: alertDetailSchema },
    uses: { activity: ['findAlerts'] },
  },
  'decide-alert': {
    method: 'POST',
    path: '/alerts/{id}/decision',
    access: DECIDING,
    summary: 'Acknowledge, assign, close or mute an alert',
    description:
      'Nobody decides on what is about themselves or what they own: a token that names no identity answers 403. Repeating it changes ' +
      'nothing. A mute ends: it takes a reason and an end within 90 days, and what is found meanwhile is recorded, ' +
      'counted, and told to nobody; whoever sets it, and what they own, it does not cover.',
    body: alertDecisionSchema,
    answers: { 200: alertDetailSchema },
    problems: [409],
    auditsRefusals: true,
    uses: { activity: ['findAlerts', 'saveAlert'], directory: ['load'] },
  },
  'list-mutes': {
    method: 'GET',
    path: '/mutes',
    access: READING,
    summary: 'List the mutes that have not ended',
    answers: { 200: mutesSchema },
    uses: { activity: ['listMutes'] },
  },
  'end-mute': {
    method: 'DELETE',
    path: '/mutes/{id}',
    access: DECIDING,
    summary: 'End a mute now',
    answers: { 200: mutesSchema },
    auditsRefusals: true,
    uses: { activity: ['endMute', 'listMutes'] },
  },
  'list-activity-sources': {
    method: 'GET',
    path: '/activity',
    access: { ...READING, it: 'all' },
    summary: 'List the systems whose activity is judged',
    answers: { 200: activitySourcesSchema },
    uses: { activity: ['readCursor'], activitySources: true },
  },
  'list-unknown-actors': {
    method: 'GET',
    path: '/activity/{source}/unknown',
    access: NAMES,
    summary: 'Who was seen by a source, and belongs to no identity that Tenure knows',
    description: 'In no order. Each is forgotten 90 days after it was seen last.',
    query: z.strictObject(pageQuery),
    answers: { 200: unknownActorsSchema },
    uses: { activity: ['listUnknown'] },
  },
} as const satisfies RouteDefinitions);
