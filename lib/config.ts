// What differs from one deployment to the next. Settings live in cdk.json under the context key `tenure`; a single one
// is set on the command line as `-c tenure.retainData=false`. Every wrong key is reported at once.
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Node } from 'constructs';
import * as z from 'zod';
import type { RetryPolicy } from '../lambdas/core/access/settlement.ts';
import { parseWitnessKey } from '../lambdas/core/audit/tlog/cosignature.ts';
import { type DetectionPolicy, detectionSettingsSchema } from '../lambdas/core/detection/detection-settings.ts';
import { DETECTIONS } from '../lambdas/core/detection/detections/all.ts';
import { type MassErrorGuardSettings, massErrorGuardSchema } from '../lambdas/core/hr/mass-error-guard.ts';
import { type ModelChangeSettings, modelChangeSchema } from '../lambdas/core/hr/population-walk.ts';
import { type HrSourcePrecedence, hrSourcePrecedenceSchema } from '../lambdas/core/identity/source-precedence.ts';
import { type ErasureSettings, erasureSchema } from '../lambdas/core/removal/erasure.ts';
import { type NoticeSettings, noticeSettingsSchema } from '../lambdas/core/requests/notice-settings.ts';
import { type SharedSignalsSettings, sharedSignalsSchema } from '../lambdas/core/signals/signal-settings.ts';
import type { ApplicationSettings } from './access-model/load-access-model.ts';
import { describePath, issuesOf, type SchemaIssue } from './access-model/schema-issues.ts';
import { type ActivitySourceSettings, activitySourcesSchema } from './activity-sources.ts';
import { type HrSourceSettings, hrSourcesSchema } from './hr-sources.ts';
import { type NetworkSettings, networksSchema } from './networks.ts';

const CONTEXT_KEY = 'tenure';
const RETENTION_DAYS = Object.values(RetentionDays).filter((days) => typeof days === 'number');

export interface Settings {
  /** The first part of every stack's name. @default "Tenure" */
  readonly stackPrefix: string;
  /** The directory of the access model, from where `cdk` runs. @default "access-model" */
  readonly accessModel: string;
  /** Settings of applications that differ per deployment: application id → setting → value. @default none */
  readonly applicationSettings: ApplicationSettings;
  /** The HR systems that may post, each by name or as `{ id, type, settings, secret }`. @default ["acme-hr"] */
  readonly hrSources: readonly HrSourceSettings[];
  /** The systems whose activity is judged, each as `{ id, type, settings, secret }`. @default none */
  readonly activitySources: readonly ActivitySourceSettings[];
  /** How detections judge, and what follows by itself. */
  readonly detection: DetectionPolicy;
  /** Networks from which applications are reached, by the name that an application's file has under `network`. @default none */
  readonly networks: Readonly<Record<string, NetworkSettings>>;
  /** Whose word counts more where HR systems disagree, and of whom each may speak. @default each the same, of everybody */
  readonly hrSourcePrecedence: HrSourcePrecedence;
  /** Who issues the operators' tokens. @default a Cognito user pool of this deployment's own */
  readonly oidc?: OidcIssuer | undefined;
  /** The web console. @default deployed, and signed in to by the deployment's own user pool */
  readonly console: ConsoleDeployment;
  /** The token's claim that lists the operator's groups, which are their roles. @default "cognito:groups" */
  readonly groupsClaim: string;
  /** The token's claim that holds the operator's own identity id. @default "custom:identity_id" */
  readonly identityClaim: string;
  /**
   * How often converging is tried before a person is told, and after that.
   *
   * @default 8 passes, waiting 5 s, 10 s, ... up to 300 s; after that every 30 minutes
   */
  readonly convergence: RetryPolicy;
  /** Who may lose access at once before a person is asked. @default more than 25, or a tenth, within 60 minutes */
  readonly massErrorGuard: MassErrorGuardSettings;
  /** Whom a deployed access model may take something from before a person is asked, and how fast it is carried out. */
  readonly modelChange: ModelChangeSettings;
  /** How what is known of somebody is destroyed, when two people have agreed on it. */
  readonly erasure: ErasureSettings;
  /** When people are told of requests for access, and from where it is mailed. @default nothing is mailed */
  readonly notices: NoticeSettings;
  /** Signals of other systems about people, by OpenID Shared Signals. @default none are taken */
  readonly sharedSignals: SharedSignalsSettings;
  /** How often the sweep looks for what was left behind, in minutes. @default 1 */
  readonly sweepMinutes: number;
  /** Where escalations and alarms are mailed to. @default nobody: subscribe to the topic yourself */
  readonly escalationEmail?: string | undefined;
  /** Whether tables, keys, secrets, logs and the user pool outlive the stacks, protected from deletion. @default true */
  readonly retainData: boolean;
  /** The API's limit over all callers. @default 100 a second, bursts of 200 */
  readonly throttle: { readonly ratePerSecond: number; readonly burst: number };
  /** How many functions may run at a time, and how much room is kept for what must wait behind nobody else. */
  readonly concurrency: ConcurrencySettings;
  /** How long nobody, root included, can delete what was sealed of the audit log (S3 Object Lock). @default 2557, seven years */
  readonly auditRetentionDays: number;
  /** Who signs the sealed audit log. */
  readonly sealedLog: SealedLogSettings;
  /** How long records of activity are kept to be queried; whoever is erased is taken out of them. @default 90 */
  readonly activityRetentionDays: number;
  /** How long logs are kept; the audit log is kept for ever. @default 365 */
  readonly logRetentionDays: RetentionDays;
}

/** Each reservation is also the most of that function; 0 reserves nothing and bounds nothing. */
export interface ConcurrencySettings {
  /** The account's quota in this region, "Concurrent executions" of AWS Lambda; a new account may have less. */
  readonly account: number;
  /** For taking HR events. */
  readonly intake: number;
  /** For passing on what was taken. */
  readonly routing: number;
  /** For fencing a leaver off, and as much again for each connector (in each network) that locks leavers out. */
  readonly lockDown: number;
}

export interface SealedLogSettings {
  /** How many keys there have been: one more, and the next one follows. Never fewer than before. */
  readonly signingKeys: number;
  /** How many of them, from the first on, sign beside a later one no longer. */
  readonly retiredKeys: number;
  /** Who is asked to cosign each checkpoint that is published (C2SP tlog-witness). @default nobody */
  readonly witnesses: readonly WitnessSettings[];
  /** Where everything that is sealed is copied to, in another account. @default nowhere */
  readonly replica?: ReplicaSettings | undefined;
  /** How many witnesses are enough. @default all of them */
  readonly witnessQuorum?: number | undefined;
}

export interface ReplicaSettings {
  /** The account that owns the bucket: not the deployment's own. */
  readonly account: string;
  /** The ARN of its bucket, which has Object Lock and versions; in any region. */
  readonly bucketArn: string;
}

export interface WitnessSettings {
  /** What `/add-checkpoint` is put behind: https, without a trailing slash. */
  readonly url: string;
  /** Its verifier key: `<name>+<key id>+<base64>`, of type 4. */
  readonly key: string;
}

export interface ConsoleDeployment {
  /** Whether there is one: with `oidc` it takes a `clientId` as well. @default true */
  readonly deployed: boolean;
  /** The console's own client at the issuer that `oidc` names: public, code flow with PKCE, its id in `audience`. @default none */
  readonly clientId?: string | undefined;
  /** What is asked of the issuer. @default "openid profile" */
  readonly scope: string;
  /** Origins beside the issuer's own that signing in calls, such as its token endpoint's. @default none */
  readonly connectTo: readonly string[];
}

export interface OidcIssuer {
  /** The issuer's URL, as in the token's `iss`. */
  readonly issuer: string;
  /** The accepted values of the token's `aud`. */
  readonly audience: readonly string[];
}

export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

const sealedLogSchema = z
  .strictObject({
    signingKeys: z.int().min(1).max(20).default(1),
    retiredKeys: z.int().min(0).max(19).default(0),
    witnesses: z
      .array(
        z.strictObject({
          url: z
            .string()
            .max(200)
            .regex(/^https:\/\/[^\s/@?#]+(?:\/[^\s/@?#]+)*$/, 'expected an https:// URL without a trailing slash'),
          key: z.string().max(300).refine(isWitnessKey, 'expected a witness’s verifier key, <name>+<key id>+<base64>'),
        }),
      )
      .max(8)
      .default([]),
    replica: z
      .strictObject({
        account: z.string().regex(/^\d{12}$/, 'expected an account of 12 digits'),
        bucketArn: z
          .string()
          .regex(/^arn:aws[a-z-]*:s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'expected the ARN of a bucket'),
      })
      .optional(),
    witnessQuorum: z.int().min(1).max(8).optional(),
  })
  .refine(({ signingKeys, retiredKeys }) => retiredKeys < signingKeys, {
    message: 'expected fewer than signingKeys: the last one signs',
    path: ['retiredKeys'],
  })
  .refine(({ witnesses, witnessQuorum = 1 }) => witnesses.length === 0 || witnessQuorum <= witnesses.length, {
    message: 'expected no more than there are witnesses',
    path: ['witnessQuorum'],
  })
  .refine(({ witnesses }) => new Set(witnesses.map(({ key }) => key)).size === witnesses.length, {
    message: 'expected each witness once',
    path: ['witnesses'],
  });

function isWitnessKey(key: string): boolean {
  try {
    parseWitnessKey(key);
    return true;
  } catch {
    return false;
  }
}

export const settingsSchema: z.ZodType<Settings> = z
  .strictObject({
    stackPrefix: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9-]{0,19}$/, 'expected a letter, then up to 19 letters, digits or hyphens')
      .default('Tenure'),
    accessModel: z.string().min(1).default('access-model'),
    applicationSettings: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
    hrSources: hrSourcesSchema.prefault(['acme-hr']),
    activitySources: activitySourcesSchema.default([]),
    detection: detectionSettingsSchema
      .superRefine(({ responses }, context) => {
        for (const id of Object.keys(responses)) {
          if (DETECTIONS.some((detection) => detection.id === id)) continue;
          const message = `expected one of ${DETECTIONS.map((detection) => detection.id).join(', ')}`;
          context.addIssue({ code: 'custom', message, path: ['responses', id], input: id });
        }
      })
      .prefault({}),
    networks: networksSchema.default({}),
    hrSourcePrecedence: hrSourcePrecedenceSchema.default({}),
    oidc: z
      .strictObject({
        issuer: z.url({ protocol: /^https$/, error: 'expected an https:// URL' }),
        audience: z.array(z.string().min(1)).min(1).max(20),
      })
      .optional(),
    console: z
      .strictObject({
        deployed: z.boolean().default(true),
        clientId: z.string().min(1).max(200).optional(),
        scope: z
          .string()
          .max(200)
          .regex(
            /^(?=.*\bopenid\b)[\w:./-]+(?: [\w:./-]+)*$/,
            'expected scopes with a space between them, openid among them',
          )
          .default('openid profile'),
        connectTo: z
          .array(
            z
              .string()
              .max(200)
              .regex(/^https:\/\/[a-z0-9.-]+(?::\d{1,5})?$/, 'expected an https:// origin without a path'),
          )
          .max(10)
          .default([]),
      })
      .prefault({}),
    groupsClaim: z.string().min(1).max(128).default('cognito:groups'),
    identityClaim: z.string().min(1).max(128).default('custom:identity_id'),
    convergence: z
      .strictObject({
        maximumPasses: z.int().min(1).max(50).default(8),
        firstWaitSeconds: z.int().min(1).max(300).default(5),
        maximumWaitSeconds: z.int().min(1).max(3_600).default(300),
        afterEscalationSeconds: z.int().min(60).max(86_400).default(1_800),
      })
      .prefault({}),
    massErrorGuard: massErrorGuardSchema.prefault({}),
    modelChange: modelChangeSchema.prefault({}),
    erasure: erasureSchema.prefault({}),
    notices: noticeSettingsSchema.prefault({}),
    sharedSignals: sharedSignalsSchema.prefault({}),
    sweepMinutes: z.int().min(1).max(60).default(1),
    escalationEmail: z.email().optional(),
    retainData: z.boolean().default(true),
    throttle: z
      .strictObject({
        ratePerSecond: z.int().min(1).max(10_000).default(100),
        burst: z.int().min(1).max(5_000).default(200),
      })
      .prefault({}),
    concurrency: z
      .strictObject({
        account: z.int().min(10).max(1_000_000).default(1_000),
        intake: z.int().min(0).max(10_000).default(100),
        routing: z.int().min(0).max(10_000).default(100),
        lockDown: z.int().min(0).max(1_000).default(20),
      })
      .prefault({}),
    auditRetentionDays: z.int().min(1).max(36_500).default(2_557),
    sealedLog: sealedLogSchema.prefault({}),
    activityRetentionDays: z.int().min(1).max(3_650).default(90),
    logRetentionDays: z
      .number()
      .refine((days) => RETENTION_DAYS.includes(days), `expected one of ${RETENTION_DAYS.join(', ')}`)
      .default(RetentionDays.ONE_YEAR),
  })
  .superRefine(({ oidc, console: { clientId } }, context) => {
    if (clientId === undefined || oidc?.audience.includes(clientId)) return;
    const message =
      oidc === undefined
        ? 'expected only with oidc: the user pool has a client of its own'
        : 'expected one of oidc.audience';
    context.addIssue({ code: 'custom', message, path: ['console', 'clientId'], input: clientId });
  })
  .superRefine(({ hrSources, hrSourcePrecedence }, context) => {
    const ids = hrSources.map(({ id }) => id);
    for (const source of Object.keys(hrSourcePrecedence)) {
      if (ids.includes(source)) continue;
      const message = `expected one of hrSources: ${ids.join(', ')}`;
      context.addIssue({ code: 'custom', message, path: ['hrSourcePrecedence', source], input: source });
    }
  });

/** Lambda leaves so much of an account's quota to functions that reserve nothing. */
const UNRESERVED = 100;

/** @throws SettingsError when Lambda would refuse what is reserved; `connectors` counts the functions that lock out */
export function requireRoomFor({ concurrency }: Settings, connectors: number): void {
  const { account, intake, routing, lockDown } = concurrency;
  const reserved = intake + routing + lockDown * (connectors + 1);
  if (reserved === 0 || reserved <= account - UNRESERVED) return;
  throw new SettingsError(
    `One setting is wrong (cdk.json, "context", or -c on the command line):\n  ${CONTEXT_KEY}.concurrency: ` +
      `intake ${intake}, routing ${routing} and lockDown ${lockDown} for each of ${connectors + 1} functions reserve ` +
      `${reserved}, and Lambda keeps ${UNRESERVED} of the account's ${account}: expected at most ${Math.max(0, account - UNRESERVED)}`,
  );
}

/** What is wrong with an object of settings, wherever it was written. */
export function findSettingsIssues(written: unknown): readonly SchemaIssue[] {
  return issuesOf(settingsSchema, written);
}

/** Throws SettingsError, which names every wrong key and what was expected. */
export function readSettings(node: Node): Settings {
  const written = { ...objectAt(node), ...singleSettings(node) };
  const issues = findSettingsIssues(written);
  if (issues.length === 0) return settingsSchema.parse(written);
  const count = issues.length === 1 ? 'One setting is' : `${issues.length} settings are`;
  const lines = issues.map(({ path, message }) => `  ${describePath([CONTEXT_KEY, ...path])}${message}`);
  throw new SettingsError([`${count} wrong (cdk.json, "context", or -c on the command line):`, ...lines].join('\n'));
}

function objectAt(node: Node): Record<string, unknown> {
  const value = fromText(node.tryGetContext(CONTEXT_KEY) ?? {});
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new SettingsError(`The context key ${CONTEXT_KEY} is wrong: expected an object of settings`);
}

function singleSettings(node: Node): Record<string, unknown> {
  const context: Record<string, unknown> = node.getAllContext();
  const prefix = `${CONTEXT_KEY}.`;
  const single = Object.entries(context).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(single.map(([key, value]) => [key.slice(prefix.length), fromText(value)]));
}

/** The command line knows only text: `false`, `5` and `["a"]` are read as JSON, anything else is the text itself. */
function fromText(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
