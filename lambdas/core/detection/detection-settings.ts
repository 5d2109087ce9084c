// How detections judge in a deployment, and what follows by itself where the deployment says otherwise than a detection does.
import * as z from 'zod';
import { secretReferenceSchema } from '../secret-reference.ts';
import type { DetectionSettings } from './context.ts';
import { RESPONSES, type Response, SEVERITY_NAMES, type Severity } from './detection.ts';
import type { Finding } from './finding.ts';
import { DEFAULT_DETECTION_SETTINGS } from './settings.ts';

const network = z.union([z.cidrv4(), z.cidrv6(), z.string().regex(/^AS[1-9]\d{0,9}$/i)], {
  error: 'expected a block of addresses, as 203.0.113.0/24, or an autonomous system, as AS64500',
});
const accountSchema = z
  .string()
  .max(300)
  .regex(/^[a-z0-9-]+:\S+$/, 'expected application:account')
  .transform((account) => account.toLowerCase());
const responseSchema = z.strictObject({
  /** Of people. @default the detection's own */
  people: z.enum(RESPONSES).optional(),
  /** Of service accounts, integrations and AI agents. @default the detection's own */
  nonHuman: z.enum(RESPONSES).optional(),
});

const chatSchema = z.strictObject({
  /** A secret of Secrets Manager that holds the URL of the channel's incoming webhook. */
  channel: secretReferenceSchema,
  /** What is of less severity is not posted. */
  atLeast: z.enum(SEVERITY_NAMES).default('medium'),
});
export type AlertChat = z.infer<typeof chatSchema>;

export const detectionSettingsSchema = z.strictObject({
  /** Known egress, as blocks of addresses or autonomous systems: offices, VPN, relays. From them nothing is told of where somebody is. @default none */
  egressNetworks: z.array(network).max(200).default([]),
  /** So long a departure may still be under way in systems: nothing is made of a use before that. */
  departureGraceMinutes: z.int().min(0).max(1_440).default(DEFAULT_DETECTION_SETTINGS.departureGraceMinutes),
  /** So long nothing is called new of whoever was seen for the first time. */
  learningDays: z.int().min(0).max(90).default(DEFAULT_DETECTION_SETTINGS.learningDays),
  /** From when on an account that nobody used is dormant. */
  dormantAfterDays: z.int().min(1).max(365).default(DEFAULT_DETECTION_SETTINGS.dormantAfterDays),
  /** Faster than this nobody travels. */
  travelKmPerHour: z.int().min(100).max(10_000).default(DEFAULT_DETECTION_SETTINGS.travelKmPerHour),
  /** From when on a departure to come makes a burst of reads suspicious. */
  departureNoticeDays: z.int().min(1).max(365).default(DEFAULT_DETECTION_SETTINGS.departureNoticeDays),
  /** How many reads an hour are a burst at least. */
  burstReads: z.int().min(10).max(1_000_000).default(DEFAULT_DETECTION_SETTINGS.burstReads),
  /** How long a grant or a new factor after a reset of factors is told. */
  resetWindowHours: z.int().min(1).max(720).default(DEFAULT_DETECTION_SETTINGS.resetWindowHours),
  /** By which Tenure itself signs in to systems: `application:account`. What it does there is not judged. @default none */
  ownAccounts: z.array(accountSchema).max(500).default([]),
  /** That nobody may use without an open emergency grant: `application:account`. @default none beside root users */
  breakGlassAccounts: z.array(accountSchema).max(100).default([]),
  /** What follows where whoever was asked says that it was not meant: `alert`, or `suspend`. */
  whenDenied: z.enum(['alert', 'suspend']).default('alert'),
  /** Where alerts are posted in Slack, or what takes its incoming webhooks. @default nowhere */
  slack: chatSchema.optional(),
  /** Where alerts are posted in Microsoft Teams, by the webhook of a workflow. @default nowhere */
  teams: chatSchema.optional(),
  /** Detection → what follows by itself. @default what each detection says */
  responses: z.record(z.string(), responseSchema).default({}),
});

export interface DetectionPolicy extends DetectionSettings {
  readonly slack?: AlertChat | undefined;
  readonly teams?: AlertChat | undefined;
  readonly whenDenied: 'alert' | 'suspend';
  readonly responses: Readonly<
    Record<string, { readonly people?: Response | undefined; readonly nonHuman?: Response | undefined }>
  >;
}

/** What is of little weight suspends nobody, and is asked of nobody. */
const LIGHT: readonly Severity[] = ['informational', 'low'];

/** What follows by itself from what a detection found. */
export function responseTo(
  { detection, response, severity }: Pick<Finding, 'detection' | 'response' | 'severity'>,
  isPerson: boolean,
  { responses }: Pick<DetectionPolicy, 'responses'>,
): Response {
  const said = Object.hasOwn(responses, detection) ? responses[detection] : undefined;
  const wanted = (isPerson ? said?.people : said?.nonHuman) ?? response;
  return LIGHT.includes(severity) && RESPONSES.indexOf(wanted) > RESPONSES.indexOf('alert') ? 'alert' : wanted;
}
