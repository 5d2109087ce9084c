// AWS IAM users of one account. A grant is an IAM group; a user is disabled by a deny on everything, with password and
// keys out of use, and sessions end by a deny on whatever was issued before now ("revoke temporary credentials").
import type { IAM, Tag, User } from '@aws-sdk/client-iam';
import * as z from 'zod';
import { ConflictError, NotFoundError, PermanentError } from '../../core/errors.ts';
import type { ObservedAccount } from '../../core/systems/account.ts';
import type { AccountProfile } from '../../core/systems/account-profile.ts';
import type { Credential } from '../../core/systems/credential.ts';
import { findOwnAccount } from '../contract/account-finding.ts';
import {
  type AccountKey,
  type AccountPage,
  type ApiConnector,
  AWS_ACCOUNT_ID,
  AWS_PARTITION,
  type Connection,
  type ConnectorPermission,
  type Target,
} from '../contract/connector.ts';
import { grantsOf, type HeldGroup, idsBehind } from '../contract/held-groups.ts';
import { AwsCalls, type AwsPage, RefusedByAwsError, undefinedWhenGone } from './aws-calls.ts';
import { awsClientOptions, permissionsBy, requireRole, roleShape } from './aws-client.ts';

const IDENTITY_TAG = 'tenure:identity';
/** A credential that disabling put out of use, so that enabling puts exactly these in use again. */
const INACTIVATED_TAG = 'tenure:inactivated:';
/** IAM's own limit is 50 tags for a user; listings of one user's things are far below a page of this size. */
const MAX_ITEMS = 100;

const DISABLED_POLICY = 'TenureDisabled';
const DISABLED_DOCUMENT = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Deny', Action: '*', Resource: '*' }],
});
const SESSIONS_POLICY = 'TenureSessionsEnded';
/** A user that never exists, for calls that show whether they are allowed and change nothing. */
const PROBE_USER = 'tenure-privilege-check';
/** SES makes users for its SMTP credentials. */
const SERVICE_USERS = /^ses-smtp-user\./;
const PROBE_ID = 'AIDATENUREPRIVILEGECHECK';

const settingsSchema = z
  .strictObject({
    ...roleShape,
    /** New users are created under this path, and the function may touch no others. @default every user of the account */
    path: z
      .string()
      .max(512)
      .regex(/^\/([\x21-\x2e\x30-\x3e\x40-\x7e]+\/)*$/, 'expected a path that begins and ends with /, such as /people/')
      .default('/'),
    /** Any region of the partition: IAM has one endpoint for it. @default the function's own region */
    region: z
      .string()
      .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'expected a region such as eu-central-1')
      .optional(),
    /** The longest session of a role that these users may assume; 0 where they may assume none. */
    longestRoleSessionHours: z.number().min(0).max(12).default(12),
    /** How many users one page of a listing holds. */
    pageSize: z.int().min(1).max(200).default(25),
  })
  .superRefine(requireRole);

export type AwsIamSettings = z.infer<typeof settingsSchema>;

export const awsIam: ApiConnector<AwsIamSettings, undefined> = {
  kind: 'api',
  type: 'aws-iam',
  title: 'AWS IAM users: groups, passwords, access keys, SSH keys, certificates, MFA devices',
  testedAgainst: 'moto 5.2 enforcing IAM, with session tokens, inactive keys and AWS’s rules of deletion added',
  settings: settingsSchema,
  privileges: [
    'None but the IAM statements of its own function, which `cdk deploy` grants; with `roleArn`, the role has them instead',
  ],
  limits: [
    'Disabling deletes the console password, which enabling cannot bring back: a new one has to be set',
    'Sessions of roles that the user had assumed belong to the role and last until they expire; a role that may assume roles is renewed by chaining, an hour at a time, which only its trust policy can rule out',
    'Policies attached to a user directly are no grants: disabling overrides them, deleting removes them',
    'The user name stays as it was created: policies name users by it',
  ],
  permissions: (settings) => permissionsBy(settings, permissions(settings)),
  residualWindow: ({ longestRoleSessionHours }) =>
    longestRoleSessionHours === 0
      ? undefined
      : { seconds: longestRoleSessionHours * 3600, what: 'sessions of roles that the user had assumed' },
  connect: async (connection) => {
    const { IAM } = await import('@aws-sdk/client-iam');
    const { region } = connection.settings;
    const options = awsClientOptions(connection);
    return new AwsIamTarget(new IAM({ ...options, ...(region === undefined ? {} : { region }) }), connection);
  },
};

/** Service Authorization Reference, "AWS Identity and Access Management": each operation by its resource type. */
function permissions({ path }: AwsIamSettings): readonly ConnectorPermission[] {
  const account = `arn:${AWS_PARTITION}:iam::${AWS_ACCOUNT_ID}`;
  const prefixed = (text: string) => text.split(' ').map((operation) => `iam:${operation}`);
  return [
    {
      actions: prefixed(
        'CreateUser DeleteAccessKey DeleteLoginProfile DeleteServiceSpecificCredential DeleteSigningCertificate ' +
          'DeleteSSHPublicKey DeleteUser DeleteUserPolicy DetachUserPolicy DeactivateMFADevice GetAccessKeyLastUsed ' +
          'GetLoginProfile GetUser GetUserPolicy ListAccessKeys ListAttachedUserPolicies ListGroupsForUser ' +
          'ListMFADevices ListServiceSpecificCredentials ListSigningCertificates ListSSHPublicKeys ListUserPolicies ' +
          'ListUsers ListUserTags PutUserPolicy TagUser UntagUser UpdateAccessKey UpdateServiceSpecificCredential ' +
          'UpdateSigningCertificate UpdateSSHPublicKey',
      ),
      // A user that is not there is asked for without its path.
      resources: path === '/' ? [`${account}:user/*`] : [`${account}:user${path}*`, `${account}:user/${PROBE_USER}`],
    },
    { actions: prefixed('AddUserToGroup GetGroup RemoveUserFromGroup'), resources: [`${account}:group/*`] },
    { actions: prefixed('DeleteVirtualMFADevice'), resources: [`${account}:mfa/*`] },
  ];
}

/** A user with the identity whose tag it carries. */
interface MarkedUser {
  readonly user: User;
  readonly identityId: string | undefined;
}

interface HeldCredential extends Credential {
  /** Undefined for what cannot be put out of use without being deleted. */
  readonly status: 'Active' | 'Inactive' | undefined;
}

class AwsIamTarget implements Target {
  readonly #iam: IAM;
  readonly #calls: AwsCalls;
  readonly #path: string;
  readonly #pageSize: number;

  constructor(iam: IAM, { settings, callTimeoutMs }: Connection<AwsIamSettings, undefined>) {
    this.#iam = iam;
    this.#calls = new AwsCalls({ system: 'IAM', callTimeoutMs });
    this.#path = settings.path;
    this.#pageSize = settings.pageSize;
  }

  async findAccount(key: AccountKey): Promise<ObservedAccount | undefined> {
    const user = await this.#findUser(key);
    return user && this.#observe(user);
  }

  async createAccount(profile: AccountProfile): Promise<ObservedAccount> {
    const found = await this.#findUser(profile);
    if (found !== undefined) {
      // Adopted: the mark keeps it from being taken for another identity's.
      await this.#tag(required(found.UserName), [{ Key: IDENTITY_TAG, Value: profile.identityId }]);
      return this.#observe(found);
    }
    return this.#observe(await this.#createUser(profile));
  }

  /** @throws PermanentError when there is no such group: it is never created silently, since nobody reviewed it. */
  async grant(account: ObservedAccount, grant: string): Promise<void> {
    if (!(await this.#groupExists(grant))) {
      throw new PermanentError(`IAM: there is no group "${grant}": create it, or correct the grant`);
    }
    const input = { UserName: await this.#currentName(account), GroupName: grant };
    await this.#calls.run('AddUserToGroup', (options) => this.#iam.addUserToGroup(input, options));
  }

  async revoke(account: ObservedAccount, grant: string): Promise<void> {
    await this.#withUser(account, async (UserName) => {
      const known = idsBehind(account, grant);
      const isMeant = ({ name, id }: HeldGroup) => (known.length === 0 ? name === grant : known.includes(id ?? ''));
      for (const { name: GroupName } of (await this.#groupsOf(UserName)).filter(isMeant)) {
        const input = { UserName, GroupName };
        await this.#calls.find('RemoveUserFromGroup', (options) => this.#iam.removeUserFromGroup(input, options));
      }
    });
  }

  /** The deny comes first: it cuts off at once, whatever keys there are or will be. */
  async disableAccount(account: ObservedAccount): Promise<void> {
    await this.#withUser(account, async (UserName) => {
      await this.#putPolicy(UserName, DISABLED_POLICY, DISABLED_DOCUMENT);
      const active = (await this.#credentialsOf(UserName)).filter(({ status }) => status === 'Active');
      // Written down before it is done, so that a call that dies in between loses no key.
      const tags = active.map(({ credentialId, kind }) => ({ Key: INACTIVATED_TAG + credentialId, Value: kind }));
      if (tags.length > 0) await this.#tag(UserName, tags);
      for (const credential of active) await this.#setStatus(UserName, credential, 'Inactive');
      await this.#calls.find('DeleteLoginProfile', (options) => this.#iam.deleteLoginProfile({ UserName }, options));
    });
  }

  /** The note about sessions stays, so that what was issued before does not come to life again. */
  async enableAccount(account: ObservedAccount): Promise<void> {
    const UserName = await this.#currentName(account);
    const PolicyName = DISABLED_POLICY;
    await this.#calls.find('DeleteUserPolicy', (options) =>
      this.#iam.deleteUserPolicy({ UserName, PolicyName }, options),
    );
    const held = new Map((await this.#credentialsOf(UserName)).map((each) => [each.credentialId, each]));
    for (const { Key } of await this.#tagsOf(UserName)) {
      if (Key === undefined || !Key.startsWith(INACTIVATED_TAG)) continue;
      const credential = held.get(Key.slice(INACTIVATED_TAG.length));
      if (credential !== undefined) await this.#setStatus(UserName, credential, 'Active');
      await this.#calls.run('UntagUser', (options) => this.#iam.untagUser({ UserName, TagKeys: [Key] }, options));
    }
  }

  /** IAM user guide, "Disabling permissions for temporary security credentials". */
  async endSessions(account: ObservedAccount): Promise<void> {
    const Condition = { DateLessThan: { 'aws:TokenIssueTime': new Date().toISOString() } };
    const Statement = [{ Effect: 'Deny', Action: '*', Resource: '*', Condition }];
    const document = JSON.stringify({ Version: '2012-10-17', Statement });
    await this.#withUser(account, (UserName) => this.#putPolicy(UserName, SESSIONS_POLICY, document));
  }

  async revokeCredential(account: ObservedAccount, credential: Credential): Promise<void> {
    await this.#withUser(account, (UserName) => this.#removeCredential(UserName, credential));
  }

  /** API reference, DeleteUser: what hangs on the user goes first. The deny goes last, when no key is left. */
  async deleteAccount(account: ObservedAccount): Promise<void> {
    await this.#withUser(account, async (UserName) => {
      for (const credential of await this.#credentialsOf(UserName)) await this.#removeCredential(UserName, credential);
      for (const { name: GroupName } of await this.#groupsOf(UserName)) {
        await this.#calls.find('RemoveUserFromGroup', (options) =>
          this.#iam.removeUserFromGroup({ UserName, GroupName }, options),
        );
      }
      for (const { PolicyArn } of await this.#attachedPoliciesOf(UserName)) {
        await this.#calls.find('DetachUserPolicy', (options) =>
          this.#iam.detachUserPolicy({ UserName, PolicyArn }, options),
        );
      }
      const isOwn = (name: string) => Number(name === DISABLED_POLICY);
      const inline = (await this.#policiesOf(UserName)).toSorted((one, other) => isOwn(one) - isOwn(other));
      for (const PolicyName of inline) {
        await this.#calls.find('DeleteUserPolicy', (options) =>
          this.#iam.deleteUserPolicy({ UserName, PolicyName }, options),
        );
      }
      await this.#calls.find('DeleteUser', (options) => this.#iam.deleteUser({ UserName }, options));
    });
  }

  async listAccounts(from: string | undefined): Promise<AccountPage> {
    const { items, next } = await this.#calls.page('ListUsers', from, (marker, options) =>
      this.#iam
        .listUsers({ PathPrefix: this.#path, MaxItems: this.#pageSize, ...markerOf(marker) }, options)
        .then((page) => ({ items: page.Users, next: nextOf(page) })),
    );
    const accounts: ObservedAccount[] = [];
    for (const user of items) {
      const account = await this.#observe(user).catch(undefinedWhenGone);
      if (account !== undefined) accounts.push(account);
    }
    return { accounts, next };
  }

  /** Each operation on a user, a key, a group that is not there: refused is lacking, not found is allowed. */
  async checkPrivileges(): Promise<readonly string[]> {
    const UserName = PROBE_USER;
    const GroupName = PROBE_USER;
    const PolicyName = DISABLED_POLICY;
    const PolicyDocument = DISABLED_DOCUMENT;
    const Status = 'Inactive' as const;
    const ServiceSpecificCredentialId = PROBE_ID;
    const iam = this.#iam;
    return this.#calls.findDenied('iam', {
      AddUserToGroup: (options) => iam.addUserToGroup({ UserName, GroupName }, options),
      DeleteAccessKey: (options) => iam.deleteAccessKey({ UserName, AccessKeyId: PROBE_ID }, options),
      DeleteLoginProfile: (options) => iam.deleteLoginProfile({ UserName }, options),
      DeleteServiceSpecificCredential: (options) =>
        iam.deleteServiceSpecificCredential({ UserName, ServiceSpecificCredentialId }, options),
      DeleteUser: (options) => iam.deleteUser({ UserName }, options),
      DeleteUserPolicy: (options) => iam.deleteUserPolicy({ UserName, PolicyName }, options),
      GetGroup: (options) => iam.getGroup({ GroupName }, options),
      GetLoginProfile: (options) => iam.getLoginProfile({ UserName }, options),
      GetUser: (options) => iam.getUser({ UserName }, options),
      ListAccessKeys: (options) => iam.listAccessKeys({ UserName }, options),
      ListGroupsForUser: (options) => iam.listGroupsForUser({ UserName }, options),
      ListUserPolicies: (options) => iam.listUserPolicies({ UserName }, options),
      ListUserTags: (options) => iam.listUserTags({ UserName }, options),
      ListUsers: (options) => iam.listUsers({ PathPrefix: this.#path, MaxItems: 1 }, options),
      PutUserPolicy: (options) => iam.putUserPolicy({ UserName, PolicyName, PolicyDocument }, options),
      RemoveUserFromGroup: (options) => iam.removeUserFromGroup({ UserName, GroupName }, options),
      TagUser: (options) => iam.tagUser({ UserName, Tags: [{ Key: IDENTITY_TAG, Value: PROBE_ID }] }, options),
      UpdateAccessKey: (options) => iam.updateAccessKey({ UserName, AccessKeyId: PROBE_ID, Status }, options),
    });
  }

  async #findUser(key: AccountKey): Promise<User | undefined> {
    // Asked first, since IAM finds a user by its id only by looking through all.
    const named = key.userName === undefined ? undefined : await this.#getUser(key.userName);
    const found = await findOwnAccount<MarkedUser>(key, {
      system: 'IAM',
      carriedIn: `tag ${IDENTITY_TAG}`,
      byId: async (accountId) => {
        const linked = named?.UserId === accountId ? named : await this.#userById(accountId);
        return linked && this.#marked(linked);
      },
      byIdentity: async () => [],
      byUserName: async () => named && this.#marked(named),
      identityOf: ({ identityId }) => identityId,
      isReserved: ({ user: { Path, UserName } }) =>
        !Path?.startsWith(this.#path) || SERVICE_USERS.test(required(UserName)),
    });
    return found?.user;
  }

  #getUser(UserName: string): Promise<User | undefined> {
    return this.#calls
      .find('GetUser', (options) => this.#iam.getUser({ UserName }, options))
      .then((found) => found?.User)
      .catch((error: unknown) => {
        // A name that IAM cannot store is a name that nobody has.
        if (error instanceof RefusedByAwsError && error.code.startsWith('ValidationError')) return undefined;
        throw error;
      });
  }

  /** IAM finds users by name only; an account has 5,000 of them at most (five pages). */
  async #userById(userId: string): Promise<User | undefined> {
    let Marker: string | undefined;
    for (let pages = 0; pages < MAX_ITEMS; pages += 1) {
      const page = await this.#calls.run('ListUsers', (options) =>
        this.#iam.listUsers({ PathPrefix: this.#path, MaxItems: 1000, ...markerOf(Marker) }, options),
      );
      const found = page.Users?.find(({ UserId }) => UserId === userId);
      if (found !== undefined || !page.IsTruncated) return found;
      if (required(page.Marker) === Marker)
        throw new PermanentError('IAM ListUsers: paging does not advance: likely a provider bug');
      Marker = page.Marker;
    }
    throw new PermanentError(`IAM ListUsers: more than ${MAX_ITEMS} pages`);
  }

  async #marked(user: User): Promise<MarkedUser> {
    const tags = await this.#tagsOf(required(user.UserName)).catch(undefinedWhenGone);
    return { user, identityId: tags?.find(({ Key }) => Key === IDENTITY_TAG)?.Value };
  }

  async #createUser(profile: AccountProfile): Promise<User> {
    const Tags = [{ Key: IDENTITY_TAG, Value: profile.identityId }];
    const input = { UserName: profile.userName, Path: this.#path, Tags };
    try {
      const { User } = await this.#calls.run('CreateUser', (options) => this.#iam.createUser(input, options));
      return required(User);
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      // Somebody was faster: this identity's earlier call, or another identity.
      const user = await this.#findUser(profile);
      if (user === undefined) throw error;
      return user;
    }
  }

  async #observe(user: User): Promise<ObservedAccount> {
    const UserName = required(user.UserName);
    const [groups, credentials, denied, tags] = await Promise.all([
      this.#groupsOf(UserName),
      this.#credentialsOf(UserName),
      this.#isDenied(UserName),
      this.#tagsOf(UserName),
    ]);
    const keys = credentials.filter(({ kind }) => kind === 'access-key');
    const uses = await Promise.all(keys.map(({ credentialId }) => this.#lastUsedMs(credentialId)));
    const lastActiveMs = Math.max(user.PasswordLastUsed?.getTime() ?? 0, ...uses);
    const inUse = credentials.some(({ kind, status }) => kind === 'password' || status === 'Active');
    const putOut = denied || tags.some(({ Key }) => Key?.startsWith(INACTIVATED_TAG));
    return {
      accountId: required(user.UserId),
      userName: UserName,
      // A step that died half-way leaves something in use: reported as enabled, so that it is disabled once more.
      enabled: inUse || !putOut,
      ...grantsOf(groups),
      attributes: {},
      credentials: credentials.map(({ credentialId, kind }) => ({ credentialId, kind })),
      ...(lastActiveMs === 0 ? {} : { lastActiveMs }),
    };
  }

  /** Its content is compared, not only its name: a policy by that name may allow. */
  async #isDenied(UserName: string): Promise<boolean> {
    if (!(await this.#policiesOf(UserName)).includes(DISABLED_POLICY)) return false;
    const found = await this.#calls.find('GetUserPolicy', (options) =>
      this.#iam.getUserPolicy({ UserName, PolicyName: DISABLED_POLICY }, options),
    );
    return decodeURIComponent(found?.PolicyDocument ?? '') === DISABLED_DOCUMENT;
  }

  async #lastUsedMs(AccessKeyId: string): Promise<number> {
    const found = await this.#calls.find('GetAccessKeyLastUsed', (options) =>
      this.#iam.getAccessKeyLastUsed({ AccessKeyId }, options),
    );
    return found?.AccessKeyLastUsed?.LastUsedDate?.getTime() ?? 0;
  }

  async #credentialsOf(UserName: string): Promise<HeldCredential[]> {
    const held = await Promise.all([
      this.#passwordOf(UserName),
      this.#all('ListAccessKeys', (input, options) =>
        this.#iam
          .listAccessKeys({ UserName, ...input }, options)
          .then((page) => pageOf(page, page.AccessKeyMetadata, 'access-key', ({ AccessKeyId }) => AccessKeyId)),
      ),
      this.#all('ListSSHPublicKeys', (input, options) =>
        this.#iam
          .listSSHPublicKeys({ UserName, ...input }, options)
          .then((page) => pageOf(page, page.SSHPublicKeys, 'ssh-key', ({ SSHPublicKeyId }) => SSHPublicKeyId)),
      ),
      this.#all('ListServiceSpecificCredentials', (input, options) =>
        this.#iam
          .listServiceSpecificCredentials({ UserName, ...input }, options)
          .then((page) =>
            pageOf(
              page,
              page.ServiceSpecificCredentials,
              'token',
              ({ ServiceSpecificCredentialId }) => ServiceSpecificCredentialId,
            ),
          ),
      ),
      this.#all('ListSigningCertificates', (input, options) =>
        this.#iam
          .listSigningCertificates({ UserName, ...input }, options)
          .then((page) => pageOf(page, page.Certificates, 'certificate', ({ CertificateId }) => CertificateId)),
      ),
      this.#all('ListMFADevices', (input, options) =>
        this.#iam
          .listMFADevices({ UserName, ...input }, options)
          .then((page) => pageOf(page, page.MFADevices, 'mfa-device', ({ SerialNumber }) => SerialNumber)),
      ),
    ]);
    return held.flat().sort((one, other) => (one.credentialId < other.credentialId ? -1 : 1));
  }

  async #passwordOf(UserName: string): Promise<HeldCredential[]> {
    const found = await this.#calls.find('GetLoginProfile', (options) =>
      this.#iam.getLoginProfile({ UserName }, options),
    );
    return found === undefined ? [] : [{ credentialId: 'console-password', kind: 'password', status: undefined }];
  }

  async #setStatus(UserName: string, { kind, credentialId }: HeldCredential, Status: 'Active' | 'Inactive') {
    switch (kind) {
      case 'access-key':
        return this.#calls.find('UpdateAccessKey', (options) =>
          this.#iam.updateAccessKey({ UserName, AccessKeyId: credentialId, Status }, options),
        );
      case 'ssh-key':
        return this.#calls.find('UpdateSSHPublicKey', (options) =>
          this.#iam.updateSSHPublicKey({ UserName, SSHPublicKeyId: credentialId, Status }, options),
        );
      case 'token':
        return this.#calls.find('UpdateServiceSpecificCredential', (options) =>
          this.#iam.updateServiceSpecificCredential(
            { UserName, ServiceSpecificCredentialId: credentialId, Status },
            options,
          ),
        );
      case 'certificate':
        return this.#calls.find('UpdateSigningCertificate', (options) =>
          this.#iam.updateSigningCertificate({ UserName, CertificateId: credentialId, Status }, options),
        );
      case 'password':
      case 'mfa-device':
      case 'shared-secret':
        return undefined;
      default:
        return kind satisfies never;
    }
  }

  async #removeCredential(UserName: string, { kind, credentialId }: Credential): Promise<void> {
    switch (kind) {
      case 'password':
        await this.#calls.find('DeleteLoginProfile', (options) => this.#iam.deleteLoginProfile({ UserName }, options));
        return;
      case 'access-key':
        await this.#calls.find('DeleteAccessKey', (options) =>
          this.#iam.deleteAccessKey({ UserName, AccessKeyId: credentialId }, options),
        );
        return;
      case 'ssh-key':
        await this.#calls.find('DeleteSSHPublicKey', (options) =>
          this.#iam.deleteSSHPublicKey({ UserName, SSHPublicKeyId: credentialId }, options),
        );
        return;
      case 'token':
        await this.#calls.find('DeleteServiceSpecificCredential', (options) =>
          this.#iam.deleteServiceSpecificCredential({ UserName, ServiceSpecificCredentialId: credentialId }, options),
        );
        return;
      case 'certificate':
        await this.#calls.find('DeleteSigningCertificate', (options) =>
          this.#iam.deleteSigningCertificate({ UserName, CertificateId: credentialId }, options),
        );
        return;
      case 'mfa-device':
        await this.#calls.find('DeactivateMFADevice', (options) =>
          this.#iam.deactivateMFADevice({ UserName, SerialNumber: credentialId }, options),
        );
        // Hardware devices have a serial number of their own, virtual ones an ARN; passkeys (u2f) go with deactivation.
        if (!/^arn:[^:]+:iam::\d+:mfa\//.test(credentialId)) return;
        await this.#calls.find('DeleteVirtualMFADevice', (options) =>
          this.#iam.deleteVirtualMFADevice({ SerialNumber: credentialId }, options),
        );
        return;
      case 'shared-secret':
        return;
      default:
        kind satisfies never;
    }
  }

  async #groupExists(GroupName: string): Promise<boolean> {
    try {
      return (
        (await this.#calls.find('GetGroup', (options) => this.#iam.getGroup({ GroupName, MaxItems: 1 }, options))) !==
        undefined
      );
    } catch (error) {
      // A name that IAM cannot store is no group's.
      if (error instanceof RefusedByAwsError && error.code.startsWith('ValidationError')) return false;
      throw error;
    }
  }

  #groupsOf(UserName: string): Promise<HeldGroup[]> {
    return this.#all('ListGroupsForUser', (input, options) =>
      this.#iam.listGroupsForUser({ UserName, ...input, MaxItems: this.#pageSize }, options).then((page) => ({
        items: page.Groups?.map(({ GroupName, GroupId }) => ({ name: required(GroupName), id: GroupId })),
        next: nextOf(page),
      })),
    );
  }

  #policiesOf(UserName: string): Promise<string[]> {
    return this.#all('ListUserPolicies', (input, options) =>
      this.#iam
        .listUserPolicies({ UserName, ...input }, options)
        .then((page) => ({ items: page.PolicyNames, next: nextOf(page) })),
    );
  }

  #attachedPoliciesOf(UserName: string) {
    return this.#all('ListAttachedUserPolicies', (input, options) =>
      this.#iam
        .listAttachedUserPolicies({ UserName, ...input }, options)
        .then((page) => ({ items: page.AttachedPolicies, next: nextOf(page) })),
    );
  }

  #tagsOf(UserName: string): Promise<Tag[]> {
    return this.#all('ListUserTags', (input, options) =>
      this.#iam
        .listUserTags({ UserName, ...input }, options)
        .then((page) => ({ items: page.Tags, next: nextOf(page) })),
    );
  }

  async #tag(UserName: string, Tags: Tag[]): Promise<void> {
    await this.#calls.run('TagUser', (options) => this.#iam.tagUser({ UserName, Tags }, options));
  }

  async #putPolicy(UserName: string, PolicyName: string, PolicyDocument: string): Promise<void> {
    await this.#calls.run('PutUserPolicy', (options) =>
      this.#iam.putUserPolicy({ UserName, PolicyName, PolicyDocument }, options),
    );
  }

  #all<Item>(
    operation: string,
    send: (
      input: { Marker?: string; MaxItems: number },
      options: { abortSignal: AbortSignal },
    ) => Promise<AwsPage<Item>>,
  ): Promise<Item[]> {
    return this.#calls.list(operation, (next, options) => send({ MaxItems: MAX_ITEMS, ...markerOf(next) }, options));
  }

  /**
   * The name the user has now. Operations take names, and a name may since have become somebody else's.
   *
   * @throws NotFoundError when the user is gone
   */
  async #currentName({ accountId, userName }: ObservedAccount): Promise<string> {
    const named = await this.#getUser(userName);
    const user = named?.UserId === accountId ? named : await this.#userById(accountId);
    if (user === undefined) throw new NotFoundError('IAM: the user is gone');
    return required(user.UserName);
  }

  /** Runs steps for which a user who is gone is success. */
  async #withUser(account: ObservedAccount, steps: (userName: string) => Promise<void>): Promise<void> {
    try {
      await steps(await this.#currentName(account));
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
    }
  }
}

function pageOf<Entry extends { readonly Status?: string | undefined } | object>(
  page: { readonly IsTruncated?: boolean | undefined; readonly Marker?: string | undefined },
  entries: readonly Entry[] | undefined,
  kind: HeldCredential['kind'],
  idOf: (entry: Entry) => string | undefined,
): AwsPage<HeldCredential> {
  const items = entries?.map((entry) => {
    const status = 'Status' in entry && entry.Status === 'Inactive' ? ('Inactive' as const) : ('Active' as const);
    return { credentialId: required(idOf(entry)), kind, status: kind === 'mfa-device' ? undefined : status };
  });
  return { items, next: nextOf(page) };
}

function nextOf(page: { readonly IsTruncated?: boolean | undefined; readonly Marker?: string | undefined }) {
  if (!page.IsTruncated) return undefined;
  return required(page.Marker);
}

function markerOf(from: string | undefined) {
  return from === undefined ? {} : { Marker: from };
}

function required<Value>(value: Value | undefined | null): Value {
  if (value === undefined || value === null) throw new PermanentError('IAM: the answer lacks a required field');
  return value;
}
