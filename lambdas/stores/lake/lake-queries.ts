// Queries over the audit lake that one call starts and others read: whoever asked does not wait for Athena.
import { AthenaClient, GetQueryExecutionCommand, StopQueryExecutionCommand } from '@aws-sdk/client-athena';
import { InvalidInputError } from '../../core/errors.ts';
import { fromEnvironment } from '../environment.ts';
import { type AthenaPage, type AthenaQuestion, failureOf, readAthenaRows, startAthenaQuery } from './athena-query.ts';

export interface LakeExecution {
  readonly state: 'running' | 'done' | 'failed';
  /** Why it failed, in Athena's words, which may quote what is in the lake. */
  readonly reason?: string | undefined;
  readonly bytesScanned?: number | undefined;
}

export interface LakeQueries {
  /** @returns the id of its execution */
  start(question: Pick<AthenaQuestion, 'sql' | 'parameters'>): Promise<string>;
  stop(id: string): Promise<void>;
  /** Undefined: there is none in the deployment's workgroup, or there is no longer. */
  find(id: string): Promise<LakeExecution | undefined>;
  /** Of one that is done. Throws InvalidInputError for an `after` that it did not tell. */
  readPage(id: string, page: { readonly limit: number; readonly after?: string | undefined }): Promise<AthenaPage>;
}

export function athenaLakeQueries(): LakeQueries {
  const client = new AthenaClient({ maxAttempts: 4 });
  const database = fromEnvironment('lakeDatabase');
  const workGroup = fromEnvironment('lakeWorkGroup');
  return {
    start: (question) => startAthenaQuery(client, { ...question, database, workGroup }),
    async stop(id) {
      await client.send(new StopQueryExecutionCommand({ QueryExecutionId: id }));
    },
    async find(id) {
      try {
        const { QueryExecution: execution } = await client.send(new GetQueryExecutionCommand({ QueryExecutionId: id }));
        if (execution?.WorkGroup !== workGroup) return undefined;
        const { State: state = 'QUEUED', StateChangeReason: reason = state } = execution.Status ?? {};
        const bytesScanned = execution.Statistics?.DataScannedInBytes;
        if (state === 'SUCCEEDED') return { state: 'done', bytesScanned };
        if (state === 'FAILED' || state === 'CANCELLED')
          return { state: 'failed', reason: failureOf(reason, workGroup), bytesScanned };
        return { state: 'running' };
      } catch (error) {
        if (isUnknown(error)) return undefined;
        throw error;
      }
    },
    async readPage(id, page) {
      try {
        return await readAthenaRows(client, id, page);
      } catch (error) {
        if (!isUnknown(error) || page.after === undefined) throw error;
        const detail = 'expected the `next` of the page before';
        throw new InvalidInputError('A query parameter is wrong.', [{ pointer: '/after', detail }], { cause: error });
      }
    },
  };
}

/** As Athena says of an execution, or of a page, that it knows nothing of. */
function isUnknown(error: unknown): boolean {
  return error instanceof Error && error.name === 'InvalidRequestException';
}
