// What every task has in common: its input parsed once, a failure passed on under its own name, no personal data in logs.
import type { Context } from 'aws-lambda';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { InvalidInputError, RetryableError } from '../../lambdas/core/errors.ts';
import { serveTask } from '../../lambdas/middleware/serve-task.ts';

const lines: string[] = [];
beforeEach(() => {
  lines.length = 0;
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  }
});
afterEach(() => vi.restoreAllMocks());

const inputSchema = z.strictObject({ identityId: z.string(), epoch: z.coerce.number() });
const serve = (event: unknown, run: (input: z.infer<typeof inputSchema>) => Promise<unknown>) =>
  serveTask('settle', inputSchema, run)(event, {} as Context);

it('is given its input as the schema says, and answers with what it returns', async () => {
  const run = vi.fn(async ({ epoch }: { epoch: number }) => ({ next: epoch + 1 }));
  expect(await serve({ identityId: 'E1', epoch: '7' }, run)).toEqual({ next: 8 });
  expect(run).toHaveBeenCalledWith({ identityId: 'E1', epoch: 7 });
});

it('is not run on a malformed input, and the error says where it is wrong and not what was there', async () => {
  const run = vi.fn();
  const served = serve({ identityId: 'E1', epoch: 'Lovelace' }, run);
  await expect(served).rejects.toBeInstanceOf(InvalidInputError);
  await expect(served).rejects.toThrow(/^settle: input is malformed: \/epoch /);
  await expect(serve({ identityId: 'E1', epoch: 1, more: 1 }, run)).rejects.toBeInstanceOf(InvalidInputError);
  expect(run).not.toHaveBeenCalled();
  expect(lines.join()).not.toContain('Lovelace');
});

it('passes a failure on as it is, for Step Functions to match its name', async () => {
  const failure = new RetryableError('busy');
  const failing = serve({ identityId: 'E1', epoch: 1 }, () => Promise.reject(failure));
  await expect(failing).rejects.toBe(failure);
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
    level: 'ERROR',
    message: 'settle failed',
    error: { name: 'RetryableError', message: 'busy' },
  });
});

it('passes no more of a failure on than is read of it, since many are carried together; the log has where it came from', async () => {
  const served = (length: number) =>
    serve({ identityId: 'E1', epoch: 1 }, () => Promise.reject(new RetryableError('x'.repeat(length)))).catch(
      (error: unknown) => error as Error,
    );
  const within = await served(500);
  expect(within).toMatchObject({ message: 'x'.repeat(500), stack: 'RetryableError' });
  expect(await served(501)).toMatchObject({ message: 'x'.repeat(500) });
  expect(JSON.parse(lines.at(-1) ?? '').error.stack).toContain('serve-task.test.ts');
});
