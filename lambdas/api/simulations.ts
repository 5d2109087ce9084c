// What would happen, were the access model changed or HR to say this: answered by the functions that decide once it does,
// and nothing of it happens.
import * as z from 'zod';
import { eventPatternSchema } from '../core/access-model/event-pattern-schema.ts';
import { hrSourceIdSchema } from '../core/hr/hr-event.ts';
import { identityIdSchema } from '../core/identity/attributes.ts';
import { components } from './components.ts';
import { holdSchema } from './holds.ts';
import { defineRoutes, type RouteDefinitions } from './route.ts';
import { instant } from './values.ts';

const MAXIMUM_EVENTS = 100;
const MAXIMUM_PROFILES = 500;
const MAXIMUM_ENTITLEMENTS = 500;
/** What API Gateway and Lambda take in one body, with room for what else is in it. */
export const MAXIMUM_PEOPLE_CHARACTERS = 4_000_000;
/** More people are simulated from an export: `npx tenure simulate`. */
export const MAXIMUM_POPULATION = 5_000;
export const MAXIMUM_PEOPLE_TOLD = 500;

eventPatternSchema.register(components, { id: 'EventPattern' });

const id = z.string().min(1).max(64);
const reference = z
  .string()
  .regex(/^[a-z0-9-]+:[a-z0-9-]+$/, 'expected an entitlement written application:entitlement');

const changedModel = z
  .strictObject({
    profiles: z
      .array(
        z.strictObject({
          id,
          name: z.string().trim().min(1).max(100),
          when: eventPatternSchema,
          entitlements: z.array(reference).min(1).max(MAXIMUM_ENTITLEMENTS),
        }),
      )
      .max(MAXIMUM_PROFILES)
      .optional()
      .meta({
        description: 'As in `access-model/profiles/`: each is added, or takes the place of the one with its id.',
      }),
    without: z
      .array(id)
      .max(MAXIMUM_PROFILES)
      .optional()
      .meta({ description: 'Profiles that there would no longer be.' }),
    retire: z.array(id).max(MAXIMUM_PROFILES).optional().meta({ description: 'Applications that would be retired.' }),
  })
  .meta({ description: 'What would differ from the access model that is deployed.' });
export type ChangedModel = z.infer<typeof changedModel>;

export const simulationSchema = z
  .strictObject({
    model: changedModel.optional(),
    events: z
      .array(z.unknown())
      .min(1)
      .max(MAXIMUM_EVENTS)
      .optional()
      .meta({
        description: 'Events as HR systems post them: `HrEvent`.',
        items: { $ref: '#/components/schemas/HrEvent' },
      }),
    people: z
      .strictObject({
        format: z.enum(['csv', 'jsonl']),
        content: z.string().max(MAXIMUM_PEOPLE_CHARACTERS),
      })
      .optional()
      .meta({ description: 'A file of everybody, as HR puts it into the bucket.' }),
    source: hrSourceIdSchema
      .optional()
      .meta({ description: 'Who would post it: by the word of whom it counts. Otherwise one of no precedence.' }),
  })
  .refine(({ model, events, people }) => [model, events, people].some((one) => one !== undefined), {
    error: 'expected model, events or people',
  })
  .refine(({ events, people }) => events === undefined || people === undefined, {
    path: ['people'],
    error: 'expected either events or people, since one delivery is judged',
  })
  .register(components, { id: 'Simulation' });

const holdReason = holdSchema.pick({ rule: true, applicationId: true, count: true, threshold: true }).optional();
const references = z.array(z.string()).meta({ description: '`application:entitlement`' });

export const simulationAnswerSchema = z
  .strictObject({
    at: instant.meta({ description: 'By when all of it has taken effect: the answer is for then.' }),
    model: z.strictObject({ before: z.string(), after: z.string() }).meta({ description: 'The hashes of the two.' }),
    population: z
      .int()
      .meta({ description: 'How many were looked at: with events alone, those they are about and what these own.' }),
    losing: z.int(),
    emptied: z.int().meta({ description: 'Of those, how many would be left without any access.' }),
    gaining: z.int(),
    suspending: z.int(),
    resuming: z.int(),
    changes: z.array(
      z.strictObject({
        entitlement: z.string(),
        privileged: z.boolean(),
        direction: z.enum(['loses', 'gains']),
        because: z.array(z.strictObject({ reason: z.string(), identities: z.int() })),
      }),
    ),
    closes: z
      .record(z.string(), z.int())
      .meta({ description: 'Application → how many would lose their account there.' }),
    people: z
      .array(
        z.strictObject({
          identityId: identityIdSchema,
          loses: references,
          gains: references,
          byHand: references.meta({ description: 'Those of both that people would be asked to do.' }),
          begins: z
            .array(z.string())
            .meta({ description: 'Rules about duties of which two sides would come together.' }),
          ends: z.array(z.string()),
        }),
      )
      .meta({ description: `The most affected first, at most ${MAXIMUM_PEOPLE_TOLD}.` }),
    more: z.int().meta({ description: 'How many others would change, too.' }),
    suspended: z.array(identityIdSchema).meta({
      description: `Who would go on leave: accounts are disabled, and keep what they hold. The first ${MAXIMUM_PEOPLE_TOLD} by id.`,
    }),
    resumed: z.array(identityIdSchema).meta({ description: 'Who would be back from leave; as many.' }),
    held: z
      .strictObject({ model: holdReason, events: holdReason })
      .meta({ description: 'What the mass-error guard would hold of it, and why.' }),
    faults: z
      .array(z.strictObject({ line: z.int(), pointer: z.string(), detail: z.string() }))
      .meta({ description: 'Rows that would be left out, as the import would.' }),
  })
  .register(components, { id: 'SimulationAnswer' });
export type SimulationAnswer = z.infer<typeof simulationAnswerSchema>;

export const simulationRoutes = defineRoutes({
  'simulate-change': {
    method: 'POST',
    path: '/simulations',
    access: { hr: 'all', manager: 'none', it: 'none', security: 'all', operations: 'none', auditor: 'none' },
    summary: 'What a changed access model, HR events or a file of everybody would do',
    description:
      'Nothing of it happens, and nothing of it is kept. A changed model and a file are worked out for everybody who is known, ' +
      `up to ${MAXIMUM_POPULATION}: beyond that the answer is 409, and \`npx tenure simulate\` does it from an export. What ` +
      'whoever leaves owns is handed over, or suspended where nobody takes it over; an agent loses what its owner loses.',
    body: simulationSchema,
    answers: { 200: simulationAnswerSchema },
    problems: [409],
    uses: {
      facts: ['findAcceptedEvent'],
      directory: ['load', 'listIdentities', 'listOwnedBy'],
      holds: ['findPopulation', 'listDisabling', 'savePopulation'],
      accessModel: true,
      massErrorGuard: true,
      intake: true,
      manualConnectors: true,
    },
  },
} as const satisfies RouteDefinitions);
