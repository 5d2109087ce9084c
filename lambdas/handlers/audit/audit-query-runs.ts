// Runs of named queries: by which id somebody asks for the answer of one, and what runs and reads them need.
import type { NamedQuery } from '../../core/audit/queries/named-query.ts';
import { auditKeyOf } from '../../core/audit/subject.ts';
import { NotFoundError } from '../../core/errors.ts';
import { LATEST_MS, toIso } from '../../core/moment.ts';
import type { AuditStore } from '../../stores/audit/audit-store.ts';
import type { LakeQueries } from '../../stores/lake/lake-queries.ts';
import type { ApiDependencies } from '../shared/api-dependencies.ts';

export interface AuditQueryDependencies extends ApiDependencies {
  readonly queries: () => readonly NamedQuery[];
  readonly lake: LakeQueries;
}

/** Athena's id of it, and when it was put on record. */
export interface QueryRun {
  readonly executionId: string;
  readonly startedMs: number;
}

/** Entries about one operator that are told of the same millisecond. */
const MAXIMUM_AT_ONCE = 25;

export function runIdOf({ executionId, startedMs }: QueryRun): string {
  return `${executionId}.${startedMs}`;
}

/** Throws NotFoundError. */
export function requireQuery({ queries }: Pick<AuditQueryDependencies, 'queries'>, name: string): NamedQuery {
  const query = queries().find((each) => each.name === name);
  if (query === undefined) throw new NotFoundError('There is no such query.');
  return query;
}

/** Of this query, by this operator: their audit entries say so. Throws NotFoundError, whatever else it is. */
export async function requireRun(
  { audit }: { readonly audit: Pick<AuditStore, 'list'> },
  operatorId: string,
  queryName: string,
  runId: string,
): Promise<QueryRun> {
  const [, executionId = '', started = ''] = /^([\w-]{1,128})\.(\d{1,15})$/.exec(runId) ?? [];
  const startedMs = started === '' ? Number.NaN : Number(started);
  if (startedMs < LATEST_MS) {
    const key = auditKeyOf({ kind: 'operator', id: operatorId });
    const { items } = await audit.list(key, { since: toIso(startedMs), limit: MAXIMUM_AT_ONCE, upToDate: true });
    const isIt = items.some(
      ({ event }) => event.type === 'audit-query-run' && event.executionId === executionId && event.query === queryName,
    );
    if (isIt) return { executionId, startedMs };
  }
  throw new NotFoundError('You have run no such query.');
}
