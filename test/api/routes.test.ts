// A route is one definition and one handler. Everything else is found here to follow from them: the gateway, the
// authorizer, the OpenAPI document, and that a role nobody has decided about does not compile.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OPENAPI_FILE } from '../../docs/generators/write-openapi.ts';
import { isOperatorRoute, problemsOf, type Route, type RouteDefinitions } from '../../lambdas/api/route.ts';
import { ROUTES } from '../../lambdas/api/routes.ts';
import { type Resource, SHARED_SIGNALS, synthesiseResources } from '../support/stacks.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const HANDLERS = join(ROOT, 'lambdas', 'handlers');
const resources = synthesiseResources({ 'tenure.sharedSignals': SHARED_SIGNALS });
const document = JSON.parse(readFileSync(OPENAPI_FILE, 'utf8')) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string }>>>>;
};

it('has names, and methods with paths, of its own', () => {
  expect(ROUTES.length).toBeGreaterThan(10);
  expect(new Set(ROUTES.map(({ name }) => name)).size).toBe(ROUTES.length);
  expect(new Set(ROUTES.map(keyOf)).size).toBe(ROUTES.length);
});

describe.each(ROUTES.map((route) => [route.name, route] as const))('%s', (name, route) => {
  const handlers = readdirSync(HANDLERS, { recursive: true, encoding: 'utf8' }).filter(
    (file) => basename(file) === `${name}.ts`,
  );
  const [file] = handlers;
  const source = file === undefined ? '' : readFileSync(join(HANDLERS, file), 'utf8');
  const [httpRoute] = resources.filter(
    ({ Type, Properties }) => Type === 'AWS::ApiGatewayV2::Route' && Properties['RouteKey'] === keyOf(route),
  );

  it('has one handler, which goes by this definition and no other', () => {
    expect(handlers).toHaveLength(1);
    const followed = [...source.matchAll(/Routes\['([\w-]+)'\]/g)].map(([, used]) => used);
    expect([...new Set(followed)]).toEqual([name]);
  });

  it.runIf(isOperatorRoute(route))('asks whose reports it is about, where some see their own only', () => {
    const isLimited = Object.values(route.access).includes('own-reports');
    // `listVisible` (handlers/identity/visible-identities.ts) asks for a whole page; on a request decides who it is about.
    expect(/requireReadable\(|listVisible\(|recordOnVersion\(/.test(source)).toBe(isLimited);
  });

  it('is on the gateway, behind the authorizer if it is for people', () => {
    expect(httpRoute?.Properties['AuthorizationType']).toBe(isOperatorRoute(route) ? 'JWT' : 'NONE');
    expect(httpRoute?.Properties['AuthorizerId'] !== undefined).toBe(isOperatorRoute(route));
  });

  it('is answered by its own function', () => {
    const plain = (text: string) => text.replaceAll('-', '').toLowerCase();
    expect(plain(functionOf(httpRoute))).toMatch(
      new RegExp(`^(?:signalreceiving|signaltelling)?${plain(name)}handlerfunction`),
    );
  });

  it('is in the OpenAPI document', () => {
    const operation = document.paths[route.path]?.[route.method.toLowerCase()];
    expect(operation?.operationId).toBe(name.replace(/-(\w)/g, (_match, letter: string) => letter.toUpperCase()));
  });
});

describe('the gateway and the OpenAPI document', () => {
  it('have no other route', () => {
    const keys = ROUTES.map(keyOf).sort();
    const onGateway = resources.filter(({ Type }) => Type === 'AWS::ApiGatewayV2::Route');
    expect(onGateway.map(({ Properties }) => String(Properties['RouteKey'])).sort()).toEqual(keys);
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.sort()).toEqual(keys);
  });
});

describe('what may go wrong', () => {
  const route = (changes: Partial<Route>): Route => ({
    name: 'x',
    method: 'GET',
    path: '/x',
    access: 'open',
    summary: '',
    answers: {},
    uses: {},
    ...changes,
  });
  const [asked] = ROUTES.filter(isOperatorRoute);

  it('follows from access, parameters, query and body, and is added to', () => {
    expect(problemsOf(route({}))).toEqual([429, 500]);
    expect(problemsOf(route({ access: 'signature', path: '/hr/{source}' }))).toEqual([401, 429, 500]);
    const { access, query } = asked ?? route({});
    // Nothing is shown that cannot be put on record.
    expect(problemsOf(route({ access }))).toEqual([401, 403, 429, 500, 503]);
    expect(problemsOf(route({ access, path: '/x/{id}' }))).toEqual([401, 403, 404, 429, 500, 503]);
    expect(problemsOf(route({ access, ...(query && { query }), problems: [409, 503, 500] }))).toEqual([
      401, 403, 409, 422, 429, 500, 503,
    ]);
  });
});

describe('a definition', () => {
  const decided = { hr: 'all', manager: 'none', it: 'all', security: 'all', operations: 'all' } as const;
  const definition = { method: 'GET', path: '/x', summary: '', answers: {}, uses: {} } as const;

  it('compiles only when it decides about every role, and about nothing that there is not', () => {
    const whole: RouteDefinitions = { x: { ...definition, access: { ...decided, auditor: 'none' } } };
    // @ts-expect-error: the auditor is not decided about.
    const undecided: RouteDefinitions = { x: { ...definition, access: decided } };
    // @ts-expect-error: there is no `sumary`.
    const misspelt: RouteDefinitions = { x: { ...definition, access: 'open', sumary: '' } };
    // @ts-expect-error: the store has no such operation.
    const unknown: RouteDefinitions = { x: { ...definition, access: 'open', uses: { identities: ['destroy'] } } };
    expect([whole, undecided, misspelt, unknown]).toHaveLength(4);
  });
});

describe('a new role', () => {
  it('does not compile before every route of people, and what it is shown, are decided', { timeout: 120_000 }, () => {
    const found = compileWithRole('newcomer');
    const missing = found.filter((line) => line.includes("Property 'newcomer' is missing"));
    expect(found.filter((line) => /error TS/.test(line))).toHaveLength(ROUTES.filter(isOperatorRoute).length + 1);
    expect(missing).toHaveLength(ROUTES.filter(isOperatorRoute).length + 1);
    expect(missing.some((line) => line.includes('api/roles.ts'))).toBe(true);
  });
});

/** The lines that the compiler prints about the API with one role more. */
function compileWithRole(role: string): readonly string[] {
  mkdirSync(join(ROOT, '.local'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, '.local', 'new-role-'));
  try {
    cpSync(join(ROOT, 'lambdas'), join(folder, 'lambdas'), { recursive: true });
    const file = join(folder, 'lambdas/api/roles.ts');
    writeFileSync(file, readFileSync(file, 'utf8').replace('export const ROLES = [', `$&'${role}', `));
    const files = ['lambdas/api/routes.ts'];
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: '../../tsconfig.json', include: [], files }),
    );
    const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
    execFileSync(process.execPath, [compiler, '-p', folder, '--pretty', 'false'], { encoding: 'utf8', stdio: 'pipe' });
    return [];
  } catch (error) {
    return String((error as { readonly stdout?: string }).stdout ?? error).split('\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function keyOf({ method, path }: Route): string {
  return `${method} ${path}`;
}

/** The logical id of the function that the gateway calls for a route. */
function functionOf(httpRoute: Resource | undefined): string {
  const integrationId = /"Ref":"(\w+)"/.exec(JSON.stringify(httpRoute?.Properties['Target']))?.[1];
  const integration = resources.find(({ logicalId }) => logicalId === integrationId);
  return /"Fn::GetAtt":\["(\w+)","Arn"\]/.exec(JSON.stringify(integration?.Properties['IntegrationUri']))?.[1] ?? '';
}
