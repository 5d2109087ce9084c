// The attributes of an identity as HR sources send them and access profiles match on them.
import * as z from 'zod';
import { isOpenEnd, isWithinBounds } from '../moment.ts';
import { isTimeZone } from '../start-of-day.ts';
import { emailSchema, plainTextSchema } from './plain-text.ts';

export const IDENTITY_KINDS = [
  'employee',
  'contractor',
  'partner',
  'service-account',
  'integration',
  'ai-agent',
] as const;
export type IdentityKind = (typeof IDENTITY_KINDS)[number];

/** Kinds that are not people: each needs a human owner. */
export const OWNED_KINDS: readonly IdentityKind[] = ['service-account', 'integration', 'ai-agent'];
/** Of these, those that may be made to hold no more than their owner. */
export const LIMITED_KINDS: readonly IdentityKind[] = ['ai-agent'];
/** Kinds whose access may not be open-ended. */
export const TEMPORARY_KINDS: readonly IdentityKind[] = ['contractor', 'partner', 'ai-agent'];

/** The id of an identity for life: also part of execution names (Step Functions allows no others). */
export const identityIdSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._@+=-]{0,47}$/,
    'expected 1 to 48 letters, digits or . _ @ + = -, a letter or digit first',
  );

const dateTime = z.iso.datetime({ offset: true });
/** Calendar libraries read nothing finer than nanoseconds, and a moment that cannot be read would stop its whole timeline. */
export function isReadable(moment: string): boolean {
  return /^[^.]*(?:\.\d{1,9}(?!\d)[^.]*)?$/.test(moment);
}
export const FINEST_EXPECTED = 'expected at most nanoseconds';

const anyMomentSchema = z
  .union([dateTime, z.iso.date()], {
    error: 'expected an RFC 3339 date-time with an offset (2026-12-01T17:00:00+01:00) or a date (2026-12-01)',
  })
  .refine(isReadable, FINEST_EXPECTED);
const BOUNDS_EXPECTED = 'expected a moment from 1900 to 2199';

/** RFC 3339 date-time with an offset, or a full-date read in the identity's time zone. */
export const momentSchema = anyMomentSchema.refine(isWithinBounds, BOUNDS_EXPECTED);

/** When an employment ends. From 2200 on (9999-12-31 as a rule) it stands for no end. */
const endSchema = anyMomentSchema
  .refine((moment) => isOpenEnd(moment) || isWithinBounds(moment), BOUNDS_EXPECTED)
  .transform((moment) => (isOpenEnd(moment) ? null : moment));

export const timeZoneSchema = z
  .string()
  .max(64)
  .refine(isTimeZone, { error: 'expected an IANA time zone such as Europe/Berlin' });

/** Every attribute an identity may have. */
export const attributesSchema = z.strictObject({
  kind: z.enum(IDENTITY_KINDS),
  givenName: plainTextSchema(100),
  familyName: plainTextSchema(100),
  email: emailSchema,
  title: plainTextSchema(200),
  department: plainTextSchema(200),
  manager: identityIdSchema.nullable(),
  location: plainTextSchema(200),
  timeZone: timeZoneSchema,
  company: plainTextSchema(200),
  costCenter: plainTextSchema(100),
  endsAt: endSchema.nullable(),
  owner: identityIdSchema,
  /** What an identity that is no person is for. No access profile asks about it: anybody may word it as they like. */
  purpose: plainTextSchema(500),
});

export type Attributes = z.infer<typeof attributesSchema>;
export type AttributeName = keyof Attributes;

/** What access profiles may ask about. */
export const CONDITION_ATTRIBUTES = (Object.keys(attributesSchema.shape) as AttributeName[]).filter(
  (name) => name !== 'purpose',
);

const { shape } = attributesSchema;
/** Every attribute as an event may carry it, all optional: null takes away what was known. A mover sends only what changed. */
export const saidAttributesSchema = z
  .strictObject({
    ...shape,
    givenName: shape.givenName.nullable(),
    familyName: shape.familyName.nullable(),
    email: shape.email.nullable(),
    title: shape.title.nullable(),
    department: shape.department.nullable(),
    location: shape.location.nullable(),
    timeZone: shape.timeZone.nullable(),
    company: shape.company.nullable(),
    costCenter: shape.costCenter.nullable(),
    owner: shape.owner.nullable(),
    purpose: shape.purpose.nullable(),
  })
  .partial();
export type SaidAttributes = z.infer<typeof saidAttributesSchema>;

export const PEOPLE_KINDS: readonly IdentityKind[] = ['employee', 'contractor', 'partner'];
export const PERSON_ATTRIBUTES = ['givenName', 'familyName', 'email'] as const satisfies readonly AttributeName[];

/** Those that some kind may lack and another may not: whether they can be taken away depends on the kind. */
export const KEPT_BY_KIND: readonly AttributeName[] = [...PERSON_ATTRIBUTES, 'owner'];

/** Whether an identity of this kind keeps the attribute, whoever takes it away. */
export function isKept(name: AttributeName, kind: IdentityKind): boolean {
  return KEPT_BY_KIND.includes(name) && (name === 'owner' ? OWNED_KINDS : PEOPLE_KINDS).includes(kind);
}
