// Writes console/src/api/audit-queries.ts: the named queries and the controls, as the console's page of evidence shows them.
// Run by `npm run openapi`; a test fails when the file is not what this would write.
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { CONTROLS } from '../../lambdas/core/audit/evidence/controls.ts';
import { namedQueries } from '../../lib/audit-queries/named-queries.ts';

export const QUERIES_FILE = new URL('../../console/src/api/audit-queries.ts', import.meta.url);

export function buildConsoleQueries(): string {
  const queries = namedQueries().map(({ name, title, purpose, fedBy, parameters, example }) => {
    return { name, title, purpose, fedBy, parameters, example };
  });
  const controls = Object.entries(CONTROLS).map(([id, { framework, title, populations }]) => {
    return { id, framework, title, populations };
  });
  return [
    '// Written by `npm run openapi`, from the named queries and the controls. Not to be edited.',
    '',
    'export interface QueryParameter {',
    '  readonly name: string;',
    "  readonly kind: 'text' | 'start' | 'end' | 'identity' | 'operator';",
    '  readonly otherwise?: string;',
    '  readonly about: string;',
    '}',
    '',
    'export interface NamedQuery {',
    '  readonly name: string;',
    '  readonly title: string;',
    '  readonly purpose: string;',
    '  readonly fedBy: string;',
    '  readonly parameters: readonly QueryParameter[];',
    '  readonly example: readonly string[];',
    '}',
    '',
    'export interface Control {',
    '  readonly id: string;',
    '  readonly framework: string;',
    '  readonly title: string;',
    '  readonly populations: readonly string[];',
    '}',
    '',
    `export const QUERIES: readonly NamedQuery[] = ${JSON.stringify(queries, undefined, 2)};`,
    '',
    `export const CONTROLS: readonly Control[] = ${JSON.stringify(controls, undefined, 2)};`,
    '',
  ].join('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFileSync(QUERIES_FILE, buildConsoleQueries());
