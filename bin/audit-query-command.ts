// `tenure audit query`: a named query on Athena, with ids for pseudonyms where the operators' API may be asked.
import { AthenaClient } from '@aws-sdk/client-athena';
import {
  type AnswerCell,
  AthenaQueryError,
  QUERY_LIMITS,
  type QueryLimits,
  runAthenaQuery,
} from '../lambdas/stores/lake/athena-query.ts';
import {
  executionParameters,
  findQuery,
  type NamedQuery,
  namedQueries,
  QueryParameterError,
} from '../lib/audit-queries/named-queries.ts';
import { CommandError } from './command-error.ts';
import { isPseudonym, type Pseudonyms, pseudonymsFrom } from './pseudonyms.ts';
import { readOptions, required, type Streams } from './read-options.ts';
import { ROW_FORMATS, type RowFormat, type Rows, renderRows, withInstants } from './render-rows.ts';

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
    out(renderRows(withInstants(await withIds(answer, pseudonyms)), format));
    if (answer.cut) error(`These are the first ${answer.rows.length} rows: narrow the query's parameters.`);
    return 0;
  } catch (failure) {
    if (failure instanceof QueryParameterError || failure instanceof AthenaQueryError)
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

async function readValues(
  { parameters }: NamedQuery,
  options: Readonly<Record<string, string | boolean | undefined>>,
  pseudonyms: Pseudonyms | undefined,
): Promise<Readonly<Record<string, string>>> {
  const values: Record<string, string> = {};
  for (const { name, kind, otherwise } of parameters) {
    const value = options[name];
    if (typeof value !== 'string') continue;
    const isOne = (kind === 'identity' || kind === 'operator') && `'${value}'` !== otherwise;
    values[name] = isOne ? await pseudonymOf(name, kind, value, pseudonyms) : value;
  }
  return values;
}

async function pseudonymOf(
  name: string,
  kind: 'identity' | 'operator',
  value: string,
  pseudonyms: Pseudonyms | undefined,
): Promise<string> {
  const found = (await pseudonyms?.of(kind, value)) ?? (isPseudonym(value) ? value : undefined);
  if (found !== undefined) return found;
  if (pseudonyms !== undefined) throw new CommandError(`--${name}: nobody is known by this id`);
  throw new CommandError(`--${name}: expected a pseudonym of the log; with --api and --token-file an id is taken, too`);
}

/** Columns that name identities and operators: whoever is known by an id is told by it. */
const NAMING: ReadonlySet<string> = new Set(['subject', 'actor', 'approver', 'granted_by']);

async function withIds({ columns, rows }: Rows, pseudonyms: Pseudonyms | undefined): Promise<Rows> {
  if (pseudonyms === undefined) return { columns, rows };
  const naming = columns.map((column) => NAMING.has(column));
  const isOne = (cell: AnswerCell, at: number): cell is string =>
    naming[at] === true && typeof cell === 'string' && isPseudonym(cell);
  const ids = await pseudonyms.resolve([...new Set(rows.flatMap((row) => row.filter(isOne)))]);
  return {
    columns,
    rows: rows.map((row) => row.map((cell, at) => (isOne(cell, at) ? (ids.get(cell) ?? cell) : cell))),
  };
}

function describeQueries(queries: readonly NamedQuery[]): string {
  return queries
    .map(({ name, title, parameters }) => {
      const taken = parameters.map(({ name: each, otherwise }) => (otherwise ? `[--${each} …]` : `--${each} …`));
      return `${name} ${taken.join(' ')}\n    ${title}`;
    })
    .join('\n');
}
