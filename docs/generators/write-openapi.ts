// Writes lambdas/api/openapi.json: the API described by the very schemas that its handlers parse and answer with.
// Run by `npm run openapi`; a test fails when the file is not what this would write.
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { ROLES, scopeOn } from '../../lambdas/api/roles.ts';
import { type OperatorRoute, ROUTES, type Route, type RouteName } from '../../lambdas/api/routes.ts';
import {
  API_SCHEMAS,
  type ApiSchemaName,
  getHoldQuerySchema,
  getReconciliationQuerySchema,
  listAuditQuerySchema,
  listHoldsQuerySchema,
  listIdentitiesQuerySchema,
  listTasksQuerySchema,
} from '../../lambdas/api/schemas.ts';

export const OPENAPI_FILE = new URL('../../lambdas/api/openapi.json', import.meta.url);

type Json = Readonly<Record<string, unknown>>;

interface Operation {
  readonly summary: string;
  readonly description?: string;
  readonly query?: z.ZodObject;
  /** Media type → schema. */
  readonly body?: Readonly<Record<string, ApiSchemaName>>;
  readonly status: 200 | 202;
  readonly answer: ApiSchemaName | 'any';
  readonly problems: readonly (keyof typeof PROBLEMS)[];
}

const PROBLEMS = {
  401: 'Not authenticated.',
  403: 'None of your roles allows this, or it is not about one of your own reports.',
  404: 'There is no such thing.',
  409: 'It contradicts what was accepted before.',
  413: 'More than 1 MB, or more than 100 events.',
  415: 'Another media type was expected.',
  422: 'Every fault, by JSON pointer.',
  429: 'Slow down and send the same again.',
  500: 'Something went wrong inside Tenure.',
  503: 'Send the same again in a moment.',
} as const;

const OPERATIONS: Readonly<Record<RouteName, Operation>> = {
  'receive-hr-event': {
    summary: 'Post HR events',
    description:
      'One CloudEvents 1.0 event in JSON, or a batch of up to 100. Either every event is accepted or, when any is ' +
      'wrong, none. After a 429, 500, 503 or no answer at all, send the same again: what was accepted already is ' +
      'answered as it was the first time.',
    body: {
      'application/cloudevents+json': 'HrEvent',
      'application/json': 'HrEvent',
      'application/cloudevents-batch+json': 'HrEventBatch',
    },
    status: 202,
    answer: 'AcceptedEvents',
    problems: [401, 409, 413, 415, 422, 429, 500, 503],
  },
  'list-identities': {
    summary: 'List identities',
    query: listIdentitiesQuerySchema,
    status: 200,
    answer: 'IdentityPage',
    problems: [401, 403, 404, 422, 429, 500],
  },
  'get-identity': {
    summary: 'One identity: state, timeline, accounts, and every entitlement with its reasons',
    status: 200,
    answer: 'Identity',
    problems: [401, 403, 404, 429, 500],
  },
  'list-identity-audit': {
    summary: "An identity's audit entries, oldest first",
    query: listAuditQuerySchema,
    status: 200,
    answer: 'AuditPage',
    problems: [401, 403, 404, 422, 429, 500],
  },
  'merge-identity': {
    summary: 'State that two ids are one person',
    description:
      'All that is said about the duplicate, before and after, counts for this identity; what was said about the ' +
      'duplicate before yields to what was said about this identity. The duplicate loses its own access. Closing its ' +
      "record does not end an employment that this identity's own record holds up. Final; repeating it is answered " +
      'with the same, and nobody merges their own ids.',
    body: { 'application/json': 'Merge' },
    status: 200,
    answer: 'Merged',
    problems: [401, 403, 404, 409, 422, 429, 500, 503],
  },
  'list-tasks': {
    summary: 'List manual tasks',
    query: listTasksQuerySchema,
    status: 200,
    answer: 'TaskPage',
    problems: [401, 403, 422, 429, 500],
  },
  'get-task': { summary: 'One manual task', status: 200, answer: 'Task', problems: [401, 403, 404, 429, 500] },
  'attest-task': {
    summary: 'Attest that a manual task was carried out',
    description:
      'Final, and recorded with who said so. Repeating it is answered with the same; nobody attests what concerns ' +
      'themselves, and a task that was superseded or attested by somebody else answers 409.',
    body: { 'application/json': 'Attestation' },
    status: 200,
    answer: 'Attested',
    problems: [401, 403, 404, 409, 422, 429, 500, 503],
  },
  'list-holds': {
    summary: 'List what the mass-error guard holds',
    description: 'Newest first. A page may be empty and still have a next one.',
    query: listHoldsQuerySchema,
    status: 200,
    answer: 'HoldPage',
    problems: [401, 403, 422, 429, 500],
  },
  'get-hold': {
    summary: 'One hold, and whom it concerns',
    query: getHoldQuerySchema,
    status: 200,
    answer: 'HoldDetail',
    problems: [401, 403, 404, 422, 429, 500],
  },
  'release-hold': {
    summary: 'Let what is held take effect',
    description:
      'Final, and recorded for each identity with who said so. A large hold stays `releasing` until all is carried ' +
      'out, within minutes. Repeating it is answered with where it stands; a hold decided otherwise or by somebody ' +
      'else answers 409, and nobody decides what concerns themselves.',
    body: { 'application/json': 'HoldDecision' },
    status: 200,
    answer: 'Hold',
    problems: [401, 403, 404, 409, 422, 429, 500, 503],
  },
  'drop-hold': {
    summary: 'Let what is held never take effect',
    description: 'As releasing, with the opposite outcome. What HR means all the same, it sends as a new event.',
    body: { 'application/json': 'HoldDecision' },
    status: 200,
    answer: 'Hold',
    problems: [401, 403, 404, 409, 422, 429, 500, 503],
  },
  'list-reconciliations': {
    summary: 'Each application: its last run, what the last report counts, and the last decision',
    status: 200,
    answer: 'ReconciliationList',
    problems: [401, 403, 429, 500],
  },
  'get-reconciliation': {
    summary: "An application's report: what was found, page by page",
    description: 'A page may be empty and still have a next one. While a run is under way, its findings come in.',
    query: getReconciliationQuerySchema,
    status: 200,
    answer: 'ReconciliationDetail',
    problems: [401, 403, 404, 422, 429, 500],
  },
  'start-reconciliation': {
    summary: 'Start a run now',
    description: 'It lists the accounts and reports; one run at a time, so 409 while one is under way.',
    status: 202,
    answer: 'StartedReconciliation',
    problems: [401, 403, 404, 409, 429, 500, 503],
  },
  'decide-reconciliation': {
    summary: 'Decide on the report: somebody has looked',
    description:
      'Recorded with who said so. `repair` converges everybody whom the report concerns, and from then on nothing ' +
      'found at a first contact is kept; `report` keeps it, and runs change nothing, whatever the access model says. ' +
      'The last decision counts. 409 while there is no report to look at.',
    body: { 'application/json': 'ReconciliationDecision' },
    status: 200,
    answer: 'Reconciliation',
    problems: [401, 403, 404, 409, 422, 429, 500, 503],
  },
  'get-certificate': {
    summary: 'The offboarding certificate of a departure',
    description:
      'There once every system was read back clean and whatever may outlast that has run out; ' +
      '`removal.certificateId` of the identity names it. `Accept: text/html` gives a page that prints.',
    status: 200,
    answer: 'Certificate',
    problems: [401, 403, 404, 429, 500],
  },
  'get-time-to-revoke': {
    summary: "How long leavers' access lasted, by system",
    description:
      'From the acceptance of the leaver, or its effective time where that came later, until sign-in was refused, ' +
      'until the last grant was gone, and until that was proven; over the last 30 days, beside what others promise.',
    status: 200,
    answer: 'TimeToRevoke',
    problems: [401, 403, 429, 500],
  },
  'get-openapi': { summary: 'This document', status: 200, answer: 'any', problems: [429, 500] },
};

const SECURITY = {
  open: [],
  token: [{ token: [] }],
  signature: [{ webhookId: [], webhookTimestamp: [], webhookSignature: [] }],
} as const;

const ABOUT =
  'Access lasts exactly as long as the reason for it.\n\n' +
  'Personal data is shown by role. Names, e-mail addresses and user names: hr, manager, it, security, auditor; not ' +
  'operations. Why somebody left or is away: hr and auditor. Managers see their own reports, direct and indirect, ' +
  'and what those own.';

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
  webhookId: header('webhook-id', 'Standard Webhooks: unique to this delivery.'),
  webhookTimestamp: header('webhook-timestamp', 'Standard Webhooks: Unix seconds, at most 5 minutes off.'),
  webhookSignature: header(
    'webhook-signature',
    'Standard Webhooks: `v1,` and the base64 HMAC-SHA256 of `id.timestamp.body`.',
  ),
} as const;

function buildPaths(): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const [name, route] of Object.entries(ROUTES) as [RouteName, Route][]) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: buildOperation(name, route) };
  }
  return paths;
}

function buildOperation(name: RouteName, route: Route): Json {
  const { summary, description, query, body, status, answer, problems } = OPERATIONS[name];
  const parameters = [...pathParameters(route.path), ...(query ? queryParameters(query) : [])];
  const content = (schemas: Readonly<Record<string, ApiSchemaName>>) =>
    Object.fromEntries(Object.entries(schemas).map(([type, schema]) => [type, { schema: reference(schema) }]));
  const text = [description, route.access === 'token' ? rolesText(name as OperatorRoute) : undefined];
  return {
    operationId: name.replace(/-(\w)/g, (_match, letter: string) => letter.toUpperCase()),
    summary,
    ...(text.some(Boolean) && { description: text.filter(Boolean).join('\n\n') }),
    security: SECURITY[route.access],
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: true, content: content(body) } }),
    responses: {
      [status]: {
        description: status === 202 ? 'Accepted: it can no longer be lost.' : 'Done.',
        content: { 'application/json': { schema: answer === 'any' ? {} : reference(answer) } },
      },
      ...Object.fromEntries(problems.map((code) => [code, { $ref: `#/components/responses/Problem${code}` }])),
    },
  };
}

function rolesText(route: OperatorRoute): string {
  const allowed = ROLES.flatMap((role) => {
    const scope = scopeOn(route, [role]);
    if (scope === 'nobody') return [];
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
  const content = { 'application/problem+json': { schema: reference('Problem') } };
  return Object.fromEntries(
    Object.entries(PROBLEMS).map(([code, description]) => [`Problem${code}`, { description, content }]),
  );
}

function reference(name: ApiSchemaName): Json {
  return { $ref: `#/components/schemas/${name}` };
}

function buildSchemas(): Json {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(API_SCHEMAS)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, {
    uri: (id) => `#/components/schemas/${id}`,
    io: 'input',
    // A date's format says what its pattern spells out over 200 characters.
    override: ({ jsonSchema }) => {
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
    },
  });
  return Object.fromEntries(
    Object.keys(API_SCHEMAS).map((name) => {
      const { $schema: _$schema, $id: _$id, ...schema } = schemas[name] as Json;
      return [name, schema];
    }),
  );
}

function toJsonSchema(schema: z.ZodType): Json {
  return z.toJSONSchema(schema, { io: 'input' }) as Json;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(OPENAPI_FILE, `${JSON.stringify(buildOpenapi(), null, 2)}\n`);
}
