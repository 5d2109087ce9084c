import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { buildConsoleQueries, QUERIES_FILE } from '../../docs/generators/write-console-queries.ts';
import { buildContract, CONTRACT_FILE } from '../../docs/generators/write-console-types.ts';

it('what the console knows of the API is current: run `npm run openapi`', () => {
  expect(readFileSync(CONTRACT_FILE, 'utf8')).toBe(buildContract());
});

it('so are the named queries and the controls', () => {
  expect(readFileSync(QUERIES_FILE, 'utf8')).toBe(buildConsoleQueries());
});
