// The names of the environment variables that constructs set and functions read: one list for both sides.

export const ENVIRONMENT = {
  identitiesTable: 'TENURE_IDENTITIES_TABLE',
  auditTable: 'TENURE_AUDIT_TABLE',
  logTable: 'TENURE_LOG_TABLE',
  /** Where the sealed log lies. */
  logBucket: 'TENURE_LOG_BUCKET',
  /** The name of the log (C2SP tlog-checkpoint: its origin), which is the name of its key as well. */
  logOrigin: 'TENURE_LOG_ORIGIN',
  /** The ARNs of the KMS keys that checkpoints are signed with, in their order, with spaces between them. */
  logSigningKeys: 'TENURE_LOG_SIGNING_KEYS',
  /** Who is asked to cosign checkpoints: JSON, a list of `{ url, key }`; and how many of them are enough. */
  logWitnesses: 'TENURE_LOG_WITNESSES',
  logQuorum: 'TENURE_LOG_QUORUM',
  /** How many of the signing keys, from the first on, sign no longer. */
  logRetiredKeys: 'TENURE_LOG_RETIRED_KEYS',
  /** The URL of the queue by which the log is asked to be sealed. */
  sealQueue: 'TENURE_SEAL_QUEUE',
  /** The URL of the queue of audit entries that could not be given a place in the log. */
  logDeadLetters: 'TENURE_LOG_DEAD_LETTERS',
  /** The name of the bus on which entries leave for a SIEM. */
  auditBus: 'TENURE_AUDIT_BUS',
  rateLimitsTable: 'TENURE_RATE_LIMITS_TABLE',
  /** Pseudonyms and keys of the sealed log. */
  subjectsTable: 'TENURE_SUBJECTS_TABLE',
  /** How access is used, and the alerts. */
  activityTable: 'TENURE_ACTIVITY_TABLE',
  /** The URL of the queue of activity that is to be judged. */
  activityQueue: 'TENURE_ACTIVITY_QUEUE',
  /** The URL of the queue of activity that was judged and is to be kept. */
  activityLakeQueue: 'TENURE_ACTIVITY_LAKE_QUEUE',
  /** How many days activity is kept. */
  activityRetentionDays: 'TENURE_ACTIVITY_RETENTION_DAYS',
  /** JSON: activity source id → the ARN of its secret. */
  activitySourceSecrets: 'TENURE_ACTIVITY_SOURCE_SECRETS',
  /** The activity source that this function polls. */
  activitySource: 'TENURE_ACTIVITY_SOURCE',
  /** JSON: ActivitySourceTold[] of api/alerts.ts. */
  activitySources: 'TENURE_ACTIVITY_SOURCES',
  /** JSON: the ids of the activity sources. */
  activitySourceIds: 'TENURE_ACTIVITY_SOURCE_IDS',
  /** Where files of activity are put. */
  activityBucket: 'TENURE_ACTIVITY_BUCKET',
  /** The name of the bus on which alerts leave. */
  alertBus: 'TENURE_ALERT_BUS',
  eventBus: 'TENURE_EVENT_BUS',
  scheduleGroup: 'TENURE_SCHEDULE_GROUP',
  scheduleRoleArn: 'TENURE_SCHEDULE_ROLE_ARN',
  takeEffectArn: 'TENURE_TAKE_EFFECT_ARN',
  /** JSON: the ARNs of the state machines whose executions make access agree, but for leavers'. */
  passMachines: 'TENURE_PASS_MACHINES',
  /** The state machine that reconciles. */
  reconcileArn: 'TENURE_RECONCILE_ARN',
  /** The state machine that opens review campaigns. */
  accessReviewArn: 'TENURE_ACCESS_REVIEW_ARN',
  escalationTopicArn: 'TENURE_ESCALATION_TOPIC_ARN',
  /** JSON: HR source id → the ARN of its secret. */
  hrSourceSecrets: 'TENURE_HR_SOURCE_SECRETS',
  /** JSON: HR source id → the URL of the queue of its changed people; only those that read people back. */
  hrSourceQueues: 'TENURE_HR_SOURCE_QUEUES',
  /** The HR source whose people this function fetches. */
  hrSource: 'TENURE_HR_SOURCE',
  /** The ARN of that source's secret. */
  hrSourceSecret: 'TENURE_HR_SOURCE_SECRET',
  /** The URL of the queue of its changed people. */
  peopleQueue: 'TENURE_PEOPLE_QUEUE',
  /** The URL of the queue of those who could not be fetched. */
  peopleDeadLetters: 'TENURE_PEOPLE_DEAD_LETTERS',
  /** JSON: the ids of the HR sources. */
  hrSources: 'TENURE_HR_SOURCES',
  populationBucket: 'TENURE_POPULATION_BUCKET',
  /** From where the console is served. */
  consoleBucket: 'TENURE_CONSOLE_BUCKET',
  /** Where the files lie that show what people did by hand. */
  evidenceBucket: 'TENURE_EVIDENCE_BUCKET',
  /** Where the list lies by which people are searched for. */
  searchBucket: 'TENURE_SEARCH_BUCKET',
  /** Where what is queried of the sealed log lies. */
  lakeBucket: 'TENURE_LAKE_BUCKET',
  /** Athena's database and workgroup, in which the lakes are queried. */
  lakeDatabase: 'TENURE_LAKE_DATABASE',
  lakeWorkGroup: 'TENURE_LAKE_WORK_GROUP',
  /** JSON: transmitter or receiver of signals → the ARN of the secret that it shows. */
  signalSecrets: 'TENURE_SIGNAL_SECRETS',
  /** Under which name Tenure signs what it tells. */
  signalIssuer: 'TENURE_SIGNAL_ISSUER',
  /** The ARNs of the KMS keys that it signs with, in their order, with spaces between them: the last one signs. */
  signalSigningKeys: 'TENURE_SIGNAL_SIGNING_KEYS',
  /** The URL of the queue of tokens to be pushed. */
  signalQueue: 'TENURE_SIGNAL_QUEUE',
  /** The URL of the queue of those that were given up. */
  signalDeadLetters: 'TENURE_SIGNAL_DEAD_LETTERS',
  /** JSON: LakePlace of core/audit/ocsf/lake-layout.ts. */
  lakePlace: 'TENURE_LAKE_PLACE',
  /** JSON: MassErrorGuardSettings of core/hr/mass-error-guard.ts. */
  manualConnectors: 'TENURE_MANUAL_CONNECTORS',
  massErrorGuard: 'TENURE_MASS_ERROR_GUARD',
  /** JSON: ErasureSettings of core/removal/erasure.ts. */
  erasure: 'TENURE_ERASURE',
  /** How many days the functions' logs are kept. */
  logRetentionDays: 'TENURE_LOG_RETENTION_DAYS',
  /** What the names of the applications' secrets begin with; each ends in the application's id. */
  applicationSecrets: 'TENURE_APPLICATION_SECRETS',
  /** JSON: ModelChangeSettings of core/hr/population-walk.ts. */
  modelChange: 'TENURE_MODEL_CHANGE',
  /** The connector a connector function runs. */
  connector: 'TENURE_CONNECTOR',
  /** JSON: RetryPolicy of core/access/settlement.ts. */
  retryPolicy: 'TENURE_RETRY_POLICY',
  /** JSON: NoticeSettings of core/requests/notice-settings.ts. */
  notices: 'TENURE_NOTICES',
  /** The SES configuration set that mails are sent under. */
  mailConfigurationSet: 'TENURE_MAIL_CONFIGURATION_SET',
  /** Where links to decide by lead to, without a trailing slash. */
  decisionsUrl: 'TENURE_DECISIONS_URL',
  /** The JWT claim that holds the operator's own identity id. */
  identityClaim: 'TENURE_IDENTITY_CLAIM',
  /** The JWT claim that holds the operator's groups. */
  groupsClaim: 'TENURE_GROUPS_CLAIM',
} as const;

export type EnvironmentName = keyof typeof ENVIRONMENT;

/** The variable's value; a missing one without a default is an error of deployment, named as such. */
export function fromEnvironment(name: EnvironmentName, byDefault?: string): string {
  const value = process.env[ENVIRONMENT[name]] ?? byDefault;
  if (value === undefined || value === '') throw new Error(`environment variable ${ENVIRONMENT[name]} is not set`);
  return value;
}
