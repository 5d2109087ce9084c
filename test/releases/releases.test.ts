// Executions of the versions before, whose definitions they keep, with the functions of this one: each payload that they send
// is taken. That they come to their end is what the simulator shows, in one history of eight.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { definitionsOf, payloadsOf, RELEASES } from './releases.ts';
import { shapeOf } from './shape.ts';

const HANDLERS = join(import.meta.dirname, '..', '..', 'lambdas', 'handlers');
const FILES = new Map(
  readdirSync(HANDLERS, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => [basename(name, '.ts'), join(HANDLERS, name)]),
);

beforeAll(() => {
  // Whatever the functions would reach is not there: what they take, they then fail at.
  for (const name of Object.keys(process.env)) if (name.startsWith('TENURE_')) delete process.env[name];
  Object.assign(process.env, { AWS_EC2_METADATA_DISABLED: 'true', POWERTOOLS_LOG_LEVEL: 'SILENT' });
});

test('there is a version that executions may still be of', () => {
  expect(RELEASES.length).toBeGreaterThan(0);
});

describe.each(RELEASES)('%s', (release) => {
  const payloads = payloadsOf(release);
  const cases = Object.entries(payloads).flatMap(([name, sent]) =>
    sent.map((one) => [name, shapeOf(one), one] as const),
  );

  it('has payloads of every function that its state machines call', () => {
    const named = readdirSync(definitionsOf(release)).flatMap((file) =>
      [...readFileSync(join(definitionsOf(release), file), 'utf8').matchAll(/"FunctionName": "\$\{(\w+)Arn\}"/g)].map(
        ([, stem = '']) => stem.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase(),
      ),
    );
    expect(Object.keys(payloads).sort()).toEqual([...new Set([...named, 'call-application'])].sort());
  });

  it.each(cases)('%s takes %s', async (name, _shape, payload) => {
    expect(await nameOfError(name, payload)).not.toBe('InvalidInputError');
  });

  it.each(Object.keys(payloads))('%s is asked by a handler that can refuse', async (name) => {
    expect(await nameOfError(name, { unheard: 'of' })).toBe('InvalidInputError');
  });
});

async function nameOfError(handler: string, payload: object): Promise<string> {
  const file = FILES.get(handler);
  if (file === undefined) throw new Error(`executions under way call ${handler}, which is gone`);
  const module: { readonly handler: (event: unknown, context: object) => Promise<unknown> } = await import(
    pathToFileURL(file).href
  );
  const error = await module.handler(payload, {}).then(
    () => new Error('it has answered without tables'),
    (thrown: Error) => thrown,
  );
  return error.name;
}
