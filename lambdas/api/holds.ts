// What the mass-error guard holds (HR's events, and what a deployed access model would take), what nobody decides alone,
// and the decision about each.
import * as z from 'zod';
import { identityIdSchema } from '../core/identity/attributes.ts';
import { components } from './components.ts';
import { next, pageQuery } from './paging.ts';
import { defineRoutes, type RouteDefinitions, type RouteUses } from './route.ts';
import { instant } from './values.ts';

const holdStatus = z.enum(['open', 'releasing', 'dropping', 'released', 'dropped']);

const holdDecisionSchema = z
  .strictObject({
    reason: z.string().trim().min(1).max(500).meta({ description: 'Why. Kept in the record for good.' }),
  })
  .register(components, { id: 'HoldDecision' });

const holdFields = {
  holdId: z.string(),
  source: z.string(),
  openedAt: instant,
  status: holdStatus.meta({ description: '`releasing`, `dropping`: decided, and being carried out.' }),
  rule: z
    .enum([
      'number',
      'share',
      'application',
      'unreadable-rows',
      'incomplete-record',
      'merge',
      'undo-merge',
      'erasure',
      'model-change',
    ])
    .meta({ description: 'What was exceeded when it was opened; or what always takes a second person.' }),
  applicationId: z.string().optional(),
  count: z.int().meta({ description: 'How many identities (for `unreadable-rows`: rows) it was then.' }),
  threshold: z.int().meta({ description: 'From how many on events are held.' }),
  merge: z
    .strictObject({
      identityId: identityIdSchema,
      duplicate: identityIdSchema,
      reason: z.string(),
      proposedBy: z.string(),
    })
    .optional()
    .meta({
      description: 'With the rules `merge` and `undo-merge`: which two ids are to be one person, or no longer.',
    }),
  erasure: z
    .strictObject({
      identityId: identityIdSchema.optional().meta({ description: 'Absent once it is done.' }),
      proposedBy: z.string(),
      dueAt: instant.optional().meta({ description: 'Once released: until then it can be called off.' }),
      waitsFor: z.string().optional().meta({ description: 'Why it was not carried out when it was looked at last.' }),
      begunAt: instant.optional().meta({ description: 'From then on it cannot be called off.' }),
      erasedAt: instant.optional(),
      remains: z
        .array(z.strictObject({ where: z.string(), until: instant }))
        .optional()
        .meta({ description: 'Where something may still be found or restored, and until when at the latest.' }),
    })
    .optional()
    .meta({ description: 'With the rule `erasure`: of whom all that is known is to be destroyed.' }),
  modelChange: z
    .strictObject({
      modelHash: z.string().meta({ description: 'Of the access model that was deployed.' }),
      emptied: z.int().meta({ description: 'How many would be left without any access.' }),
      reduced: z.int().meta({ description: 'How many would lose something and keep something.' }),
      gaining: z.int().meta({ description: 'How many it gives something and takes nothing from: they do not wait.' }),
      accounts: z
        .record(z.string(), z.int())
        .meta({ description: 'Application → how many would lose the account they have there.' }),
    })
    .optional()
    .meta({ description: 'With the rule `model-change`: what the deployed access model would take, in numbers.' }),
  decision: z.strictObject({ decidedBy: z.string(), decidedAt: instant, reason: z.string() }).optional(),
};

export const holdSchema = z.strictObject(holdFields).register(components, { id: 'Hold' });
export const holdPageSchema = z
  .strictObject({ items: z.array(holdSchema), next })
  .register(components, { id: 'HoldPage' });
export const holdDetailSchema = z
  .strictObject({
    ...holdFields,
    identities: z.array(identityIdSchema).meta({
      description:
        'Whom it concerns; once decided, who is still to be done (with `model-change`: all of them, 90 days).',
    }),
    losses: z
      .array(z.strictObject({ identityId: identityIdSchema, loses: z.array(z.string()) }))
      .optional()
      .meta({ description: 'With the rule `model-change`: what each of them would lose, `application:entitlement`.' }),
    next,
  })
  .register(components, { id: 'HoldDetail' });

export type HoldAnswer = z.infer<typeof holdSchema>;
export type HoldPage = z.infer<typeof holdPageSchema>;
export type HoldDetailAnswer = z.infer<typeof holdDetailSchema>;

const DECIDING = {
  facts: ['findAcceptedEvent', 'recordFact'],
  directory: ['load'],
  holds: ['closeHold', 'decideHold', 'findHold', 'listHeld', 'removeHeld'],
  modelChanges: ['findLosing'],
} as const satisfies RouteUses;

/** What the guard reads and notes before a merge is carried out, and what an erasure is judged by. */
const JUDGING = {
  accessModel: true,
  massErrorGuard: true,
  directory: ['listIdentities', 'listOwnedBy', 'load'],
  holds: [
    ...DECIDING.holds,
    'findPopulation',
    'isHeld',
    'listDisabling',
    'listHolds',
    'noteDisabling',
    'savePopulation',
  ],
} as const satisfies RouteUses;

export const holdRoutes = defineRoutes({
  'list-holds': {
    method: 'GET',
    path: '/holds',
    access: { hr: 'all', manager: 'none', it: 'none', security: 'all', operations: 'all', auditor: 'all' },
    summary: 'List what waits for a decision: held events, merges, and what a deployed access model would take',
    description: 'Newest first. A page may be empty and still have a next one.',
    query: z.strictObject({ ...pageQuery, status: holdStatus.default('open') }),
    answers: { 200: holdPageSchema },
    uses: { holds: ['listHolds'] },
  },
  'get-hold': {
    method: 'GET',
    path: '/holds/{id}',
    access: { hr: 'all', manager: 'none', it: 'none', security: 'all', operations: 'all', auditor: 'all' },
    summary: 'One hold, and whom it concerns',
    query: z.strictObject(pageQuery),
    answers: { 200: holdDetailSchema },
    uses: { holds: ['findHold', 'listHeld'], modelChanges: ['listConcerned'] },
  },
  'release-hold': {
    method: 'POST',
    path: '/holds/{id}/release',
    // Not HR's, whose system is what may have gone wrong.
    access: { hr: 'none', manager: 'none', it: 'none', security: 'all', operations: 'all', auditor: 'none' },
    summary: 'Let what is held take effect',
    description:
      'Final, and recorded for each identity with who said so. A large hold stays `releasing` until all is carried ' +
      'out, within minutes. Repeating it is answered with where it stands; a hold decided otherwise or by somebody ' +
      'else answers 409, and nobody decides what concerns themselves: a token that names no identity answers 403. A ' +
      'merge is not released by who proposed it. It answers 409 and stays open while the mass-error guard would hold ' +
      'it, with all that took access within its window; released when it has become impossible, it ends `dropped`. What ' +
      'a deployed access model takes is carried out within minutes, at the pace of `modelChange.identitiesPerMinute`. An ' +
      'erasure, too, is released by another than who proposed it; it stays `releasing` until its delay is over, is then ' +
      'judged once more, and says in `erasure` what it waits for.',
    body: holdDecisionSchema,
    answers: { 200: holdSchema },
    problems: [409, 503],
    uses: { ...DECIDING, ...JUDGING },
  },
  'drop-hold': {
    method: 'POST',
    path: '/holds/{id}/drop',
    // As releasing: not HR's.
    access: { hr: 'none', manager: 'none', it: 'none', security: 'all', operations: 'all', auditor: 'none' },
    summary: 'Let what is held never take effect',
    description:
      'As releasing, with the opposite outcome. What HR means all the same, it sends as a new event. What a deployed ' +
      'access model would take is kept until another is deployed, and nobody drops what would take something from ' +
      'themselves. An erasure is dropped by who proposed it, too, and after its release until it is begun.',
    body: holdDecisionSchema,
    answers: { 200: holdSchema },
    problems: [409, 503],
    uses: { ...DECIDING, holds: [...DECIDING.holds, 'callOff'] },
  },
} as const satisfies RouteDefinitions);
