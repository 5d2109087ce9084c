import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { buildContract, CONTRACT_FILE } from '../../docs/generators/write-console-types.ts';

it('what the console knows of the API is current: run `npm run openapi`', () => {
  expect(readFileSync(CONTRACT_FILE, 'utf8')).toBe(buildContract());
});
