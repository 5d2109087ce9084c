// A real SCIM 2.0 server (SCIMMY) with several applications, each with its own token, groups and faults:
// `/{application}/scim/v2`. Runs as its own process, on loopback only, for the local cloud and for tests.
//
//   tsx local/targets/scim-server.ts --port 4010 --config config.json [--data state.json]
//
// `--config -` reads the configuration from the first line of stdin and ends when stdin does, so that no server
// outlives whoever started it. Prints one JSON line once it listens.
import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import express, { type NextFunction, type Request, type Response } from 'express';
import SCIMMY from 'scimmy';
import SCIMMYRouters from 'scimmy-routers';
import * as z from 'zod';
import { applyFault, FaultPlan, faultSchema } from './faults.ts';

const MAX_RESOURCES = 100_000;

const configSchema = z.strictObject({
  /** Bearer token of `/{application}/faults`; without it there is no such path. */
  controlToken: z.string().min(8).optional(),
  applications: z.record(
    z.string().regex(/^[a-z0-9-]{1,64}$/),
    z.strictObject({ token: z.string().min(8), groups: z.array(z.string().min(1)).max(10_000).default([]) }),
  ),
});
export type ScimServerConfig = z.input<typeof configSchema>;

interface StoredUser {
  readonly id: string;
  readonly userName: string;
  readonly externalId?: string;
  readonly meta: Meta;
}
interface StoredGroup {
  readonly id: string;
  readonly displayName: string;
  readonly members: readonly { readonly value: string }[];
  readonly meta: Meta;
}
interface MemberChange {
  readonly op: 'add' | 'remove';
  readonly userId: string;
}
interface Meta {
  readonly created: string;
  readonly lastModified: string;
}

/**
 * One application's users and groups. Every method is synchronous, and must be: SCIMMY keeps its base path in a global
 * that each request sets, which is right only while no other request runs in between.
 *
 * Whoever is looked for by one exact value is found without going through everybody, as in any system of some size.
 */
class ScimStore {
  readonly users = new Map<string, StoredUser>();
  readonly groups = new Map<string, StoredGroup>();
  readonly #idsByUserName = new Index();
  readonly #idsByExternalId = new Index();
  /** The groups of each user. */
  readonly #groupIdsByMember = new Index();
  readonly faults = new FaultPlan();
  readonly token: string;
  readonly #onChange: () => void;

  constructor(token: string, onChange: () => void) {
    this.token = token;
    this.#onChange = onChange;
  }

  /** Those that match the filter are among them. */
  candidateUsers(sought: Sought | undefined): object[] {
    const ids =
      sought?.path === 'userName'
        ? this.#idsByUserName.find(folded(sought.value))
        : sought?.path === 'externalId'
          ? this.#idsByExternalId.find(sought.value)
          : undefined;
    return byId(this.users, ids).map((user) => this.#withGroups(user));
  }

  readUser(id: string): object {
    return this.#withGroups(found(this.users.get(id), id));
  }

  writeUser(id: string | undefined, data: { readonly userName: string }): object {
    const user: StoredUser = { ...data, ...identify(id, this.users) };
    for (const other of this.#idsByUserName.find(folded(user.userName))) {
      if (other !== user.id) throw taken('userName');
    }
    this.#putUser(user.id, user);
    this.#onChange();
    return this.#withGroups(user);
  }

  /** As it was saved. */
  restore(users: readonly StoredUser[], groups: readonly StoredGroup[]): void {
    for (const user of users) this.#putUser(user.id, user);
    for (const group of groups) this.#putGroup(group.id, group);
  }

  /** Undefined: it is gone. */
  #putUser(id: string, user: StoredUser | undefined): void {
    const before = this.users.get(id);
    this.#idsByUserName.move(id, before && [folded(before.userName)], user && [folded(user.userName)]);
    this.#idsByExternalId.move(id, before && [before.externalId], user && [user.externalId]);
    if (user === undefined) this.users.delete(id);
    else this.users.set(id, user);
  }

  /** Undefined: it is gone. */
  #putGroup(id: string, group: StoredGroup | undefined): void {
    const membersOf = (one: StoredGroup | undefined) => one?.members.map(({ value }) => value);
    this.#groupIdsByMember.move(id, membersOf(this.groups.get(id)), membersOf(group));
    if (group === undefined) this.groups.delete(id);
    else this.groups.set(id, group);
  }

  deleteUser(id: string): void {
    found(this.users.get(id), id);
    for (const group of byId(this.groups, this.#groupIdsByMember.find(id))) {
      this.#putGroup(group.id, { ...group, members: group.members.filter((member) => member.value !== id) });
    }
    this.#putUser(id, undefined);
    this.#onChange();
  }

  listGroups(): StoredGroup[] {
    return [...this.groups.values()];
  }

  /** Those that match the filter are among them. */
  candidateGroups(sought: Sought | undefined): StoredGroup[] {
    return byId(this.groups, sought?.path === 'members.value' ? this.#groupIdsByMember.find(sought.value) : undefined);
  }

  readGroup(id: string): StoredGroup {
    return found(this.groups.get(id), id);
  }

  writeGroup(
    id: string | undefined,
    data: { readonly displayName: string; readonly members?: StoredGroup['members'] },
  ): StoredGroup {
    const members = [...new Map((data.members ?? []).map((member) => [member.value, member])).values()];
    for (const { value } of members) {
      if (!this.users.has(value)) throw new SCIMMY.Types.Error(400, 'invalidValue', 'there is no such member');
    }
    const group = { ...data, members, ...identify(id, this.groups) };
    for (const other of this.groups.values()) {
      if (other.id !== group.id && other.displayName === group.displayName) throw taken('displayName');
    }
    this.#putGroup(group.id, group);
    this.#onChange();
    return group;
  }

  /** False, and nothing is done, where that is more than putting users in who are not, or taking out users who are. */
  changeMembers(id: string, changes: readonly MemberChange[]): boolean {
    const group = found(this.groups.get(id), id);
    const isPlain = changes.every(
      ({ op, userId }) => this.users.has(userId) && this.#groupIdsByMember.find(userId).has(id) === (op === 'remove'),
    );
    if (!isPlain || new Set(changes.map(({ userId }) => userId)).size < changes.length) return false;
    const changed = (op: MemberChange['op']) => changes.filter((one) => one.op === op).map(({ userId }) => userId);
    const [gone, come] = [changed('remove'), changed('add')];
    const stay = group.members.filter(({ value }) => !gone.includes(value));
    const members = [...stay, ...come.map((value) => ({ value }))];
    this.#groupIdsByMember.move(id, gone, come);
    this.groups.set(id, { ...group, members, ...identify(id, this.groups) });
    this.#onChange();
    return true;
  }

  deleteGroup(id: string): void {
    found(this.groups.get(id), id);
    this.#putGroup(id, undefined);
    this.#onChange();
  }

  #withGroups(user: StoredUser): object {
    const groups = byId(this.groups, this.#groupIdsByMember.find(user.id)).map((group) => ({
      value: group.id,
      display: group.displayName,
      type: 'direct',
    }));
    return { ...user, groups };
  }
}

/** Which ids have a value. */
class Index {
  readonly #ids = new Map<string, Set<string>>();

  find(value: string): ReadonlySet<string> {
    return this.#ids.get(value) ?? new Set();
  }

  move(id: string, before: readonly (string | undefined)[] = [], after: readonly (string | undefined)[] = []): void {
    const [was, is] = [new Set(before), new Set(after)];
    for (const value of was) if (value !== undefined && !is.has(value)) this.#ids.get(value)?.delete(id);
    for (const value of is) {
      if (value === undefined || was.has(value)) continue;
      const ids = this.#ids.get(value) ?? new Set();
      this.#ids.set(value, ids.add(id));
    }
  }
}

/** In the order in which they were made; all of them without ids. */
function byId<Stored extends { readonly id: string; readonly meta: Meta }>(
  stored: ReadonlyMap<string, Stored>,
  ids?: ReadonlySet<string>,
): Stored[] {
  if (ids === undefined) return [...stored.values()];
  const found = [...ids].flatMap((id) => stored.get(id) ?? []);
  return found.sort((a, b) => (a.meta.created < b.meta.created ? -1 : 1));
}

function folded(name: string): string {
  return name.toLowerCase();
}

function identify(
  id: string | undefined,
  stored: ReadonlyMap<string, { readonly meta: Meta }>,
): { id: string; meta: Meta } {
  const now = new Date().toISOString();
  if (id !== undefined) return { id, meta: { created: found(stored.get(id), id).meta.created, lastModified: now } };
  if (stored.size >= MAX_RESOURCES) throw new SCIMMY.Types.Error(413, 'tooMany', 'too many resources');
  return { id: randomUUID(), meta: { created: now, lastModified: now } };
}

function found<Value>(value: Value | undefined, id: string): Value {
  if (value === undefined) throw new SCIMMY.Types.Error(404, '', `Resource ${id} not found`);
  return value;
}

function taken(attribute: string): Error {
  return new SCIMMY.Types.Error(409, 'uniqueness', `this ${attribute} is in use`);
}

/** Stands for a quote within a filter's string while SCIMMY's lexer, which ends the string there, looks at it. */
const QUOTE = '\uE000';

/** Decodes the JSON strings of a filter (RFC 7644 section 3.4.2.2), which SCIMMY takes as they are. */
function decodeFilterStrings(filter: string): string {
  return filter.replaceAll(/"(?:[^"\\]|\\.)*"/g, (literal) => {
    try {
      return `"${String(JSON.parse(literal)).replaceAll('"', QUOTE)}"`;
    } catch {
      return literal;
    }
  });
}

/** RFC 7643: userName and displayName are not case-sensitive; SCIMMY compares all strings exactly. */
const CASE_INSENSITIVE: ReadonlySet<string> = new Set(['userName', 'displayName']);

type FilterExpression = { readonly [attribute: string]: FilterExpression | readonly unknown[] };

/** What a filter asks for that is an attribute equal to one value, and nothing else. */
interface Sought {
  readonly path: string;
  readonly value: string;
}

function soughtBy(filter: Iterable<unknown> | undefined): Sought | undefined {
  const [only, ...others] = (filter === undefined ? [] : [...filter]) as FilterExpression[];
  return only === undefined || others.length > 0 ? undefined : equality(only);
}

function equality(expression: FilterExpression, within = ''): Sought | undefined {
  const [only, ...others] = Object.entries(expression);
  if (only === undefined || others.length > 0) return undefined;
  const [attribute, compared] = only;
  const path = `${within}${attribute}`;
  if (!isList(compared)) return equality(compared, `${path}.`);
  const [operator, value] = compared;
  if (compared.length !== 2 || operator !== 'eq' || typeof value !== 'string') return undefined;
  return { path, value: value.replaceAll(QUOTE, '"') };
}

/** As SCIMMY hands it to who reads. */
interface Asked {
  readonly id?: string;
  readonly filter?: Iterable<unknown>;
  readonly attributes?: Iterable<unknown>;
  readonly constraints?: {
    totalResults?: number;
    readonly startIndex?: number;
    readonly count?: number;
    readonly sortBy?: string;
  };
}

/** SCIMMY makes each resource that it is given into what it would send, and sends a page of that: the first page is enough. */
function firstPage<Resource>(found: Resource[], { constraints }: Asked): Resource[] {
  if (constraints?.count === undefined || constraints.sortBy !== undefined || (constraints.startIndex ?? 1) > 1)
    return found;
  constraints.totalResults = found.length;
  return found.slice(0, constraints.count);
}

/** A group without its members where only other attributes are asked for. */
function asAskedFor(group: StoredGroup, { attributes }: Asked): Partial<StoredGroup> {
  const asked = ([...(attributes ?? [])] as FilterExpression[]).map((one) => Object.entries(one));
  const isNameAlone =
    asked.length === 1 &&
    asked[0]?.every(([name, compared]) => name === 'displayName' && isList(compared) && compared[0] === 'pr');
  if (!isNameAlone) return group;
  const { members: _members, ...others } = group;
  return others;
}

function matching<Resource extends object>(
  resources: readonly Resource[],
  filter: Iterable<unknown> | undefined,
): Resource[] {
  if (filter === undefined) return [...resources];
  const fold = (attribute: string, value: unknown) =>
    CASE_INSENSITIVE.has(attribute) && typeof value === 'string' ? value.toLowerCase() : value;
  const decode = (expression: FilterExpression): object =>
    Object.fromEntries(
      Object.entries(expression).map(([attribute, value]) => [
        attribute,
        isList(value)
          ? value.map((part) => fold(attribute, typeof part === 'string' ? part.replaceAll(QUOTE, '"') : part))
          : decode(value),
      ]),
    );
  const decoded = new SCIMMY.Types.Filter([...(filter as Iterable<FilterExpression>)].map(decode));
  return resources.filter((resource) => {
    const folded = Object.fromEntries(Object.entries(resource).map(([name, value]) => [name, fold(name, value)]));
    return decoded.match([folded]).length > 0;
  });
}

/** Whose member is looked for by an id is found, and need not be looked for among all members again. */
function foundGroups(store: ScimStore, filter: Asked['filter']): StoredGroup[] {
  const sought = soughtBy(filter);
  const candidates = store.candidateGroups(sought);
  return sought?.path === 'members.value' ? candidates : matching(candidates, filter);
}

function isList(value: FilterExpression | readonly unknown[]): value is readonly unknown[] {
  return Array.isArray(value);
}

const memberPatchSchema = z.object({
  Operations: z
    .array(
      z.union([
        z
          .strictObject({
            op: z.literal('add'),
            path: z.literal('members'),
            value: z.array(z.strictObject({ value: z.string() })),
          })
          .transform(({ op, value }) => value.map((member) => ({ op, userId: member.value }))),
        z
          .strictObject({ op: z.literal('remove'), path: z.string().regex(/^members\[value eq "[^"\\]*"\]$/) })
          .transform(({ op, path }) => [{ op, userId: path.slice('members[value eq "'.length, -2) }]),
      ]),
    )
    .transform((changes): MemberChange[] => changes.flat()),
});

/**
 * SCIMMY reads the whole group, makes each of its members anew, and writes it back whole, so that joining one of a thousand
 * takes a thousand times as long. Who only joins or leaves does so here, and all else is SCIMMY's.
 */
function patchMembersAlone(): void {
  const group = SCIMMY.Resources.Group.prototype as {
    patch(this: { readonly id?: string }, message: never, store: ScimStore): Promise<unknown>;
  };
  const patchWhole = group.patch;
  group.patch = async function (message, store) {
    const patch = memberPatchSchema.safeParse(message);
    if (!patch.success || this.id === undefined) return await patchWhole.call(this, message, store);
    // Which refuses what is no patch.
    new SCIMMY.Messages.PatchOp(message);
    const isDone = store.changeMembers(this.id, patch.data.Operations);
    return isDone ? undefined : await patchWhole.call(this, message, store);
  };
}

/** SCIMMY's registry of resource types is global to the process: the application comes as each request's context. */
function declareResources(): void {
  const plain = (data: unknown) => JSON.parse(JSON.stringify(data));
  SCIMMY.Resources.declare(SCIMMY.Resources.User, {
    extensions: [{ schema: SCIMMY.Schemas.EnterpriseUser, required: false }],
  });
  SCIMMY.Resources.User.ingress(((resource: { id?: string }, data: unknown, store: ScimStore) =>
    store.writeUser(resource.id, plain(data))) as never);
  SCIMMY.Resources.User.egress(((asked: Asked, store: ScimStore) =>
    asked.id === undefined
      ? firstPage(matching(store.candidateUsers(soughtBy(asked.filter)), asked.filter), asked)
      : store.readUser(asked.id)) as never);
  SCIMMY.Resources.User.degress(((resource: { id: string }, store: ScimStore) =>
    store.deleteUser(resource.id)) as never);
  SCIMMY.Resources.declare(SCIMMY.Resources.Group, {});
  SCIMMY.Resources.Group.ingress(((resource: { id?: string }, data: unknown, store: ScimStore) =>
    store.writeGroup(resource.id, plain(data))) as never);
  SCIMMY.Resources.Group.egress(((asked: Asked, store: ScimStore) =>
    asked.id === undefined
      ? firstPage(foundGroups(store, asked.filter), asked).map((group) => asAskedFor(group, asked))
      : store.readGroup(asked.id)) as never);
  SCIMMY.Resources.Group.degress(((resource: { id: string }, store: ScimStore) =>
    store.deleteGroup(resource.id)) as never);
}

function hasToken(request: Request, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(request.header('authorization') ?? ''), digest(`Bearer ${token}`));
}

function application(stores: ReadonlyMap<string, ScimStore>, request: Request): ScimStore | undefined {
  return stores.get(String(request.params['application']));
}

function createApp(stores: ReadonlyMap<string, ScimStore>, controlToken: string | undefined): express.Express {
  declareResources();
  patchMembersAlone();
  const app = express();
  app.disable('x-powered-by');

  const control = express.Router({ mergeParams: true });
  control.use(express.json({ limit: '64kb' }));
  control.use((request, response, next) => {
    if (controlToken === undefined || application(stores, request) === undefined) response.sendStatus(404);
    else if (!hasToken(request, controlToken)) response.sendStatus(401);
    else next();
  });
  control.get('/', (request, response) => void response.json(application(stores, request)?.faults.list()));
  control.post('/', (request, response) => {
    const fault = faultSchema.safeParse(request.body);
    if (!fault.success) return void response.status(422).json({ detail: z.prettifyError(fault.error) });
    application(stores, request)?.faults.add(request.body);
    response.sendStatus(204);
  });
  control.delete('/', (request, response) => {
    application(stores, request)?.faults.clear();
    response.sendStatus(204);
  });
  app.use('/:application/faults', control);

  app.use('/:application/scim/v2', (request, response, next) => {
    const store = application(stores, request);
    if (store === undefined) return void response.sendStatus(404);
    const fault = store.faults.take(request.method, request.path);
    if (fault !== undefined && !applyFault(fault, response)) return;
    // Express 5 parses the query anew at each access, so that SCIMMY's conversion of `count` to a number would be lost.
    const query: Record<string, unknown> = { ...request.query };
    if (typeof query['filter'] === 'string') query['filter'] = decodeFilterStrings(query['filter']);
    Object.defineProperty(request, 'query', { value: query, writable: true });
    next();
  });
  app.use(
    '/:application/scim/v2',
    new SCIMMYRouters({
      type: 'bearer',
      handler: (request: Request) => {
        const store = application(stores, request);
        if (store === undefined || !hasToken(request, store.token))
          throw new Error('the bearer token was not accepted');
        return 'provisioner';
      },
      context: (request: Request) => application(stores, request),
      // biome-ignore lint/suspicious/noExplicitAny: the package types its options as an untyped object
    } as any) as unknown as express.RequestHandler,
  );
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    if (!response.headersSent) response.sendStatus(500);
  });
  return app;
}

/** The state survives a restart when there is a data file: written whole after each change, then renamed into place. */
function createStores(
  config: z.infer<typeof configSchema>,
  dataFile: string | undefined,
): ReadonlyMap<string, ScimStore> {
  const stores = new Map<string, ScimStore>();
  const saved: Record<string, { users: StoredUser[]; groups: StoredGroup[] }> =
    dataFile !== undefined && existsSync(dataFile) ? JSON.parse(readFileSync(dataFile, 'utf8')) : {};
  const save = () => {
    if (dataFile === undefined || stores.size < Object.keys(config.applications).length) return;
    const state = [...stores].map(([id, store]) => [
      id,
      { users: [...store.users.values()], groups: store.listGroups() },
    ]);
    writeFileSync(`${dataFile}.new`, JSON.stringify(Object.fromEntries(state)));
    renameSync(`${dataFile}.new`, dataFile);
  };
  for (const [id, { token, groups }] of Object.entries(config.applications)) {
    const store = new ScimStore(token, save);
    store.restore(saved[id]?.users ?? [], saved[id]?.groups ?? []);
    const there = new Set(store.listGroups().map((group) => group.displayName));
    for (const displayName of groups) if (!there.has(displayName)) store.writeGroup(undefined, { displayName });
    stores.set(id, store);
  }
  save();
  return stores;
}

async function readConfig(source: string): Promise<z.infer<typeof configSchema>> {
  if (source !== '-') return configSchema.parse(JSON.parse(readFileSync(source, 'utf8')));
  const lines = createInterface({ input: process.stdin });
  const line = await new Promise<string>((resolve) => lines.once('line', resolve));
  lines.on('close', () => process.exit(0));
  return configSchema.parse(JSON.parse(line));
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { port: { type: 'string', default: '0' }, config: { type: 'string' }, data: { type: 'string' } },
  });
  if (values.config === undefined) throw new Error('usage: scim-server.ts --config FILE|- [--port N] [--data FILE]');
  const config = await readConfig(values.config);
  const app = createApp(createStores(config, values.data), config.controlToken);
  const server = app.listen(Number(values.port), '127.0.0.1', (error?: Error) => {
    if (error !== undefined) throw error;
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const baseUrls = Object.fromEntries(Object.keys(config.applications).map((id) => [id, `${url}/${id}/scim/v2`]));
    process.stdout.write(`${JSON.stringify({ url, baseUrls })}\n`);
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(0));
}

await main();
