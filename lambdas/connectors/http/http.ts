// Any application with a JSON API over HTTP, described in the access model: an in-house application needs no code. The
// description is in http-description.ts, the template language in http-template.ts; an application written that way is
// test/peers/directus/application.yaml. What is not described is not declared.
import { createHash, randomBytes } from 'node:crypto';
import * as z from 'zod';
import { ConflictError, NotFoundError, PermanentError, RetryableError } from '../../core/errors.ts';
import type { ObservedAccount } from '../../core/systems/account.ts';
import type { AccountProfile } from '../../core/systems/account-profile.ts';
import { HttpClient, RefusedError } from '../../outbound/http-client.ts';
import { type JsonPointer, valueAt } from '../../outbound/json-pointer.ts';
import { readAllPages } from '../../outbound/paging.ts';
import { findOwnAccount } from '../contract/account-finding.ts';
import type { AccountKey, AccountPage, ApiConnector, Connection, Target } from '../contract/connector.ts';
import {
  type ActRequest,
  type AnyRequest,
  type HttpSettings,
  MAX_PAGE_SIZE,
  type PagesRequest,
  settingsSchema,
  usedIn,
} from './http-description.ts';
import { type JsonTemplate, placeholdersOf, renderJson, renderText, type TemplateValues } from './http-template.ts';

const secretSchema = z.union([
  z.strictObject({
    /** Of a bearer, or the header's whole value. Visible ASCII: fetch quotes a malformed header in its error. */
    token: z
      .string()
      .max(8192)
      .regex(/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/, 'expected a token of visible characters'),
  }),
  z.strictObject({
    userName: z
      .string()
      .min(1)
      .max(256)
      .regex(/^[^:]*$/, 'expected a user name without ":" (RFC 7617)'),
    password: z.string().min(1).max(1024),
  }),
]);
export type HttpSecret = z.infer<typeof secretSchema>;

export const http: ApiConnector<HttpSettings, HttpSecret> = {
  kind: 'api',
  type: 'http',
  title: 'Any application with a JSON API over HTTP, described in the access model',
  testedAgainst: 'Directus 11.3.5',
  settings: settingsSchema,
  secret: secretSchema,
  privileges: [
    'An account, API key or token of its own, with just what the described requests need: reading accounts and what ' +
      'they hold, and each change that is described',
    'Say under `requests.check` how the application tells whether it has them',
  ],
  limits: [
    'JSON over HTTP only, one request to a change, credentials that do not expire by themselves: anything else is a connector',
    'Credentials beside the sign-in, ownership and archives are not described',
  ],
  limitsOf: ({ limits, requests, account }) => [
    ...limits,
    ...(requests.disable === undefined ? ['An account cannot be disabled: it is deleted instead'] : []),
    ...(account.identityId === undefined
      ? ["It keeps no identity's id: an account is known by its link, and before that by its user name alone"]
      : []),
    ...(requests.list === undefined ? ['It cannot list its accounts: those nobody knows of stay unseen'] : []),
  ],
  residualWindow: ({ residualWindow }) =>
    residualWindow === undefined || residualWindow.seconds === 0 ? undefined : residualWindow,
  connect: (connection) => targetOf(new HttpApplication(connection), connection.settings),
};

/** The abilities that are described, and no others. */
function targetOf(application: HttpApplication, { requests }: HttpSettings): Target {
  return {
    findAccount: (key) => application.findAccount(key),
    createAccount: (profile) => application.createAccount(profile),
    grant: (account, grant) => application.grant(account, grant),
    revoke: (account, grant) => application.revoke(account, grant),
    ...(requests.update && {
      updateAccount: (account: ObservedAccount, profile: AccountProfile) => application.updateAccount(account, profile),
    }),
    // What an account may do by itself is not described.
    ...(requests.disable === undefined && { admitsAlone: true }),
    ...(requests.disable && {
      disableAccount: (account: ObservedAccount) => application.change('disable', account, (now) => !now?.enabled),
    }),
    ...(requests.enable && {
      enableAccount: (account: ObservedAccount) =>
        application.change('enable', account, (now) => now?.enabled === true),
    }),
    ...(requests.endSessions && {
      endSessions: (account: ObservedAccount) =>
        application.change('endSessions', account, (now) => now === undefined || now.openSessions === 0),
    }),
    ...(requests.delete && {
      deleteAccount: (account: ObservedAccount) => application.change('delete', account, (now) => now === undefined),
    }),
    ...(requests.list && { listAccounts: (from: string | undefined) => application.listAccounts(from) }),
    ...(requests.check && { checkPrivileges: () => application.checkPrivileges() }),
  };
}

/** Where a reading goes on. */
const positionSchema = z.strictObject({
  offset: z.int().min(0),
  page: z.int().min(1),
  cursor: z.string().optional(),
  /** The last page's first item, by which a page that comes again is known. */
  first: z.string().optional(),
});
type Position = z.infer<typeof positionSchema>;
const START: Position = { offset: 0, page: 1 };

interface Page {
  readonly items: readonly unknown[];
  readonly next?: Position | undefined;
}

/** One grant an account holds, with the id of the membership where there is one. */
interface Membership {
  readonly name: string;
  readonly id: string | undefined;
}

class HttpApplication {
  readonly #client: HttpClient;
  readonly #settings: HttpSettings;
  /** User names, in lower case. */
  readonly #reserved: ReadonlySet<string>;
  readonly #grantIds = new Map<string, string>();
  #reachable: Promise<readonly string[]> | undefined;

  constructor({ settings, secret, callTimeoutMs }: Connection<HttpSettings, HttpSecret>) {
    this.#settings = settings;
    const headers = authorizationOf(settings, secret);
    const own = 'userName' in secret ? [secret.userName] : [];
    this.#reserved = new Set([...settings.account.reserved, ...own].map((name) => name.toLowerCase()));
    this.#client = new HttpClient({ system: 'HTTP', baseUrl: settings.baseUrl, headers, callTimeoutMs });
  }

  async findAccount(key: AccountKey): Promise<ObservedAccount | undefined> {
    const found = await this.#find(key);
    return found === undefined ? undefined : (await this.#observe(found)).account;
  }

  async createAccount(profile: AccountProfile): Promise<ObservedAccount> {
    const found = await this.#find(profile);
    if (found !== undefined) return (await this.#observe(found)).account;
    const { create } = this.#settings.requests;
    // The answer is not relied on: what was created is looked up, as every later pass will.
    const refusal = await refusalOf(this.#act(create, { ...profile, randomPassword: randomPassword() }, 'left-out'));
    const created = await this.#find(profile);
    if (created === undefined) throw refusal ?? new RetryableError('HTTP: the account just created is not there yet');
    if (this.#markOf(created) === undefined && this.#settings.account.identityId !== undefined)
      throw new PermanentError('HTTP: the account just created does not show the identity at account.identityId');
    return (await this.#observe(created)).account;
  }

  async updateAccount({ accountId }: ObservedAccount, profile: AccountProfile): Promise<void> {
    const { update } = this.#settings.requests;
    if (update !== undefined) await this.#act(update, { ...profile, accountId }, 'null');
  }

  /** Sends the request; when it is refused, the account itself says whether all is well nevertheless. */
  async change(
    name: 'disable' | 'enable' | 'endSessions' | 'delete',
    account: ObservedAccount,
    isDone: (now: ObservedAccount | undefined) => boolean,
  ): Promise<void> {
    const request = this.#settings.requests[name];
    if (request === undefined) return;
    const refusal = await refusalOf(this.#act(request, valuesOf(account)));
    if (refusal === undefined) return;
    const now = await this.#again(account).catch(() => Promise.reject(refusal));
    if (!isDone(now?.account)) throw refusal;
  }

  /** @throws PermanentError when there is no such grant: it is never created silently, since nobody reviewed it */
  async grant(account: ObservedAccount, grant: string): Promise<void> {
    const { requests } = this.#settings;
    const grantId = await this.#grantId(grant);
    if (requests.findGrant !== undefined && grantId === undefined)
      throw new PermanentError(`HTTP: there is no grant "${grant}": create it, or correct the grant`);
    const before = await this.#again(account);
    if (before === undefined) throw new NotFoundError('HTTP: there is no account to grant to');
    // Some applications would hold it twice.
    if (before.account.grants.includes(grant)) return;
    const refusal = await refusalOf(this.#act(requests.grant, { ...valuesOf(account), grant, grantId }));
    if (refusal === undefined) return;
    this.#grantIds.delete(grant);
    const now = await this.#again(account).catch(() => Promise.reject(refusal));
    if (!now?.account.grants.includes(grant))
      throw new PermanentError(`${refusal.message}: is there a grant "${grant}"?`);
  }

  async revoke(account: ObservedAccount, grant: string): Promise<void> {
    const { revoke } = this.#settings.requests;
    const held = ((await this.#again(account))?.memberships ?? []).filter(({ name }) => name === grant);
    if (held.length === 0) return;
    const grantId = usedIn(revoke).has('grantId') ? await this.#grantId(grant) : undefined;
    // With ids of memberships each is taken, since an application may hold one twice.
    const ids = usedIn(revoke).has('membershipId') ? held.map(({ id }) => id) : [undefined];
    for (const membershipId of ids) {
      const refusal = await refusalOf(this.#act(revoke, { ...valuesOf(account), grant, grantId, membershipId }));
      if (refusal === undefined) continue;
      this.#grantIds.delete(grant);
      const now = await this.#again(account).catch(() => Promise.reject(refusal));
      if (
        now?.memberships.some(({ name, id }) => name === grant && (membershipId === undefined || id === membershipId))
      )
        throw refusal;
    }
  }

  async listAccounts(from: string | undefined): Promise<AccountPage> {
    const { list } = this.#settings.requests;
    if (list === undefined) return { accounts: [] };
    const position = from === undefined ? START : positionOf(from);
    const { items, next } = await this.#page(list, {}, position);
    if (items.length > MAX_PAGE_SIZE)
      throw new PermanentError(
        `HTTP: a page of accounts holds more than ${MAX_PAGE_SIZE}: use {pageSize} in its query`,
      );
    const accounts: ObservedAccount[] = [];
    for (const item of items) if (!this.#isReserved(item)) accounts.push((await this.#observe(item)).account);
    return { accounts, next: next && JSON.stringify(next) };
  }

  async checkPrivileges(): Promise<readonly string[]> {
    const { check } = this.#settings.requests;
    if (check === undefined) return [];
    try {
      const answer = await this.#read(check, {});
      return check.expect.filter(({ at, is }) => valueAt(at, answer) !== is).map(({ otherwise }) => otherwise);
    } catch (error) {
      if (error instanceof RetryableError || !(error instanceof Error)) throw error;
      return [`requests.check was refused: ${error.message}`];
    }
  }

  /** An account as the application tells it. */
  async #find(key: AccountKey): Promise<unknown> {
    const { findByIdentity, findByUserName } = this.#settings.requests;
    const found = await findOwnAccount<unknown>(key, {
      system: 'HTTP',
      carriedIn: 'account.identityId',
      byId: (accountId) => this.#findById(accountId),
      byIdentity: async (identityId) => {
        if (findByIdentity === undefined) return [];
        const candidates = await this.#candidates(findByIdentity, { identityId });
        return candidates.filter((each) => this.#markOf(each) === identityId);
      },
      byUserName: async (userName) => {
        const candidates = await this.#candidates(findByUserName, { userName });
        const named = candidates.filter((each) => this.#userNameOf(each).toLowerCase() === userName.toLowerCase());
        const exact = named.filter((each) => this.#userNameOf(each) === userName);
        const chosen = exact.length > 0 ? exact : named;
        if (chosen.length > 1) throw new ConflictError('HTTP: several accounts have the user name');
        return chosen[0];
      },
      identityOf: (account) => this.#markOf(account),
      isReserved: (account) => this.#isReserved(account),
    });
    if (found === undefined) await this.#requireReachable();
    return found;
  }

  async #findById(accountId: string): Promise<unknown> {
    const found = await this.#candidates(this.#settings.requests.findById, { accountId });
    return found.find((each) => this.#idOf(each) === accountId);
  }

  /** The account and what it holds, read once more. */
  async #again({ accountId }: ObservedAccount) {
    const found = await this.#findById(accountId);
    return found === undefined ? undefined : this.#observe(found);
  }

  async #candidates(
    request: HttpSettings['requests']['findById'],
    values: TemplateValues,
  ): Promise<readonly unknown[]> {
    if (request.item === undefined) return this.#all(withItems(request), values);
    try {
      const answer = await this.#read(request, values);
      const found = answer === undefined ? null : valueAt(request.item, answer);
      if (found === undefined) throw nothingAt(request.item, request);
      return found === null ? [] : [found];
    } catch (error) {
      if (error instanceof NotFoundError || (error instanceof RefusedError && error.status === 410)) return [];
      throw error;
    }
  }

  /** Where single accounts are asked for, a wrong base URL answers like an account that is gone: it must not pass. */
  async #requireReachable(): Promise<void> {
    const { findById, findByIdentity, findByUserName } = this.#settings.requests;
    if ([findById, findByIdentity, findByUserName].every((request) => request?.item === undefined)) return;
    this.#reachable ??= this.checkPrivileges();
    const lacking = await this.#reachable.catch((error: unknown) => {
      this.#reachable = undefined;
      throw error;
    });
    if (lacking[0] !== undefined) throw new PermanentError(`HTTP: nobody was found, but ${lacking[0]}`);
  }

  async #observe(found: unknown) {
    const { account: at, requests } = this.#settings;
    const [accountId, userName] = [this.#idOf(found), this.#userNameOf(found)];
    const memberships =
      at.grants === undefined
        ? (await this.#all(required(requests.readGrants), { accountId, userName })).map((item) =>
            membershipOf(item, required(requests.readGrants)),
          )
        : listAt(at.grants.items, found).map((item) => membershipOf(item, required(at.grants)));
    const account: ObservedAccount = {
      accountId,
      userName,
      enabled: at.enabled === undefined || scalarAt(at.enabled.at, found) === at.enabled.is,
      // The description knows grants by name alone: one that the application renames is another grant.
      grants: [...new Set(memberships.map(({ name }) => name))].sort(),
      attributes: attributesOf(at.attributes, found),
      ...(at.openSessions === undefined ? {} : { openSessions: countAt(at.openSessions, found) }),
      ...(at.lastActive === undefined ? {} : { lastActiveMs: instantMs(valueAt(at.lastActive, found)) }),
    };
    return { account, memberships };
  }

  #idOf(found: unknown): string {
    return textAt(this.#settings.account.id, found);
  }

  #userNameOf(found: unknown): string {
    return textAt(this.#settings.account.userName, found);
  }

  /** Whom the settings name, and whom Tenure signs in as. */
  #isReserved(found: unknown): boolean {
    const userName = this.#userNameOf(found).toLowerCase();
    return this.#reserved.has(userName);
  }

  #markOf(found: unknown): string | undefined {
    const { identityId } = this.#settings.account;
    return identityId === undefined || isNothing(valueAt(identityId, found)) ? undefined : textAt(identityId, found);
  }

  async #grantId(grant: string): Promise<string | undefined> {
    const { findGrant } = this.#settings.requests;
    const cached = this.#grantIds.get(grant);
    if (cached !== undefined || findGrant === undefined) return cached;
    const found = (await this.#all(findGrant, { grant })).map((item) => membershipOf(item, findGrant));
    const named = found.filter(({ name }) => name === grant);
    if (named.length > 1) throw new PermanentError(`HTTP: several grants are called "${grant}"`);
    if (named[0]?.id !== undefined) this.#grantIds.set(grant, named[0].id);
    return named[0]?.id;
  }

  /** Every item of a reading, over as many pages as it takes. */
  async #all(request: ItemsRequest, values: TemplateValues): Promise<readonly unknown[]> {
    const { method, path } = request;
    return readAllPages<unknown, Position>(`HTTP ${method} ${path}`, (position = START) =>
      this.#page(request, values, position),
    );
  }

  async #page(request: ItemsRequest, values: TemplateValues, position: Position): Promise<Page> {
    const { pageSize } = this.#settings;
    const { offset, page, cursor } = position;
    const answer = await this.#collection(request, { ...values, pageSize, offset, page, cursor });
    const items = listAt(request.items, answer);
    const used = usedIn(request);
    const stuck = () => new PermanentError(`HTTP ${request.method} ${request.path}: paging does not advance`);
    if (used.has('cursor')) {
      const next = valueAt(request.next ?? '', answer);
      if (isNothing(next)) return { items };
      const text = textAt(request.next ?? '', answer);
      if (text === cursor) throw stuck();
      return { items, next: { offset: offset + items.length, page: page + 1, cursor: text } };
    }
    if (!used.has('offset') && !used.has('page')) return sliceOf(items, offset, pageSize);
    if (items.length === 0) return { items };
    // Fewer than were asked for is not yet the end: an application may cap its pages.
    const first = fingerprint(items[0]);
    if (first === position.first) throw stuck();
    const end = offset + items.length;
    // Nor is a total that the application may have taken of the page.
    const isFull = items.length >= pageSize;
    if (request.total !== undefined && !isFull && end >= countAt(request.total, answer)) return { items };
    return { items, next: { offset: end, page: page + 1, first } };
  }

  /** A collection that is not there is a wrong description, which must never look like an account that is gone. */
  async #collection(request: ItemsRequest, values: TemplateValues): Promise<unknown> {
    try {
      return await this.#read(request, values);
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      throw new PermanentError(`${error.message}: are baseUrl and path right?`);
    }
  }

  #read(request: AnyRequest, values: TemplateValues): Promise<unknown> {
    return this.#send(request, values, true, 'left-out');
  }

  async #act(request: ActRequest, values: TemplateValues, missing: 'left-out' | 'null' = 'left-out'): Promise<void> {
    const repeatable = request.repeatable ?? (request.method === 'PUT' || request.method === 'DELETE');
    await this.#send(request, values, repeatable, missing);
  }

  #send(request: AnyRequest, values: TemplateValues, idempotent: boolean, missing: 'left-out' | 'null') {
    const query = Object.entries(request.query).flatMap(([name, template]) => {
      const text = renderText(template, values);
      return text === undefined ? [] : [[name, text] as const];
    });
    const parameters = placeholdersOf(request.path).flatMap((name) => {
      const value = values[name];
      return value === undefined ? [] : [[name, String(value)] as const];
    });
    return this.#client.send({
      method: request.method,
      path: request.path,
      parameters: Object.fromEntries(parameters),
      query: Object.fromEntries(query),
      ...(request.body === undefined ? {} : { body: renderJson(request.body as JsonTemplate, values, missing) }),
      idempotent,
    });
  }
}

type ItemsRequest = PagesRequest & { readonly items: JsonPointer };

function withItems(request: HttpSettings['requests']['findById']): ItemsRequest {
  return { ...request, items: required(request.items) };
}

/** Everything in one answer, handed on in pages. */
function sliceOf(items: readonly unknown[], offset: number, pageSize: number): Page {
  const end = offset + pageSize;
  if (items.length <= end) return { items: items.slice(offset) };
  return { items: items.slice(offset, end), next: { offset: end, page: 1 } };
}

function authorizationOf({ authentication }: HttpSettings, secret: HttpSecret): Readonly<Record<string, string>> {
  if (authentication.kind === 'basic') {
    if (!('password' in secret)) throw wrongSecret('basic', 'userName and password');
    const pair = Buffer.from(`${secret.userName}:${secret.password}`, 'utf8').toString('base64');
    return { authorization: `Basic ${pair}` };
  }
  if (!('token' in secret)) throw wrongSecret(authentication.kind, 'token');
  return authentication.kind === 'bearer'
    ? { authorization: `Bearer ${secret.token}` }
    : { [authentication.name.toLowerCase()]: secret.token };
}

function wrongSecret(kind: string, keys: string): PermanentError {
  return new PermanentError(`HTTP: authentication "${kind}" needs ${keys} in the secret`);
}

/** A refusal that the read-back may overrule; what could be tried again is thrown. */
async function refusalOf(call: Promise<void>): Promise<Error | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (error instanceof RetryableError || !(error instanceof Error)) throw error;
    return error;
  }
}

function valuesOf({ accountId, userName }: ObservedAccount): TemplateValues {
  return { accountId, userName };
}

/** Nobody knows it; of every class of characters that a password policy may ask for. */
function randomPassword(): string {
  return `${randomBytes(32).toString('base64url')}aA1!`;
}

function membershipOf(item: unknown, at: { readonly name: JsonPointer; readonly id?: JsonPointer | undefined }) {
  return {
    name: textAt(at.name, item),
    id: at.id === undefined ? undefined : textAt(at.id, item),
  } satisfies Membership;
}

function attributesOf(at: HttpSettings['account']['attributes'], found: unknown): Partial<AccountProfile> {
  const read = (pointer: JsonPointer) => (isNothing(valueAt(pointer, found)) ? undefined : textAt(pointer, found));
  const { displayName, ...others } = at;
  // All of these are stored, so all are reported: the first value of an empty one is then a difference.
  return {
    ...(displayName === undefined ? {} : { displayName: read(displayName) ?? '' }),
    ...Object.fromEntries(
      Object.entries(others).flatMap(([name, pointer]) => (pointer === undefined ? [] : [[name, read(pointer)]])),
    ),
  };
}

// What the description promises and the answer lacks is a fault of one of them, never "nothing": read as nothing, a
// wrong pointer would show an account without grants.

function textAt(pointer: JsonPointer, document: unknown): string {
  const value = valueAt(pointer, document);
  if (typeof value === 'string' && value !== '') return value;
  if (typeof value === 'number') return String(value);
  throw new PermanentError(`HTTP: the answer has no text at "${pointer}"`);
}

function listAt(pointer: JsonPointer, document: unknown): readonly unknown[] {
  const value = valueAt(pointer, document);
  if (Array.isArray(value)) return value;
  if (value === null) return [];
  throw new PermanentError(`HTTP: the answer has no list at "${pointer}"`);
}

function countAt(pointer: JsonPointer, document: unknown): number {
  const value = valueAt(pointer, document);
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value;
  throw new PermanentError(`HTTP: the answer has no number at "${pointer}"`);
}

function scalarAt(pointer: JsonPointer, document: unknown): unknown {
  const value = valueAt(pointer, document);
  if (value === undefined) throw new PermanentError(`HTTP: the answer has nothing at "${pointer}"`);
  return value;
}

function nothingAt(pointer: JsonPointer, { method, path }: AnyRequest): PermanentError {
  return new PermanentError(`HTTP ${method} ${path}: the answer has nothing at "${pointer}"`);
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

function instantMs(value: unknown): number | undefined {
  if (typeof value === 'string') {
    const parsedMs = Date.parse(value);
    return Number.isNaN(parsedMs) ? undefined : parsedMs;
  }
  // Seconds until the year 5138, milliseconds since 1973.
  return typeof value === 'number' ? (value < 1e11 ? value * 1000 : value) : undefined;
}

function fingerprint(item: unknown): string {
  return createHash('sha256').update(JSON.stringify(item)).digest('base64url');
}

function positionOf(from: string): Position {
  try {
    return positionSchema.parse(JSON.parse(from));
  } catch {
    throw new PermanentError('HTTP: the listing cannot go on from there');
  }
}

/** What the settings' own checks have made certain. */
function required<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new PermanentError('HTTP: the description is incomplete');
  return value;
}
