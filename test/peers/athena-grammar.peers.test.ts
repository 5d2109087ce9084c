// Each named query as Athena gets it, read by the grammar that Athena's engine has: Trino's own parser.
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { namedQueries } from '../../lib/audit-queries/named-queries.ts';
import { runJava } from './java.ts';

const FOLDER = join(import.meta.dirname, 'athena-grammar');
const parse = async (...statements: readonly string[]) =>
  (await runJava(FOLDER, 'Parse.java', statements.join('\0'))).trimEnd().split('\n');

it('is SQL to Trino', { timeout: 900_000 }, async () => {
  const queries = namedQueries();
  expect(queries.length).toBeGreaterThanOrEqual(11);
  const answers = await parse(...queries.map(({ sql }) => sql));
  expect(answers.map((answer, index) => [queries[index]?.name, answer])).toEqual(
    queries.map(({ name }) => [name, 'ok']),
  );
});

it('and what is none is not', { timeout: 900_000 }, async () => {
  const [query] = namedQueries();
  const answers = await parse(query?.sql ?? '', `${query?.sql} LIMIT LIMIT`, 'SELECT * FROM entries WHERE a = = b');
  expect(answers).toEqual(['ok', expect.stringContaining('mismatched input'), expect.stringContaining('mismatched')]);
});
