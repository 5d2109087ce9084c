// AWS IAM Identity Center: users, groups and memberships of its identity store, and permission sets assigned to users. The
// API has no operation that disables a user, so a leaver's account is deleted, its memberships and assignments first.
import type { GroupMembership, Identitystore, User } from '@aws-sdk/client-identitystore';
import * as z from 'zod';
import { ConflictError, PermanentError, RetryableError } from '../../core/errors.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import type { ObservedAccount } from '../../core/systems/account.ts';
import type { AccountProfile } from '../../core/systems/account-profile.ts';
import { Remembered } from '../../outbound/remembered.ts';
import { findOwnAccount } from '../contract/account-finding.ts';
import {
  type AccountKey,
  type AccountPage,
  type ApiConnector,
  AWS_PARTITION,
  type Connection,
  type ConnectorPermission,
  type ResidualWindow,
  type Target,
} from '../contract/connector.ts';
import { grantsOf, type HeldGroup, idsBehind } from '../contract/held-groups.ts';
import { AwsCalls, tokenOf, undefinedWhenGone } from './aws-calls.ts';
import { awsClientOptions, permissionsBy, requireRole, roleShape } from './aws-client.ts';
import { PermissionSets, parseAssignment, SIGN_IN_HOURS } from './permission-sets.ts';

/** Users on one page of a listing: with permission sets each costs a call of the 20 a second that everybody shares. */
const MAX_LISTED = 25;
/** Users of one page whose groups are asked for at a time. */
const CONCURRENT_USERS = 5;
/** A user, a group and a name that never are, for calls that show whether they are allowed and change nothing. */
const NOBODY = '00000000-0000-0000-0000-000000000000';
const PROBE_NAME = 'tenure-privilege-check';
/**
 * The store requires both names, and a service account has none. Not reported back, so that it is no difference.
 */
const NO_NAME = '-';
/** Of an application behind the access portal, before it asks for the sign-in again. */
const APPLICATION_SESSION_HOURS = 1;
/** ExternalIds are read-only here (an identity provider sets them), so the owner is written where a URI may stand. */
const OWNER_PREFIX = 'urn:tenure:identity:';

const settingsSchema = z
  .strictObject({
    ...roleShape,
    /** As in the Identity Center settings page: `d-` and ten characters, or a UUID. */
    identityStoreId: z
      .string()
      .regex(/^(d-[0-9a-f]{10}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/, 'expected d-1234567890'),
    /** Where Identity Center is enabled. @default the function's own region */
    region: z
      .string()
      .regex(/^[a-z]{2}(-[a-z]+)+-\d$/)
      .optional(),
    /** The account that owns the store (the management account): narrows the role's policy. @default any, store id fixed */
    accountId: z
      .string()
      .regex(/^\d{12}$/)
      .optional(),
    pageSize: z.int().min(1).max(100).default(100),
    /** With it, a grant may be a permission set on an account, `<permission set>@<account id>`. @default groups only */
    instanceArn: z
      .string()
      .regex(
        /^arn:aws[a-z-]*:sso:::instance\/(sso)?ins-[a-zA-Z0-9-.]{16}$/,
        'expected arn:<partition>:sso:::instance/ssoins-...',
      )
      .optional(),
    /**
     * Cut the role sessions of a user who is deleted: a deny in the inline policy of every permission set, which ends by
     * itself after 13 h and is cleared away by the next one.
     */
    endsSessions: z.boolean().default(false),
    /** The longest session duration of any permission set; 0 where it opens no role sessions at all. */
    longestSessionHours: z.number().min(0).max(12).default(12),
    /** Do people open applications through the access portal as well? */
    opensApplications: z.boolean().default(true),
  })
  .refine(({ instanceArn, endsSessions }) => instanceArn !== undefined || !endsSessions, {
    error: 'expected instanceArn, without which no session can be ended',
    path: ['endsSessions'],
  })
  .superRefine(requireRole);

export type IdentityCenterSettings = z.infer<typeof settingsSchema>;

export const identityCenter: ApiConnector<IdentityCenterSettings, undefined> = {
  kind: 'api',
  type: 'identity-center',
  title: 'AWS IAM Identity Center: users, groups, memberships, permission sets assigned to users',
  testedAgainst:
    'moto 5.2 enforcing IAM, with UpdateUser, statuses in progress, provisioning by account and AWS’s conflicts added',
  settings: settingsSchema,
  privileges: [
    'None but the IAM statements of its own function, which `cdk deploy` grants; with `roleArn`, the role in the management or delegated account has them instead',
  ],
  limits: [
    'Identity Store can only delete: a user who is suspended loses groups and assignments instead, and open role sessions where `endsSessions` is set',
    'The API neither tells of sessions of the access portal nor ends them',
    'Whoever’s sessions were ended is denied for 13 h, under the same user id: an account created anew has another',
    'A permission set’s inline policy has room for the denies of some 150 leavers in 13 h, if it holds nothing else; beyond that deleting fails and says so',
    'Ending sessions looks at every permission set of the instance within one call: where there are more than some 300, at 20 calls a second, it may never finish',
    'Permission sets on the management account are assigned by a delegation that only that account has',
  ],
  permissions: (settings) => permissionsBy(settings, permissions(settings)),
  residualWindow,
  connect: async (connection) => {
    const { settings, callTimeoutMs } = connection;
    const { instanceArn, region, pageSize } = settings;
    const configuration = { ...awsClientOptions(connection), ...(region === undefined ? {} : { region }) };
    const { Identitystore } = await import('@aws-sdk/client-identitystore');
    const store = new Identitystore(configuration);
    if (instanceArn === undefined) return new IdentityCenterTarget(store, undefined, connection);
    const { SSOAdmin } = await import('@aws-sdk/client-sso-admin');
    const admin = new SSOAdmin(configuration);
    const permissionSets = new PermissionSets(admin, { instanceArn, callTimeoutMs, pageSize });
    return new IdentityCenterTarget(store, permissionSets, connection);
  },
};

/**
 * User guide, "Authentication in IAM Identity Center": a deleted user's sign-in is cached for an hour, in which
 * applications and role sessions may still be opened; an application's session lasts for another hour, a role's as its
 * permission set says.
 */
function residualWindow(settings: IdentityCenterSettings): ResidualWindow | undefined {
  const { endsSessions, longestSessionHours, opensApplications } = settings;
  const roleHours = endsSessions || longestSessionHours === 0 ? 0 : SIGN_IN_HOURS + longestSessionHours;
  const applicationHours = opensApplications ? SIGN_IN_HOURS + APPLICATION_SESSION_HOURS : 0;
  const lasting = [
    ...(roleHours > 0 ? ['role sessions already open'] : []),
    ...(opensApplications ? ['sessions of applications behind the access portal'] : []),
  ];
  if (lasting.length === 0) return undefined;
  return { seconds: Math.max(roleHours, applicationHours) * 3600, what: lasting.join(', ') };
}

/**
 * Service Authorization Reference, "AWS Identity Store": users, groups and memberships have no account in their ARN and
 * ids that are known only at run time; each operation also needs the store itself, which is what confines it.
 */
function permissions(settings: IdentityCenterSettings): readonly ConnectorPermission[] {
  const arn = `arn:${AWS_PARTITION}`;
  const store = `${arn}:identitystore::${settings.accountId ?? '*'}:identitystore/${settings.identityStoreId}`;
  const users = `${arn}:identitystore:::user/*`;
  const groups = `${arn}:identitystore:::group/*`;
  const memberships = `${arn}:identitystore:::membership/*`;
  const prefixed = (...operations: string[]) => operations.map((operation) => `identitystore:${operation}`);
  return [
    {
      actions: prefixed('CreateUser', 'DeleteUser', 'DescribeUser', 'GetUserId', 'ListUsers', 'UpdateUser'),
      resources: [store, users],
    },
    { actions: prefixed('DescribeGroup', 'GetGroupId'), resources: [store, groups] },
    {
      actions: prefixed('CreateGroupMembership', 'DeleteGroupMembership', 'ListGroupMembershipsForMember'),
      resources: [store, users, groups, memberships],
    },
    ...assignmentPermissions(settings),
  ];
}

/** Service Authorization Reference, "AWS IAM Identity Center": permission sets and accounts are known at run time only. */
function assignmentPermissions({ instanceArn, endsSessions }: IdentityCenterSettings): readonly ConnectorPermission[] {
  if (instanceArn === undefined) return [];
  const instanceId = instanceArn.slice(instanceArn.indexOf('/') + 1);
  const permissionSets = `arn:${AWS_PARTITION}:sso:::permissionSet/${instanceId}/*`;
  const accounts = `arn:${AWS_PARTITION}:sso:::account/*`;
  const prefixed = (...operations: string[]) => operations.map((operation) => `sso:${operation}`);
  const assigning: ConnectorPermission[] = [
    {
      actions: prefixed(
        'DescribeAccountAssignmentCreationStatus',
        'DescribeAccountAssignmentDeletionStatus',
        'ListAccountAssignmentsForPrincipal',
        'ListPermissionSets',
      ),
      resources: [instanceArn],
    },
    { actions: prefixed('DescribePermissionSet'), resources: [instanceArn, permissionSets] },
    {
      actions: prefixed('CreateAccountAssignment', 'DeleteAccountAssignment'),
      resources: [instanceArn, permissionSets, accounts],
    },
  ];
  if (!endsSessions) return assigning;
  return [
    ...assigning,
    { actions: prefixed('DescribePermissionSetProvisioningStatus'), resources: [instanceArn] },
    {
      actions: prefixed(
        'GetInlinePolicyForPermissionSet',
        'ListAccountsForProvisionedPermissionSet',
        'PutInlinePolicyToPermissionSet',
      ),
      resources: [instanceArn, permissionSets],
    },
    { actions: prefixed('ProvisionPermissionSet'), resources: [instanceArn, permissionSets, accounts] },
  ];
}

class IdentityCenterTarget implements Target {
  readonly #store: Identitystore;
  readonly #calls: AwsCalls;
  readonly #IdentityStoreId: string;
  readonly #pageSize: number;
  readonly #permissionSets: PermissionSets | undefined;
  /** Absent where the settings do not ask for it. */
  readonly endSessions?: (account: ObservedAccount) => Promise<void>;
  readonly #groupNames = new Remembered<string>();

  constructor(
    store: Identitystore,
    permissionSets: PermissionSets | undefined,
    { settings, callTimeoutMs }: Connection<IdentityCenterSettings, undefined>,
  ) {
    this.#store = store;
    this.#permissionSets = permissionSets;
    if (permissionSets !== undefined && settings.endsSessions) {
      this.endSessions = ({ accountId }) => permissionSets.denySessionsOf(accountId, Date.now());
    }
    this.#IdentityStoreId = settings.identityStoreId;
    this.#pageSize = settings.pageSize;
    this.#calls = new AwsCalls({ system: 'Identity Store', callTimeoutMs });
  }

  async findAccount(key: AccountKey): Promise<ObservedAccount | undefined> {
    const user = await this.#findUser(key);
    return user && this.#observe(user);
  }

  async createAccount(profile: AccountProfile): Promise<ObservedAccount> {
    const user = (await this.#findUser(profile)) ?? (await this.#createUser(profile));
    const account = user && (await this.#observe(user));
    if (account === undefined) throw new RetryableError('Identity Store: the user just created is not there yet');
    return account;
  }

  /** The user name stays: the store does not let it change. */
  async updateAccount(account: ObservedAccount, profile: AccountProfile): Promise<void> {
    const input = this.#inputOf({ UserId: account.accountId, Operations: updateOperations(profile) });
    await this.#calls.run('UpdateUser', (options) => this.#store.updateUser(input, options));
  }

  /** @throws PermanentError when there is no such group: it is never created silently, since nobody reviewed it. */
  async grant(account: ObservedAccount, grant: string): Promise<void> {
    const assignment = this.#permissionSets && parseAssignment(grant);
    if (assignment !== undefined) return this.#permissionSets?.assign(account.accountId, assignment);
    const groupId = await this.#groupId(grant);
    if (groupId === undefined) {
      throw new PermanentError(`Identity Store: there is no group "${grant}": create it, or correct the grant`);
    }
    const input = this.#inputOf({ GroupId: groupId, MemberId: { UserId: account.accountId } });
    try {
      await this.#calls.run('CreateGroupMembership', (options) => this.#store.createGroupMembership(input, options));
    } catch (error) {
      // A conflict is "already a member".
      if (!(error instanceof ConflictError)) throw error;
    }
  }

  async revoke(account: ObservedAccount, grant: string): Promise<void> {
    const assignment = this.#permissionSets && parseAssignment(grant);
    if (assignment !== undefined) return this.#permissionSets?.unassign(account.accountId, assignment);
    const known = idsBehind(account, grant);
    const named = known.length === 0 ? await this.#groupId(grant) : undefined;
    const groupIds = new Set(named === undefined ? known : [named]);
    if (groupIds.size === 0) return;
    const memberships = await this.#memberships(account.accountId);
    await this.#deleteMemberships(memberships.filter(({ GroupId }) => GroupId !== undefined && groupIds.has(GroupId)));
  }

  /**
   * Memberships and assignments first, and none may be left: deleting a user is not documented to delete them, and one
   * left behind would be access for whoever gets that user id back. Sessions are ended last, when no new one can begin.
   */
  async deleteAccount(account: ObservedAccount): Promise<void> {
    await this.#deleteMemberships(await this.#memberships(account.accountId));
    for (const grant of await this.#assignments(account.accountId)) await this.revoke(account, grant);
    const left = (await this.#memberships(account.accountId)).length;
    if (left > 0) throw new RetryableError(`Identity Store: ${left} memberships are left, user not deleted`);
    const assigned = (await this.#assignments(account.accountId)).length;
    if (assigned > 0) throw new RetryableError(`Identity Store: ${assigned} assignments are left, user not deleted`);
    if (this.endSessions !== undefined && (await this.#describeUser(account.accountId)) !== undefined) {
      await this.endSessions(account);
    }
    const input = this.#inputOf({ UserId: account.accountId });
    await this.#calls.find('DeleteUser', (options) => this.#store.deleteUser(input, options));
  }

  /**
   * At most 25 users, each of which costs a call for every 100 groups and, with permission sets, one for every 100
   * assignments; each group and permission set that is new to this connection costs one call more, for its name.
   */
  async listAccounts(from: string | undefined): Promise<AccountPage> {
    const { items, next } = await this.#calls.page('ListUsers', from, (token, options) =>
      this.#store
        .listUsers(this.#inputOf({ MaxResults: Math.min(this.#pageSize, MAX_LISTED), ...tokenOf(token) }), options)
        .then(({ Users, NextToken }) => ({ items: Users, next: NextToken })),
    );
    const accounts = await mapBounded(items, CONCURRENT_USERS, (user) => this.#observe(user));
    return { accounts: accounts.filter((account) => account !== undefined), next };
  }

  /**
   * Each operation but CreateUser on a user or a group that is not there: refused is lacking, not found is allowed.
   */
  async checkPrivileges(): Promise<readonly string[]> {
    const store = this.#store;
    const user = this.#inputOf({ UserId: NOBODY });
    const member = this.#inputOf({ MemberId: { UserId: NOBODY } });
    const Operations = [{ AttributePath: 'title' }];
    const named = (path: string) => this.#inputOf({ AlternateIdentifier: alternate(path, PROBE_NAME) });
    const first = this.#inputOf({ MaxResults: 1 });
    const isMissing = await this.#calls.isMissing('ListUsers', (options) => store.listUsers(first, options));
    if (isMissing) return ['identityStoreId: there is no such identity store in this region, or its key is gone'];
    const denied = await this.#calls.findDenied('identitystore', {
      CreateGroupMembership: (options) => store.createGroupMembership({ ...member, GroupId: NOBODY }, options),
      DeleteGroupMembership: (options) => store.deleteGroupMembership(this.#inputOf({ MembershipId: NOBODY }), options),
      DeleteUser: (options) => store.deleteUser(user, options),
      DescribeGroup: (options) => store.describeGroup(this.#inputOf({ GroupId: NOBODY }), options),
      DescribeUser: (options) => store.describeUser(user, options),
      GetGroupId: (options) => store.getGroupId(named('displayName'), options),
      GetUserId: (options) => store.getUserId(named('userName'), options),
      ListGroupMembershipsForMember: (options) => store.listGroupMembershipsForMember(member, options),
      ListUsers: (options) => store.listUsers(first, options),
      UpdateUser: (options) => store.updateUser({ ...user, Operations }, options),
    });
    return [...denied, ...((await this.#permissionSets?.checkPrivileges(this.endSessions !== undefined)) ?? [])];
  }

  #findUser(key: AccountKey): Promise<User | undefined> {
    return findOwnAccount<User>(key, {
      system: 'Identity Store',
      carriedIn: 'profile URL',
      byId: (accountId) => this.#describeUser(accountId),
      byIdentity: async () => [],
      byUserName: async (userName) => {
        const input = this.#inputOf({ AlternateIdentifier: alternate('userName', userName) });
        const found = await this.#calls.find('GetUserId', (options) => this.#store.getUserId(input, options));
        return found && (await this.#describeUser(required(found.UserId, 'UserId')));
      },
      identityOf: ({ ProfileUrl }) =>
        ProfileUrl?.startsWith(OWNER_PREFIX) ? ProfileUrl.slice(OWNER_PREFIX.length) : undefined,
      // The store keeps people alone: Tenure acts by a role, and the store has no users of its own.
      isReserved: () => false,
    });
  }

  async #createUser(profile: AccountProfile): Promise<User | undefined> {
    const input = this.#inputOf(newUser(profile));
    try {
      const created = await this.#calls.run('CreateUser', (options) => this.#store.createUser(input, options));
      return await this.#describeUser(required(created.UserId, 'UserId'));
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      // Somebody was faster: this identity's earlier call, or another identity.
      const user = await this.#findUser(profile);
      if (user === undefined) throw error;
      return user;
    }
  }

  #describeUser(userId: string): Promise<User | undefined> {
    const input = this.#inputOf({ UserId: userId });
    return this.#calls.find('DescribeUser', (options) => this.#store.describeUser(input, options));
  }

  /** Undefined for a user who has gone since it was read. */
  async #observe(user: User): Promise<ObservedAccount | undefined> {
    const accountId = required(user.UserId, 'UserId');
    const memberships = await this.#membershipsOf(accountId);
    if (memberships === undefined) return undefined;
    const held: HeldGroup[] = [];
    for (const membership of memberships) {
      const id = required(membership.GroupId, 'GroupId');
      const name = await this.#groupName(id);
      if (name !== undefined) held.push({ name, id });
    }
    // A permission set is never renamed: an assignment's name is its id.
    for (const name of await this.#assignments(accountId)) held.push({ name, id: undefined });
    return {
      accountId,
      userName: required(user.UserName, 'UserName'),
      enabled: user.UserStatus !== 'DISABLED',
      ...grantsOf(held),
      attributes: attributesOf(user),
    };
  }

  async #assignments(userId: string): Promise<readonly string[]> {
    return (await this.#permissionSets?.assignmentsOf(userId)) ?? [];
  }

  /** None of a user who is not there. */
  async #memberships(userId: string): Promise<readonly GroupMembership[]> {
    return (await this.#membershipsOf(userId)) ?? [];
  }

  #membershipsOf(userId: string): Promise<readonly GroupMembership[] | undefined> {
    const member = { MemberId: { UserId: userId }, MaxResults: this.#pageSize };
    return this.#calls
      .list('ListGroupMembershipsForMember', (next, options) =>
        this.#store
          .listGroupMembershipsForMember(this.#inputOf({ ...member, ...tokenOf(next) }), options)
          .then(({ GroupMemberships, NextToken }) => ({ items: GroupMemberships, next: NextToken })),
      )
      .catch(undefinedWhenGone);
  }

  async #deleteMemberships(memberships: readonly GroupMembership[]): Promise<void> {
    for (const { MembershipId } of memberships) {
      const input = this.#inputOf({ MembershipId });
      await this.#calls.find('DeleteGroupMembership', (options) => this.#store.deleteGroupMembership(input, options));
    }
  }

  async #groupId(name: string): Promise<string | undefined> {
    const input = this.#inputOf({ AlternateIdentifier: alternate('displayName', name) });
    const found = await this.#calls.find('GetGroupId', (options) => this.#store.getGroupId(input, options));
    return found && required(found.GroupId, 'GroupId');
  }

  #groupName(groupId: string): Promise<string | undefined> {
    return this.#groupNames.get(groupId, async () => {
      const input = this.#inputOf({ GroupId: groupId });
      const group = await this.#calls.find('DescribeGroup', (options) => this.#store.describeGroup(input, options));
      return group && required(group.DisplayName, 'DisplayName');
    });
  }

  #inputOf<Input extends object>(input: Input): Input & { readonly IdentityStoreId: string } {
    return { IdentityStoreId: this.#IdentityStoreId, ...input };
  }
}

function newUser(profile: AccountProfile) {
  return {
    UserName: profile.userName,
    DisplayName: profile.displayName,
    Name: { GivenName: profile.givenName ?? NO_NAME, FamilyName: profile.familyName ?? NO_NAME },
    ProfileUrl: OWNER_PREFIX + profile.identityId,
    ...(profile.email === undefined ? {} : { Emails: [{ Value: profile.email, Type: 'work', Primary: true }] }),
    ...(profile.title === undefined ? {} : { Title: profile.title }),
    ...(profile.timeZone === undefined ? {} : { Timezone: profile.timeZone }),
  };
}

/** Attribute paths are SCIM's, lower camel case; an operation without a value removes the attribute. */
function updateOperations(profile: AccountProfile) {
  const emails = profile.email === undefined ? undefined : [{ value: profile.email, type: 'work', primary: true }];
  return [
    { AttributePath: 'profileUrl', AttributeValue: OWNER_PREFIX + profile.identityId },
    { AttributePath: 'displayName', AttributeValue: profile.displayName },
    { AttributePath: 'name.givenName', AttributeValue: profile.givenName ?? NO_NAME },
    { AttributePath: 'name.familyName', AttributeValue: profile.familyName ?? NO_NAME },
    { AttributePath: 'emails', ...(emails === undefined ? {} : { AttributeValue: emails }) },
    { AttributePath: 'title', ...(profile.title === undefined ? {} : { AttributeValue: profile.title }) },
    { AttributePath: 'timezone', ...(profile.timeZone === undefined ? {} : { AttributeValue: profile.timeZone }) },
  ];
}

function attributesOf(user: User): Partial<AccountProfile> {
  const known = (value: string | undefined) => (value === NO_NAME ? undefined : value || undefined);
  // All of these are stored, so all are reported: the first value of an empty one is then a difference.
  return {
    displayName: user.DisplayName ?? '',
    givenName: known(user.Name?.GivenName),
    familyName: known(user.Name?.FamilyName),
    email: known(user.Emails?.[0]?.Value),
    title: known(user.Title),
    timeZone: known(user.Timezone),
  };
}

function alternate(AttributePath: string, AttributeValue: string) {
  return { UniqueAttribute: { AttributePath, AttributeValue } };
}

/** The library hands on whatever stands in the answer. */
function required(value: string | undefined | null, name: string): string {
  if (typeof value !== 'string') throw new PermanentError(`Identity Store: the answer lacks ${name}`);
  return value;
}
