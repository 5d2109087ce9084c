// GitHub for the tests: the emulation keeps organisation, teams, repositories and who may read them; what it lacks
// (tokens, outside collaborators, accounts by id, GraphQL) is added here on top of its state. Every request is checked
// against GitHub's published descriptions, REST and GraphQL.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as z from 'zod';
import { startDescription } from './description.ts';
import { startEmulation } from './emulation.ts';
import { type ApiAnswer, type ApiCall, expectShape, pageOf, startVendorApi, ViolationError } from './vendor-api.ts';

const requireHere = createRequire(import.meta.url);
/** The package does not export it. */
const GRAPHQL_SCHEMA = new URL('../node_modules/@octokit/graphql-schema/schema.graphql', import.meta.url);
export const ORGANIZATION = 'acme';
export const OWNER = 'tenure-owner';
export const OWNER_TOKEN = 'ghp_ownerownerownerownerownerownerowner1';
const REPOSITORY = 'plans';
/** The emulation counts 5,000 requests an hour for each token. */
const UPSTREAM_TOKENS = Array.from({ length: 30 }, (_, index) => `upstream-${index}`);
/** How the emulation keeps members that are in no team. */
const MEMBERS_TEAM = 'members';

/** What GitHub itself is asked, past the connector. */
export interface Github {
  readonly url: string;
  readonly calls: readonly string[];
  /** Reads the organisation's private repository with a person's own token: the status. */
  readAs(login: string): Promise<number>;
  addFineGrainedToken(login: string): void;
  addSsoAuthorization(login: string, type: 'SSH key' | 'personal access token'): void;
  inviteCollaborator(login: string): Promise<void>;
  linkThroughSaml(userName: string, login: string): void;
  countTeams(login: string): Promise<number>;
  stop(): Promise<void>;
}

interface Held {
  readonly id: number;
  readonly login: string;
  readonly type: string;
}

/** @param app whose installation may take the owner's place */
export async function startGithub(
  teams: readonly string[],
  logins: readonly string[],
  app?: { readonly id: number; readonly installationId: number; readonly privateKey: string },
): Promise<Github> {
  const people = [OWNER, ...logins];
  const tokenOf = (login: string) => `token-of-${login}`;
  const upstream = await startEmulation('github', {
    tokens: Object.fromEntries([
      ...UPSTREAM_TOKENS.map((token) => [token, { login: OWNER, scopes: ['repo', 'admin:org'] }]),
      ...people.map((login) => [tokenOf(login), { login, scopes: ['repo'] }]),
    ]),
    github: {
      users: people.map((login) => ({ login })),
      orgs: [{ login: ORGANIZATION, members: [{ login: OWNER, role: 'admin' }] }],
      repos: [{ owner: ORGANIZATION, name: REPOSITORY, private: true }],
      apps: app && [
        {
          app_id: app.id,
          slug: 'tenure',
          name: 'Tenure',
          private_key: app.privateKey,
          permissions: {
            members: 'write',
            organization_administration: 'write',
            organization_personal_access_tokens: 'write',
          },
          installations: [{ installation_id: app.installationId, account: ORGANIZATION }],
        },
      ],
    },
  });
  let turn = 0;
  const ask = async (method: string, path: string, body?: unknown, token?: string): Promise<ApiAnswer> => {
    turn += 1;
    const response = await fetch(`${upstream.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token ?? UPSTREAM_TOKENS[turn % UPSTREAM_TOKENS.length]}`,
        'content-type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, ...(text === '' ? {} : { body: JSON.parse(text) }) };
  };
  for (const name of teams) await ask('POST', `/orgs/${ORGANIZATION}/teams`, { name });

  const pass = ({ method, path, query, body }: ApiCall) =>
    ask(method, `${path}${query.size === 0 ? '' : `?${query}`}`, body);
  const repository = `/repos/${ORGANIZATION}/${REPOSITORY}`;
  const isThere = async (path: string) => ((await ask('GET', path)).status ?? 500) < 300;
  const isMember = (login: string) => isThere(`/orgs/${ORGANIZATION}/members/${login}`);
  const held = { tokens: [] as Held[], authorizations: [] as Held[] };
  const saml = new Map<string, string>();
  const appTokens = new Set<string>();
  let lastId = 1000;

  const outsiders = async (): Promise<readonly Person[]> => {
    const people = expectShape(
      z.array(personSchema),
      (await ask('GET', `${repository}/collaborators?per_page=100`)).body,
    );
    const outside: Person[] = [];
    for (const person of people) if (!(await isMember(person.login))) outside.push(person);
    return outside;
  };
  const teamsOf = async (login: string): Promise<Team[]> => {
    const all = await ask('GET', `/orgs/${ORGANIZATION}/teams?per_page=100`);
    const joined: Team[] = [];
    for (const team of expectShape(z.array(teamSchema), all.body)) {
      const { slug } = team;
      if (slug === MEMBERS_TEAM) continue;
      if (await isThere(`/orgs/${ORGANIZATION}/teams/${slug}/memberships/${login}`)) joined.push(team);
    }
    return joined;
  };
  const graphql = await graphqlDescription();

  const api = await startVendorApi({
    description: await startDescription(
      JSON.parse(readFileSync(requireHere.resolve('@octokit/openapi/generated/ghec.json'), 'utf8')),
      DESCRIBED,
    ),
    described: ({ path }, url) => (path === '/graphql' ? undefined : url),
    refuse: ({ path, headers }) => {
      if (path.startsWith('/app/')) return undefined;
      const token = headers['authorization']?.replace(/^(token|bearer) /i, '') ?? '';
      return token === OWNER_TOKEN || appTokens.has(token)
        ? undefined
        : { status: 401, body: { message: 'Bad credentials' } };
    },
    operations: {
      'GET /user/{account_id}': async ({ parameters }) => {
        const id = Number(parameters['account_id']);
        const [person] = expectShape(
          z.array(personSchema),
          (await ask('GET', `/users?since=${id - 1}&per_page=1`)).body,
        );
        return person?.id === id ? { body: person } : { status: 404, body: { message: 'Not Found' } };
      },
      'GET /user/memberships/orgs/{org}': () => ask('GET', `/orgs/${ORGANIZATION}/memberships/${OWNER}`),
      'GET /orgs/{org}/members': pass,
      'GET /orgs/{org}/memberships/{username}': pass,
      'PUT /orgs/{org}/memberships/{username}': pass,
      // The emulation has only the older call, which takes no invitation back.
      'DELETE /orgs/{org}/memberships/{username}': async ({ parameters: { org, username } }) =>
        (await isMember(username ?? ''))
          ? ask('DELETE', `/orgs/${org}/members/${username}`)
          : { status: 404, body: { message: 'Not Found' } },
      'PUT /orgs/{org}/teams/{team_slug}/memberships/{username}': async (call) => {
        // GitHub would invite a stranger here, the emulation lets one in.
        if (!(await isMember(call.parameters['username'] ?? '')))
          throw new ViolationError('a stranger was put in a team');
        return pass(call);
      },
      'DELETE /orgs/{org}/teams/{team_slug}/memberships/{username}': pass,
      'GET /orgs/{org}/outside_collaborators': async ({ query }) => ({
        body: pageOf(await outsiders(), Number(query.get('page') ?? 1), Number(query.get('per_page') ?? 30)),
      }),
      'DELETE /orgs/{org}/outside_collaborators/{username}': async ({ parameters: { username } }) =>
        (await isMember(username ?? ''))
          ? { status: 422, body: { message: 'You cannot specify an organization member to remove.' } }
          : ask('DELETE', `${repository}/collaborators/${username}`),
      'GET /orgs/{org}/personal-access-tokens': ({ query }) => {
        const owners = query.getAll('owner');
        const found = held.tokens.filter(({ login }) => owners.length === 0 || owners.includes(login));
        const page = pageOf(found, Number(query.get('page') ?? 1), Number(query.get('per_page') ?? 30));
        return { body: page.map(({ id, login }) => ({ id, owner: { login } })) };
      },
      'POST /orgs/{org}/personal-access-tokens/{pat_id}': ({ parameters }) =>
        drop(held, 'tokens', Number(parameters['pat_id'])),
      'GET /orgs/{org}/credential-authorizations': ({ query }) => {
        const found = held.authorizations.filter(({ login }) => login === (query.get('login') ?? login));
        const page = pageOf(found, Number(query.get('page') ?? 1), Number(query.get('per_page') ?? 30));
        return { body: page.map(({ id, login, type }) => ({ login, credential_id: id, credential_type: type })) };
      },
      'DELETE /orgs/{org}/credential-authorizations/{credential_id}': ({ parameters }) =>
        drop(held, 'authorizations', Number(parameters['credential_id'])),
      'POST /app/installations/{installation_id}/access_tokens': async ({ path, headers, body }) => {
        const token = headers['authorization']?.replace(/^(token|bearer) /i, '');
        const answer = await ask('POST', path, body, token);
        const issued = z.object({ token: z.string() }).safeParse(answer.body);
        if (issued.success) appTokens.add(issued.data.token);
        return answer;
      },
      'POST /graphql': async ({ body }) => {
        const { operation, variables } = graphql.check(body);
        if (operation === 'teams') {
          const { login, size, after } = expectShape(teamVariables, variables);
          const teams = await teamsOf(login);
          const start = Number(after ?? 0);
          const nodes = teams.slice(start, start + size).map(({ id, slug }) => ({ databaseId: id, slug }));
          const pageInfo = { hasNextPage: start + size < teams.length, endCursor: String(start + size) };
          return { body: { data: { organization: { teams: { nodes, pageInfo } } } } };
        }
        const { userName } = expectShape(samlVariables, variables);
        const login = saml.get(userName);
        const nodes = login === undefined ? [] : [{ user: { login } }];
        return { body: { data: { organization: { samlIdentityProvider: { externalIdentities: { nodes } } } } } };
      },
    },
  });
  return {
    url: api.url,
    calls: api.calls,
    readAs: async (login) => (await ask('GET', repository, undefined, tokenOf(login))).status ?? 500,
    addFineGrainedToken: (login) => {
      lastId += 1;
      held.tokens.push({ id: lastId, login, type: 'fine-grained' });
    },
    addSsoAuthorization: (login, type) => {
      lastId += 1;
      held.authorizations.push({ id: lastId, login, type });
    },
    inviteCollaborator: async (login) => {
      await ask('PUT', `${repository}/collaborators/${login}`, { permission: 'push' });
    },
    linkThroughSaml: (userName, login) => void saml.set(userName, login),
    countTeams: async (login) => (await teamsOf(login)).length,
    stop: async () => {
      await upstream.stop();
      await api.stop();
    },
  };
}

type Person = z.infer<typeof personSchema>;
const personSchema = z.object({ id: z.int(), login: z.string() }).loose();
const teamSchema = z.object({ id: z.int(), slug: z.string() });
type Team = z.infer<typeof teamSchema>;
const teamVariables = z.strictObject({
  org: z.literal(ORGANIZATION),
  login: z.string(),
  size: z.int().min(1).max(100),
  after: z.string().nullable(),
});
const samlVariables = z.strictObject({ org: z.literal(ORGANIZATION), userName: z.string() });

const DESCRIBED = [
  '/user/{account_id}',
  '/user/memberships/orgs/{org}',
  '/orgs/{org}/members',
  '/orgs/{org}/memberships/{username}',
  '/orgs/{org}/teams/{team_slug}/memberships/{username}',
  '/orgs/{org}/outside_collaborators',
  '/orgs/{org}/outside_collaborators/{username}',
  '/orgs/{org}/personal-access-tokens',
  '/orgs/{org}/personal-access-tokens/{pat_id}',
  '/orgs/{org}/credential-authorizations',
  '/orgs/{org}/credential-authorizations/{credential_id}',
  '/app/installations/{installation_id}/access_tokens',
];

function drop(
  held: Record<'tokens' | 'authorizations', Held[]>,
  kind: 'tokens' | 'authorizations',
  id: number,
): ApiAnswer {
  const before = held[kind].length;
  held[kind] = held[kind].filter((each) => each.id !== id);
  return held[kind].length === before ? { status: 404, body: { message: 'Not Found' } } : { status: 204 };
}

interface GraphqlCheck {
  check(body: unknown): { readonly operation: string; readonly variables: unknown };
}

/** GitHub's published GraphQL schema. */
async function graphqlDescription(): Promise<GraphqlCheck> {
  const name: string = 'graphql';
  const { buildSchema, parse, validate, getVariableValues } = (await import(name)) as GraphqlLibrary;
  const schema = buildSchema(readFileSync(GRAPHQL_SCHEMA, 'utf8'), { assumeValidSDL: true });
  return {
    check: (body) => {
      const { query, variables } = expectShape(z.strictObject({ query: z.string(), variables: z.unknown() }), body);
      const document = parse(query);
      const [definition] = document.definitions;
      const faults = [
        ...validate(schema, document),
        ...(getVariableValues(schema, definition?.variableDefinitions ?? [], variables).errors ?? []),
      ];
      if (faults.length > 0) throw new ViolationError(faults.map(({ message }) => message).join('; '));
      return { operation: definition?.name?.value ?? '', variables };
    },
  };
}

/** What is used of `graphql`, which is installed with the peers only. */
interface GraphqlLibrary {
  buildSchema(text: string, options: { readonly assumeValidSDL: boolean }): object;
  parse(query: string): GraphqlDocument;
  validate(schema: object, document: GraphqlDocument): readonly { readonly message: string }[];
  getVariableValues(
    schema: object,
    definitions: readonly unknown[],
    inputs: unknown,
  ): { readonly errors?: readonly { readonly message: string }[] };
}
interface GraphqlDocument {
  readonly definitions: readonly {
    readonly name?: { readonly value: string };
    readonly variableDefinitions?: readonly unknown[];
  }[];
}
