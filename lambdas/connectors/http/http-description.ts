// What an access model says about an application that the `http` connector reaches: its requests, and where its answers
// hold what Tenure asks for. Faults are named by where they are (`requests.grant.path`).
import * as z from 'zod';
import { isJsonPointer } from '../../outbound/json-pointer.ts';
import { webAddressSchema } from '../../outbound/web-address.ts';
import { isAmbiguous, type JsonTemplate, placeholdersOf } from './http-template.ts';

const MAX_RESIDUAL_SECONDS = 366 * 24 * 3600;
/** Also the most that a page of accounts may hold. */
export const MAX_PAGE_SIZE = 200;

const ACCOUNT = ['accountId', 'userName'];
const PROFILE = [
  ...['identityId', 'kind', 'userName', 'displayName', 'givenName', 'familyName', 'email', 'title', 'department'],
  ...['company', 'costCenter', 'manager', 'location', 'timeZone'],
];
const PAGING = ['pageSize', 'offset', 'page', 'cursor'];

/** Which placeholders each request may use. */
const PLACEHOLDERS = {
  check: [],
  findById: ['accountId'],
  findByIdentity: ['identityId'],
  findByUserName: ['userName'],
  list: [],
  readGrants: ACCOUNT,
  findGrant: ['grant'],
  create: [...PROFILE, 'randomPassword'],
  update: [...PROFILE, 'accountId'],
  delete: ACCOUNT,
  disable: ACCOUNT,
  enable: ACCOUNT,
  endSessions: ACCOUNT,
  grant: [...ACCOUNT, 'grant', 'grantId'],
  revoke: [...ACCOUNT, 'grant', 'grantId', 'membershipId'],
} as const satisfies Record<string, readonly string[]>;
export type RequestName = keyof typeof PLACEHOLDERS;

const pointerSchema = z
  .string()
  .max(200)
  .refine(isJsonPointer, { error: 'expected a JSON pointer (RFC 6901) such as /data/id' });

const pathSchema = z
  .string()
  .max(500)
  .regex(/^\/[^?#\s\\]*$/, 'expected a path that begins with "/", without a query: that goes under `query`')
  .refine((path) => !path.split('/').some((segment) => segment === '.' || segment === '..'), {
    error: 'expected a path without "." and ".."',
  })
  .refine((path) => !path.includes('{json:'), { error: '{json:...} is for queries; a path takes {...}' });

const textSchema = z.union([z.string().max(2000), z.number().transform(String), z.boolean().transform(String)]);
const scalarSchema = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const requestShape = {
  path: pathSchema,
  query: z.record(z.string().max(100), textSchema).default({}),
  body: z.json().optional(),
};
const readShape = { ...requestShape, method: z.enum(['GET', 'POST']).default('GET') };
const pagesShape = {
  ...readShape,
  items: pointerSchema,
  /** With `{cursor}`: where the answer holds the next page's; null, empty or absent on the last. */
  next: pointerSchema.optional(),
  /** With `{offset}` or `{page}`: where the answer says how many there are. @default asked until a page is empty */
  total: pointerSchema.optional(),
};
const findSchema = z.strictObject({
  ...pagesShape,
  /** Where several may be found. */
  items: pointerSchema.optional(),
  /** Where one is; 404, 410 and null say that there is none. */
  item: pointerSchema.optional(),
});
const actSchema = z.strictObject({
  ...requestShape,
  method: z.enum(['POST', 'PUT', 'PATCH', 'DELETE']),
  /** May it be sent again when nobody knows whether it was carried out? @default PUT and DELETE */
  repeatable: z.boolean().optional(),
});
const namedShape = {
  /** Within one item; empty where the items are the names. */
  name: pointerSchema.default(''),
  id: pointerSchema.optional(),
};

const requestsSchema = z.strictObject({
  check: z
    .strictObject({
      ...readShape,
      expect: z
        .array(z.strictObject({ at: pointerSchema, is: scalarSchema, otherwise: z.string().min(1).max(300) }))
        .max(20)
        .default([]),
    })
    .optional(),
  findById: findSchema,
  findByIdentity: findSchema.optional(),
  findByUserName: findSchema,
  list: z.strictObject(pagesShape).optional(),
  readGrants: z.strictObject({ ...pagesShape, ...namedShape }).optional(),
  findGrant: z.strictObject({ ...pagesShape, ...namedShape, id: pointerSchema }).optional(),
  create: actSchema,
  update: actSchema.optional(),
  delete: actSchema.optional(),
  disable: actSchema.optional(),
  enable: actSchema.optional(),
  endSessions: actSchema.optional(),
  grant: actSchema,
  revoke: actSchema,
});

const accountSchema = z.strictObject({
  id: pointerSchema,
  userName: pointerSchema,
  /** Where the application keeps the identity's id, so that nobody inherits the account of a namesake. */
  identityId: pointerSchema.optional(),
  /** User names that are nobody's: the application's own accounts. The one Tenure signs in as is known anyway. */
  reserved: z.array(z.string().min(1).max(256)).max(100).default([]),
  enabled: z.strictObject({ at: pointerSchema, is: scalarSchema }).optional(),
  /** Absent: `requests.readGrants` tells. `id` is the membership's, for `{membershipId}`. */
  grants: z.strictObject({ items: pointerSchema, ...namedShape }).optional(),
  /** Those that the application stores as they are and `requests.update` sets. */
  attributes: z
    .strictObject({
      displayName: pointerSchema.optional(),
      givenName: pointerSchema.optional(),
      familyName: pointerSchema.optional(),
      email: pointerSchema.optional(),
      title: pointerSchema.optional(),
      department: pointerSchema.optional(),
      company: pointerSchema.optional(),
      costCenter: pointerSchema.optional(),
      manager: pointerSchema.optional(),
      location: pointerSchema.optional(),
      timeZone: pointerSchema.optional(),
    })
    .default({}),
  openSessions: pointerSchema.optional(),
  /** An ISO 8601 instant, or seconds or milliseconds since 1970. */
  lastActive: pointerSchema.optional(),
});

const authenticationSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('bearer') }),
  z.strictObject({ kind: z.literal('basic') }),
  z.strictObject({
    kind: z.literal('header'),
    /** RFC 9110 section 5.6.2. */
    name: z
      .string()
      .max(100)
      .regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/, 'expected a header name such as X-Api-Key'),
  }),
]);

export const settingsSchema = z
  .strictObject({
    /** What every path is put after. */
    baseUrl: webAddressSchema,
    /** How the secret is sent. */
    authentication: authenticationSchema.default({ kind: 'bearer' }),
    pageSize: z.int().min(1).max(MAX_PAGE_SIZE).default(100),
    /** Where an account, as the application answers it, holds what: JSON pointers. */
    account: accountSchema,
    /** The requests that read and change accounts: what is described is what the application can do. */
    requests: requestsSchema,
    /** How long whoever is signed in stays so after `disable` (and `endSessions`); 0 when that ends it at once. */
    residualWindow: z
      .strictObject({ seconds: z.int().min(0).max(MAX_RESIDUAL_SECONDS), what: z.string().min(1).max(200) })
      .optional(),
    /** What the application cannot do, a sentence each. */
    limits: z.array(z.string().min(1).max(300)).max(20).default([]),
  })
  .superRefine((settings, context) => {
    for (const { path, message } of faultsOf(settings)) context.addIssue({ code: 'custom', path: [...path], message });
  });

export type HttpSettings = z.infer<typeof settingsSchema>;
export type PagesRequest = Omit<z.infer<typeof findSchema>, 'item'>;
export type FindRequest = z.infer<typeof findSchema>;
export type ActRequest = z.infer<typeof actSchema>;
export type AnyRequest = Pick<PagesRequest, 'path' | 'query'> & {
  readonly method: 'GET' | ActRequest['method'];
  readonly body?: unknown;
};

interface DescriptionFault {
  readonly path: readonly string[];
  readonly message: string;
}

/** The parts that are right by themselves but do not fit together. */
function* faultsOf({ account, requests, residualWindow }: Omit<HttpSettings, 'limits'>): Generator<DescriptionFault> {
  for (const name of Object.keys(PLACEHOLDERS) as RequestName[]) {
    const request = requests[name];
    if (request !== undefined) yield* requestFaults(name, request);
  }
  const missing = (path: string, message: string) => ({ path: path.split('.'), message });
  if (requests.disable === undefined && requests.delete === undefined)
    yield missing('requests.disable', 'expected `disable` or `delete`: otherwise nobody could be cut off');
  if (requests.disable !== undefined && account.enabled === undefined)
    yield missing('account.enabled', 'expected with `requests.disable`: what was disabled is read back');
  if ((requests.disable === undefined) !== (requests.enable === undefined))
    yield missing('requests.enable', 'expected together with `requests.disable`');
  if ((account.grants === undefined) === (requests.readGrants === undefined))
    yield missing('account.grants', 'expected either this or `requests.readGrants`');
  if (requests.findByIdentity !== undefined && account.identityId === undefined)
    yield missing('account.identityId', 'expected with `requests.findByIdentity`');
  if (requests.endSessions === undefined && residualWindow === undefined)
    yield missing(
      'residualWindow',
      'expected, or `requests.endSessions`: how long does a session outlive the account?',
    );
  for (const name of FINDS) {
    if (requests[name]?.item === undefined || requests.check !== undefined) continue;
    yield missing('requests.check', `expected, since \`${name}\` answers one: a wrong baseUrl would look like nobody`);
    break;
  }
  const revoked = usedIn(requests.revoke);
  if (revoked.has('membershipId') && (account.grants ?? requests.readGrants)?.id === undefined)
    yield missing(account.grants ? 'account.grants.id' : 'requests.readGrants.id', 'expected with {membershipId}');
  if ((revoked.has('grantId') || usedIn(requests.grant).has('grantId')) && requests.findGrant === undefined)
    yield missing('requests.findGrant', 'expected with {grantId}');
}

const FINDS = ['findById', 'findByIdentity', 'findByUserName'] as const;

function* requestFaults(
  name: RequestName,
  request: AnyRequest & Partial<Pick<FindRequest, 'item' | 'items' | 'next'>>,
): Generator<DescriptionFault> {
  const at = (...path: string[]) => ['requests', name, ...path];
  const isFind = FINDS.some((find) => find === name);
  if (isFind && (request.item === undefined) === (request.items === undefined))
    yield { path: at('items'), message: 'expected either `items` or `item`' };
  const allowed = new Set<string>([...PLACEHOLDERS[name], ...(request.items === undefined ? [] : PAGING)]);
  const hint = `expected one of ${[...allowed].map((each) => `{${each}}`).join(', ') || 'none'}`;
  const places: [string[], JsonTemplate][] = [
    [['path'], request.path],
    ...Object.entries(request.query).map(([key, value]): [string[], JsonTemplate] => [['query', key], value]),
    [['body'], (request.body ?? null) as JsonTemplate],
  ];
  for (const [path, template] of places) {
    for (const unknown of placeholdersOf(template).filter((each) => !allowed.has(each)))
      yield { path: at(...path), message: `{${unknown}} has no value here: ${hint}` };
  }
  for (const [key, value] of Object.entries(request.query)) {
    if (!isAmbiguous(value)) continue;
    const message = 'text around a {...} could be misread: write {json:...}, or leave the placeholder alone';
    yield { path: at('query', key), message };
  }
  const used = usedIn(request);
  if (used.has('cursor') !== (request.next !== undefined))
    yield { path: at('next'), message: 'expected exactly where {cursor} is used: where is the next one?' };
  // A request about one account or grant that does not say which would be about all of them.
  const about = SUBJECTS[name];
  if (about !== undefined && !about.some((each) => used.has(each)))
    yield { path: at(), message: `expected ${about.map((each) => `{${each}}`).join(' or ')} somewhere` };
}

const SUBJECTS: Partial<Record<RequestName, readonly string[]>> = {
  create: ['userName', 'email'],
  ...Object.fromEntries(
    (['update', 'delete', 'disable', 'enable', 'endSessions', 'readGrants'] as const).map((name) => [name, ACCOUNT]),
  ),
  grant: ACCOUNT,
  revoke: [...ACCOUNT, 'membershipId'],
};

export function usedIn({ path, query, body }: AnyRequest): ReadonlySet<string> {
  return new Set(placeholdersOf([path, query, (body ?? null) as JsonTemplate]));
}
