// Real records of nine sources with what public detection rules say of them, in a folder beside the project (its README says
// whence). They are read from there and not kept here; whoever has no such folder goes without them.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ActivityRecord } from '../../lambdas/core/detection/activity.ts';
import type { Detection } from '../../lambdas/core/detection/detection.ts';
import { DETECTIONS } from '../../lambdas/core/detection/detections/all.ts';
import type { Finding } from '../../lambdas/core/detection/finding.ts';
import {
  activity,
  findingOf,
  HOUR_MS,
  NOW_MS,
  partyOf,
  rememberAll,
  rememberPeers,
  translateBy,
  usualDays,
  type World,
} from './watched-company.ts';

/** Beside the checkout, or beside the folder that it is one of several in. */
const FOLDERS = [
  ['..', '..', '..'],
  ['..', '..', '..', '..'],
].map((up) => join(import.meta.dirname, ...up, 'shared', 'activity-samples'));

/** File → the source that reads it. */
export const SAMPLE_FILES: Readonly<Record<string, string>> = {
  anthropic: 'anthropic',
  'aws-cloudtrail': 'aws-cloudtrail',
  'entra-audit': 'entra',
  'entra-sign-in': 'entra',
  'github-audit': 'github',
  'google-workspace': 'google-workspace',
  'okta-system-log': 'okta',
  openai: 'openai',
  'slack-audit': 'slack',
};

export interface Sample {
  readonly source: string;
  readonly rule: string;
  readonly expected: boolean;
  readonly log: unknown;
}

/** Undefined: the folder is not here. */
export function readSamples(): readonly Sample[] | undefined {
  const folder = FOLDERS.find((one) => existsSync(one));
  if (folder === undefined) return undefined;
  return Object.entries(SAMPLE_FILES).flatMap(([file, source]) =>
    readFileSync(join(folder, `${file}.jsonl`), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => ({ ...(JSON.parse(line) as Omit<Sample, 'source'>), source })),
  );
}

/** What a rule without HR leaves open, and which of our company's identities stands for whoever a record is about. */
type Setting = (record: ActivityRecord) => { readonly record: ActivityRecord; readonly world: World };

const asIs: Setting = (record) => ({ record, world: {} });
const byWhoLeft: Setting = (record) => ({ record: { ...record, who: partyOf('cy') }, world: {} });
const onWhoLeft: Setting = (record) => ({ record: { ...record, target: partyOf('cy') }, world: {} });
const onWhoHasNoReason: Setting = (record) => ({
  record: {
    ...record,
    target: record.target === undefined ? undefined : partyOf('bob'),
    application: { applicationId: 'crm' },
  },
  world: {},
});
const byAgent: Setting = (record) => ({
  record: { ...record, who: partyOf('agent', 'agent-tools', 'agent') },
  world: {},
});
/** A new factor an hour later, told first. */
const beforeNewFactor: Setting = (record) => ({
  record: { ...record, target: partyOf('ada') },
  world: { targetMemory: rememberAll([activity({ action: 'factor-add', timeMs: NOW_MS + HOUR_MS })]) },
});
const byWhoAlwaysHasSecondFactor: Setting = (record) => ({
  record: { ...record, who: partyOf('ada') },
  world: {
    memory: usualDays({ method: 'mfa' }),
    peers: rememberPeers(['eve', 'gil', 'hal'].map((by) => [by, activity({ by, method: 'mfa' })] as const)),
  },
});

/** Rules that say what one of our detections says, of whoever it is about. */
export const MAPPED: Readonly<Record<string, readonly [detection: string, setting: Setting]>> = {
  'Okta.AdminRoleAssigned': ['administrator-role-given', asIs],
  'Okta.Group.Admin.Role.Assigned': ['administrator-role-given', asIs],
  'Slack.AuditLogs.UserPrivilegeEscalation': ['administrator-role-given', asIs],
  'Slack.AuditLogs.ServiceOwnerTransferred': ['administrator-role-given', asIs],
  'Anthropic.Activity.Primary.Owner.Transferred': ['administrator-role-given', asIs],
  'OpenAI.Admin.Role.Assignment': ['administrator-role-given', asIs],
  'GitHub.Org.Moderators.Add': ['administrator-role-given', asIs],
  'GitHub.User.RoleUpdated': ['administrator-role-given', asIs],
  'AWS.IAM.AttachAdminUserPolicy': ['administrator-role-given', asIs],
  'AWS.IAM.AttachAdminRolePolicy': ['administrator-role-given', asIs],
  'Azure.Audit.ElevateUserAccessAdministrator': ['administrator-role-given', asIs],
  'Azure.MonitorActivity.RoleAssignment.PrivilegedOrElevated': ['administrator-role-given', asIs],
  'Anthropic.Activity.Role.Granted': ['grant-outside-tenure', onWhoHasNoReason],
  'AWS.IAM.Backdoor.User.Keys': ['key-made-for-another', asIs],
  'AWS.CloudTrail.LoginProfileCreatedOrModified': ['key-made-for-another', asIs],
  'AWS.User.Login.Profile.Modified': ['key-made-for-another', asIs],
  'Azure.Audit.ServicePrincipalCredentialsAdded': ['key-made-for-another', asIs],
  'Anthropic.Activity.Admin.API.Key.Created': ['agent-key-too-broad', byAgent],
  'OpenAI.API.Key.Anomalous.Activity': ['agent-key-too-broad', byAgent],
  'Google.Workspace.OAuth.Privileged.Scopes': ['agent-key-too-broad', byAgent],
  'Okta.Identity.Provider.Created.Modified': ['federation-changed', asIs],
  'Okta.Org2org.Creation.Modification': ['federation-changed', asIs],
  'Okta.Global.MFA.Disabled': ['federation-changed', asIs],
  'Azure.Audit.DomainSettingsModified': ['federation-changed', asIs],
  'Azure.Audit.PolicyChanged': ['federation-changed', asIs],
  'Azure.Audit.MFADisabled': ['federation-changed', asIs],
  'Azure.Audit.OIDC.Changed': ['federation-changed', asIs],
  'AWS.Suspicious.SAML.Activity': ['federation-changed', asIs],
  'AWS.IAM.BackdoorRole': ['federation-changed', asIs],
  'Slack.AuditLogs.SSOSettingsChanged': ['federation-changed', asIs],
  'Slack.AuditLogs.MFASettingsChanged': ['federation-changed', asIs],
  'Anthropic.Activity.SSO.Disabled': ['federation-changed', asIs],
  'AWS.Root.Activity': ['break-glass-without-grant', asIs],
  'AWS.Console.RootLogin': ['break-glass-without-grant', asIs],
  'AWS.Console.RootLoginFailed': ['break-glass-without-grant', asIs],
  'AWS.CloudTrail.RootAccessKeyCreated': ['break-glass-without-grant', asIs],
  'AWS.CloudTrail.RootPasswordChanged': ['break-glass-without-grant', asIs],
  'Okta.User.MFA.Reset.All': ['factor-reset-then-gain', beforeNewFactor],
  'Okta.User.MFA.Reset.Single': ['factor-reset-then-gain', beforeNewFactor],
  'Okta.User.MFA.Factor.Suspend': ['factor-reset-then-gain', beforeNewFactor],
  'GSuite.TwoStepVerification': ['factor-reset-then-gain', beforeNewFactor],
  'Okta.Support.Reset': ['account-re-enabled', onWhoLeft],
  'Okta.Login.Success': ['sign-in-after-departure', byWhoLeft],
  'OpenAI.Login.Success': ['sign-in-after-departure', byWhoLeft],
  'Okta.SSO.to.AWS': ['sign-in-after-departure', byWhoLeft],
  'AWS.Console.Sign-In': ['sign-in-after-departure', byWhoLeft],
  'Azure.Audit.ROPCLoginNoMFA': ['new-method', byWhoAlwaysHasSecondFactor],
};

/** Why no detection says what these rules say. */
export const UNMAPPED: readonly (readonly [rules: RegExp, why: string])[] = [
  [
    /^Okta\.(?:ADAgent|SkeletonKeyBypass|SWA)\./,
    'the sample is no record of the source but the result of a query over many',
  ],
  [
    /Login\.Failed|CredentialStuffing|PasswordSpraying|ManyFailed|Lockouts|Account\.Locked|Unsuccessful|Failures$|UnlockFailure|ReconAccessDenied/,
    'attempts that failed: detections judge access that somebody had',
  ],
  [
    /^Azure\.MonitorActivity\.(?:Storage|KeyVault|Network|ActionGroups|Policy|RecoveryServices|ResourceGroup|Kubernetes)/,
    'a resource is configured or read, whoever does it',
  ],
  [
    /^AWS\.(?:S3|RDS|EC2|KMS|Lambda|WAF|ConfigService|Potential)|VPCE|AMIModified|SecurityConfiguration|SES\./,
    'a resource is configured or read, whoever does it',
  ],
  [
    /Discovery|GetCallerIdentity|GetSessionToken|Group\.Read|SigninToken|Role\.Assumed|AssumeRole|IMDS|UserAccessKeyAuth|Quarantine|AccessKeyCompromised/,
    'a pattern of calls to AWS, whoever makes them: a rule for a SIEM, or a rule of one’s own',
  ],
  [
    /^AWS\.IAM\.(?:CreateUser|CreateRole|PolicyModified|CredentialsUpdated)/,
    'any change of that kind: reconciliation tells which no reason holds up',
  ],
  [/^GSuite\.|^Google\.Workspace\./, 'a setting of the tenant, of a device, or a judgement of Google’s own'],
  [
    /^GitHub\.(?:Branch|Org\.Modified|SupplyChain|User\.AccessKey)|^Github\.Organization/,
    'any change of that kind in a repository or an organisation',
  ],
  [/^Slack\.AuditLogs\./, 'any change of that kind to an app, a hold or a session'],
  [
    /^Anthropic\.Activity\.(?:Admin\.API\.Key\.Deleted|Org\.User|Service\.Key)/,
    'any key or user made or removed, of people too',
  ],
  [
    /^Azure\.Audit\.(?:HighRisk|MultipleProtection|LegacyAuth|GraphSession|InviteExternal|RoleChangedPIM)/,
    'Entra’s own judgement, a tenant’s policy, or any activation of a role that somebody is eligible for',
  ],
  [/^Okta\./, 'Okta’s own judgement, or any use of that kind'],
];

/** Where we say otherwise than a rule on purpose: `rule` → why. Each is one that fires and the rule does not. */
export const STRICTER: Readonly<Record<string, string>> = {
  'AWS.CloudTrail.LoginProfileCreatedOrModified':
    'a role’s session is called as whoever takes it likes: that it is called as the user does not make it the user',
  'AWS.User.Login.Profile.Modified':
    'the same; and a password that has to be changed is one that somebody else knows until then',
  'AWS.Root.Activity':
    'the rule leaves out what root does by itself in its own account; without an emergency grant root does nothing',
  'AWS.CloudTrail.RootAccessKeyCreated':
    'the rule asks for root’s own keys; a key that root makes for a user is a use of root',
  'AWS.CloudTrail.RootPasswordChanged': 'the rule asks for success; an attempt at root is told as well',
  'Azure.Audit.OIDC.Changed': 'the rule asks for OpenID Connect; any setting of how people sign in is told',
  'Okta.SSO.to.AWS': 'the rule asks for AWS; whoever has left signs in nowhere',
};

export interface Judged {
  readonly sample: Sample;
  readonly detection: Detection;
  readonly finding: Finding | undefined;
  /** A finding of at least medium severity. */
  readonly fired: boolean;
}

const TOLD = new Set(['medium', 'high', 'critical']);

/** Undefined: no detection says what its rule says. */
export function judgeSample(sample: Sample): Judged | undefined {
  const mapped = MAPPED[sample.rule];
  const detection = DETECTIONS.find(({ id }) => id === mapped?.[0]);
  if (mapped === undefined || detection === undefined) return undefined;
  const translation = translateBy(sample.source, sample.log);
  if ('refused' in translation) return { sample, detection, finding: undefined, fired: false };
  // The samples are of other years, and the company of the tests is as it is now.
  const { clockDoubted: _clock, ...told } = translation.record;
  const { record, world } = mapped[1]({ ...told, timeMs: NOW_MS });
  const finding = findingOf(detection, record, world);
  return { sample, detection, finding, fired: finding !== undefined && TOLD.has(finding.severity) };
}
