// SCIM 2.0 (RFC 7643, RFC 7644), any provider. A grant is a group, named by its displayName; what a provider answers
// otherwise than it should is the business of scim-reader.ts and scim-groups.ts.
import * as z from 'zod';
import { ConflictError, NotFoundError, PermanentError, RetryableError } from '../../core/errors.ts';
import type { ObservedAccount } from '../../core/systems/account.ts';
import type { AccountProfile } from '../../core/systems/account-profile.ts';
import { fillPath, HttpClient, type HttpRequest, RefusedError } from '../../outbound/http-client.ts';
import { webAddressSchema } from '../../outbound/web-address.ts';
import { findOwnAccount } from '../contract/account-finding.ts';
import type {
  AccountKey,
  AccountLocation,
  AccountPage,
  ApiConnector,
  Connection,
  Target,
} from '../contract/connector.ts';
import { grantsOf } from '../contract/held-groups.ts';
import { findingsOf } from './provider-findings.ts';
import { BulkSender, bulkConfigSchema } from './scim-bulk.ts';
import { type GroupName, NOBODY, type ScimGroup, ScimGroups } from './scim-groups.ts';
import { type Position, parse, positionSchema, quote, ScimReader } from './scim-reader.ts';
import {
  attributesOf,
  newUserBodies,
  type PatchOperation,
  type ScimUser,
  updateOperations,
  userSchema,
} from './scim-user.ts';

const PATCH_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
/** RFC 7644 section 3.12, table 9: the only part of an error body that is passed on. */
const SCIM_TYPES: ReadonlySet<unknown> = new Set(
  'invalidFilter tooMany uniqueness mutability invalidSyntax invalidPath noTarget invalidValue invalidVers sensitive'.split(
    ' ',
  ),
);
/** Accounts on one page of a listing: each may cost a call that asks for its groups. */
const MAX_LISTED = 50;
/** Attempts at an update that somebody else's keeps overtaking (412). */
const MAX_VERSION_ATTEMPTS = 3;

const settingsSchema = z.strictObject({
  /** Up to and without `/Users`. */
  baseUrl: webAddressSchema,
  pageSize: z.int().min(1).max(1000).default(100),
  /** Whose endpoint it is, where that matters: see QUIRKS. */
  provider: z.enum(['generic', 'github', 'canva', 'slack']).default('generic'),
});

/**
 * What providers document that RFC 7644 would not let expect. What can be found out is found out instead: which filters
 * work, whether memberships are stale, versions.
 */
const QUIRKS: Readonly<Record<z.infer<typeof settingsSchema>['provider'], { readonly cannotDelete?: string }>> = {
  generic: {},
  // docs.github.com, "Deprovisioning and reinstating users with SCIM": DELETE is a hard deprovisioning.
  github: { cannotDelete: 'GitHub never deletes an account, and one deprovisioned by DELETE never comes back' },
  // canva.dev, "SCIM User API reference, delete a user".
  canva: { cannotDelete: 'Canva has no operation that deletes an account' },
  // docs.slack.dev, "SCIM API reference": DELETE sets a member to deactivated.
  slack: {
    cannotDelete: 'Slack never deletes a member: deactivated, it keeps its messages and can be activated again',
  },
};

const secretSchema = z.strictObject({
  /** RFC 6750 section 2.1; checked here since fetch quotes a malformed header in its error. */
  token: z
    .string()
    .max(8192)
    .regex(/^[A-Za-z0-9\-._~+/]+=*$/, 'expected a bearer token'),
});

export type ScimSettings = z.infer<typeof settingsSchema>;
export type ScimSecret = z.infer<typeof secretSchema>;

export const scim: ApiConnector<ScimSettings, ScimSecret> = {
  kind: 'api',
  type: 'scim',
  title: 'Any application with a SCIM 2.0 endpoint: users, groups, deactivation',
  testedAgainst: 'SCIMMY 1.3, scim2-server 0.8.3',
  settings: settingsSchema,
  secret: secretSchema,
  privileges: ['A bearer token that may read and write /Users and /Groups'],
  limits: [
    'SCIM knows no sessions: whoever is signed in stays so until the application asks again',
    'Bulk requests (RFC 7644 section 3.7) take back several groups at once where the provider announces them; whatever does not work that way, and every other change, is a request of its own',
    'The provider must know PATCH (RFC 7644 section 3.5.2): an account is never replaced as a whole',
  ],
  limitsOf: ({ provider }) => [QUIRKS[provider].cannotDelete].filter((limit) => limit !== undefined),
  connect: (connection) => new ScimTarget(connection),
};

/** RFC 7643 section 5; only what is asked for. */
const providerConfigSchema = z.object({
  patch: z.object({ supported: z.boolean() }).nullish(),
  etag: z.object({ supported: z.boolean() }).nullish(),
  bulk: bulkConfigSchema.nullish().catch(undefined),
});
type ProviderConfig = z.infer<typeof providerConfigSchema>;

/** Also what a connector builds on whose system speaks SCIM and more. */
export class ScimTarget implements Target {
  /** Absent where the provider cannot, or where it could not be undone. */
  readonly deleteAccount?: (account: ObservedAccount) => Promise<void>;
  readonly #client: HttpClient;
  readonly #reader: ScimReader;
  readonly #groups: ScimGroups;
  readonly #pageSize: number;
  /** Of the accounts read last, where the provider gives versions. */
  readonly #versions = new Map<string, string>();
  /** Whose the accounts read last are, by their own word. */
  readonly #owners = new Map<string, ScimUser['externalId']>();
  /** Whom `findAccount` has not found: that need not be looked for once more before it is created. */
  #absent: Pick<AccountKey, 'identityId' | 'userName'> | undefined;
  #providerConfig: Promise<ProviderConfig> | undefined;
  #bulk: Promise<BulkSender> | undefined;

  constructor({ applicationId, settings, secret, callTimeoutMs, givesOnly }: Connection<ScimSettings, ScimSecret>) {
    this.#pageSize = settings.pageSize;
    if (QUIRKS[settings.provider].cannotDelete === undefined)
      this.deleteAccount = (account) => this.#deleteUser(account);
    this.#client = new HttpClient({
      system: 'SCIM',
      baseUrl: settings.baseUrl,
      bearerToken: secret.token,
      mediaType: 'application/scim+json',
      callTimeoutMs,
      errorCode: scimTypeOf,
    });
    const findings = givesOnly ? findingsOf([applicationId, settings.baseUrl], Date.now()) : new Set<string>();
    this.#reader = new ScimReader(this.#client, settings.pageSize, findings);
    this.#groups = new ScimGroups(this.#reader, findings);
  }

  async locateAccount(key: AccountKey): Promise<AccountLocation | undefined> {
    const user = await this.#findUser(key);
    return user && { accountId: user.id, userName: nameOf(user) };
  }

  async findAccount(key: AccountKey): Promise<ObservedAccount | undefined> {
    const user = await this.#findUser(key);
    this.#absent = user === undefined ? key : undefined;
    return user && this.#observe(user);
  }

  async createAccount(profile: AccountProfile): Promise<ObservedAccount> {
    const isAbsent = this.#absent?.identityId === profile.identityId && this.#absent.userName === profile.userName;
    // Only once: whatever becomes of the call, it may have made an account.
    this.#absent = undefined;
    const found = isAbsent ? undefined : await this.#findUser(profile);
    if (found !== undefined) return this.#observe(found);
    const { user, isNew } = await this.#createUser(profile);
    // What a provider gives everybody is seen when the account is read back.
    return isNew ? this.#accountOf(user, []) : this.#observe(user);
  }

  /**
   * Bound to the version that was read, where the provider keeps versions: what changed meanwhile is read again, so that
   * nobody's change is undone. Not so for the other changes: access is taken whatever somebody else is editing.
   */
  async updateAccount(account: ObservedAccount, profile: AccountProfile): Promise<void> {
    let known: Pick<ObservedAccount, 'userName' | 'attributes'> = account;
    for (let attempt = 1; attempt <= MAX_VERSION_ATTEMPTS; attempt += 1) {
      const isClaimed = this.#owners.get(account.accountId) === profile.identityId;
      const operations = updateOperations(known, profile, isClaimed);
      const version = await this.#usableVersion(account.accountId);
      try {
        return await this.#update(account.accountId, operations, version);
      } catch (error) {
        if (!(error instanceof RefusedError) || error.status !== 412) throw error;
      }
      const user = await this.#reader.get('/Users/{id}', account.accountId, userSchema);
      if (user === undefined) throw new NotFoundError('SCIM: the account to be updated is gone');
      this.#remember(user);
      known = { userName: nameOf(user), attributes: attributesOf(user) };
    }
    throw new RetryableError('SCIM: the account is being changed by others all the time (412)');
  }

  /** One attribute that may not be changed keeps none of the others: where all together are refused, each is tried. */
  async #update(id: string, operations: readonly PatchOperation[], version: string | undefined): Promise<void> {
    if (operations.length === 0) return;
    try {
      return await this.#patch('/Users/{id}', id, operations, version);
    } catch (error) {
      if (!isInvalid(error) || operations.length === 1) throw isInvalid(error) ? refusalOf(operations, error) : error;
    }
    const refused: PatchOperation[] = [];
    let last: RefusedError | undefined;
    for (const operation of operations) {
      try {
        // Without the version, which the one before has changed.
        await this.#patch('/Users/{id}', id, [operation]);
      } catch (error) {
        if (!isInvalid(error)) throw error;
        refused.push(operation);
        last = error;
      }
    }
    if (last !== undefined) throw refusalOf(refused, last);
  }

  async disableAccount(account: ObservedAccount): Promise<void> {
    await this.#setActive(account, false).catch((error: unknown) => {
      if (!(error instanceof NotFoundError)) throw error;
    });
  }

  async enableAccount(account: ObservedAccount): Promise<void> {
    await this.#setActive(account, true);
  }

  /** RFC 7644 section 3.5.2.3 knows both ways to say it; some providers take only the second. */
  async #setActive({ accountId }: ObservedAccount, active: boolean): Promise<void> {
    try {
      await this.#patch('/Users/{id}', accountId, [{ op: 'replace', path: 'active', value: active }]);
    } catch (error) {
      if (!isInvalid(error)) throw error;
      await this.#patch('/Users/{id}', accountId, [{ op: 'replace', value: { active } }]).catch(() => {
        throw error;
      });
    }
  }

  /** Memberships first: not every provider takes those of a deleted user away. */
  async #deleteUser(account: ObservedAccount): Promise<void> {
    const held = await this.#groups.heldBy({ id: account.accountId, groups: undefined }).catch((error: unknown) => {
      // Deleting cuts off: it does not wait for what cannot be told.
      if (error instanceof PermanentError) return seenIn(account);
      throw error;
    });
    for (const group of held) await this.#removeMember(account, group);
    try {
      await this.#client.send({ method: 'DELETE', path: '/Users/{id}', parameters: { id: account.accountId } });
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
    }
    this.#owners.delete(account.accountId);
  }

  /** @throws PermanentError when there is no such group: it is never created silently, since nobody reviewed it. */
  async grant(account: ObservedAccount, grant: string): Promise<void> {
    const groupId = await this.#groupId(grant);
    if (groupId === undefined)
      throw new PermanentError(`SCIM: there is no group "${grant}": create it, or correct the grant`);
    // Some providers take anything for a member, even who is not there: whoever was not seen here is asked for.
    if (!this.#owners.has(account.accountId))
      await this.#client.send({ method: 'GET', path: '/Users/{id}', parameters: { id: account.accountId } });
    try {
      const value = [{ value: account.accountId }];
      await this.#patch('/Groups/{id}', groupId, [{ op: 'add', path: 'members', value }]);
    } catch (error) {
      // Some providers answer 409 when the member is already there. If it is not, the read-back says so.
      if (!(error instanceof ConflictError)) throw error;
    }
  }

  async revoke(account: ObservedAccount, grant: string): Promise<void> {
    const held = seenIn(account).filter(({ displayName }) => displayName === grant);
    for (const group of held) await this.#removeMember(account, group);
    if (held.length > 0) return;
    const id = await this.#groupId(grant);
    if (id !== undefined) await this.#removeMember(account, { id, displayName: grant });
  }

  /** Not bound to the groups' versions either: access is taken whatever somebody else is changing. */
  async revokeAll(account: ObservedAccount, grants: readonly string[]): Promise<readonly string[]> {
    const wanted = new Set(grants);
    const data = patchOf([memberRemoval(account)]);
    const leaving = seenIn(account)
      .filter(({ displayName }) => wanted.has(displayName))
      .map(({ id, displayName }) => ({ grant: displayName, path: fillPath('/Groups/{id}', { id }), data }));
    // Asked only where it matters: most connections need not know whether the provider announces Bulk.
    const bulk = leaving.length > 1 ? await this.#bulkSender() : undefined;
    const done = await bulk?.send(leaving);
    if (done === undefined) return [];
    const left = new Set(leaving.filter((each) => !done.has(each)).map(({ grant }) => grant));
    return [...new Set(leaving.map(({ grant }) => grant))].filter((grant) => !left.has(grant));
  }

  async listAccounts(from: string | undefined): Promise<AccountPage> {
    const count = Math.min(this.#pageSize, MAX_LISTED);
    const { resources, next } = await this.#reader.page('/Users', positionOf(from), { count });
    const users = resources.map((resource) => parse(userSchema, resource));
    // Where each account's groups cannot be asked for, all are read once for the page.
    const groups = users.length === 0 ? [] : await this.#groups.readAll();
    const accounts: ObservedAccount[] = [];
    for (const user of users) accounts.push(await this.#observe(user, groups));
    return { accounts, next: next && JSON.stringify(next) };
  }

  /** Changing is tried on an account that does not exist: 404 comes after the permission was looked at. */
  async checkPrivileges(): Promise<readonly string[]> {
    const body = patchOf([{ op: 'replace', path: 'active', value: true }]);
    const parameters = { id: NOBODY };
    const query = { startIndex: 1, count: 1 };
    const refusals = [
      await this.#refusalOf('read /Users', { method: 'GET', path: '/Users', query }),
      await this.#refusalOf('read /Groups', { method: 'GET', path: '/Groups', query }),
      await this.#refusalOf('change /Users', {
        method: 'PATCH',
        path: '/Users/{id}',
        parameters,
        body,
        idempotent: true,
      }),
    ];
    const lacking = refusals.filter((each) => each !== undefined);
    if (lacking.length > 0 || (await this.#provider()).patch?.supported !== false) return lacking;
    return ['the provider does not know PATCH (ServiceProviderConfig)'];
  }

  async #refusalOf(what: string, request: HttpRequest): Promise<string | undefined> {
    try {
      await this.#client.send(request);
      return undefined;
    } catch (error) {
      if (error instanceof RetryableError || !(error instanceof Error)) throw error;
      const isUnknown = error instanceof NotFoundError || (isInvalid(error) && error.status !== 501);
      const isNobody = request.method === 'PATCH' && isUnknown;
      return isNobody ? undefined : `may not ${what}: ${error.message}`;
    }
  }

  async #removeMember(account: ObservedAccount, group: GroupName): Promise<void> {
    try {
      await this.#patch('/Groups/{id}', group.id, [memberRemoval(account)]);
    } catch (error) {
      const notThere = error instanceof NotFoundError || (error instanceof RefusedError && error.code === 'noTarget');
      if (!notThere) throw error;
    }
  }

  /** Undefined when the provider does not even say what it can: access is then taken without asking. */
  #bulkSender(): Promise<BulkSender | undefined> {
    this.#bulk ??= this.#provider().then(({ bulk }) => new BulkSender({ client: this.#client, config: bulk, isDone }));
    return this.#bulk.catch(() => {
      this.#bulk = undefined;
      return undefined;
    });
  }

  #findUser(key: AccountKey): Promise<ScimUser | undefined> {
    return findOwnAccount<ScimUser>(key, {
      system: 'SCIM',
      carriedIn: 'externalId',
      byId: (accountId) => this.#reader.get('/Users/{id}', accountId, userSchema),
      byIdentity: (identityId) => {
        const isMatch = (user: ScimUser) => user.externalId === identityId;
        return this.#searchUsers('externalId', identityId, isMatch);
      },
      byUserName: async (userName) => {
        // RFC 7643 section 4.1.1: userName is not case-sensitive.
        const wanted = userName.toLowerCase();
        const isMatch = (user: ScimUser) => user.userName.toLowerCase() === wanted;
        return (await this.#searchUsers('userName', userName, isMatch))[0];
      },
      identityOf: ({ externalId }) => externalId || undefined,
      // Whoever carries an identity's id was told apart by a person.
      isReserved: async ({ id, externalId }) => !externalId && id === (await this.ownUserId()),
    });
  }

  #searchUsers(attribute: string, value: string, isMatch: (user: ScimUser) => boolean): Promise<ScimUser[]> {
    return this.#reader.search({ path: '/Users', schema: userSchema, attribute, value, isMatch });
  }

  /** The user that Tenure is to the provider, if it is one (RFC 7644 section 3.11) and the provider tells. */
  protected async ownUserId(): Promise<string | undefined> {
    try {
      const answer = await this.#client.send({ method: 'GET', path: '/Me' });
      return userSchema.safeParse(answer).data?.id;
    } catch (error) {
      if (error instanceof PermanentError || error instanceof NotFoundError) return undefined;
      throw error;
    }
  }

  /** An attribute that the provider does not take is left out: the update that follows says which. */
  async #createUser(profile: AccountProfile): Promise<{ readonly user: ScimUser; readonly isNew: boolean }> {
    let refused: unknown;
    for (const body of newUserBodies(profile)) {
      try {
        const answer = await this.#reader.collection({ method: 'POST', path: '/Users', body });
        return { user: parse(userSchema, answer), isNew: true };
      } catch (error) {
        refused ??= error;
        if (isInvalid(error)) continue;
        if (!(error instanceof ConflictError)) throw error;
        // Somebody was faster: this identity's earlier call, or another identity.
        const user = await this.#findUser(profile);
        if (user === undefined) throw error;
        return { user, isNew: false };
      }
    }
    throw refused;
  }

  async #observe(user: ScimUser, groups?: readonly ScimGroup[]): Promise<ObservedAccount> {
    return this.#accountOf(user, await this.#groups.heldBy(user, groups));
  }

  #accountOf(user: ScimUser, held: readonly GroupName[]): ObservedAccount {
    this.#remember(user);
    return {
      accountId: user.id,
      userName: nameOf(user),
      enabled: user.active ?? true,
      ...grantsOf(held.map(({ id, displayName }) => ({ id, name: displayName }))),
      attributes: attributesOf(user),
    };
  }

  async #groupId(name: string): Promise<string | undefined> {
    const groups = await this.#groups.named(name);
    if (groups.length > 1) throw new PermanentError(`SCIM: several groups are called "${name}"`);
    return groups[0]?.id;
  }

  /** Each patch sent here sets a state rather than changing one, so it may be repeated. */
  async #patch(path: string, id: string, operations: readonly PatchOperation[], version?: string): Promise<void> {
    const body = patchOf(operations);
    const headers = version === undefined ? {} : { 'if-match': version };
    await this.#client.send({ method: 'PATCH', path, parameters: { id }, body, headers, idempotent: true });
  }

  #remember({ id, meta, externalId }: ScimUser): void {
    this.#owners.set(id, externalId);
    const version = meta?.version;
    // RFC 9110 section 8.8.3; a version that is no entity tag cannot be sent back.
    if (typeof version === 'string' && /^(W\/)?"[\x21\x23-\x7e]*"$/.test(version)) this.#versions.set(id, version);
    else this.#versions.delete(id);
  }

  /** Some providers give versions and refuse them in If-Match: only ServiceProviderConfig says that they are kept. */
  async #usableVersion(accountId: string): Promise<string | undefined> {
    const version = this.#versions.get(accountId);
    return version !== undefined && (await this.#provider()).etag?.supported === true ? version : undefined;
  }

  /** RFC 7644 section 4; a provider without it, or with another idea of it, is taken for one that knows PATCH alone. */
  #provider(): Promise<ProviderConfig> {
    this.#providerConfig ??= this.#readProviderConfig();
    return this.#providerConfig;
  }

  async #readProviderConfig(): Promise<ProviderConfig> {
    try {
      const answer = await this.#client.send({ method: 'GET', path: '/ServiceProviderConfig' });
      return providerConfigSchema.safeParse(answer).data ?? {};
    } catch (error) {
      if (!(error instanceof RetryableError)) return {};
      this.#providerConfig = undefined;
      throw error;
    }
  }
}

function patchOf(operations: readonly PatchOperation[]): object {
  return { schemas: [PATCH_SCHEMA], Operations: operations };
}

function memberRemoval({ accountId }: Pick<ObservedAccount, 'accountId'>): PatchOperation {
  return { op: 'remove', path: `members[value eq ${quote(accountId)}]` };
}

/** What the account was in when it was read, so that leaving it needs no looking up. */
function seenIn({ grantIds = [] }: ObservedAccount): readonly GroupName[] {
  return grantIds.map(({ grantId, grant }) => ({ id: grantId, displayName: grant }));
}

/** One operation of a bulk, as #removeMember takes it: gone, or nobody there to remove. */
function isDone(status: number, response: unknown): boolean {
  return (status >= 200 && status < 300) || status === 404 || scimTypeOf(response) === 'noTarget';
}

/** How providers refuse what is not of the kind they take. */
function isInvalid(error: unknown): error is RefusedError {
  return error instanceof RefusedError && [400, 422, 501].includes(error.status);
}

/** Names the attributes, never their values. */
function refusalOf(operations: readonly PatchOperation[], { message, status, code }: RefusedError): RefusedError {
  const names = operations.map(({ path }) => path?.slice(path.lastIndexOf(':') + 1));
  return new RefusedError(`${message}: ${names.join(', ')} may not be changed`, status, code);
}

/** Some providers leave it out of what they tell of somebody who is off. */
function nameOf({ id, userName }: ScimUser): string {
  return userName || id;
}

function positionOf(from: string | undefined): Position {
  if (from === undefined) return { startIndex: 1 };
  try {
    return positionSchema.parse(JSON.parse(from));
  } catch {
    throw new PermanentError('SCIM: the listing cannot go on from there');
  }
}

function scimTypeOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('scimType' in body)) return undefined;
  return SCIM_TYPES.has(body.scimType) ? String(body.scimType) : undefined;
}
