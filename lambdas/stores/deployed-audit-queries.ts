// The named queries, beside the code that runs them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NamedQuery } from '../core/audit/queries/named-query.ts';

export const AUDIT_QUERIES_FILE = 'audit-queries.json';

let queries: readonly NamedQuery[] | undefined;

export function deployedAuditQueries(): readonly NamedQuery[] {
  queries ??= JSON.parse(readFileSync(join(import.meta.dirname, AUDIT_QUERIES_FILE), 'utf8')) as readonly NamedQuery[];
  return queries;
}
