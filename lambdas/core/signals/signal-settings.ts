// Whose signals are taken, and what is done about them.
import * as z from 'zod';
import { secretReferenceSchema } from '../secret-reference.ts';
import { isAdverse, SIGNAL_NAMES, type SignalName } from './event-types.ts';
import { receiverSchema } from './receiver-settings.ts';
import { addressSchema } from './signal-address.ts';

export const SIGNAL_RESPONSES = ['record', 'alert', 'suspend'] as const;
/** `alert`: somebody is told. `suspend`: whom it is about is kept out until security resumes it, and somebody is told. */
export type SignalResponse = (typeof SIGNAL_RESPONSES)[number];

const NEVER_ADVERSE = SIGNAL_NAMES.filter(
  (name) => !isAdverse(name, { current_status: 'not-compliant', change_direction: 'decrease', current_level: 'HIGH' }),
);

const responsesSchema = z
  .partialRecord(z.enum(SIGNAL_NAMES), z.enum(SIGNAL_RESPONSES))
  .refine(
    (responses) => NEVER_ADVERSE.every((name) => responses[name] !== 'suspend'),
    `expected record or alert of ${NEVER_ADVERSE.join(', ')}: they take nobody's trust away`,
  );

const pollSchema = z
  .strictObject({
    /** Where its tokens are fetched (RFC 8936). */
    url: addressSchema,
    /** Holds the bearer token, or, with `tokenUrl`, the client's secret. */
    secret: secretReferenceSchema,
    /** Where the client gets its bearer tokens (RFC 6749 section 4.4). @default the secret is the bearer token */
    tokenUrl: addressSchema.optional(),
    /** The client's id there. */
    clientId: z.string().min(1).max(200).optional(),
    /** What is asked for there. @default nothing */
    scope: z.string().min(1).max(200).optional(),
  })
  .refine(({ tokenUrl, clientId }) => (tokenUrl === undefined) === (clientId === undefined), {
    message: 'expected both tokenUrl and clientId, or neither',
    path: ['clientId'],
  });

export const transmitterSchema = z.strictObject({
  /** The last part of the path that it pushes to: `/signals/{id}`. */
  id: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,30}$/, 'expected a letter, then up to 30 lower-case letters, digits or hyphens'),
  /** As in the `iss` of its tokens. */
  issuer: addressSchema,
  /** What its tokens must have under `aud`: any of these. */
  audience: z.array(z.string().min(1).max(500)).min(1).max(5),
  /** Where its keys are. */
  jwksUrl: addressSchema,
  /** The application whose account ids its `iss_sub` subjects are. @default people are found by their e-mail address alone */
  application: z.string().min(1).max(64).optional(),
  /** The `iss` of its subjects, where that is another. @default its own */
  subjectIssuer: addressSchema.optional(),
  /** Where it is asked, every minute. @default it pushes, with the bearer token that is generated for it */
  poll: pollSchema.optional(),
  /** Older tokens are refused, in minutes. */
  maximumAgeMinutes: z.int().min(5).max(10_080).default(1_440),
  /** What is done about each event: `record`, `alert` or `suspend`. @default each is recorded */
  responses: responsesSchema.default({}),
});
export type Transmitter = z.infer<typeof transmitterSchema>;

export const sharedSignalsSchema = z.strictObject({
  /** Whose signals are taken: identity providers and partners that send them by OpenID Shared Signals. @default nobody's */
  transmitters: z
    .array(transmitterSchema)
    .max(10)
    .refine((all) => new Set(all.map(({ id }) => id)).size === all.length, 'expected each transmitter once')
    .default([]),
  /** Who is told as access ends, is suspended or begins again. @default nobody */
  receivers: z
    .array(receiverSchema)
    .max(10)
    .refine((all) => new Set(all.map(({ id }) => id)).size === all.length, 'expected each receiver once')
    .default([]),
  /** Under which name Tenure signs, without a trailing slash: the API under a name of your own. @default the API's own */
  issuer: addressSchema.refine((url) => !url.endsWith('/'), 'expected no trailing slash').optional(),
  /** How many keys there have been: one more, and the next one signs, while receivers find all of them. Never fewer than before. */
  signingKeys: z.int().min(1).max(10).default(1),
});
export type SharedSignalsSettings = z.infer<typeof sharedSignalsSchema>;

/** Of a stream that has not been verified nothing is believed enough to keep anybody out. */
export function responseTo(
  { responses }: Pick<Transmitter, 'responses'>,
  name: SignalName,
  payload: Readonly<Record<string, unknown>>,
  isVerified: boolean,
): SignalResponse {
  const response = responses[name] ?? 'record';
  if (response !== 'suspend') return response;
  if (!isAdverse(name, payload)) return 'record';
  return isVerified ? 'suspend' : 'alert';
}
