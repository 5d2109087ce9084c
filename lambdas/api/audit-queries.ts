// The named queries over the audit lake, run and read by auditors and security.
import * as z from 'zod';
import { MAXIMUM_CHARACTERS } from '../core/audit/queries/named-query.ts';
import { components } from './components.ts';
import { next, pageQuery } from './paging.ts';
import { defineRoutes, type RouteDefinitions } from './route.ts';
import { instant } from './values.ts';

/** No query has as many. */
const MAXIMUM_PARAMETERS = 10;

const executionId = z.string().meta({ description: 'By which its answer is asked for.' });

export const startedAuditQuerySchema = z
  .strictObject({ id: executionId, query: z.string() })
  .register(components, { id: 'StartedAuditQuery' });

export const auditQueryExecutionSchema = z
  .strictObject({
    id: executionId,
    query: z.string(),
    startedAt: instant,
    state: z.enum(['running', 'done', 'failed']),
    reason: z.string().optional().meta({ description: 'Why it failed, as Athena says it.' }),
    bytesScanned: z.int().min(0).optional(),
    columns: z.array(z.string()).meta({ description: 'None before it is done.' }),
    items: z
      .array(z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])))
      .meta({ description: 'Rows, each with a cell for every column.' }),
    next,
  })
  .register(components, { id: 'AuditQueryExecution' });

const ACCESS = {
  hr: 'none',
  manager: 'none',
  it: 'none',
  security: 'all',
  operations: 'none',
  auditor: 'all',
} as const;

export const auditQueryRoutes = defineRoutes({
  'start-audit-query': {
    method: 'POST',
    path: '/audit/queries/{name}',
    access: ACCESS,
    summary: 'Run a named query over the audit lake',
    description:
      'Those of `npx tenure audit query --list`, with the same parameters; whoever is named by an id is asked about by their ' +
      'pseudonym. Each run is put on record with its parameters, and may read as much as the workgroup lets it (10 GB).',
    body: z.strictObject({
      parameters: z
        .record(z.string().min(1).max(64), z.string().max(MAXIMUM_CHARACTERS))
        .refine((given) => Object.keys(given).length <= MAXIMUM_PARAMETERS, `expected at most ${MAXIMUM_PARAMETERS}`)
        .default({}),
    }),
    answers: { 202: startedAuditQuerySchema },
    uses: { lakeQueries: 'start', audit: ['append'], subjects: ['findPseudonyms'] },
  },
  'get-audit-query-execution': {
    method: 'GET',
    path: '/audit/queries/{name}/executions/{id}',
    access: ACCESS,
    summary: 'How far a run of a named query is, and what it answered',
    description:
      'Page by page, for a week; the first page has one row less. Whoever is known still is told by their id, all others by ' +
      'their pseudonym, and `_ms` columns are instants. 404: it is a run of another query, or of somebody else.',
    query: z.strictObject(pageQuery),
    answers: { 200: auditQueryExecutionSchema },
    uses: { lakeQueries: 'read', audit: ['list'], subjects: ['resolve'] },
  },
} as const satisfies RouteDefinitions);
