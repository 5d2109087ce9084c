// Who there is, from the operators' API to standard output.
import { readFileSync } from 'node:fs';
import { type PopulationPage, populationPageSchema } from '../lambdas/api/identities.ts';
import type { Person } from '../lambdas/core/access/model-plan.ts';
import { CommandError } from './command-error.ts';
import { populationLines } from './population-file.ts';
import { readOptions, required, type Streams } from './read-options.ts';

const PAGE = 100;
/** Two million identities. */
const MAXIMUM_PAGES = 20_000;
const TIMEOUT_MS = 30_000;
/** The gateway lets a hundred through in a second; each wait is twice the one before. */
const TRIES = 6;
const FIRST_WAIT_MS = 500;

export async function runExport(args: readonly string[], { out }: Streams): Promise<number> {
  const options = readOptions(args, ['api', 'token-file'], ['with-names']);
  const api = required(options.api, 'api', "the URL of the operators' API");
  const tokenFile = required(options['token-file'], 'token-file', 'a file that holds a token');
  const token = readToken(tokenFile);
  const people: PopulationPage['items'] = [];
  let after: string | undefined;
  for (let page = 1; page <= MAXIMUM_PAGES; page += 1) {
    const { items, next } = await readPage(api, token, after);
    people.push(...items);
    after = next;
    if (after === undefined) break;
  }
  if (after !== undefined) throw new CommandError(`there are more than ${MAXIMUM_PAGES * PAGE} identities`);
  // All of it or nothing: half a population would plan for half the people.
  for (const line of populationLines(new Date().toISOString(), people as Person[], options['with-names'] === true))
    out(line);
  return 0;
}

function readToken(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new CommandError(`${path} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}`);
  }
}

async function readPage(api: string, token: string, after: string | undefined): Promise<PopulationPage> {
  const query = new URLSearchParams({ limit: String(PAGE), ...(after !== undefined && { after }) });
  const url = `${api.replace(/\/$/, '')}/population?${query}`;
  for (let attempt = 1; ; attempt += 1) {
    const { status, body } = await ask(url, token);
    const parsed = status === 200 ? populationPageSchema.safeParse(body) : undefined;
    if (parsed?.success) return parsed.data;
    const passes = status === 0 || status === 429 || status >= 500;
    if (passes && attempt < TRIES) {
      await new Promise((resolve) => setTimeout(resolve, FIRST_WAIT_MS * 2 ** (attempt - 1)));
      continue;
    }
    const what =
      status === 0 ? 'did not answer' : status === 200 ? 'answered what is no population' : `answered ${status}`;
    const hint =
      status === 401 || status === 403 ? ': expected the token of somebody in the group security or auditor' : '';
    throw new CommandError(`GET ${api}/population ${what}${hint}`);
  }
}

async function ask(url: string, token: string): Promise<{ readonly status: number; readonly body: unknown }> {
  try {
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${token}` },
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { status: response.status, body: await response.json().catch(() => undefined) };
  } catch (error) {
    if (error instanceof TypeError && /URL/.test(error.message)) throw new CommandError(`--api: expected a URL`);
    return { status: 0, body: undefined };
  }
}
