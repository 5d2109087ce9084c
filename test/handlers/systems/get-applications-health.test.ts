// How it goes with the systems, as their rate limits were left, over stores in memory.
import { expect, it } from 'vitest';
import { healthListSchema } from '../../../lambdas/api/applications.ts';
import { newRateLimitState } from '../../../lambdas/core/systems/rate-limit.ts';
import { getApplicationsHealth } from '../../../lambdas/handlers/systems/get-applications-health.ts';
import { answer, apiDependencies, MODEL, NOW_MS, requestAs } from '../../support/api-requests.ts';
import { memoryRateLimits } from '../../support/memory-rate-limits.ts';

const [crm] = MODEL.applications;
if (crm === undefined) throw new Error('the model has no application');
const limit = { callsPerSecond: 5, concurrentCalls: 2 };

it('tells of each system that a connector works in, and of no other', async () => {
  const rateLimits = memoryRateLimits();
  const breaker = { state: 'open', openings: 2, probeAtMs: NOW_MS + 20_000 } as const;
  const state = { ...newRateLimitState(limit, NOW_MS), breaker, visitMs: 1_234 };
  await rateLimits.save({ applicationId: 'chat', state, expectedRevision: 0, nowMs: NOW_MS });
  await rateLimits.reserve({ applicationId: 'chat', lane: 'others', costMs: 1_500, fromMs: NOW_MS, nowMs: NOW_MS });
  const run = { runId: 'r', status: 'failed', startedMs: NOW_MS, touchedMs: NOW_MS } as const;
  const dependencies = {
    ...apiDependencies(),
    model: () => ({
      ...MODEL,
      applications: [crm, { ...crm, id: 'chat', rateLimit: limit }, { ...crm, id: 'badge', connector: 'manual' }],
    }),
    rateLimits,
    reconciliations: {
      list: async () => [
        {
          applicationId: 'chat',
          run: { ...run, phase: 'accounts', step: 0, pages: 0, accounts: 0, matched: 0 } as const,
        },
      ],
    },
    manualConnectors: ['manual'],
  };
  const { status, body } = await answer(getApplicationsHealth(dependencies), requestAs(['it'], 'E0900'));
  expect(status).toBe(200);
  expect(healthListSchema.parse(body).items).toMatchObject([
    { applicationId: 'crm', state: 'quiet', callsPerSecond: 20, waits: { leavers: 0, others: 0 } },
    {
      applicationId: 'chat',
      state: 'down',
      openings: 2,
      againAt: '2026-11-23T09:00:20.000Z',
      visitSeconds: 1.2,
      callsPerSecond: 5,
      waits: { leavers: 0, others: 2 },
      lastRun: { outcome: 'failed' },
    },
  ]);
});
