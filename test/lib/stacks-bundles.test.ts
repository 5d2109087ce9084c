// The code as it is deployed: each function's own bundle, and the access model beside those that decide by it.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { findHandlers, handlerBundles, LOADING_LATER, sizeAtStart } from '../../lib/bundling/bundles.ts';
import { addTenure } from '../../lib/tenure.ts';
import { HR_SOURCES, newApp } from '../support/stacks.ts';

/** The largest carries S3, whose schemas are 100 kB, and the deciding that the mass-error guard asks for. */
const MAXIMUM_BYTES = 650_000;

interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties: FunctionProperties }>>;
}
interface FunctionProperties {
  readonly Code: { readonly S3Key: string };
}

test('each function has the access model and the HR sources beside it where it asks for them', {
  timeout: 240_000,
}, () => {
  const app = newApp({ 'aws:cdk:bundling-stacks': ['**'], 'tenure.hrSources': JSON.stringify(HR_SOURCES) });
  addTenure(app);
  const { directory, stacks } = app.synth();
  const functions = stacks.flatMap(({ template }) =>
    Object.entries((template as Template).Resources).filter(([, { Type }]) => Type === 'AWS::Lambda::Function'),
  );
  expect(functions.length).toBeGreaterThan(10);
  let sources = 0;
  let stamping = 0;
  for (const [id, { Properties }] of functions) {
    const bundle = join(directory, `asset.${Properties.Code.S3Key.replace('.zip', '')}`);
    const code = readFileSync(join(bundle, 'index.mjs'));
    expect(existsSync(join(bundle, 'access-model.json')), id).toBe(calls(code, /\bmodel\(\)/));
    const asksForSources = calls(code, /\bdeployedHrSources\(\)\.find/);
    expect(existsSync(join(bundle, 'hr-sources.json')), id).toBe(asksForSources);
    sources += asksForSources ? 1 : 0;
    const asksForPrecedence = calls(code, /\bdeployedPrecedence\(\),/);
    expect(existsSync(join(bundle, 'hr-source-precedence.json')), id).toBe(asksForPrecedence);
    stamping += asksForPrecedence ? 1 : 0;
  }
  // Intake, and each of two tenants.
  expect(sources).toBe(3);
  // Files of the whole population as well, and what is simulated.
  expect(stamping).toBe(5);
  rmSync(directory, { recursive: true });
});

/** By what is called in the source: names are gone from a bundle. */
function calls(code: Buffer, name: RegExp): boolean {
  const bundle = [...handlerBundles().values()].find(({ files }) =>
    code.equals(files.get('index.mjs') ?? code.subarray(1)),
  );
  if (bundle === undefined) throw new Error('a function has code that is no handler’s');
  return [...bundle.sources].some((source) => source.endsWith('.ts') && name.test(readFileSync(source, 'utf8')));
}

describe.each([...findHandlers().keys()])('the bundle of %s', (stem) => {
  const bundle = () => {
    const found = handlerBundles().get(stem);
    if (found === undefined) throw new Error(`${stem} is not bundled`);
    return found;
  };

  it('is small enough to start fast', () => {
    if (!LOADING_LATER.has(stem)) expect([...bundle().files.keys()]).toEqual(['index.mjs']);
    expect(sizeAtStart(bundle())).toBeLessThanOrEqual(MAXIMUM_BYTES);
  });

  it('has nothing in it that no function uses', () => {
    const needless = [...bundle().sources].filter((source) =>
      /zod\/v4\/locales\/(?!en\.js)|credential-provider-(?!env)|nested-clients|temporal-polyfill|endpoint-(discovery|cache)\//.test(
        source,
      ),
    );
    expect(needless).toEqual([]);
  });
});
