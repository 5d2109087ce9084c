// The table of routes from the OpenAPI document, which has all of it and is itself generated and tested.
import { readFileSync } from 'node:fs';

const OPENAPI = new URL('../../lambdas/api/openapi.json', import.meta.url);

interface Operation {
  readonly summary: string;
  readonly description?: string;
}

export function operatorRoutesTable(): string {
  const { paths } = JSON.parse(readFileSync(OPENAPI, 'utf8')) as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  };
  const rows = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { summary, description = '' }]) => {
      const roles = /^Roles: (.*)\.$/m.exec(description)?.[1];
      return `| \`${method.toUpperCase()} ${path}\` | ${summary} | ${roles ?? 'no token'} |`;
    }),
  );
  return ['| Route | What | Roles |', '| --- | --- | --- |', ...rows].join('\n');
}
