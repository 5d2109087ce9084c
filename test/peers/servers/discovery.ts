// Google's published descriptions of its APIs, which its Python client library carries, as OpenAPI: Google has a format
// of its own (developers.google.com/discovery/v1/reference/apis).
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { OpenApiDocument } from './description.ts';

const run = promisify(execFile);
const VERSION = '2.187.0';
const FOLDER = fileURLToPath(new URL(`../../../.local/google-api-python-client-${VERSION}`, import.meta.url));
const PYTHON = fileURLToPath(new URL('../../../.local/python/bin/python', import.meta.url));
const DOCUMENTS = 'googleapiclient/discovery_cache/documents';

/** The APIs' discovery documents (`admin.directory_v1`) as one OpenAPI document that allows nothing they do not name. */
export async function publishedByGoogle(apis: readonly string[]): Promise<OpenApiDocument> {
  if (!existsSync(join(FOLDER, DOCUMENTS))) await download();
  const documents = apis.map(
    (api): Discovery => JSON.parse(readFileSync(join(FOLDER, DOCUMENTS, `${api}.json`), 'utf8')),
  );
  return {
    openapi: '3.0.3',
    info: { title: apis.join(', '), version: VERSION },
    paths: Object.assign({}, ...documents.map(({ resources }) => pathsOf({ resources }))),
    components: { schemas: Object.assign({}, ...documents.map(({ schemas }) => schemasOf(schemas))) },
  };
}

async function download(): Promise<void> {
  const python = existsSync(PYTHON) ? PYTHON : 'python3';
  const wanted = `google-api-python-client==${VERSION}`;
  await run(python, ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', FOLDER, wanted]);
  const wheel = readdirSync(FOLDER).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error(`${wanted} came without a wheel`);
  await run(python, ['-m', 'zipfile', '-e', join(FOLDER, wheel), FOLDER]);
}

interface Discovery {
  readonly resources: Readonly<Record<string, Resource>>;
  readonly schemas: Readonly<Record<string, Schema>>;
}
interface Resource {
  readonly methods?: Readonly<Record<string, Method>>;
  readonly resources?: Readonly<Record<string, Resource>>;
}
interface Method {
  readonly httpMethod: string;
  readonly path: string;
  readonly parameters?: Readonly<Record<string, Schema & { readonly location: string; readonly required?: boolean }>>;
  readonly request?: { readonly $ref: string };
}
interface Schema {
  readonly type?: string;
  readonly $ref?: string;
  readonly enum?: readonly string[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly readOnly?: boolean;
}

function pathsOf({ methods = {}, resources = {} }: Resource): Record<string, Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const method of Object.values(methods)) {
    const path = `/${method.path}`;
    paths[path] = { ...paths[path], [method.httpMethod.toLowerCase()]: operationOf(method) };
  }
  for (const resource of Object.values(resources)) {
    for (const [path, operations] of Object.entries(pathsOf(resource))) paths[path] = { ...paths[path], ...operations };
  }
  return paths;
}

function operationOf({ parameters = {}, request }: Method): object {
  const body = request && { required: true, content: { 'application/json': { schema: schemaOf(request) } } };
  return {
    parameters: Object.entries(parameters).map(([name, { location, required = false, ...schema }]) => ({
      name,
      in: location,
      required,
      schema: schemaOf(schema),
    })),
    ...(body === undefined ? {} : { requestBody: body }),
    responses: { 200: { description: 'done' } },
  };
}

function schemasOf(schemas: Discovery['schemas']): Record<string, unknown> {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, schemaOf(schema)]));
}

/** Without formats: Google's 64-bit integers are strings. `any` is a schema that allows everything. */
function schemaOf({ type, $ref, enum: values, items, properties, additionalProperties, readOnly }: Schema): object {
  if ($ref !== undefined) return { $ref: `#/components/schemas/${$ref}` };
  if (type === undefined || type === 'any') return {};
  return {
    type,
    ...(values === undefined ? {} : { enum: values }),
    ...(items === undefined ? {} : { items: schemaOf(items) }),
    ...(properties === undefined ? {} : { properties: schemasOf(properties), additionalProperties: false }),
    ...(additionalProperties === undefined ? {} : { additionalProperties: schemaOf(additionalProperties) }),
    ...(readOnly === true ? { readOnly } : {}),
  };
}
