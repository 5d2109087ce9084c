// The public contract of intake: the six HR events as CloudEvents 1.0, and what fact each one states. One parse names
// every fault of an event, since an HR team that fixes one field at a time loses a day for each.
import * as z from 'zod';
import type { Fault } from '../errors.ts';
import { faultsOf } from '../faults.ts';
import {
  type AttributeName,
  FINEST_EXPECTED,
  type IdentityKind,
  identityIdSchema,
  isKept,
  isReadable,
  KEPT_BY_KIND,
  momentSchema,
  OWNED_KINDS,
  PEOPLE_KINDS,
  PERSON_ATTRIBUTES,
  type SaidAttributes,
  saidAttributesSchema,
  TEMPORARY_KINDS,
} from '../identity/attributes.ts';
import { type Fact, factIdOf, type JoinerFact, type MoverFact, OWN_SOURCE } from '../identity/facts.ts';
import { proseSchema } from '../identity/plain-text.ts';
import { isWithinBounds } from '../moment.ts';

export const HR_EVENT_TYPES = [
  'jml.joiner',
  'jml.mover',
  'jml.leaver',
  'jml.suspension',
  'jml.return',
  'jml.rescind',
] as const;
export type HrEventType = (typeof HR_EVENT_TYPES)[number];

/** CloudEvents 1.0 asks for lower-case letters and digits; 20 is its advice, twice that our bound. */
const EXTENSION_NAME = /^[a-z0-9]{1,40}$/;
const MAXIMUM_EXTENSIONS = 32;

export const hrSourceIdSchema = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/, 'expected 1 to 32 lower-case letters, digits or -')
  .refine((id) => id !== OWN_SOURCE, `"${OWN_SOURCE}" is the source of what Tenure records itself`)
  .meta({ description: 'The HR source, as named in the deployment settings.' });

export const sourceEventIdSchema = z
  .string()
  .regex(/^[!-"$-~]{1,128}$/, 'expected 1 to 128 visible ASCII characters other than #')
  .meta({ description: 'Unique within its source, for ever: a repeated id is the same event.' });

export const effectiveAtSchema = momentSchema.meta({
  description:
    "RFC 3339 date-time, or a date read in the identity's time zone: the start of that day, for a leaver its end.",
});
const reasonSchema = proseSchema(500);

const joinerAttributesSchema = saidAttributesSchema
  .required({ kind: true })
  .superRefine(({ kind, ...rest }, context) => {
    if (PEOPLE_KINDS.includes(kind)) {
      for (const name of PERSON_ATTRIBUTES)
        demand(name, rest[name] ?? undefined, `${withArticle(kind)} needs one`, context);
    }
    requireOfKind(kind, rest, context);
  }, whenObject())
  .meta({
    description: 'Everything known about the identity.',
    allOf: [whenKindIn(PEOPLE_KINDS, { required: PERSON_ATTRIBUTES }), ...requirementsOfKinds()],
  });

const moverAttributesSchema = saidAttributesSchema
  .superRefine((attributes, context) => {
    if (Object.keys(attributes).length === 0) {
      context.addIssue({ code: 'custom', message: 'expected at least one attribute that changes' });
    }
    refuseTakenAway(attributes, context);
    if (attributes.kind !== undefined) requireOfKind(attributes.kind, attributes, context);
  }, whenObject())
  .meta({
    description: 'Only what changed; null takes an attribute away.',
    minProperties: 1,
    allOf: [when({ not: { required: ['kind'] } }, toldAsText(KEPT_BY_KIND)), ...requirementsOfKinds()],
  });

const leaverDataSchema = z
  .strictObject({
    effectiveAt: effectiveAtSchema.optional(),
    immediate: z.boolean().default(false).meta({ description: 'Now, whatever the date.' }),
    reason: reasonSchema.optional(),
    successor: identityIdSchema.optional().meta({ description: 'The identity that takes over what the leaver owns.' }),
  })
  .superRefine(({ effectiveAt, immediate }, context) => {
    if (immediate !== true) demand('effectiveAt', effectiveAt, 'a leaver needs one unless it is immediate', context);
  }, whenObject())
  .meta({
    anyOf: [{ required: ['effectiveAt'] }, { properties: { immediate: { const: true } }, required: ['immediate'] }],
  });

const timeSchema = z.iso
  .datetime({ offset: true, error: 'expected an RFC 3339 date-time with an offset' })
  .refine(isReadable, FINEST_EXPECTED)
  .refine(isWithinBounds, 'expected a moment from 1900 to 2199')
  .meta({ description: 'When the source recorded it. Orders events; arrival never does.' });
const contentTypeSchema = z
  .string()
  .max(100)
  .regex(/^application\/(?:[\w.-]+\+)?json(?:\s*;.*)?$/i, 'expected application/json');
const extensionSchema = z.union([z.string().max(1_024), z.boolean(), z.int()], {
  error: 'expected a text of at most 1,024 characters, a boolean or an integer',
});

/** The envelope alone: what can still be checked when the type is not known. */
const anyEventSchema = eventSchema(z.enum(HR_EVENT_TYPES), z.unknown());

export const hrEventSchemas = {
  'jml.joiner': eventSchema(
    z.literal('jml.joiner'),
    z.strictObject({ effectiveAt: effectiveAtSchema, attributes: joinerAttributesSchema }),
  ),
  'jml.mover': eventSchema(
    z.literal('jml.mover'),
    z.strictObject({ effectiveAt: effectiveAtSchema, attributes: moverAttributesSchema }),
  ),
  'jml.leaver': eventSchema(z.literal('jml.leaver'), leaverDataSchema),
  'jml.suspension': eventSchema(
    z.literal('jml.suspension'),
    z.strictObject({ effectiveAt: effectiveAtSchema, reason: reasonSchema.optional() }),
  ),
  'jml.return': eventSchema(z.literal('jml.return'), z.strictObject({ effectiveAt: effectiveAtSchema })),
  'jml.rescind': eventSchema(
    z.literal('jml.rescind'),
    z.strictObject({
      rescinds: sourceEventIdSchema.meta({ description: 'The id of an earlier event of the same source.' }),
      reason: reasonSchema.optional(),
    }),
  ),
} as const;

export const hrEventSchema = z.discriminatedUnion('type', [
  hrEventSchemas['jml.joiner'],
  hrEventSchemas['jml.mover'],
  hrEventSchemas['jml.leaver'],
  hrEventSchemas['jml.suspension'],
  hrEventSchemas['jml.return'],
  hrEventSchemas['jml.rescind'],
]);
export type HrEvent = z.infer<typeof hrEventSchema>;

export type HrEventReading =
  | { readonly event: HrEvent; readonly faults?: undefined }
  | { readonly event?: undefined; readonly faults: readonly Fault[] };

/** How far a source's clock may be ahead of ours: as far as Standard Webhooks allows for a delivery's own timestamp. */
export const MAXIMUM_CLOCK_AHEAD_MS = 300_000;
/** "Now" that was said longer ago is a clock that is wrong: no source delivers a dismissal for longer than a week. */
export const MAXIMUM_IMMEDIATE_AGE_MS = 7 * 86_400_000;

/**
 * Reads one event posted under `/hr/{source}`; `prefix` is the JSON pointer to it within the body, `receivedMs` when it
 * came (epoch ms).
 */
export function readHrEvent(value: unknown, source: string, prefix: string, receivedMs: number): HrEventReading {
  const parsed = schemaFor(value).safeParse(value);
  const faults = parsed.success ? [] : [...faultsOf(parsed.error, prefix)];
  const sent = memberOf(value, 'source');
  if (typeof sent === 'string' && sent !== `/hr/${source}`) {
    faults.push({ pointer: `${prefix}/source`, detail: 'expected /hr/ and the source it is posted under' });
  }
  if (faults.length > 0 || !parsed.success) return { faults };
  const event = parsed.data as HrEvent;
  const detail = clockFault(event, receivedMs);
  return detail === undefined ? { event } : { faults: [{ pointer: `${prefix}/time`, detail }] };
}

/** What orders facts may not come from a clock that is far off: one ahead would win over every later correction. */
function clockFault(event: HrEvent, receivedMs: number): string | undefined {
  const recordedMs = Date.parse(event.time);
  if (recordedMs > receivedMs + MAXIMUM_CLOCK_AHEAD_MS)
    return 'is more than 5 minutes in the future: is the clock right?';
  const isImmediate = event.type === 'jml.leaver' && event.data.immediate;
  if (isImmediate && recordedMs < receivedMs - MAXIMUM_IMMEDIATE_AGE_MS)
    return 'is more than 7 days ago, and the leaver is immediate: expected when it was recorded';
  return undefined;
}

/** What the event states. */
export function translateHrEvent(event: HrEvent, source: string, receivedMs: number): Fact {
  const base = {
    factId: factIdOf(source, event.id),
    identityId: event.subject,
    source,
    sourceEventId: event.id,
    recordedMs: Date.parse(event.time),
    receivedMs,
  };
  switch (event.type) {
    case 'jml.joiner':
      return { ...base, type: 'joiner', ...event.data, attributes: event.data.attributes as JoinerFact['attributes'] };
    case 'jml.mover':
      return { ...base, type: 'mover', ...event.data, attributes: event.data.attributes as MoverFact['attributes'] };
    case 'jml.leaver':
      return { ...base, type: 'leaver', ...event.data };
    case 'jml.suspension':
      return { ...base, type: 'suspension', ...event.data };
    case 'jml.return':
      return { ...base, type: 'return', ...event.data };
    case 'jml.rescind': {
      const { rescinds, reason } = event.data;
      return { ...base, type: 'rescind', rescinds: factIdOf(source, rescinds), ...(reason && { reason }) };
    }
    default:
      return event satisfies never;
  }
}

function eventSchema<Type extends z.ZodType, Data extends z.ZodType>(type: Type, data: Data) {
  const envelope = {
    specversion: z.literal('1.0'),
    id: sourceEventIdSchema,
    source: z.string().max(64).meta({ description: '`/hr/{source}`, the path it is posted under.' }),
    type,
    subject: identityIdSchema.meta({ description: "The identity's id, for life." }),
    time: timeSchema,
    datacontenttype: contentTypeSchema.optional(),
    dataschema: z.url().max(2_048).optional(),
    data,
  };
  return z
    .object(envelope)
    .catchall(extensionSchema)
    .superRefine((event, context) => {
      const extensions = Object.keys(event).filter((name) => !Object.hasOwn(envelope, name));
      if (extensions.length > MAXIMUM_EXTENSIONS) {
        context.addIssue({ code: 'custom', message: `expected at most ${MAXIMUM_EXTENSIONS} extension attributes` });
      }
      for (const name of extensions.slice(0, MAXIMUM_EXTENSIONS)) {
        if (EXTENSION_NAME.test(name)) continue;
        context.addIssue({ code: 'custom', path: [name], message: 'is not a CloudEvents attribute' });
      }
      refuseOfItself(event, context);
    }, whenObject());
}

/** Nobody answers for themselves, nor takes over from themselves. */
function refuseOfItself(event: object, context: IssueContext): void {
  const { subject, data } = event as { readonly subject: unknown; readonly data: unknown };
  if (typeof subject !== 'string') return;
  if (memberOf(memberOf(data, 'attributes'), 'owner') === subject) {
    context.addIssue({
      code: 'custom',
      path: ['data', 'attributes', 'owner'],
      message: 'cannot be the identity itself',
    });
  }
  if (memberOf(data, 'successor') === subject) {
    context.addIssue({ code: 'custom', path: ['data', 'successor'], message: 'cannot be the identity itself' });
  }
}

function schemaFor(value: unknown): z.ZodType {
  const type = memberOf(value, 'type');
  const known = HR_EVENT_TYPES.find((candidate) => candidate === type);
  return known === undefined ? anyEventSchema : hrEventSchemas[known];
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

type IssueContext = z.core.$RefinementCtx;

function requireOfKind(kind: IdentityKind, attributes: Omit<SaidAttributes, 'kind'>, context: IssueContext): void {
  const why = `${withArticle(kind)} needs one`;
  if (OWNED_KINDS.includes(kind)) demand('owner', attributes.owner ?? undefined, why, context);
  if (TEMPORARY_KINDS.includes(kind)) {
    demand('endsAt', attributes.endsAt ?? undefined, why, context);
  }
}

/** What some kind may not lack can be taken away only by whoever says what kind it is: an event is read on its own. */
function refuseTakenAway({ kind, ...attributes }: SaidAttributes, context: IssueContext): void {
  for (const name of KEPT_BY_KIND) {
    if (Reflect.get(attributes, name) !== null || (kind !== undefined && !isKept(name, kind))) continue;
    const message =
      kind === undefined
        ? 'can be null only together with a `kind` that needs none'
        : `cannot be null: ${withArticle(kind)} needs one`;
    // The owner of what is no person is demanded below.
    if (name !== 'owner' || kind === undefined) context.addIssue({ code: 'custom', path: [name], message });
  }
}

function withArticle(kind: IdentityKind): string {
  return `${/^[aei]/.test(kind) ? 'an' : 'a'} ${kind}`;
}

function demand(name: string, value: unknown, why: string, context: IssueContext): void {
  if (value === undefined) context.addIssue({ code: 'custom', path: [name], message: `is missing: ${why}` });
}

/** zod skips a refinement once a member has failed; these run all the same, so that every fault is named at once. */
function whenObject() {
  return { when: ({ value }: { value: unknown }) => typeof value === 'object' && value !== null };
}

function requirementsOfKinds() {
  return [
    whenKindIn(PEOPLE_KINDS, toldAsText(PERSON_ATTRIBUTES)),
    whenKindIn(OWNED_KINDS, { required: ['owner'], ...toldAsText(['owner']) }),
    whenKindIn(TEMPORARY_KINDS, { required: ['endsAt'], ...toldAsText(['endsAt']) }),
  ];
}

function toldAsText(names: readonly AttributeName[]) {
  return { properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])) };
}

/** The same rule in JSON Schema, for the OpenAPI document. */
function whenKindIn(kinds: readonly IdentityKind[], then: Readonly<Record<string, unknown>>) {
  return when({ properties: { kind: { enum: kinds } }, required: ['kind'] }, then);
}

function when(condition: Readonly<Record<string, unknown>>, then: Readonly<Record<string, unknown>>) {
  return { if: condition, then };
}
