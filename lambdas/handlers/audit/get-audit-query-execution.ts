// How far a run of a named query is, and a page of what it answered, to whoever ran it.
import { auditQueryRoutes } from '../../api/audit-queries.ts';
import { pseudonymsIn, withIds, withInstants } from '../../core/audit/queries/answer.ts';
import type { SubjectName } from '../../core/audit/redaction.ts';
import { auditKeyOf } from '../../core/audit/subject.ts';
import { NotFoundError } from '../../core/errors.ts';
import { toIso } from '../../core/moment.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { deployedAuditQueries } from '../../stores/deployed-audit-queries.ts';
import { athenaLakeQueries } from '../../stores/lake/lake-queries.ts';
import { dynamoSubjectStore } from '../../stores/subjects/dynamo-subject-store.ts';
import type { SubjectStore } from '../../stores/subjects/subject-store.ts';
import { liveApiDependencies } from '../shared/api-dependencies.ts';
import { type AuditQueryDependencies, requireQuery, requireRun } from './audit-query-runs.ts';

const ROUTE = auditQueryRoutes['get-audit-query-execution'];

export interface GetAuditQueryDependencies extends AuditQueryDependencies {
  readonly subjects: Pick<SubjectStore, 'resolve'>;
}

const MAXIMUM_RESOLVED = 100;

export const getAuditQueryExecution = answerOperator(
  ROUTE,
  async (dependencies: GetAuditQueryDependencies, { operator, parameters: { name, id }, query: page }) => {
    const { lake, subjects } = dependencies;
    requireQuery(dependencies, name);
    const { executionId, startedMs } = await requireRun(dependencies, operator.id, name, id);
    const execution = await lake.find(executionId);
    if (execution === undefined) throw new NotFoundError('It was run too long ago: run it again.');
    const told = { id, query: name, startedAt: toIso(startedMs), ...execution };
    const log = { query: name, state: execution.state };
    if (execution.state !== 'done') return { status: 200, shows: [], body: { ...told, columns: [], items: [] }, log };
    const { next, ...answered } = await lake.readPage(executionId, page);
    const names = await resolve(subjects, pseudonymsIn(answered));
    const ids = new Map([...names].map(([pseudonym, subject]) => [pseudonym, subject.id]));
    const { columns, rows: items } = withInstants(withIds(answered, ids));
    const shows = [...names.values()].map(auditKeyOf);
    return { status: 200, shows, body: { ...told, columns, items, next }, log: { ...log, rows: items.length } };
  },
);

async function resolve(
  subjects: Pick<SubjectStore, 'resolve'>,
  pseudonyms: readonly string[],
): Promise<ReadonlyMap<string, SubjectName>> {
  const names = new Map<string, SubjectName>();
  for (let from = 0; from < pseudonyms.length; from += MAXIMUM_RESOLVED) {
    const resolved = await subjects.resolve(pseudonyms.slice(from, from + MAXIMUM_RESOLVED));
    for (const [pseudonym, subject] of resolved) names.set(pseudonym, subject);
  }
  return names;
}

export const handler = serveApi(ROUTE, () =>
  getAuditQueryExecution({
    ...liveApiDependencies(),
    queries: deployedAuditQueries,
    lake: athenaLakeQueries(),
    subjects: dynamoSubjectStore(),
  }),
);
