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

export type AnswerCell = string | number | boolean | null;

export interface AthenaAnswer {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly AnswerCell[])[];
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
    const id = await start(client, question);
    const execution = await finished(client, id, question, limits);
    const answer = await readRows(client, id, limits.maximumRows);
    return { ...answer, bytesScanned: execution.Statistics?.DataScannedInBytes ?? 0 };
  } catch (error) {
    if (error instanceof AthenaQueryError || !(error instanceof Error)) throw error;
    throw new AthenaQueryError(`Athena: ${error.name}: ${error.message}`);
  }
}

async function start(client: AthenaClient, { sql, parameters, database, workGroup }: AthenaQuestion): Promise<string> {
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

function failureOf(reason: string, workGroup: string): string {
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
  let columns: readonly { readonly name: string; readonly type: string }[] | undefined;
  let after: string | undefined;
  do {
    const { ResultSet, NextToken } = await client.send(
      new GetQueryResultsCommand({ QueryExecutionId: id, MaxResults: PAGE, ...(after && { NextToken: after }) }),
    );
    let page: readonly Row[] = ResultSet?.Rows ?? [];
    if (columns === undefined) {
      columns = (ResultSet?.ResultSetMetadata?.ColumnInfo ?? []).map(({ Name = '', Type = '' }) => ({
        name: Name,
        type: Type,
      }));
      page = page.slice(1);
    }
    const types = columns.map(({ type }) => type);
    rows.push(...page.map(({ Data = [] }) => types.map((type, at) => cellOf(Data[at]?.VarCharValue, type))));
    if (NextToken !== undefined && NextToken === after) throw new AthenaQueryError('Athena gave the same page again');
    after = NextToken;
  } while (after !== undefined && rows.length <= maximumRows);
  const cut = rows.length > maximumRows || after !== undefined;
  return { columns: (columns ?? []).map(({ name }) => name), rows: rows.slice(0, maximumRows), cut };
}

const NUMBERS = /^(tinyint|smallint|int|integer|bigint|float|real|double|decimal)/;

function cellOf(text: string | undefined, type: string): AnswerCell {
  if (text === undefined) return null;
  if (type === 'boolean') return text.toLowerCase() === 'true';
  return NUMBERS.test(type) && text !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}
