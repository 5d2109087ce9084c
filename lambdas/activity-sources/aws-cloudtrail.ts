// CloudTrail's management and data events, those of IAM Identity Center and of sign-in among them:
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html. They come from
// EventBridge as `detail`, or in files with a list of `Records`.
import * as z from 'zod';
import type { ActivityAction, ActivityClue, PartyKind } from '../core/detection/activity.ts';
import { describeActivity, type Said, type SaidChange, type SaidParty } from '../core/detection/describe-activity.ts';
import { clueOf } from '../core/detection/join.ts';
import { at, flagAt, textAt } from '../core/detection/reading-records.ts';
import type { ActivityOrigin, ActivitySource } from './activity-source.ts';
import { accountsSettings } from './shared-settings.ts';
import { splitJson } from './splitting.ts';

const settingsSchema = z.strictObject({
  ...accountsSettings,
  /** The application that is IAM Identity Center, where `application` is IAM itself. @default the same */
  identityCenter: accountsSettings.application.optional(),
});
export type CloudTrailSettings = z.infer<typeof settingsSchema>;

const TYPE = 'aws-cloudtrail';

export const awsCloudTrail: ActivitySource<CloudTrailSettings> = {
  type: TYPE,
  settings: settingsSchema,
  secret: 'none',
  split: (body) => splitJson(body, ['Records', 'detail']),
  translate: (raw, origin) => describeActivity(raw, { ...origin, sourceType: TYPE }, (event) => read(event, origin)),
};

const SIGN_INS: ReadonlySet<string> = new Set([
  'ConsoleLogin',
  'Authenticate',
  'UserAuthentication',
  'Federate',
  'ExternalIdPDirectoryLogin',
]);
/** By `source:event`, whatever its version at the end (`UpdateFunctionCode20150331v2`). */
const ACTIONS: Readonly<Record<string, ActivityAction>> = {
  'iam:CreateUser': 'account-create',
  'iam:DeleteUser': 'account-delete',
  'iam:CreateLoginProfile': 'key-create',
  'iam:UpdateLoginProfile': 'key-create',
  'iam:CreateAccessKey': 'key-create',
  'iam:DeleteAccessKey': 'key-delete',
  'iam:UploadSSHPublicKey': 'key-create',
  'iam:UploadSigningCertificate': 'key-create',
  'iam:CreateServiceSpecificCredential': 'key-create',
  'iam:AttachUserPolicy': 'grant',
  'iam:PutUserPolicy': 'grant',
  'iam:AddUserToGroup': 'grant',
  'iam:AttachGroupPolicy': 'grant',
  'iam:PutGroupPolicy': 'grant',
  'iam:AttachRolePolicy': 'grant',
  'iam:PutRolePolicy': 'grant',
  'iam:DetachUserPolicy': 'revoke',
  'iam:DeleteUserPolicy': 'revoke',
  'iam:RemoveUserFromGroup': 'revoke',
  'iam:EnableMFADevice': 'factor-add',
  'iam:DeactivateMFADevice': 'factor-reset',
  'iam:DeleteVirtualMFADevice': 'factor-reset',
  'iam:CreateSAMLProvider': 'trust-change',
  'iam:UpdateSAMLProvider': 'trust-change',
  'iam:DeleteSAMLProvider': 'trust-change',
  'iam:CreateOpenIDConnectProvider': 'trust-change',
  'iam:UpdateOpenIDConnectProviderThumbprint': 'trust-change',
  'iam:AddClientIDToOpenIDConnectProvider': 'trust-change',
  'iam:DeleteOpenIDConnectProvider': 'trust-change',
  'iam:UpdateAssumeRolePolicy': 'trust-change',
  'sso:CreateAccountAssignment': 'grant',
  'sso:DeleteAccountAssignment': 'revoke',
  'sso:AssociateDirectory': 'trust-change',
  'sso:DisassociateDirectory': 'trust-change',
  'sso:UpdateSSOConfiguration': 'trust-change',
  'sso-directory:AddMemberToGroup': 'grant',
  'sso-directory:RemoveMemberFromGroup': 'revoke',
  'sso-directory:CreateUser': 'account-create',
  'sso-directory:DeleteUser': 'account-delete',
  'sso-directory:EnableUser': 'account-enable',
  'sso-directory:DisableUser': 'account-disable',
  'sso-directory:UpdatePassword': 'account-recover',
  'sso-directory:DeleteMfaDeviceForUser': 'factor-reset',
  'sso-directory:StartVirtualMfaDeviceRegistration': 'factor-add',
  'sso-directory:CompleteVirtualMfaDeviceRegistration': 'factor-add',
  'sso-directory:EnableExternalIdPConfigurationForDirectory': 'trust-change',
  'sso-directory:DisableExternalIdPConfigurationForDirectory': 'trust-change',
  'sso-directory:CreateExternalIdPConfigurationForDirectory': 'trust-change',
  'sso-directory:UpdateExternalIdPConfigurationForDirectory': 'trust-change',
  'identitystore:CreateGroupMembership': 'grant',
  'identitystore:DeleteGroupMembership': 'revoke',
  'identitystore:CreateUser': 'account-create',
  'identitystore:DeleteUser': 'account-delete',
  's3:GetObject': 'read',
  'secretsmanager:GetSecretValue': 'read',
  'secretsmanager:BatchGetSecretValue': 'read',
  'ssm:GetParameter': 'read',
  'ssm:GetParameters': 'read',
  'dynamodb:GetItem': 'read',
  'dynamodb:BatchGetItem': 'read',
  'dynamodb:Query': 'read',
  'dynamodb:Scan': 'read',
  'athena:GetQueryResults': 'read',
};
const ADMINISTRATOR_POLICY =
  /(?:^|[:/])(?:AdministratorAccess|IAMFullAccess|PowerUserAccess|SystemAdministrator|AWSSSODirectoryAdministrator|AWSSSOMasterAccountAdministrator)$/;
/** Of a role's policy: an account, a user or an identity provider may take it. */
const TRUSTING = /"(?:AWS|Federated)"\s*:|"Principal"\s*:\s*"\*"/;
/** Of an inline policy: it allows everything on everything. */
const EVERYTHING = /"Action"\s*:\s*(?:\[\s*)?"\*"/;

function read(outer: object, origin: ActivityOrigin<CloudTrailSettings>): Said | undefined {
  // An event of the bus has it as its detail.
  const event = at(outer, 'detail', 'eventName') === undefined ? outer : at(outer, 'detail');
  const name = textAt(event, ['eventName'], 120);
  const service = textAt(event, ['eventSource'], 120)?.replace(/\.amazonaws\.com$/, '');
  if (name === undefined || service === undefined) return undefined;
  const operation = `${service}:${name.replace(/\d{8}(?:v\d)?$/, '')}`;
  const identity = at(event, 'userIdentity');
  const failed =
    at(event, 'errorCode') !== undefined || Object.values(at(event, 'responseElements') ?? {}).includes('Failure');
  const action = actionOf(operation, name, event);
  return {
    id: at(event, 'eventID'),
    time: at(event, 'eventTime'),
    action,
    operation,
    outcome: failed ? 'failure' : 'success',
    who: actorOf(event, identity, origin.settings),
    target: targetOf(operation, event, origin.settings),
    change: changeOf(event),
    application: { applicationId: applicationOf(service, identity, origin.settings), id: service, name: service },
    network: { ip: at(event, 'sourceIPAddress') },
    userAgent: at(event, 'userAgent'),
    method: methodOf(identity, event),
    interactive: isInteractive(name, event),
    version: at(event, 'eventVersion'),
    product: { name: 'CloudTrail', vendor: 'AWS' },
  };
}

function actionOf(operation: string, name: string, event: unknown): ActivityAction {
  if (SIGN_INS.has(name)) return 'sign-in';
  if (name === 'Logout') return 'sign-out';
  // A role that only a service of AWS may take is trusted to nobody else.
  if (name === 'UpdateAssumeRolePolicy' && !TRUSTING.test(policyOf(event))) return 'use';
  if (Object.hasOwn(ACTIONS, operation)) return ACTIONS[operation] ?? 'use';
  return 'use';
}

function isInteractive(name: string, event: unknown): boolean | undefined {
  if (SIGN_INS.has(name)) return true;
  return flagAt(event, 'sessionCredentialFromConsole');
}

function methodOf(identity: unknown, event: unknown): string | undefined {
  if (textAt(event, ['additionalEventData', 'MFAUsed']) === 'Yes') return 'mfa';
  if (textAt(identity, ['invokedBy']) !== undefined) return undefined;
  const key = textAt(identity, ['accessKeyId']);
  if (key?.startsWith('AKIA')) return 'access-key';
  return flagAt(identity, 'sessionContext', 'attributes', 'mfaAuthenticated') === true ? 'role-with-mfa' : undefined;
}

function applicationOf(service: string, identity: unknown, settings: CloudTrailSettings): string {
  const center = settings.identityCenter ?? settings.application;
  if (['sso', 'sso-directory', 'identitystore', 'identitystore-scim'].includes(service)) return center;
  return permissionSetOf(identity) === undefined ? settings.application : center;
}

/** Of a role that Identity Center made: the permission set, and who took it as Identity Center calls them. */
function permissionSetOf(identity: unknown): { readonly name: string; readonly user: string | undefined } | undefined {
  const arn = textAt(identity, ['arn']) ?? '';
  const [, name, user] = /:assumed-role\/AWSReservedSSO_(.+)_[0-9a-f]{16}\/(.+)$/.exec(arn) ?? [];
  return name === undefined ? undefined : { name, user };
}

function actorOf(event: unknown, identity: unknown, settings: CloudTrailSettings): SaidParty {
  const { application, identityCenter = application } = settings;
  const type = textAt(identity, ['type']);
  const arn = textAt(identity, ['arn']);
  const clues: (ActivityClue | undefined)[] = [
    clueOf('account', textAt(identity, ['onBehalfOf', 'userId']), identityCenter),
    clueOf('account', textAt(event, ['additionalEventData', 'UserId']), identityCenter),
    clueOf('key', longLived(textAt(identity, ['accessKeyId'])), application),
  ];
  const permissionSet = permissionSetOf(identity);
  if (permissionSet !== undefined) {
    clues.push(clueOf('user-name', permissionSet.user, identityCenter));
    if (permissionSet.user?.includes('@')) clues.push(clueOf('email', permissionSet.user));
  } else if (type === 'AssumedRole' || type === 'Role') {
    clues.push(
      clueOf('session', arn, application),
      clueOf('session', textAt(identity, ['sessionContext', 'sessionIssuer', 'arn']), application),
    );
  } else if (type === 'Root') {
    clues.push(clueOf('account', arn, application));
  } else if (type === 'IAMUser') {
    clues.push(clueOf('account', arn, application), clueOf('account', textAt(identity, ['principalId']), application));
    clues.push(clueOf('user-name', textAt(identity, ['userName']), application));
  } else if (type === 'IdentityCenterUser' || type === 'Unknown' || type === undefined) {
    clues.push(
      clueOf(
        'user-name',
        textAt(identity, ['userName']) ?? textAt(event, ['additionalEventData', 'UserName']),
        identityCenter,
      ),
    );
  }
  const name = textAt(event, ['eventName']) ?? '';
  const invokedBy = textAt(identity, ['invokedBy']);
  // Of a directory's users CloudTrail says Root while nobody knows yet who they are.
  const isRoot =
    type === 'Root' &&
    name !== 'ExternalIdPDirectoryLogin' &&
    (invokedBy === undefined || invokedBy === 'signin.amazonaws.com');
  const isService = type === 'AWSService' || type === 'AWSAccount' || (invokedBy !== undefined && !isRoot);
  const isPerson = permissionSet !== undefined || type === 'IdentityCenterUser' || isInteractive(name, event) === true;
  return { clues, kind: kindOf({ isRoot, isService, isPerson, isRole: type === 'AssumedRole' }), breakGlass: isRoot };
}

function kindOf(is: {
  readonly isRoot: boolean;
  readonly isService: boolean;
  readonly isPerson: boolean;
  readonly isRole: boolean;
}): PartyKind {
  if (is.isRoot) return 'unknown';
  if (is.isService) return 'platform';
  if (is.isPerson) return 'person';
  return is.isRole ? 'machine' : 'unknown';
}

/** Of a session it is another each time, and says nothing of whose it is. */
function longLived(key: string | undefined): string | undefined {
  return key?.startsWith('ASIA') ? undefined : key;
}

function targetOf(
  operation: string,
  event: unknown,
  { application, identityCenter = application }: CloudTrailSettings,
): SaidParty | undefined {
  const [service] = operation.split(':');
  const asked = at(event, 'requestParameters');
  if (service === 'iam') {
    const made =
      textAt(event, ['responseElements', 'accessKey', 'userName']) ??
      textAt(event, ['responseElements', 'user', 'userName']);
    const userName = textAt(asked, ['userName']) ?? made;
    return userName === undefined
      ? undefined
      : { clues: [clueOf('user-name', userName, application)], kind: 'unknown' };
  }
  const ids = [
    textAt(asked, ['userId']),
    textAt(asked, ['memberId']),
    textAt(asked, ['memberId', 'userId']),
    textAt(asked, ['member', 'memberId']),
  ];
  if (service === 'sso' && textAt(asked, ['principalType']) === 'USER') ids.push(textAt(asked, ['principalId']));
  const clues = ids.map((id) => clueOf('account', id, identityCenter)).filter((clue) => clue !== undefined);
  return clues.length === 0 ? undefined : { clues, kind: 'person' };
}

function policyOf(event: unknown): string {
  return textAt(event, ['requestParameters', 'policyDocument'], 16_384) ?? '';
}

function changeOf(event: unknown): SaidChange | undefined {
  const asked = at(event, 'requestParameters');
  const names = ['policyArn', 'policyName', 'groupName', 'roleName', 'permissionSetArn', 'groupId'].map((name) =>
    textAt(asked, [name]),
  );
  const grants = names.filter((name) => name !== undefined);
  if (grants.length === 0) return undefined;
  return {
    grants,
    administrator: grants.some((grant) => ADMINISTRATOR_POLICY.test(grant)) || EVERYTHING.test(policyOf(event)),
  };
}
