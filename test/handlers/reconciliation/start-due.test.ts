import { expect, test } from 'vitest';
import { startDueReconciliations } from '../../../lambdas/handlers/reconciliation/start-due-reconciliations.ts';

const cadences = () => ['chat', 'crm', 'directory'].map((applicationId) => ({ applicationId, everyHours: 1 }));
const event = { time: '2026-11-28T10:00:12Z' };

test('starts each application whose turn it is', async () => {
  const started: unknown[] = [];
  const workflow = { start: async (...of: unknown[]) => void started.push(of) };
  await startDueReconciliations({ workflow, cadences })(event);
  expect(started).toEqual(['chat', 'crm', 'directory'].map((id) => [id, 'report']));
});

test('one that cannot be started keeps no other from its turn, and is tried again', async () => {
  const started: string[] = [];
  const workflow = {
    start: async (id: string) => {
      if (id === 'chat') throw new Error('throttled');
      started.push(id);
    },
  };
  const run = startDueReconciliations({ workflow, cadences })(event);
  await expect(run).rejects.toThrow('1 of 3 reconciliations could not be started');
  expect(started).toEqual(['crm', 'directory']);
});
