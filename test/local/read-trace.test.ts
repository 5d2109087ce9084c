// A stack trace of a deployed function leads back to the source.
import { mkdtempSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { bundleWithMaps } from '../../lib/bundling/bundles.ts';
import { readTrace } from '../../local/read-trace.ts';

it.each(['settle', 'call-application'])(
  'names the place in the source that %s failed at',
  { timeout: 120_000 },
  async (stem) => {
    const folder = mkdtempSync(join(tmpdir(), 'tenure-trace-'));
    for (const [name, content] of bundleWithMaps(stem).files) await writeFile(join(folder, name), content);
    process.env['AWS_REGION'] ??= 'us-east-1';
    const { handler } = await import(pathToFileURL(join(folder, 'index.mjs')).href);
    const error: unknown = await handler(undefined, {}).catch((reason: unknown) => reason);
    await rm(folder, { recursive: true });
    const trace = readTrace(stem, (error as Error).stack ?? '');
    const [, file = '', line] = /\(?(lambdas\/[\w./-]+\.ts):(\d+):\d+/.exec(trace) ?? [];
    expect(readFileSync(file, 'utf8').split('\n')[Number(line) - 1]).toContain('throw new InvalidInputError');
  },
);

it('says which handlers there are', () => {
  expect(() => readTrace('no-such-handler', '')).toThrow(/there are .*settle/);
});
