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
  readonly meta: Meta;
}
interface StoredGroup {
  readonly id: string;
  readonly displayName: string;
  readonly members: readonly { readonly value: string }[];
  readonly meta: Meta;
}
interface Meta {
  readonly created: string;
  readonly lastModified: string;
}

/**
 * One application's users and groups. Every method is synchronous, and must be: SCIMMY keeps its base path in a global
 * that each request sets, which is right only while no other request runs in between.
 */
class ScimStore {
  readonly users = new Map<string, StoredUser>();
  readonly groups = new Map<string, StoredGroup>();
  readonly faults = new FaultPlan();
  readonly token: string;
  readonly #onChange: () => void;

  constructor(token: string, onChange: () => void) {
    this.token = token;
    this.#onChange = onChange;
  }

  listUsers(): object[] {
    return [...this.users.values()].map((user) => this.#withGroups(user));
  }

  readUser(id: string): object {
    return this.#withGroups(found(this.users.get(id), id));
  }

  writeUser(id: string | undefined, data: { readonly userName: string }): object {
    const user = { ...data, ...identify(id, this.users) };
    const name = user.userName.toLowerCase();
    for (const other of this.users.values()) {
      if (other.id !== user.id && other.userName.toLowerCase() === name) throw taken('userName');
    }
    this.users.set(user.id, user);
    this.#onChange();
    return this.#withGroups(user);
  }

  deleteUser(id: string): void {
    found(this.users.get(id), id);
    for (const group of this.groups.values()) {
      this.groups.set(group.id, { ...group, members: group.members.filter((member) => member.value !== id) });
    }
    this.users.delete(id);
    this.#onChange();
  }

  listGroups(): StoredGroup[] {
    return [...this.groups.values()];
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
    this.groups.set(group.id, group);
    this.#onChange();
    return group;
  }

  deleteGroup(id: string): void {
    found(this.groups.get(id), id);
    this.groups.delete(id);
    this.#onChange();
  }

  #withGroups(user: StoredUser): object {
    const groups = this.listGroups()
      .filter((group) => group.members.some((member) => member.value === user.id))
      .map((group) => ({ value: group.id, display: group.displayName, type: 'direct' }));
    return { ...user, groups };
  }
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

function isList(value: FilterExpression | readonly unknown[]): value is readonly unknown[] {
  return Array.isArray(value);
}

/** SCIMMY's registry of resource types is global to the process: the application comes as each request's context. */
function declareResources(): void {
  const plain = (data: unknown) => JSON.parse(JSON.stringify(data));
  SCIMMY.Resources.declare(SCIMMY.Resources.User, {
    extensions: [{ schema: SCIMMY.Schemas.EnterpriseUser, required: false }],
  });
  SCIMMY.Resources.User.ingress(((resource: { id?: string }, data: unknown, store: ScimStore) =>
    store.writeUser(resource.id, plain(data))) as never);
  SCIMMY.Resources.User.egress(((resource: { id?: string; filter?: Iterable<unknown> }, store: ScimStore) =>
    resource.id === undefined ? matching(store.listUsers(), resource.filter) : store.readUser(resource.id)) as never);
  SCIMMY.Resources.User.degress(((resource: { id: string }, store: ScimStore) =>
    store.deleteUser(resource.id)) as never);
  SCIMMY.Resources.declare(SCIMMY.Resources.Group, {});
  SCIMMY.Resources.Group.ingress(((resource: { id?: string }, data: unknown, store: ScimStore) =>
    store.writeGroup(resource.id, plain(data))) as never);
  SCIMMY.Resources.Group.egress(((resource: { id?: string; filter?: Iterable<unknown> }, store: ScimStore) =>
    resource.id === undefined ? matching(store.listGroups(), resource.filter) : store.readGroup(resource.id)) as never);
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
    for (const user of saved[id]?.users ?? []) store.users.set(user.id, user);
    for (const group of saved[id]?.groups ?? []) store.groups.set(group.id, group);
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
