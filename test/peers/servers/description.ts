// A vendor's published OpenAPI description, served by Prism: each request a connector sends is shown to it, and what
// the description does not allow is a violation. Its made-up answers are not used.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChildServer } from '../../support/child-server.ts';
import { freePort } from '../../support/free-port.ts';

const PRISM = createRequire(import.meta.url).resolve('@stoplight/prism-cli/dist/index.js');
/** Ends Prism with the test, however that ends: the pipe to its input closes. */
const END_WITH_INPUT = `data:text/javascript,${encodeURIComponent('process.stdin.resume().on("end", () => process.exit())')}`;
const PROBLEM = 'https://stoplight.io/prism/errors#';
/** What Prism calls requests that are not as described; its other problems are about making up an answer. */
const REQUEST_PROBLEMS = new Set(
  'UNPROCESSABLE_ENTITY NO_PATH_MATCHED_ERROR NO_METHOD_MATCHED_ERROR INVALID_CONTENT_TYPE UNAUTHORIZED NO_SERVER_MATCHED_ERROR'.split(
    ' ',
  ),
);

/** The parts of an OpenAPI (or Swagger 2.0) document that are looked at here. */
export interface OpenApiDocument {
  readonly paths: Readonly<Record<string, unknown>>;
  readonly [part: string]: unknown;
}

export interface DescribedRequest {
  readonly method: string;
  /** Path and query, as the description has them. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

export interface Description {
  /** What the description has against the request; undefined: nothing. */
  complaintAbout(request: DescribedRequest): Promise<string | undefined>;
  stop(): Promise<void>;
}

/** @param paths only these are kept, since Prism reads a document of many megabytes for minutes */
export async function startDescription(document: OpenApiDocument, paths: readonly string[]): Promise<Description> {
  const folder = mkdtempSync(join(tmpdir(), 'tenure-description-'));
  const file = join(folder, 'description.json');
  writeFileSync(file, JSON.stringify(excerpt(document, paths)));
  const port = await freePort();
  const server = await startChildServer({
    command: process.execPath,
    arguments: [
      '--import',
      END_WITH_INPUT,
      PRISM,
      'mock',
      '-h',
      '127.0.0.1',
      '-p',
      String(port),
      '-d',
      'false',
      '--errors',
      file,
    ],
    isReady: (line) => line.includes('Prism is listening'),
  });
  return {
    complaintAbout: async ({ method, url, headers, body }) => {
      const init = { method, headers, ...(body === undefined ? {} : { body }) };
      const response = await fetch(`http://127.0.0.1:${port}${url}`, init);
      const text = await response.text();
      if (!text.includes(PROBLEM)) return undefined;
      const problem = JSON.parse(text) as { type: string; validation?: unknown };
      if (!REQUEST_PROBLEMS.has(problem.type.replace(PROBLEM, ''))) return undefined;
      return `${method} ${url} ${body ?? ''}: ${problem.type} ${JSON.stringify(problem.validation)}`;
    },
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The paths asked for and whatever they refer to. */
function excerpt(document: OpenApiDocument, paths: readonly string[]): object {
  const unknown = paths.filter((path) => document.paths[path] === undefined);
  if (unknown.length > 0) throw new Error(`the description has no ${unknown.join(', ')}`);
  const kept: Record<string, unknown> = {
    ...Object.fromEntries(
      ['openapi', 'swagger', 'info', 'servers', 'host', 'basePath', 'schemes', 'consumes', 'produces', 'security']
        .filter((name) => document[name] !== undefined)
        .map((name) => [name, document[name]]),
    ),
    ...(document['securityDefinitions'] === undefined ? {} : { securityDefinitions: document['securityDefinitions'] }),
    paths: Object.fromEntries(paths.map((path) => [path, document.paths[path]])),
  };
  const { securitySchemes } = (document['components'] ?? {}) as { securitySchemes?: unknown };
  if (securitySchemes !== undefined) put(kept, ['components', 'securitySchemes'], securitySchemes);
  const pending = [kept['paths']];
  const seen = new Set<string>();
  while (pending.length > 0) {
    for (const [, reference = ''] of JSON.stringify(pending.pop()).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      if (seen.has(reference)) continue;
      seen.add(reference);
      const keys = reference.split('/').map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
      const target = keys.reduce<unknown>((part, key) => (part as Record<string, unknown>)?.[key], document);
      put(kept, keys, target);
      pending.push(target);
    }
  }
  return kept;
}

function put(object: Record<string, unknown>, keys: readonly string[], value: unknown): void {
  const [first = '', ...rest] = keys;
  if (rest.length === 0) {
    object[first] = value;
    return;
  }
  object[first] ??= {};
  put(object[first] as Record<string, unknown>, rest, value);
}
