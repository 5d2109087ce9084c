// Which systems tell of activity, and when each was read last.
import { expect, it } from 'vitest';
import { activitySourcesSchema } from '../../../lambdas/api/alerts.ts';
import { listActivitySources } from '../../../lambdas/handlers/detection/list-activity-sources.ts';
import { answer, apiDependencies, requestAs } from '../../support/api-requests.ts';
import { memoryActivity } from '../../support/memory-activity.ts';

const SOURCES = [
  { source: 'okta', type: 'okta', comes: 'fetched' },
  { source: 'github', type: 'github', comes: 'fetched' },
  { source: 'crm-log', type: 'ocsf', comes: 'sent' },
] as const;

async function listed() {
  const activity = memoryActivity();
  const readMs = Date.parse('2026-11-02T08:00:00Z');
  for (const source of ['okta', 'crm-log']) await activity.saveCursor(source, { cursor: 'x', readMs, revision: 1 });
  const asked = listActivitySources({ ...apiDependencies(), activity, sources: SOURCES });
  return (role: 'it' | 'hr') => answer(asked, requestAs([role], 'E0900'));
}

it('lists each, with when what is fetched was read last', async () => {
  const { status, body } = await (await listed())('it');
  expect(status).toBe(200);
  expect(activitySourcesSchema.parse(body).items).toEqual([
    { ...SOURCES[0], readAt: '2026-11-02T08:00:00.000Z' },
    SOURCES[1],
    SOURCES[2],
  ]);
});

it('is not for HR', async () => {
  expect(await (await listed())('hr')).toMatchObject({ status: 403 });
});
