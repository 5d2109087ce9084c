// Who stands behind the log's pseudonyms, from the operators' API: who is forgotten stays a pseudonym.
import * as z from 'zod';
import { operatorsClient } from './operators-client.ts';

export interface Pseudonyms {
  /** Undefined when nobody is known by that id. */
  of(kind: 'identity' | 'operator', id: string): Promise<string | undefined>;
  /** By pseudonym. */
  resolve(pseudonyms: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

const AT_A_TIME = 100;
const answerSchema = z.object({ items: z.array(z.object({ pseudonym: z.string(), id: z.string() })) });

export function pseudonymsFrom(api: string, tokenFile: string): Pseudonyms {
  const askApi = operatorsClient(api, tokenFile);
  const ask = async (body: object) => {
    const question = { path: '/audit/pseudonyms', body, schema: answerSchema, otherwise: 'no list of pseudonyms' };
    return (await askApi(question)).items;
  };
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
