// How it goes with each system that a connector works in, by what the last calls to it left behind.
import { applicationRoutes, type HealthAnswer } from '../../api/applications.ts';
import type { Application } from '../../core/access-model/access-model.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { toIso } from '../../core/moment.ts';
import { healthOf } from '../../core/systems/health.ts';
import { EMPTY_QUEUE } from '../../core/systems/queue.ts';
import { DEFAULT_RATE_LIMIT } from '../../core/systems/rate-limit.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { fromEnvironment } from '../../stores/environment.ts';
import { dynamoRateLimitStore } from '../../stores/rate-limits/dynamo-rate-limit-store.ts';
import type { KeptRateLimit, RateLimitStore } from '../../stores/rate-limits/rate-limit-store.ts';
import { dynamoReconciliationStore } from '../../stores/reconciliations/dynamo-reconciliation-store.ts';
import type { ReconciliationRun, ReconciliationStore } from '../../stores/reconciliations/reconciliation-store.ts';
import { type ApiDependencies, liveApiDependencies } from '../shared/api-dependencies.ts';

export interface HealthDependencies extends ApiDependencies {
  readonly rateLimits: Pick<RateLimitStore, 'load'>;
  readonly reconciliations: Pick<ReconciliationStore, 'list'>;
  /** The types of those connectors that ask people. */
  readonly manualConnectors: readonly string[];
}

const ROUTE = applicationRoutes['get-applications-health'];
const CONCURRENT_APPLICATIONS = 20;

export const getApplicationsHealth = answerOperator(ROUTE, async (dependencies: HealthDependencies) => {
  const { model, rateLimits, reconciliations, manualConnectors, clock } = dependencies;
  const runs = new Map((await reconciliations.list()).map(({ applicationId, run }) => [applicationId, run]));
  const called = model().applications.filter(({ connector }) => !manualConnectors.includes(connector));
  const items = await mapBounded(called, CONCURRENT_APPLICATIONS, async (application) =>
    present(application, await rateLimits.load(application.id), runs.get(application.id), clock()),
  );
  return { status: 200, shows: [], body: { items: [...items] }, log: { items: items.length } };
});

function present(
  { id, name, connector, rateLimit }: Application,
  kept: KeptRateLimit | undefined,
  run: ReconciliationRun | undefined,
  nowMs: number,
): HealthAnswer['items'][number] {
  const health = healthOf(kept?.state, kept?.queue ?? EMPTY_QUEUE, nowMs);
  const { state, working, waitMs, failures, openings, againMs, visitMs } = health;
  return {
    applicationId: id,
    name,
    connector,
    state,
    working,
    waits: { leavers: Math.ceil(waitMs.leavers / 1_000), others: Math.ceil(waitMs.others / 1_000) },
    failures,
    againAt: againMs === undefined ? undefined : toIso(againMs),
    openings,
    visitSeconds: visitMs === undefined ? undefined : Math.round(visitMs / 100) / 10,
    callsPerSecond: (rateLimit ?? DEFAULT_RATE_LIMIT).callsPerSecond,
    lastRun: run && { startedAt: toIso(run.startedMs), outcome: run.status },
  };
}

export const handler = serveApi(ROUTE, () =>
  getApplicationsHealth({
    ...liveApiDependencies(),
    rateLimits: dynamoRateLimitStore(),
    reconciliations: dynamoReconciliationStore(),
    manualConnectors: JSON.parse(fromEnvironment('manualConnectors')) as string[],
  }),
);
