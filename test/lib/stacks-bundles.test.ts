// The code as it is deployed: each function's own bundle, and the access model beside those that decide by it.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { addTenure } from '../../lib/tenure.ts';
import { newApp } from '../support/stacks.ts';

interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties: FunctionProperties }>>;
}
interface FunctionProperties {
  readonly Code: { readonly S3Key: string };
}

test('each function has the access model beside it where it asks for it', { timeout: 120_000 }, () => {
  const app = newApp({ 'aws:cdk:bundling-stacks': ['**'] });
  addTenure(app);
  const { directory, stacks } = app.synth();
  const functions = stacks.flatMap(({ template }) =>
    Object.entries((template as Template).Resources).filter(([, { Type }]) => Type === 'AWS::Lambda::Function'),
  );
  expect(functions.length).toBeGreaterThan(10);
  for (const [id, { Properties }] of functions) {
    const bundle = join(directory, `asset.${Properties.Code.S3Key.replace('.zip', '')}`);
    const asksForModel = /\bmodel\(\)/.test(readFileSync(join(bundle, 'index.mjs'), 'utf8'));
    expect(existsSync(join(bundle, 'access-model.json')), id).toBe(asksForModel);
  }
  rmSync(directory, { recursive: true });
});
