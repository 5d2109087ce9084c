// AWS IAM Identity Center: users, groups and memberships of its identity store, and permission sets assigned to users. The
// API has no operation that disables a user, so a leaver's account is deleted, its memberships and assignments first.
import {
  CreateGroupMembershipCommand,
  CreateUserCommand,
  DeleteGroupMembershipCommand,
  DeleteUserCommand,
  DescribeGroupCommand,
  DescribeUserCommand,
  type DescribeUserResponse,
  GetGroupIdCommand,
  GetUserIdCommand,
  type GroupMembership,
  IdentitystoreClient,
  IdentitystoreServiceException,
  ListGroupMembershipsForMemberCommand,
  UpdateUserCommand,
} from '@aws-sdk/client-identitystore';
import { z } from 'zod';
import type { AccountProfile } from '../core/account-profile.ts';
import { ConflictError, NotFoundError, PermanentError, RetryableError } from '../core/errors.ts';
import {
  type AccountKey,
  type ApiConnector,
  AWS_PARTITION,
  type Connection,
  type ConnectorPermission,
  type ObservedAccount,
  type ResidualWindow,
  type Target,
} from './connector.ts';
import { PermissionSets, parseAssignment, SIGN_IN_HOURS } from './permission-sets.ts';
import { parseRetryAfterMs, RetryBudget } from './retry.ts';

/** Memberships of one user, in pages of up to 100 (the service's own limit is 1,000 groups for a user). */
const MAX_PAGES = 50;
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
        'expected arn:aws:sso:::instance/ssoins-...',
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
  });

export type IdentityCenterSettings = z.infer<typeof settingsSchema>;

export const identityCenter: ApiConnector<IdentityCenterSettings, undefined> = {
  kind: 'api',
  type: 'identity-center',
  title: 'AWS IAM Identity Center: users, groups, memberships, permission sets assigned to users',
  testedAgainst: 'moto 5.2, with UpdateUser, statuses in progress and AWS’s conflicts added',
  settings: settingsSchema,
  privileges: ['None but the IAM statements of its own function, which `cdk deploy` grants'],
  limits: [
    'Identity Store can only delete: a user who is suspended loses groups and assignments instead, not open sessions',
    'The API neither tells of sessions of the access portal nor ends them',
    'Whoever’s sessions were ended is denied for 13 h, under the same user id: an account created anew has another',
    'Permission sets on the management account are assigned by a delegation that only that account has',
  ],
  permissions,
  residualWindow,
  connect: async (connection) => {
    const { settings, callTimeoutMs } = connection;
    const { instanceArn, region, pageSize } = settings;
    if (instanceArn === undefined) return new IdentityCenterTarget(connection, undefined);
    const { SSOAdmin } = await import('@aws-sdk/client-sso-admin');
    const admin = new SSOAdmin({ maxAttempts: 1, ...(region === undefined ? {} : { region }) });
    return new IdentityCenterTarget(connection, new PermissionSets(admin, { instanceArn, callTimeoutMs, pageSize }));
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
      actions: prefixed('CreateUser', 'DeleteUser', 'DescribeUser', 'GetUserId', 'UpdateUser'),
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
      actions: prefixed('GetInlinePolicyForPermissionSet', 'PutInlinePolicyToPermissionSet'),
      resources: [instanceArn, permissionSets],
    },
    { actions: prefixed('ProvisionPermissionSet'), resources: [instanceArn, permissionSets, accounts] },
  ];
}

class IdentityCenterTarget implements Target {
  readonly #client: IdentitystoreClient;
  readonly #budget = new RetryBudget();
  readonly #IdentityStoreId: string;
  readonly #pageSize: number;
  readonly #callTimeoutMs: number;
  readonly #permissionSets: PermissionSets | undefined;
  /** Absent where the settings do not ask for it. */
  readonly endSessions?: (account: ObservedAccount) => Promise<void>;
  readonly #groupIds = new Map<string, string>();
  readonly #groupNames = new Map<string, string>();

  constructor(
    { settings, callTimeoutMs }: Connection<IdentityCenterSettings, undefined>,
    permissionSets: PermissionSets | undefined,
  ) {
    this.#permissionSets = permissionSets;
    if (permissionSets !== undefined && settings.endsSessions) {
      this.endSessions = ({ accountId }) => permissionSets.denySessionsOf(accountId, Date.now());
    }
    this.#IdentityStoreId = settings.identityStoreId;
    this.#pageSize = settings.pageSize;
    this.#callTimeoutMs = callTimeoutMs;
    // The SDK's own retries are off: they honour no budget and would sleep through the function's time-out.
    this.#client = new IdentitystoreClient({
      maxAttempts: 1,
      ...(settings.region === undefined ? {} : { region: settings.region }),
    });
  }

  async findAccount(key: AccountKey): Promise<ObservedAccount | undefined> {
    const user = await this.#findUser(key);
    return user && this.#observe(user);
  }

  async createAccount(profile: AccountProfile): Promise<ObservedAccount> {
    let user = await this.#findUser(profile);
    if (user === undefined) {
      try {
        const created = await this.#call('CreateUser', (options) =>
          this.#client.send(
            new CreateUserCommand({ IdentityStoreId: this.#IdentityStoreId, ...newUser(profile) }),
            options,
          ),
        );
        user = await this.#describeUser(required(created.UserId, 'UserId'));
      } catch (error) {
        if (!(error instanceof ConflictError)) throw error;
        user = await this.#findUser(profile);
        if (user === undefined) throw error;
      }
    }
    if (user === undefined) throw new RetryableError('Identity Store: the user just created is not there yet');
    return this.#observe(user);
  }

  /** The user name stays: the store does not let it change. */
  async updateAccount(account: ObservedAccount, profile: AccountProfile): Promise<void> {
    const input = {
      IdentityStoreId: this.#IdentityStoreId,
      UserId: account.accountId,
      Operations: updateOperations(profile),
    };
    await this.#call('UpdateUser', (options) => this.#client.send(new UpdateUserCommand(input), options));
  }

  /** @throws PermanentError when there is no such group: it is never created silently, since nobody reviewed it. */
  async grant(account: ObservedAccount, grant: string): Promise<void> {
    const assignment = this.#permissionSets && parseAssignment(grant);
    if (assignment !== undefined) return this.#permissionSets?.assign(account.accountId, assignment);
    const groupId = await this.#groupId(grant);
    if (groupId === undefined) {
      throw new PermanentError(`Identity Store: there is no group "${grant}": create it, or correct the grant`);
    }
    const input = { IdentityStoreId: this.#IdentityStoreId, GroupId: groupId, MemberId: { UserId: account.accountId } };
    try {
      await this.#call('CreateGroupMembership', (options) =>
        this.#client.send(new CreateGroupMembershipCommand(input), options),
      );
    } catch (error) {
      this.#groupIds.delete(grant);
      // A conflict is "already a member".
      if (!(error instanceof ConflictError)) throw error;
    }
  }

  async revoke(account: ObservedAccount, grant: string): Promise<void> {
    const assignment = this.#permissionSets && parseAssignment(grant);
    if (assignment !== undefined) return this.#permissionSets?.unassign(account.accountId, assignment);
    const groupId = await this.#groupId(grant);
    if (groupId === undefined) return;
    const memberships = await this.#memberships(account.accountId);
    await this.#deleteMemberships(memberships.filter((membership) => membership.GroupId === groupId));
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
    const input = { IdentityStoreId: this.#IdentityStoreId, UserId: account.accountId };
    await this.#gone(() =>
      this.#call('DeleteUser', (options) => this.#client.send(new DeleteUserCommand(input), options)),
    );
  }

  async #findUser({ accountId, identityId, userName }: AccountKey): Promise<DescribeUserResponse | undefined> {
    const linked = accountId === undefined ? undefined : await this.#describeUser(accountId);
    if (linked !== undefined) return ownedBy(identityId, linked);
    const AlternateIdentifier = { UniqueAttribute: { AttributePath: 'userName', AttributeValue: userName } };
    const input = { IdentityStoreId: this.#IdentityStoreId, AlternateIdentifier };
    const found = await this.#gone(() =>
      this.#call('GetUserId', (options) => this.#client.send(new GetUserIdCommand(input), options)),
    );
    const named = found && (await this.#describeUser(required(found.UserId, 'UserId')));
    return named && ownedBy(identityId, named);
  }

  async #describeUser(userId: string): Promise<DescribeUserResponse | undefined> {
    const input = { IdentityStoreId: this.#IdentityStoreId, UserId: userId };
    return this.#gone(() =>
      this.#call('DescribeUser', (options) => this.#client.send(new DescribeUserCommand(input), options)),
    );
  }

  async #observe(user: DescribeUserResponse): Promise<ObservedAccount> {
    const accountId = required(user.UserId, 'UserId');
    const grants = new Set<string>();
    for (const membership of await this.#memberships(accountId)) {
      const name = await this.#groupName(required(membership.GroupId, 'GroupId'));
      if (name !== undefined) grants.add(name);
    }
    for (const assignment of await this.#assignments(accountId)) grants.add(assignment);
    return {
      accountId,
      userName: required(user.UserName, 'UserName'),
      enabled: user.UserStatus !== 'DISABLED',
      grants: [...grants].sort(),
      attributes: attributesOf(user),
    };
  }

  async #assignments(userId: string): Promise<readonly string[]> {
    return (await this.#permissionSets?.assignmentsOf(userId)) ?? [];
  }

  async #memberships(userId: string): Promise<GroupMembership[]> {
    const found: GroupMembership[] = [];
    let token: string | undefined;
    for (let pages = 0; pages < MAX_PAGES; pages += 1) {
      const input = {
        IdentityStoreId: this.#IdentityStoreId,
        MemberId: { UserId: userId },
        MaxResults: this.#pageSize,
        ...(token === undefined ? {} : { NextToken: token }),
      };
      const page = await this.#gone(() =>
        this.#call('ListGroupMembershipsForMember', (options) =>
          this.#client.send(new ListGroupMembershipsForMemberCommand(input), options),
        ),
      );
      found.push(...(page?.GroupMemberships ?? []));
      if (!page?.NextToken) return found;
      if (page.NextToken === token)
        throw new PermanentError('Identity Store: paging does not advance: likely a provider bug');
      token = page.NextToken;
    }
    throw new PermanentError(`Identity Store: more than ${MAX_PAGES} pages of memberships`);
  }

  async #deleteMemberships(memberships: readonly GroupMembership[]): Promise<void> {
    for (const { MembershipId } of memberships) {
      const input = { IdentityStoreId: this.#IdentityStoreId, MembershipId };
      await this.#gone(() =>
        this.#call('DeleteGroupMembership', (options) =>
          this.#client.send(new DeleteGroupMembershipCommand(input), options),
        ),
      );
    }
  }

  async #groupId(name: string): Promise<string | undefined> {
    const cached = this.#groupIds.get(name);
    if (cached !== undefined) return cached;
    const AlternateIdentifier = { UniqueAttribute: { AttributePath: 'displayName', AttributeValue: name } };
    const input = { IdentityStoreId: this.#IdentityStoreId, AlternateIdentifier };
    const found = await this.#gone(() =>
      this.#call('GetGroupId', (options) => this.#client.send(new GetGroupIdCommand(input), options)),
    );
    if (found === undefined) return undefined;
    const groupId = required(found.GroupId, 'GroupId');
    this.#groupIds.set(name, groupId);
    return groupId;
  }

  async #groupName(groupId: string): Promise<string | undefined> {
    const cached = this.#groupNames.get(groupId);
    if (cached !== undefined) return cached;
    const input = { IdentityStoreId: this.#IdentityStoreId, GroupId: groupId };
    const group = await this.#gone(() =>
      this.#call('DescribeGroup', (options) => this.#client.send(new DescribeGroupCommand(input), options)),
    );
    if (group === undefined) return undefined;
    const name = required(group.DisplayName, 'DisplayName');
    this.#groupNames.set(groupId, name);
    return name;
  }

  /** Every operation may be repeated: user names and memberships are unique, the rest sets or removes. */
  async #call<Output>(
    operation: string,
    send: (options: { abortSignal: AbortSignal }) => Promise<Output>,
  ): Promise<Output> {
    return this.#budget.run(
      async () => {
        try {
          return await send({ abortSignal: AbortSignal.timeout(this.#callTimeoutMs) });
        } catch (error) {
          throw classify(error, operation, this.#callTimeoutMs);
        }
      },
      () => true,
    );
  }

  /** Runs a call for which "not there" is an answer. */
  async #gone<Output>(call: () => Promise<Output>): Promise<Output | undefined> {
    try {
      return await call();
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    }
  }
}

/** The user, unless another identity's mark is on it. One without any is adopted: it was there before Tenure. */
function ownedBy(identityId: string, user: DescribeUserResponse): DescribeUserResponse {
  const mark = user.ProfileUrl ?? '';
  if (mark.startsWith(OWNER_PREFIX) && mark !== OWNER_PREFIX + identityId) {
    throw new ConflictError('Identity Store: the user belongs to another identity (its profile URL names the owner)');
  }
  return user;
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

function attributesOf(user: DescribeUserResponse): Partial<AccountProfile> {
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

function required<Value>(value: Value | undefined | null, name: string): Value {
  if (value === undefined || value === null) throw new PermanentError(`Identity Store: the answer lacks ${name}`);
  return value;
}

/** The service's message may hold user names: only its name, reason and status are passed on. */
function classify(error: unknown, operation: string, callTimeoutMs: number): Error {
  const what = `Identity Store ${operation}`;
  if (!(error instanceof Error)) return new PermanentError(`${what} failed`);
  if (error.name === 'AbortError' || error.name === 'TimeoutError') {
    return new RetryableError(`${what} gave no answer within ${callTimeoutMs} ms`);
  }
  const status = statusOf(error);
  if (status === undefined) {
    const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
    // A socket's code (ECONNRESET, ENOTFOUND) comes from the network; anything else is a wrong setting or no credentials.
    return code === undefined
      ? new PermanentError(`${what} failed: ${error.name}`)
      : new RetryableError(`${what} failed: ${code}`);
  }
  const reason = 'Reason' in error && typeof error.Reason === 'string' ? ` ${error.Reason}` : '';
  const message = `${what} answered ${status} (${error.name}${reason})`;
  if (
    status >= 500 ||
    status === 429 ||
    error.name === 'ThrottlingException' ||
    reason === ' CONCURRENT_MODIFICATION'
  ) {
    return new RetryableError(message, { retryAfterMs: retryAfterMs(error) });
  }
  const isMissingResource = error.name === 'ResourceNotFoundException' && reason === '';
  if (isMissingResource && !('ResourceType' in error && error.ResourceType === 'IDENTITY_STORE'))
    return new NotFoundError(message);
  if (error.name === 'ConflictException') return new ConflictError(message);
  return new PermanentError(message);
}

/** Also for an answer that is not JSON (a proxy's page): the SDK then throws a SyntaxError that carries the status. */
function statusOf(error: Error): number | undefined {
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
  return $metadata?.httpStatusCode;
}

function retryAfterMs(error: Error): number | undefined {
  if ('RetryAfterSeconds' in error && typeof error.RetryAfterSeconds === 'number')
    return error.RetryAfterSeconds * 1000;
  if (!(error instanceof IdentitystoreServiceException)) return undefined;
  return parseRetryAfterMs(error.$response?.headers['retry-after'], Date.now());
}
