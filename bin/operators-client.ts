// The operators' API as the commands ask it: with the token of somebody who may, again while the gateway lets nobody through.
import { readFileSync } from 'node:fs';
import type * as z from 'zod';
import { CommandError } from './command-error.ts';

const TIMEOUT_MS = 30_000;
/** The gateway lets a hundred through in a second; each wait is twice the one before. */
const TRIES = 6;
const FIRST_WAIT_MS = 500;

export interface Question<Answer> {
  readonly path: string;
  /** What is posted, where it is not only asked for. It is asked again, so it must change nothing. */
  readonly body?: object | undefined;
  readonly schema: z.ZodType<Answer>;
  /** "no population", say: what an answer is that does not hold to the schema. */
  readonly otherwise: string;
}

export type AskOperators = <Answer>(question: Question<Answer>) => Promise<Answer>;

/** Throws a CommandError that says what was asked and what came. */
export function operatorsClient(api: string, tokenFile: string): AskOperators {
  const token = readToken(tokenFile);
  return async ({ path, body, schema, otherwise }) => {
    const url = `${api.replace(/\/$/, '')}${path}`;
    for (let attempt = 1; ; attempt += 1) {
      const answered = await ask(url, token, body);
      const parsed = answered.status === 200 ? schema.safeParse(answered.body) : undefined;
      if (parsed?.success) return parsed.data;
      const { status } = answered;
      const passes = status === 0 || status === 429 || status >= 500;
      if (!passes || attempt === TRIES)
        throw refusal(`${body === undefined ? 'GET' : 'POST'} ${url}`, status, otherwise);
      await new Promise((resolve) => setTimeout(resolve, FIRST_WAIT_MS * 2 ** (attempt - 1)));
    }
  };
}

function refusal(asked: string, status: number, otherwise: string): CommandError {
  const what = status === 0 ? 'did not answer' : `answered ${status === 200 ? `what is ${otherwise}` : status}`;
  const hint =
    status === 401 || status === 403 ? ': expected the token of somebody in the group security or auditor' : '';
  return new CommandError(`${asked.replace(/\?.*/, '')} ${what}${hint}`);
}

function readToken(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new CommandError(`${path} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}`);
  }
}

interface Answered {
  /** 0: none came. */
  readonly status: number;
  readonly body: unknown;
}

async function ask(url: string, token: string, body: object | undefined): Promise<Answered> {
  const posted = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  try {
    const response = await fetch(url, {
      ...posted,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { status: response.status, body: await response.json().catch(() => undefined) };
  } catch (error) {
    if (error instanceof TypeError && /URL/.test(error.message)) throw new CommandError('--api: expected a URL');
    return { status: 0, body: undefined };
  }
}
