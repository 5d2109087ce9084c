// The code as it is deployed: each function's own bundle, and the access model beside those that decide by it.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { addTenure } from '../../lib/tenure.ts';
import { HR_SOURCES, newApp } from '../support/stacks.ts';

interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties: FunctionProperties }>>;
}
interface FunctionProperties {
  readonly Code: { readonly S3Key: string };
}

test('each function has the access model and the HR sources beside it where it asks for them', {
  timeout: 120_000,
}, () => {
  const app = newApp({ 'aws:cdk:bundling-stacks': ['**'], 'tenure.hrSources': JSON.stringify(HR_SOURCES) });
  addTenure(app);
  const { directory, stacks } = app.synth();
  const functions = stacks.flatMap(({ template }) =>
    Object.entries((template as Template).Resources).filter(([, { Type }]) => Type === 'AWS::Lambda::Function'),
  );
  expect(functions.length).toBeGreaterThan(10);
  let sources = 0;
  for (const [id, { Properties }] of functions) {
    const bundle = join(directory, `asset.${Properties.Code.S3Key.replace('.zip', '')}`);
    const code = readFileSync(join(bundle, 'index.mjs'), 'utf8');
    const asksForModel = /\bmodel\(\)/.test(code);
    expect(existsSync(join(bundle, 'access-model.json')), id).toBe(asksForModel);
    const asksForSources = /\bdeployedHrSources\(\)\.find/.test(code);
    expect(existsSync(join(bundle, 'hr-sources.json')), id).toBe(asksForSources);
    sources += asksForSources ? 1 : 0;
  }
  // Intake, and each of two tenants.
  expect(sources).toBe(3);
  rmSync(directory, { recursive: true });
});
