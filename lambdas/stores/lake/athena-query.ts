// A query on Athena from its start to its last row, within bounds: of time, of rows, and of what the workgroup lets it read.
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  type QueryExecution,
  type Row,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import type { AnswerCell, Rows } from '../../core/audit/queries/answer.ts';

/** Why there is no answer, in Athena's words, which may quote what is in the lake. */
export class AthenaQueryError extends Error {
  override readonly name = 'AthenaQueryError';
}

export interface AthenaQuestion {
  readonly sql: string;
  /** Literals in place of the question marks. */
  readonly parameters: readonly string[];
  readonly database: string;
  readonly workGroup: string;
}

export interface AthenaAnswer extends Rows {
  /** There were more rows than are told. */
  readonly cut: boolean;
  readonly bytesScanned: number;
}

export interface QueryLimits {
  readonly maximumRows: number;
  readonly timeoutMs: number;
  readonly firstWaitMs: number;
}

export const QUERY_LIMITS: QueryLimits = { maximumRows: 100_000, timeoutMs: 600_000, firstWaitMs: 250 };

/** Athena gives at most so many in a page, the names of the columns among those of the first. */
const PAGE = 1_000;
const MAXIMUM_WAIT_MS = 2_000;

/** Throws an AthenaQueryError that says what Athena said. */
export async function runAthenaQuery(
  client: AthenaClient,
  question: AthenaQuestion,
  limits: QueryLimits = QUERY_LIMITS,
): Promise<AthenaAnswer> {
  try {
    const id = await startAthenaQuery(client, question);
    const execution = await finished(client, id, question, limits);
    const answer = await readRows(client, id, limits.maximumRows);
    return { ...answer, bytesScanned: execution.Statistics?.DataScannedInBytes ?? 0 };
  } catch (error) {
    if (error instanceof AthenaQueryError || !(error instanceof Error)) throw error;
    throw new AthenaQueryError(`Athena: ${error.name}: ${error.message}`);
  }
}

/** @returns the id of its execution */
export async function startAthenaQuery(
  client: AthenaClient,
  { sql, parameters, database, workGroup }: AthenaQuestion,
): Promise<string> {
  const { QueryExecutionId } = await client.send(
    new StartQueryExecutionCommand({
      QueryString: sql,
      // An empty list is refused.
      ...(parameters.length > 0 && { ExecutionParameters: [...parameters] }),
      QueryExecutionContext: { Database: database, Catalog: 'AwsDataCatalog' },
      WorkGroup: workGroup,
    }),
  );
  if (QueryExecutionId === undefined) throw new AthenaQueryError('Athena gave the query no id');
  return QueryExecutionId;
}

async function finished(
  client: AthenaClient,
  id: string,
  { workGroup }: AthenaQuestion,
  { timeoutMs, firstWaitMs }: QueryLimits,
): Promise<QueryExecution> {
  const deadlineMs = Date.now() + timeoutMs;
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(MAXIMUM_WAIT_MS, waitMs * 2)) {
    const { QueryExecution: execution } = await client.send(new GetQueryExecutionCommand({ QueryExecutionId: id }));
    const state = execution?.Status?.State;
    if (execution !== undefined && state === 'SUCCEEDED') return execution;
    if (state === 'FAILED' || state === 'CANCELLED')
      throw new AthenaQueryError(failureOf(execution?.Status?.StateChangeReason ?? state, workGroup));
    if (Date.now() >= deadlineMs) {
      await client.send(new StopQueryExecutionCommand({ QueryExecutionId: id }));
      throw new AthenaQueryError(`the query was stopped after ${Math.round(timeoutMs / 1_000)} seconds`);
    }
    await sleep(waitMs);
  }
}

export function failureOf(reason: string, workGroup: string): string {
  if (/bytes scanned limit/i.test(reason))
    return `the query would read more than the workgroup ${workGroup} lets it: narrow its time (${reason})`;
  return `the query failed: ${reason}`;
}

async function readRows(
  client: AthenaClient,
  id: string,
  maximumRows: number,
): Promise<Pick<AthenaAnswer, 'columns' | 'rows' | 'cut'>> {
  const rows: (readonly AnswerCell[])[] = [];
  let columns: readonly string[] | undefined;
  let after: string | undefined;
  do {
    const page = await readAthenaRows(client, id, { limit: PAGE, after });
    columns ??= page.columns;
    rows.push(...page.rows);
    after = page.next;
  } while (after !== undefined && rows.length <= maximumRows);
  const cut = rows.length > maximumRows || after !== undefined;
  return { columns, rows: rows.slice(0, maximumRows), cut };
}

export interface AthenaPage extends Rows {
  /** Pass it as `after`. Undefined: there are no more. */
  readonly next?: string | undefined;
}

/** A page of what a query that is done has answered. @param limit the first page has one row less */
export async function readAthenaRows(
  client: AthenaClient,
  id: string,
  { limit, after }: { readonly limit: number; readonly after?: string | undefined },
): Promise<AthenaPage> {
  const { ResultSet, NextToken } = await client.send(
    new GetQueryResultsCommand({ QueryExecutionId: id, MaxResults: limit, ...(after && { NextToken: after }) }),
  );
  if (NextToken !== undefined && NextToken === after) throw new AthenaQueryError('Athena gave the same page again');
  const told = ResultSet?.ResultSetMetadata?.ColumnInfo ?? [];
  const types = told.map(({ Type = '' }) => Type);
  const rows: readonly Row[] = ResultSet?.Rows ?? [];
  // The names of the columns are among the rows of the first page.
  return {
    columns: told.map(({ Name = '' }) => Name),
    rows: (after === undefined ? rows.slice(1) : rows).map(({ Data = [] }) =>
      types.map((type, at) => cellOf(Data[at]?.VarCharValue, type)),
    ),
    next: NextToken,
  };
}

const NUMBERS = /^(tinyint|smallint|int|integer|bigint|float|real|double|decimal)/;

function cellOf(text: string | undefined, type: string): AnswerCell {
  if (text === undefined) return null;
  if (type === 'boolean') return text.toLowerCase() === 'true';
  return NUMBERS.test(type) && text !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}
