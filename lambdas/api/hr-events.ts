// What HR systems post. Its function is intake's, which reads the body as the kind of HR source does.
import * as z from 'zod';
import { effectiveAtSchema, hrEventSchema, hrEventSchemas } from '../core/hr/hr-event.ts';
import { identityIdSchema } from '../core/identity/attributes.ts';
import { components } from './components.ts';
import { next, pageQuery } from './paging.ts';
import { defineRoutes, type RouteDefinitions } from './route.ts';
import { instant } from './values.ts';

hrEventSchema.register(components, { id: 'HrEvent' });
hrEventSchemas['jml.joiner'].register(components, { id: 'JoinerEvent' });
hrEventSchemas['jml.mover'].register(components, { id: 'MoverEvent' });
hrEventSchemas['jml.leaver'].register(components, { id: 'LeaverEvent' });
hrEventSchemas['jml.suspension'].register(components, { id: 'SuspensionEvent' });
hrEventSchemas['jml.return'].register(components, { id: 'ReturnEvent' });
hrEventSchemas['jml.rescind'].register(components, { id: 'RescindEvent' });
effectiveAtSchema.register(components, { id: 'EffectiveAt' });
const hrEventBatchSchema = z.array(hrEventSchema).max(100).register(components, { id: 'HrEventBatch' });

export const acceptedEventSchema = z
  .strictObject({
    eventId: z.string(),
    identityId: identityIdSchema,
    version: z.int().min(1),
    held: z
      .string()
      .optional()
      .meta({ description: 'The hold it waits in, since too many would lose access at once: `/holds/{id}`.' }),
  })
  .meta({ description: "An event that can no longer be lost. `version` is the identity's, raised by this event." })
  .register(components, { id: 'AcceptedEvent' });
export const acceptedPeopleSchema = z
  .strictObject({ people: z.int().min(0) })
  .meta({ description: 'Of how many people it was said who they are, or that they changed: nobody of them is lost.' })
  .register(components, { id: 'AcceptedPeople' });
export const acceptedEventsSchema = z
  .union([acceptedEventSchema, z.array(acceptedEventSchema).max(100), acceptedPeopleSchema])
  .meta({
    description:
      'One for an event; a list in the same order for a batch; a number of people from a source that tells of people ' +
      'rather than of events.',
  })
  .register(components, { id: 'AcceptedEvents' });

export const HR_EVENT_OUTCOMES = [
  'held',
  'dropped',
  'taken-back',
  'outweighed',
  'to-come',
  'stuck',
  'being-worked-on',
  'done',
] as const;

export const hrEventOutcomeSchema = z
  .strictObject({
    source: z.string(),
    eventId: z.string(),
    identityId: identityIdSchema.meta({ description: 'Whom it is about, as it was sent.' }),
    countsFor: identityIdSchema
      .optional()
      .meta({ description: 'It was merged into this identity, where it counts now.' }),
    type: z.string(),
    recordedAt: instant.meta({ description: "When the source recorded it, by the source's clock." }),
    receivedAt: instant,
    effectiveAt: z.string().optional().meta({ description: 'As the source said it.' }),
    effectiveInstant: instant.optional(),
    outcome: z.enum(HR_EVENT_OUTCOMES).meta({
      description:
        '`held`: it waits for somebody who agrees. `dropped`: they did not. `taken-back`: by a later event. `outweighed`: its ' +
        'source has less authority. `to-come`: it takes effect later. `stuck`: a person was told that systems do not follow. ' +
        '`being-worked-on`: they are being brought in line. `done`: all of them were since.',
    }),
    hold: z.string().optional().meta({ description: 'The hold it waits in, or waited in.' }),
    takenBackBy: z.string().optional().meta({ description: 'The fact that took it back.' }),
    settledAt: instant.optional().meta({ description: 'When all systems were last brought in line.' }),
    openTasks: z.int().meta({ description: 'What people have yet to do by hand for whom it is about.' }),
  })
  .register(components, { id: 'HrEventOutcome' });
export type HrEventOutcomeAnswer = z.infer<typeof hrEventOutcomeSchema>;

export const hrEventListSchema = z
  .strictObject({ items: z.array(hrEventOutcomeSchema), next })
  .register(components, { id: 'HrEventList' });
export const hrSourcesSchema = z
  .strictObject({ items: z.array(z.strictObject({ source: z.string() })) })
  .register(components, { id: 'HrSources' });

const READING = { hr: 'all', manager: 'none', it: 'none', security: 'all', operations: 'all', auditor: 'all' } as const;

export type AcceptedEventAnswer = z.infer<typeof acceptedEventSchema>;
export type AcceptedPeopleAnswer = z.infer<typeof acceptedPeopleSchema>;

export const hrEventRoutes = defineRoutes({
  'get-hr-event': {
    method: 'GET',
    path: '/hr-events',
    access: READING,
    summary: 'What became of an HR event, by its source and its id',
    description:
      'Also of those that Tenure made of a file or of people whom it fetched, by the ids that reports name. 404: no such event was ' +
      'accepted, as it was refused or never came.',
    query: z.strictObject({
      source: z.string().min(1).max(64),
      id: z.string().min(1).max(256).meta({ description: 'The `id` of the CloudEvent.' }),
    }),
    answers: { 200: hrEventOutcomeSchema },
    problems: [404],
    uses: { facts: ['findAcceptedEvent'], directory: ['load'] },
  },
  'list-hr-sources': {
    method: 'GET',
    path: '/hr-sources',
    access: READING,
    summary: 'List the HR systems of this deployment',
    answers: { 200: hrSourcesSchema },
    uses: { hrSources: true },
  },
  'list-hr-events': {
    method: 'GET',
    path: '/hr-sources/{source}/events',
    access: READING,
    summary: 'What an HR system sent, and what became of each',
    description:
      'Received last first, as of a moment ago; also what Tenure made of its files or its people. Not those that were accepted ' +
      'before the version that lists them: `GET /hr-events` finds these as well. With `outcome` a page may be empty and ' +
      'name a next one all the same: so many were looked through.',
    query: z.strictObject({
      ...pageQuery,
      outcome: z.enum(HR_EVENT_OUTCOMES).optional().meta({ description: 'Only those that came to this.' }),
    }),
    answers: { 200: hrEventListSchema },
    uses: { facts: ['listAcceptedEvents'], directory: ['load'], hrSources: true },
  },
  'receive-hr-event': {
    method: 'POST',
    path: '/hr/{source}/events',
    access: 'signature',
    summary: 'Post HR events',
    description:
      'One CloudEvents 1.0 event in JSON, or a batch of up to 100. Either every event is accepted or, when any is ' +
      'wrong, none. After a 429, 500, 503 or no answer at all, send the same again: what was accepted already is ' +
      'answered as it was the first time.',
    bodies: {
      'application/cloudevents+json': hrEventSchema,
      'application/json': hrEventSchema,
      'application/cloudevents-batch+json': hrEventBatchSchema,
    },
    answers: { 202: acceptedEventsSchema },
    problems: [409, 413, 415, 503],
    uses: {
      accessModel: true,
      audit: ['append'],
      facts: ['findAcceptedEvent', 'findKnown', 'findOtherSpellings', 'recordFact'],
      directory: ['listIdentities', 'listOwnedBy', 'load'],
      holds: [
        'addHeld',
        'findPopulation',
        'listDisabling',
        'markAlerted',
        'noteDisabling',
        'openHold',
        'savePopulation',
      ],
    },
  },
} as const satisfies RouteDefinitions);
