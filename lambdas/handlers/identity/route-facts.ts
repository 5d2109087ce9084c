// The outbox. Every recorded fact, and every instant that took effect, passes here from the table's stream: what has
// effect now becomes a stage event, what is to come becomes a schedule. Reading the stream's keys is enough.
import type { DynamoDBRecord } from 'aws-lambda';
import * as z from 'zod';
import type { Fact } from '../../core/identity/facts.ts';
import { mayOwn } from '../../core/identity/ownership.ts';
import { isQuiet } from '../../core/identity/quiet-facts.ts';
import { stageOfFact, stageOfInstant } from '../../core/identity/stage.ts';
import { isEmployed, nextTransitionMs } from '../../core/identity/timeline.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { beginsRemoval } from '../../core/removal/removal.ts';
import { mayBeNews } from '../../core/requests/request-state.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { type EventBus, eventBridgeBus } from '../../stores/event-bus.ts';
import { dynamoNoticeStore } from '../../stores/notices/dynamo-notice-store.ts';
import type { NoticeStore } from '../../stores/notices/notice-store.ts';
import { eventBridgeScheduler, type TransitionScheduler } from '../../stores/transition-scheduler.ts';
import { stepFunctionsExecutions, type WaitingExecutions } from '../../stores/waiting-executions.ts';
import { type Dependencies, liveDependencies } from '../shared/dependencies.ts';
import { handOverAll } from '../shared/hand-over.ts';
import { findIdentity, type LoadedIdentity } from '../shared/load-identity.ts';
import { mayChangeWhatOwnedHold, wakeOwned } from '../shared/wake-owned.ts';
import { wakeRemovals } from '../shared/wake-removals.ts';
import { openMoverReview } from './open-mover-review.ts';
import { undoHandovers } from './undo-handovers.ts';

export interface RouteDependencies extends Dependencies {
  readonly bus: EventBus;
  readonly scheduler: TransitionScheduler;
  readonly executions: WaitingExecutions;
  readonly notices: Pick<NoticeStore, 'wake'>;
}

const eventSchema = z.looseObject({ Records: z.array(z.custom<DynamoDBRecord>()).max(10_000) });

/** At once, so that a leaver does not wait for all who are before them in a batch. Their order does not matter. */
const CONCURRENT_IDENTITIES = 5;
/** What takes effect later than in a year waits for the sweep: schedules have quotas, and plans for then will change. */
const SCHEDULED_AHEAD_MS = 366 * 86_400_000;

export const routeFacts =
  (dependencies: RouteDependencies) =>
  async ({ Records }: { readonly Records: readonly DynamoDBRecord[] }): Promise<void> => {
    const byIdentity = new Map<string, DynamoDBRecord[]>();
    for (const record of Records) {
      const identityId = record.dynamodb?.Keys?.['pk']?.S ?? '';
      byIdentity.set(identityId, [...(byIdentity.get(identityId) ?? []), record]);
    }
    // A failure fails the batch, which the stream then delivers again: routing twice is routing once.
    await mapBounded([...byIdentity.values()], CONCURRENT_IDENTITIES, async (records) => {
      for (const record of records) await routeRecord(dependencies, record);
    });
  };

async function routeRecord(dependencies: RouteDependencies, record: DynamoDBRecord): Promise<void> {
  const identityId = record.dynamodb?.Keys?.['pk']?.S;
  const [kind, instant, ...rest] = record.dynamodb?.Keys?.['sk']?.S?.split('#') ?? [];
  if (record.eventName !== 'INSERT' || identityId === undefined || instant === undefined) return;
  if (kind !== 'FACT' && kind !== 'EFFECT') return;
  const { bus } = dependencies;
  const loaded = await findIdentity(dependencies, identityId);
  if (loaded === undefined) return;
  const { timeline, nowMs, state } = loaded;
  const { header, accounts } = loaded.record;
  const factId = rest.join('#');
  const fact = kind === 'FACT' ? timeline.facts.find((one) => one.factId === factId) : undefined;
  if (fact !== undefined && isQuiet(fact, timeline, nowMs)) {
    await routeQuiet(dependencies, fact, loaded);
    return;
  }
  const found =
    kind === 'FACT' ? stageOfFact(timeline, factId, nowMs) : stageOfInstant(timeline, Date.parse(instant), nowMs);
  // An identity that no earlier fact knew as employed departs unchanged, and so does one of whom two facts at once say that
  // it left. Its removal is proven all the same: it may have accounts that nobody told of.
  const stage = found === 'unchanged' && beginsRemoval(state, header.removal, accounts) ? 'leaver' : found;
  const trigger = kind === 'FACT' ? factId : `instant:${instant}`;
  await bus.publish(stage, { identityId, version: header.version, trigger });
  await scheduleNext(dependencies, loaded);
  await undoHandovers(dependencies, loaded, trigger);
  await openMoverReview(dependencies, loaded);
  if (fact !== undefined && mayBeNews(fact)) await dependencies.notices.wake(identityId, dependencies.clock());
  // A leaver's workflow hands over. Who is gone without one, since another fact says that there never was an employment, or
  // is no person any more, may have been found there in between by what names them. That it was handed over is no news.
  if (stage !== 'leaver' && fact?.type !== 'handed-over' && !mayOwn(state)) {
    await handOverAll(dependencies, identityId, trigger);
  }
  if (mayChangeWhatOwnedHold(stage, fact, header)) await wakeOwned(dependencies, loaded, trigger);
  // Whoever is employed again has nothing left to prove, however that came about.
  const mayWake = fact?.type === 'task-attested' || isEmployed(state);
  if (mayWake && header.removal !== undefined) await wakeRemovals(dependencies, loaded);
}

async function scheduleNext(
  { scheduler }: RouteDependencies,
  { timeline, record: { header } }: LoadedIdentity,
): Promise<void> {
  // The next instant is looked for from the time at which the fact was recorded, not from this function's clock: another
  // function, whose clock is behind, may have missed an instant between the two.
  const nextMs = nextTransitionMs(timeline, header.clockMs);
  if (nextMs !== undefined && nextMs <= header.clockMs + SCHEDULED_AHEAD_MS) {
    await scheduler.schedule(header.identityId, nextMs);
  }
}

/**
 * Nothing converges for what changes no access. When a review is due of which nobody says anything the sweep finds it: one
 * campaign asks about a whole company.
 */
async function routeQuiet(dependencies: RouteDependencies, fact: Fact, loaded: LoadedIdentity): Promise<void> {
  if (isShortening(fact)) await scheduleNext(dependencies, loaded);
  const { identityId } = loaded.record.header;
  if (mayBeNews(fact)) await dependencies.notices.wake(identityId, dependencies.clock());
}

function isShortening(fact: Fact): boolean {
  return fact.type === 'access-review-decided' && fact.answer === 'shorten';
}

let live: ReturnType<typeof routeFacts> | undefined;

export const handler = serveTask('route-facts', eventSchema, (input) => {
  live ??= routeFacts({
    ...liveDependencies(),
    bus: eventBridgeBus(),
    scheduler: eventBridgeScheduler(),
    executions: stepFunctionsExecutions(),
    notices: dynamoNoticeStore(),
  });
  return live(input);
});
