// What is deployed holds in every partition of AWS: China's and GovCloud's ARNs do not begin with arn:aws.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { synthesiseResources } from '../support/stacks.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const LITERAL = /arn:aws(-[a-z-]+)?:/;

test.each(['bin', 'lib', 'lambdas', 'statemachines'])('%s writes out no ARN of one partition', (folder) => {
  const files = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  expect(files).not.toEqual([]);
  const lines = files.flatMap(({ parentPath, name }) =>
    readFileSync(join(parentPath, name), 'utf8')
      .split('\n')
      .filter((line) => LITERAL.test(line))
      .map((line) => `${name}: ${line.trim()}`),
  );
  expect(lines).toEqual([]);
});

test('templates take the partition from where they are deployed, what CDK writes included', {
  timeout: 240_000,
}, () => {
  const literal = synthesiseResources()
    .filter((resource) => LITERAL.test(JSON.stringify(resource)))
    .map(({ logicalId }) => logicalId);
  expect(literal).toEqual([]);
});
