// The named queries of this version, in files. The stack, the command line and the reference page read them here.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type NamedQuery, readQuery } from '../../lambdas/core/audit/queries/named-query.ts';
import { didYouMean } from '../access-model/did-you-mean.ts';

const FOLDER = import.meta.dirname;

/** There is no query of that name. */
export class UnknownQueryError extends Error {
  override readonly name = 'UnknownQueryError';
}

/** By name. Throws an Error for a file whose opening comment is not as it should be. */
export function namedQueries(): readonly NamedQuery[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.sql'));
  return files.sort().map((file) => readQuery(file.slice(0, -'.sql'.length), readFileSync(join(FOLDER, file), 'utf8')));
}

/** Throws an UnknownQueryError that names the nearest one. */
export function findQuery(name: string): NamedQuery {
  const queries = namedQueries();
  const found = queries.find((query) => query.name === name);
  if (found !== undefined) return found;
  const names = queries.map((query) => query.name);
  throw new UnknownQueryError(`there is no query "${name}"${didYouMean(name, names)}`);
}
