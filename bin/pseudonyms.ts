// Who stands behind the log's pseudonyms, from the operators' API: who is forgotten stays a pseudonym.
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { CommandError } from './command-error.ts';

export interface Pseudonyms {
  /** Undefined when nobody is known by that id. */
  of(kind: 'identity' | 'operator', id: string): Promise<string | undefined>;
  /** By pseudonym. */
  resolve(pseudonyms: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

const AT_A_TIME = 100;
const TIMEOUT_MS = 30_000;
const PSEUDONYM = /^[A-Za-z0-9_-]{22}$/;
const answerSchema = z.object({ items: z.array(z.object({ pseudonym: z.string(), id: z.string() })) });

export function isPseudonym(text: string): boolean {
  return PSEUDONYM.test(text);
}

export function pseudonymsFrom(api: string, tokenFile: string): Pseudonyms {
  const token = readToken(tokenFile);
  const ask = (body: object) => post(`${api.replace(/\/$/, '')}/audit/pseudonyms`, token, body);
  return {
    async of(kind, id) {
      const [found] = await ask(kind === 'identity' ? { identities: [id] } : { operators: [id] });
      return found?.pseudonym;
    },
    async resolve(pseudonyms) {
      const ids = new Map<string, string>();
      for (let from = 0; from < pseudonyms.length; from += AT_A_TIME)
        for (const { pseudonym, id } of await ask({ pseudonyms: pseudonyms.slice(from, from + AT_A_TIME) }))
          ids.set(pseudonym, id);
      return ids;
    },
  };
}

function readToken(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new CommandError(`${path} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}`);
  }
}

async function post(url: string, token: string, body: object): Promise<z.infer<typeof answerSchema>['items']> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((error: unknown) => {
    throw new CommandError(`POST ${url} did not answer: ${error instanceof Error ? error.message : 'unknown error'}`);
  });
  const parsed = response.ok ? answerSchema.safeParse(await response.json().catch(() => undefined)) : undefined;
  if (parsed?.success) return parsed.data.items;
  const hint =
    response.status === 401 || response.status === 403
      ? ': expected the token of somebody in the group security or auditor'
      : '';
  throw new CommandError(`POST ${url} answered ${response.status}${hint}`);
}
