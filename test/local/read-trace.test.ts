// A stack trace of a deployed function leads back to the source.
import { mkdtempSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it, vi } from 'vitest';
import * as z from 'zod';
import { bundleWithMaps } from '../../lib/bundling/bundles.ts';
import { readTrace } from '../../local/read-trace.ts';

const loggedSchema = z.object({ error: z.object({ stack: z.string() }) });

it.each(['settle', 'call-application'])(
  'names the place in the source that %s failed at',
  { timeout: 120_000 },
  async (stem) => {
    const folder = mkdtempSync(join(tmpdir(), 'tenure-trace-'));
    for (const [name, content] of bundleWithMaps(stem).files) await writeFile(join(folder, name), content);
    process.env['AWS_REGION'] ??= 'us-east-1';
    const { handler } = await import(pathToFileURL(join(folder, 'index.mjs')).href);
    // What the function hands on has none, since a state machine would carry it: the log has.
    const logged: string[] = [];
    const spy = vi.spyOn(process.stderr, 'write').mockImplementation((line) => logged.push(String(line)) > 0);
    const error: unknown = await handler(undefined, {}).catch((reason: unknown) => reason);
    spy.mockRestore();
    await rm(folder, { recursive: true });
    expect(error).toMatchObject({ name: 'InvalidInputError', stack: 'InvalidInputError' });
    const line = logged.find((one) => one.includes(`${stem} failed`)) ?? '{}';
    const { error: told } = loggedSchema.parse(JSON.parse(line));
    const trace = readTrace(stem, told.stack);
    const [, file = '', at] = /\(?(lambdas\/[\w./-]+\.ts):(\d+):\d+/.exec(trace) ?? [];
    expect(readFileSync(file, 'utf8').split('\n')[Number(at) - 1]).toContain('throw new InvalidInputError');
  },
);

it('says which handlers there are', () => {
  expect(() => readTrace('no-such-handler', '')).toThrow(/there are .*settle/);
});
