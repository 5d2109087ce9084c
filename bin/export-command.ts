// Who there is, from the operators' API to standard output.
import { type PopulationPage, populationPageSchema } from '../lambdas/api/identities.ts';
import type { Person } from '../lambdas/core/access/person.ts';
import { CommandError } from './command-error.ts';
import { operatorsClient } from './operators-client.ts';
import { populationLines } from './population-file.ts';
import { readOptions, required, type Streams } from './read-options.ts';

const PAGE = 100;
/** Two million identities. */
const MAXIMUM_PAGES = 20_000;

export async function runExport(args: readonly string[], { out }: Streams): Promise<number> {
  const options = readOptions(args, ['api', 'token-file'], ['with-names']);
  const api = required(options.api, 'api', "the URL of the operators' API");
  const tokenFile = required(options['token-file'], 'token-file', 'a file that holds a token');
  const ask = operatorsClient(api, tokenFile);
  const people: PopulationPage['items'] = [];
  let after: string | undefined;
  for (let page = 1; page <= MAXIMUM_PAGES; page += 1) {
    const query = new URLSearchParams({ limit: String(PAGE), ...(after !== undefined && { after }) });
    const path = `/population?${query}`;
    const { items, next } = await ask({ path, schema: populationPageSchema, otherwise: 'no population' });
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
