// `tenure audit query`: a named query on Athena, with ids for pseudonyms where the operators' API may be asked.
import { AthenaClient } from '@aws-sdk/client-athena';
import { isPseudonym, pseudonymsIn, type Rows, withIds, withInstants } from '../lambdas/core/audit/queries/answer.ts';
import {
  executionParameters,
  type GivenName,
  type NamedQuery,
  NOBODY,
  namesGiven,
  QueryParameterError,
} from '../lambdas/core/audit/queries/named-query.ts';
import {
  AthenaQueryError,
  QUERY_LIMITS,
  type QueryLimits,
  runAthenaQuery,
} from '../lambdas/stores/lake/athena-query.ts';
import { findQuery, namedQueries, UnknownQueryError } from '../lib/audit-queries/named-queries.ts';
import { CommandError } from './command-error.ts';
import { type Pseudonyms, pseudonymsFrom } from './pseudonyms.ts';
import { readOptions, required, type Streams } from './read-options.ts';
import { ROW_FORMATS, type RowFormat, renderRows } from './render-rows.ts';

const OWN_OPTIONS = ['format', 'deployment', 'api', 'token-file'] as const;

export async function runAuditQuery(
  args: readonly string[],
  { out, error }: Streams,
  limits: QueryLimits = QUERY_LIMITS,
): Promise<number> {
  const [name = '', ...rest] = args;
  if (name === '--list') {
    out(describeQueries(namedQueries()));
    return 0;
  }
  if (name === '' || name.startsWith('-'))
    throw new CommandError('audit query: expected the name of a query, or --list');
  try {
    const query = findQuery(name);
    const given = query.parameters.map((parameter) => parameter.name);
    const options = readOptions(rest, [...OWN_OPTIONS, ...given]);
    const format = readFormat(options['format'] as string | undefined);
    const pseudonyms = readApi(options['api'] as string | undefined, options['token-file'] as string | undefined);
    const values = await readValues(query, options, pseudonyms);
    const deployment = ((options['deployment'] as string | undefined) ?? 'tenure').toLowerCase();
    const answer = await runAthenaQuery(
      new AthenaClient({}),
      {
        sql: query.sql,
        parameters: executionParameters(query, values, Date.now()),
        database: `${deployment.replaceAll('-', '_')}_audit`,
        workGroup: `${deployment}-audit`,
      },
      limits,
    );
    out(renderRows(withInstants(await named(answer, pseudonyms)), format));
    if (answer.cut) error(`These are the first ${answer.rows.length} rows: narrow the query's parameters.`);
    return 0;
  } catch (failure) {
    if (failure instanceof QueryParameterError) throw new CommandError(inWords(failure));
    if (failure instanceof UnknownQueryError || failure instanceof AthenaQueryError)
      throw new CommandError(failure.message);
    throw failure;
  }
}

function readFormat(written = 'table'): RowFormat {
  const format = ROW_FORMATS.find((each) => each === written);
  if (format === undefined) throw new CommandError(`--format ${written}: expected ${ROW_FORMATS.join(', ')}`);
  return format;
}

function readApi(api: string | undefined, tokenFile: string | undefined): Pseudonyms | undefined {
  if (api === undefined && tokenFile === undefined) return undefined;
  return pseudonymsFrom(
    required(api, 'api', "the URL of the operators' API"),
    required(tokenFile, 'token-file', 'a file that holds a token'),
  );
}

/** `--since: expected a day`, `--application is missing` */
function inWords({ parameter, message }: QueryParameterError): string {
  return message.startsWith('is ') ? `--${parameter} ${message}` : `--${parameter}: ${message}`;
}

async function readValues(
  query: NamedQuery,
  options: Readonly<Record<string, string | boolean | undefined>>,
  pseudonyms: Pseudonyms | undefined,
): Promise<Readonly<Record<string, string>>> {
  const values: Record<string, string> = {};
  for (const { name } of query.parameters) {
    const value = options[name];
    if (typeof value === 'string') values[name] = value;
  }
  for (const given of namesGiven(query, values)) values[given.parameter] = await pseudonymOf(given, pseudonyms);
  return values;
}

async function pseudonymOf({ parameter, kind, id }: GivenName, pseudonyms: Pseudonyms | undefined): Promise<string> {
  const found = (await pseudonyms?.of(kind, id)) ?? (isPseudonym(id) ? id : undefined);
  if (found !== undefined) return found;
  if (pseudonyms !== undefined) throw new QueryParameterError(parameter, NOBODY);
  throw new CommandError(
    `--${parameter}: expected a pseudonym of the log; with --api and --token-file an id is taken, too`,
  );
}

async function named(rows: Rows, pseudonyms: Pseudonyms | undefined): Promise<Rows> {
  return pseudonyms === undefined ? rows : withIds(rows, await pseudonyms.resolve(pseudonymsIn(rows)));
}

function describeQueries(queries: readonly NamedQuery[]): string {
  return queries
    .map(({ name, title, parameters }) => {
      const taken = parameters.map(({ name: each, otherwise }) => (otherwise ? `[--${each} …]` : `--${each} …`));
      return `${name} ${taken.join(' ')}\n    ${title}`;
    })
    .join('\n');
}
