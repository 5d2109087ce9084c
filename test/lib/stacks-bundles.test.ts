// The code as it is deployed: each function's own bundle, and the access model beside those that decide by it.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { findHandlers, handlerBundles, LOADING_LATER, sizeAtStart } from '../../lib/bundling/bundles.ts';
import { addTenure } from '../../lib/tenure.ts';
import { newApp } from '../support/stacks.ts';

const MAXIMUM_BYTES = 600_000;
/** Of a function that loads one connector of many. */
const MAXIMUM_BYTES_AT_START = 1_000_000;

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
    expect(existsSync(join(bundle, 'access-model.json')), id).toBe(
      asksForModel(readFileSync(join(bundle, 'index.mjs'))),
    );
  }
  rmSync(directory, { recursive: true });
});

/** By what is called in the source: names are gone from a bundle. */
function asksForModel(code: Buffer): boolean {
  const bundle = [...handlerBundles().values()].find(({ files }) =>
    code.equals(files.get('index.mjs') ?? code.subarray(1)),
  );
  if (bundle === undefined) throw new Error('a function has code that is no handler’s');
  return [...bundle.sources].some(
    (source) => source.endsWith('.ts') && /\bmodel\(\)/.test(readFileSync(source, 'utf8')),
  );
}

describe.each([...findHandlers().keys()])('the bundle of %s', (stem) => {
  const bundle = () => {
    const found = handlerBundles().get(stem);
    if (found === undefined) throw new Error(`${stem} is not bundled`);
    return found;
  };

  it('is small enough to start fast', () => {
    if (LOADING_LATER.has(stem)) return expect(sizeAtStart(bundle())).toBeLessThanOrEqual(MAXIMUM_BYTES_AT_START);
    expect([...bundle().files.keys()]).toEqual(['index.mjs']);
    return expect(sizeAtStart(bundle())).toBeLessThanOrEqual(MAXIMUM_BYTES);
  });

  it('has nothing in it that no function uses', () => {
    const needless = [...bundle().sources].filter((source) =>
      /zod\/v4\/locales\/(?!en\.js)|credential-provider-(?!env)|nested-clients|temporal-polyfill/.test(source),
    );
    expect(needless).toEqual([]);
  });
});
