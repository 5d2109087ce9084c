// Writes lambdas/api/openapi.json from the routes' definitions, by which their handlers parse and answer.
// Run by `npm run openapi`; a test fails when the file is not what this would write.
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';
import { components } from '../../lambdas/api/components.ts';
import { PROBLEMS, type ProblemStatus, problemSchema } from '../../lambdas/api/problem.ts';
import { ROLES, type RoleScopes, scopeOf } from '../../lambdas/api/roles.ts';
import { problemsOf, type Route } from '../../lambdas/api/route.ts';
import { ROUTES } from '../../lambdas/api/routes.ts';

export const OPENAPI_FILE = new URL('../../lambdas/api/openapi.json', import.meta.url);

type Json = Readonly<Record<string, unknown>>;

const SECURITY = {
  open: [],
  link: [],
  operator: [{ token: [] }],
  peer: [{ peerToken: [] }],
  signature: [{ webhookId: [], webhookTimestamp: [], webhookSignature: [] }],
} as const;

const ABOUT =
  'Access lasts exactly as long as the reason for it.\n\n' +
  'Personal data is shown by role. Names, e-mail addresses and user names: hr, manager, it, security, auditor; not ' +
  'operations. Why somebody left or is away: hr and auditor. Managers see their own reports, direct and indirect, ' +
  'and what those own. Employees see what is about themselves, and what is theirs to decide.';

export function buildOpenapi(): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tenure',
      version: '1',
      description: ABOUT,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths: buildPaths(),
    components: { schemas: buildSchemas(), responses: buildProblemResponses(), securitySchemes: SECURITY_SCHEMES },
  };
}

const header = (name: string, description: string) => ({ type: 'apiKey', in: 'header', name, description });
const SECURITY_SCHEMES = {
  token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
  peerToken: {
    type: 'http',
    scheme: 'bearer',
    description: 'The secret that this deployment generated for the other system.',
  },
  webhookId: header('webhook-id', 'Standard Webhooks: unique to this delivery.'),
  webhookTimestamp: header('webhook-timestamp', 'Standard Webhooks: Unix seconds, at most 5 minutes off.'),
  webhookSignature: header(
    'webhook-signature',
    'Standard Webhooks: `v1,` and the base64 HMAC-SHA256 of `id.timestamp.body`.',
  ),
} as const;

function buildPaths(): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of ROUTES) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: buildOperation(route) };
  }
  return paths;
}

function buildOperation(route: Route): Json {
  const { name, path, access, summary, description, query, body, bodies = body && { [JSON_TYPE]: body } } = route;
  const parameters = [...pathParameters(path), ...(query ? queryParameters(query) : [])];
  const text = [description, typeof access === 'object' && rolesText(access)].filter(Boolean);
  return {
    operationId: name.replace(/-(\w)/g, (_match, letter: string) => letter.toUpperCase()),
    summary,
    ...(text.length > 0 && { description: text.join('\n\n') }),
    security: SECURITY[typeof access === 'object' ? 'operator' : access],
    ...(parameters.length > 0 && { parameters }),
    ...(bodies && { requestBody: { required: true, content: buildContent(bodies) } }),
    responses: { ...buildAnswers(route), ...buildProblemReferences(route) },
  };
}

const JSON_TYPE = 'application/json';
const ANSWERS: Readonly<Record<string, string>> = {
  201: 'Made.',
  202: 'Accepted: it can no longer be lost.',
  400: 'Refused, and it will be again.',
};
const PAGE = { 'text/html': { schema: { type: 'string' } } } as const;
/** What the page itself says; the others come from before it. */
const PAGE_PROBLEMS: ReadonlySet<ProblemStatus> = new Set([403, 404, 409, 413, 422]);

/** By media type. */
function buildContent(schemas: Readonly<Record<string, z.ZodType | 'any'>>): Json {
  return Object.fromEntries(Object.entries(schemas).map(([type, schema]) => [type, { schema: referTo(schema) }]));
}

function buildAnswers({ answers }: Route): Json {
  const described = Object.entries(answers).map(([status, schema]) => {
    const description = ANSWERS[status] ?? 'Done.';
    const content = schema === 'page' ? PAGE : buildContent({ [JSON_TYPE]: schema });
    return [status, { description, content }] as const;
  });
  return Object.fromEntries(described);
}

function buildProblemReferences(route: Route): Json {
  const isPage = route.answers[200] === 'page';
  const references = problemsOf(route).map((status) => [
    status,
    isPage && PAGE_PROBLEMS.has(status)
      ? { description: PROBLEMS[status], content: PAGE }
      : { $ref: `#/components/responses/Problem${status}` },
  ]);
  return Object.fromEntries(references);
}

function rolesText(scopes: RoleScopes): string {
  const allowed = ROLES.flatMap((role) => {
    const scope = scopeOf(scopes, role);
    if (scope === 'none') return [];
    if (scope === 'self') return `${role} (own)`;
    return scope === 'own-reports' ? `${role} (own reports)` : role;
  });
  return `Roles: ${allowed.join(', ')}.`;
}

function pathParameters(path: string): readonly Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters(query: z.ZodObject): readonly Json[] {
  const { properties = {} } = toJsonSchema(query) as { properties?: Record<string, Json> };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    ...(typeof description === 'string' && { description }),
    schema,
  }));
}

function buildProblemResponses(): Json {
  const content = { 'application/problem+json': { schema: referTo(problemSchema) } };
  return Object.fromEntries(
    Object.entries(PROBLEMS).map(([code, description]) => [`Problem${code}`, { description, content }]),
  );
}

/** To the component of that schema; one without a name stands where it is used. */
function referTo(schema: z.ZodType | 'any'): Json {
  if (schema === 'any') return {};
  const name = components.get(schema)?.id;
  return name === undefined ? toJsonSchema(schema) : { $ref: componentUri(name) };
}

function componentUri(name: string): string {
  return `#/components/schemas/${name}`;
}

/** By name: the order in which files are imported is nobody's business. */
function buildSchemas(): Json {
  const { schemas } = z.toJSONSchema(components, {
    uri: componentUri,
    io: 'input',
    // A date's format says what its pattern spells out over 200 characters.
    override: ({ jsonSchema }) => {
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
    },
  });
  const named = Object.entries(schemas).map(([name, { $schema: _$schema, $id: _$id, ...schema }]) => [name, schema]);
  return Object.fromEntries(named.sort(([a = ''], [b = '']) => (a < b ? -1 : 1)));
}

function toJsonSchema(schema: z.ZodType): Json {
  const { $schema: _$schema, ...json } = z.toJSONSchema(schema, { io: 'input' });
  return json;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(OPENAPI_FILE, `${JSON.stringify(buildOpenapi(), null, 2)}\n`);
}
