// Calls through a vendor's library: bounded like any other, and nothing of what the library throws gets out.
import { expect, it } from 'vitest';
import { NotFoundError, PermanentError, RetryableError } from '../../lambdas/core/errors.ts';
import { LibraryCalls } from '../../lambdas/outbound/client-library.ts';

class LibraryError extends Error {
  readonly status: number;
  constructor(status: number) {
    super('POST https://api.example/users?token=secret');
    this.status = status;
  }
}

const callsOf = (callTimeoutMs = 1_000) =>
  new LibraryCalls({
    system: 'Test',
    callTimeoutMs,
    answerOf: (error) => (error instanceof LibraryError ? { status: error.status } : undefined),
  });

/** Answers with these in turn, then well; with how many were sent. */
async function run(failures: readonly Error[], options?: { readonly idempotent: boolean }) {
  let sent = 0;
  const send = async () => {
    const failure = failures[sent];
    sent += 1;
    if (failure !== undefined) throw failure;
    return 'done';
  };
  const outcome: unknown = await callsOf()
    .run('POST /users', send, options)
    .catch((error: unknown) => error);
  return { outcome, sent };
}

it('sends again what may be repeated', async () => {
  expect(await run([new LibraryError(500), new LibraryError(503)])).toEqual({ outcome: 'done', sent: 3 });
});

it('sends again what may not be repeated only when it was certainly not carried out', async () => {
  const once = { idempotent: false };
  expect(await run([new LibraryError(503)], once)).toEqual({ outcome: 'done', sent: 2 });
  const refused = new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) });
  expect(await run([refused], once)).toEqual({ outcome: 'done', sent: 2 });
  const { outcome, sent } = await run([new LibraryError(500)], once);
  expect(outcome).toBeInstanceOf(RetryableError);
  expect(sent).toBe(1);
});

it.each([
  [404, NotFoundError],
  [403, PermanentError],
  [400, PermanentError],
])('takes a library’s %i for a %o, which says nothing of the call’s values', async (status, kind) => {
  const { outcome, sent } = await run([new LibraryError(status)]);
  expect(outcome).toBeInstanceOf(kind);
  expect(String(outcome)).toContain(`Test POST /users answered ${status}`);
  expect(String(outcome)).not.toContain('secret');
  expect(sent).toBe(1);
});

it('gives up on a call whose time is up, and hands its signal to the library', async () => {
  const aborted = (signal: AbortSignal) =>
    new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('https://api.example/users?token=secret')));
    });
  const gaveUp = callsOf(20).run('POST /users', aborted, { idempotent: false });
  await expect(gaveUp).rejects.toThrow(/^Test POST \/users gave no answer within 20 ms$/);
  await expect(gaveUp).rejects.toBeInstanceOf(RetryableError);
});
