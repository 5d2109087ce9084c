// Self-repair: looks at every identity whose next check is due. A schedule that never fired, a lease left
// behind, an execution that died, a removal not proven: each is brought home by recording or publishing anew. Who has
// waited longest comes first, until the run's time is over, and nobody who cannot be looked at is in the way of others.
import { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod';
import type { IdentityHeader, IdentityRecord } from '../../core/access/identity-record.ts';
import { RetryableError } from '../../core/errors.ts';
import { missedInstantMs, waitsBehindOthersUntilMs } from '../../core/identity/next-check.ts';
import { isEmployed } from '../../core/identity/timeline.ts';
import { mapBounded } from '../../core/map-bounded.ts';
import { awaitsProof, beginsUntilMs } from '../../core/removal/removal.ts';
import { dueDeletionsMs, nextLookWhileWaiting } from '../../core/removal/waiting-removal.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { type SendAlert, snsAlerts } from '../../stores/alerts.ts';
import { type PublishBacklog, publishBacklog } from '../../stores/backlog-metrics.ts';
import { type EventBus, eventBridgeBus } from '../../stores/event-bus.ts';
import { type RunningExecutions, stepFunctionsRunning } from '../../stores/running-executions.ts';
import { type Dependencies, liveDependencies } from '../shared/dependencies.ts';
import { findIdentity } from '../shared/load-identity.ts';
import { recordEffect } from '../shared/record-effect.ts';
import { SWEEP_RETRY_MS } from '../shared/timing.ts';
import { escalateReviews } from './escalate-reviews.ts';

/** Named at once: few, so that what comes due meanwhile and is older is not behind them. */
const PAGE_SIZE = 100;
const CONCURRENCY = 8;
/** After this a run begins no further page: less than the minute after which the next one starts. */
const RUN_MS = 45_000;
/** As many passes under way as an idle system never has: who has yet to begin waits behind them. */
const MANY_PASSES = 100;
/** Errors of single identities that are logged; the count tells the rest. */
const MAXIMUM_LOGGED = 20;

const logger = new Logger({ serviceName: 'tenure' });

export interface SweepDependencies extends Dependencies {
  readonly bus: EventBus;
  readonly running: RunningExecutions;
  readonly publishBacklog: PublishBacklog;
  /** Of what nobody has looked at in time. */
  readonly alert: SendAlert;
}

export interface Swept {
  /** Identities that were looked at. */
  readonly looked: number;
}

export const sweep = (dependencies: SweepDependencies) => async (): Promise<Swept> => {
  const { directory, clock, publishBacklog } = dependencies;
  const startedMs = clock();
  const run = { ...dependencies, isBusy: onceBusy(dependencies) };
  const failures: unknown[] = [];
  const tried = new Set<string>();
  let looked = 0;
  let oldestMs: number | undefined;
  do {
    // The index lags behind, and not every check can be moved: whom this run has tried is not named to it again.
    const due = await directory.listDue(clock(), PAGE_SIZE, tried);
    if (due.length === 0) break;
    oldestMs ??= due[0]?.nextCheckMs;
    for (const { identityId } of due) tried.add(identityId);
    const claimed = await mapBounded(due, CONCURRENCY, (header) => lookAt(run, header, failures));
    looked += claimed.filter(Boolean).length;
  } while (clock() - startedMs < RUN_MS);
  publishBacklog(oldestMs === undefined ? 0 : startedMs - oldestMs);
  if (failures.length > 0) {
    throw new RetryableError(
      `${failures.length} of ${looked} identities could not be looked at: their errors are logged`,
    );
  }
  return { looked };
};

interface Run extends SweepDependencies {
  /** Whether many passes are under way. */
  readonly isBusy: () => Promise<boolean>;
}

/** Asked once a run, when somebody is met for whom it matters. Where there is no answer nobody is left to wait. */
function onceBusy({ running }: SweepDependencies): () => Promise<boolean> {
  let answer: Promise<boolean> | undefined;
  return () => {
    answer ??= running.areAtLeast(MANY_PASSES).catch((error: unknown) => {
      logger.warn('it is not known how many passes are under way', named(error));
      return false;
    });
    return answer;
  };
}

/** @returns whether it was this run's to look at; what goes wrong with it is added to the failures */
async function lookAt(run: Run, { identityId, nextCheckMs }: IdentityHeader, failures: unknown[]): Promise<boolean> {
  try {
    const retryMs = run.clock() + SWEEP_RETRY_MS;
    // Before anything of it is read: what cannot be read is not in the way of the others.
    if (!(await run.directory.moveCheck(identityId, nextCheckMs, retryMs))) return false;
    await bringHome(run, identityId, retryMs);
  } catch (error) {
    failures.push(error);
    if (failures.length <= MAXIMUM_LOGGED)
      logger.error('an identity could not be looked at', { identityId, ...named(error) });
  }
  return true;
}

function named(error: unknown): { readonly error: object } {
  const { name, message } = error instanceof Error ? error : new Error('not an error');
  return { error: { name, message } };
}

/** @param checkMs when it is looked at again, unless something else moves that */
async function bringHome(run: Run, identityId: string, checkMs: number): Promise<void> {
  const { directory, bus } = run;
  const loaded = await findIdentity(run, identityId);
  if (loaded === undefined) return;
  const { record, timeline, nowMs, state } = loaded;
  const { header } = record;
  // What is recorded thereby has it looked at again.
  if (await escalateReviews(run, loaded)) return;
  const isHeld = header.lease !== undefined && header.lease.expiresMs > nowMs;
  // A pass that runs sees an instant that came before it settles. Only a departure waits for no pass: it fences it off.
  const missedMs = missedInstantMs(record, timeline, nowMs);
  if (missedMs !== undefined && (!isHeld || !isEmployed(state))) {
    await recordEffect(run, identityId, missedMs);
    return;
  }
  // Its holder is alive; should it die, the check set when it took the lease comes due.
  if (isHeld) return;
  const unproven = awaitsProof(state, header.removal, record.accounts);
  const beginsMs = unproven ? beginsUntilMs(header, nowMs) : undefined;
  if (beginsMs !== undefined) {
    await directory.moveCheck(identityId, checkMs, beginsMs);
    return;
  }
  // An execution that waits for people, or for what outlasts a removal, is not dead: starting another would only have
  // two of them wait. What a call that died may have done since is looked into all the same, and an account whose time is
  // over is deleted.
  const isSettled = header.settledVersion === header.version;
  const readsBackLater = (header.removal?.waitsUntilMs ?? 0) > nowMs;
  const waits = unproven && isSettled && (readsBackLater || (await isAwaitingPeople(run, record)));
  const isInDoubt = record.accounts.some(
    ({ doubtUntilMs, openCallId }) => openCallId !== undefined || (doubtUntilMs !== undefined && doubtUntilMs <= nowMs),
  );
  const deletionsMs = dueDeletionsMs(record, state, run.model());
  if (waits && !isInDoubt && !deletionsMs.some((dueMs) => dueMs <= nowMs)) {
    // Unless something else has moved it meanwhile.
    await directory.moveCheck(identityId, checkMs, nextLookWhileWaiting(record, timeline, deletionsMs, nowMs));
    return;
  }
  const stage = unproven && !waits ? 'leaver' : 'unchanged';
  // Whoever is to be kept out, gone or suspended, waits behind nobody.
  const mayWait = state.status === 'active' && !isInDoubt;
  const behindMs = mayWait ? waitsBehindOthersUntilMs(header, nowMs) : undefined;
  if (behindMs !== undefined && (await run.isBusy())) {
    await directory.moveCheck(identityId, checkMs, behindMs);
    return;
  }
  await bus.publish(stage, { identityId, version: header.version, trigger: `sweep:${header.version}` });
}

async function isAwaitingPeople({ tasks }: SweepDependencies, record: IdentityRecord): Promise<boolean> {
  if (!record.tasks.some(({ status }) => status === 'open')) return false;
  return (await tasks.listWaitingTokens(record.header.identityId)).length > 0;
}

let live: ReturnType<typeof sweep> | undefined;

export const handler = serveTask('sweep', z.unknown(), () => {
  live ??= sweep({
    ...liveDependencies(),
    bus: eventBridgeBus(),
    running: stepFunctionsRunning(),
    publishBacklog,
    alert: snsAlerts(),
  });
  return live();
});
