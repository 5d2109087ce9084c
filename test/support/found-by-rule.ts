// Which records a rule of the access model finds: events in their source's own words, as they would be in the lake.
import { activitySourceOf } from '../../lambdas/activity-sources/registry.ts';
import {
  ACTIVITY_COLUMNS,
  activityKey,
  activityRows,
  FOUND_COLUMNS,
} from '../../lambdas/core/detection/activity-lake.ts';
import { sigmaId, windowOf, windowParameters } from '../../lambdas/core/detection/sigma-rule.ts';
import { translateEach } from '../../lambdas/handlers/detection/translate-all.ts';
import { writeColumns } from '../../lambdas/stores/lake/parquet.ts';
import { loadSigmaRules } from '../../lib/sigma/sigma-rules.ts';
import { askActivity } from './athena.ts';

const NOW_MS = Date.UTC(2026, 10, 28, 12);

/** The ids of the records, sorted. @param name of the rule's file */
export async function foundBy(
  name: string,
  { type, settings }: { readonly type: string; readonly settings: Readonly<Record<string, unknown>> },
  events: readonly object[],
): Promise<readonly string[]> {
  const rule = loadSigmaRules('access-model').find(({ id }) => id === sigmaId(name));
  const source = activitySourceOf(type);
  if (rule === undefined || source === undefined) throw new Error(`there is no rule ${name}, or no source ${type}`);
  const { records, refused } = translateEach(source, { id: type, type, settings }, events, NOW_MS);
  if (refused.length > 0) throw new Error(JSON.stringify(refused));
  const objects = [...activityRows(records, NOW_MS)].map(
    ([className, rows]) => [activityKey(className, NOW_MS, 'rows'), writeColumns(ACTIVITY_COLUMNS, rows)] as const,
  );
  const parameters = windowParameters(windowOf(undefined, NOW_MS));
  const [answer] = await askActivity(new Map(objects), [{ sql: rule.sql, parameters }]);
  if (answer === undefined || 'error' in answer) throw new Error(answer?.error ?? 'no answer');
  const at = Object.keys(FOUND_COLUMNS).indexOf('record');
  return answer.rows.map((row) => String(row[at])).sort();
}
