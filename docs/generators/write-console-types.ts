// Writes console/src/api/contract.ts, all that the console knows of the operators' API: the OpenAPI document as types, and
// which roles each route is for. Run by `npm run openapi`; a test fails when the file is not what this would write.
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { ROLES, scopeOf } from '../../lambdas/api/roles.ts';
import { isOperatorRoute } from '../../lambdas/api/route.ts';
import { ROUTES } from '../../lambdas/api/routes.ts';
import { buildOpenapi } from './write-openapi.ts';

export const CONTRACT_FILE = new URL('../../console/src/api/contract.ts', import.meta.url);

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
}

interface Operation {
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema: Schema;
  }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}
type Content = Readonly<Record<string, { readonly schema: Schema }>>;

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

export function buildContract(): string {
  const { paths, components } = buildOpenapi() as unknown as Document;
  const schemas = Object.entries(components.schemas).map(([name, schema]) => `  ${name}: ${typeOf(schema, 1)};`);
  const routes = ROUTES.filter(isOperatorRoute);
  const operations = routes.map(({ method, path }) => {
    const operation = paths[path]?.[method.toLowerCase()];
    if (operation === undefined) throw new Error(`${method} ${path} is not in the document`);
    return `  '${method} ${path}': ${operationType(operation)};`;
  });
  const roles = routes.map(({ method, path, access }) => {
    const allowed = ROLES.filter((role) => scopeOf(access, role) !== 'none');
    return `  '${method} ${path}': [${allowed.map((role) => `'${role}'`).join(', ')}],`;
  });
  return [
    '// Written by `npm run openapi`, from the routes of the operators’ API. Not to be edited.',
    '',
    `export const ROLES = [${ROLES.map((role) => `'${role}'`).join(', ')}] as const;`,
    'export type Role = (typeof ROLES)[number];',
    '',
    'export interface Schemas {',
    ...schemas,
    '}',
    '',
    'export interface Operations {',
    ...operations,
    '}',
    '',
    '/** Whom the API answers; what each of them is shown is the API’s to say. */',
    'export const ALLOWED: Readonly<Record<keyof Operations, readonly Role[]>> = {',
    ...roles,
    '};',
    '',
  ].join('\n');
}

function operationType({ parameters = [], requestBody, responses }: Operation): string {
  const members = (place: string) =>
    parameters
      .filter((parameter) => parameter.in === place)
      .map(({ name, required, schema }) => `${name}${required ? '' : '?'}: ${typeOf(schema, 3)}`)
      .join('; ');
  const body = requestBody?.content['application/json']?.schema;
  const answers = Object.entries(responses).flatMap(([status, { content }]) => {
    const schema = content?.['application/json']?.schema;
    return status.startsWith('2') && schema !== undefined ? [typeOf(schema, 2)] : [];
  });
  return [
    '{',
    `    path: { ${members('path')} };`,
    `    query: { ${members('query')} };`,
    `    body: ${body === undefined ? 'undefined' : typeOf(body, 2)};`,
    `    answer: ${[...new Set(answers)].join(' | ') || 'unknown'};`,
    '  }',
  ].join('\n');
}

function typeOf(schema: Schema, depth: number): string {
  const { $ref, enum: values, anyOf, oneOf, allOf, type } = schema;
  if ($ref !== undefined) return `Schemas['${$ref.split('/').at(-1)}']`;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (values !== undefined) return values.map((value) => JSON.stringify(value)).join(' | ');
  const choice = anyOf ?? oneOf;
  if (choice !== undefined) return `(${[...new Set(choice.map((one) => typeOf(one, depth)))].join(' | ')})`;
  if (allOf !== undefined) return allOf.map((one) => typeOf(one, depth)).join(' & ');
  if (Array.isArray(type)) return type.map((one) => typeOf({ ...schema, type: one }, depth)).join(' | ');
  switch (type) {
    case 'object':
      return objectType(schema, depth);
    case 'array':
      return `readonly (${schema.items === undefined ? 'unknown' : typeOf(schema.items, depth)})[]`;
    case 'integer':
    case 'number':
      return 'number';
    case 'string':
    case 'boolean':
    case 'null':
      return type;
    default:
      return 'unknown';
  }
}

function objectType({ properties, required = [], additionalProperties }: Schema, depth: number): string {
  const rest = additionalProperties === false || additionalProperties === undefined ? undefined : additionalProperties;
  const restType = rest === undefined ? undefined : typeOf(rest === true ? {} : rest, depth);
  if (properties === undefined) return `Readonly<Record<string, ${restType ?? 'unknown'}>>`;
  const indent = '  '.repeat(depth + 1);
  const lines = Object.entries(properties).map(([name, schema]) => {
    const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : `'${name}'`;
    return `${indent}readonly ${key}${required.includes(name) ? '' : '?'}: ${typeOf(schema, depth + 1)};`;
  });
  if (restType !== undefined) lines.push(`${indent}readonly [further: string]: unknown;`);
  return `{\n${lines.join('\n')}\n${'  '.repeat(depth)}}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFileSync(CONTRACT_FILE, buildContract());
