// Runs a named query over the audit lake. Only what is on record can be read afterwards (audit-query-runs.ts).
import { auditQueryRoutes } from '../../api/audit-queries.ts';
import { isPseudonym } from '../../core/audit/queries/answer.ts';
import {
  executionParameters,
  type GivenName,
  NOBODY,
  namesGiven,
  QueryParameterError,
} from '../../core/audit/queries/named-query.ts';
import { subjectKey } from '../../core/audit/redaction.ts';
import { auditKeyOf } from '../../core/audit/subject.ts';
import { InvalidInputError } from '../../core/errors.ts';
import { auditQuery } from '../../middleware/access-entries.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { deployedAuditQueries } from '../../stores/deployed-audit-queries.ts';
import { athenaLakeQueries } from '../../stores/lake/lake-queries.ts';
import { dynamoSubjectStore } from '../../stores/subjects/dynamo-subject-store.ts';
import type { SubjectStore } from '../../stores/subjects/subject-store.ts';
import { liveApiDependencies } from '../shared/api-dependencies.ts';
import { type AuditQueryDependencies, requireQuery, runIdOf } from './audit-query-runs.ts';

const ROUTE = auditQueryRoutes['start-audit-query'];

export interface StartAuditQueryDependencies extends AuditQueryDependencies {
  readonly subjects: Pick<SubjectStore, 'findPseudonyms'>;
}

export const startAuditQuery = answerOperator(
  ROUTE,
  async (
    dependencies: StartAuditQueryDependencies,
    { operator, parameters: { name }, body: { parameters: given } },
  ) => {
    const { lake, clock } = dependencies;
    const query = requireQuery(dependencies, name);
    const startedMs = clock();
    const names = namesGiven(query, given);
    const { pseudonyms, known } = await pseudonymsOf(dependencies, names);
    const values = { ...given, ...Object.fromEntries(pseudonyms) };
    const literals = toldByPointer(() => {
      for (const { parameter } of names)
        if (!pseudonyms.has(parameter)) throw new QueryParameterError(parameter, NOBODY);
      return executionParameters(query, values, startedMs);
    });
    const executionId = await lake.start({ sql: query.sql, parameters: literals });
    // Pseudonyms as well: whoever is erased is in no operator's entries.
    const parameters = Object.entries(values).map(([parameter, value]) => ({ name: parameter, value }));
    try {
      const run = { type: 'audit-query-run', operation: ROUTE.name, query: name, executionId, parameters } as const;
      await auditQuery(dependencies, operator.id, startedMs, run);
    } catch (error) {
      await lake.stop(executionId).catch(() => undefined);
      throw error;
    }
    const id = runIdOf({ executionId, startedMs });
    return { status: 202, shows: known, body: { id, query: name }, log: { query: name } };
  },
);

/** By parameter. A pseudonym that is given as it is stands for itself; `known`: those who are asked about by their ids. */
async function pseudonymsOf({ subjects }: StartAuditQueryDependencies, names: readonly GivenName[]) {
  const found = names.length === 0 ? new Map<string, string>() : await subjects.findPseudonyms(names);
  const pseudonyms = new Map<string, string>();
  const known: string[] = [];
  for (const { parameter, kind, id } of names) {
    const pseudonym = found.get(subjectKey({ kind, id }));
    if (pseudonym !== undefined) known.push(auditKeyOf({ kind, id }));
    if (pseudonym !== undefined || isPseudonym(id)) pseudonyms.set(parameter, pseudonym ?? id);
  }
  return { pseudonyms, known };
}

function toldByPointer<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof QueryParameterError)) throw error;
    const fault = { pointer: `/parameters/${error.parameter}`, detail: error.message };
    throw new InvalidInputError('A parameter of the query is wrong.', [fault], { cause: error });
  }
}

export const handler = serveApi(ROUTE, () =>
  startAuditQuery({
    ...liveApiDependencies(),
    queries: deployedAuditQueries,
    lake: athenaLakeQueries(),
    subjects: dynamoSubjectStore(),
  }),
);
