// Self-repair: looks at every identity whose next check is due. A schedule that never fired, a lease left
// behind, an execution that died, a removal not proven: each is brought home by recording or publishing anew.
import * as z from 'zod';
import type { IdentityHeader, IdentityRecord } from '../../core/access/identity-record.ts';
import { type IdentityState, lastTransitionMs } from '../../core/identity/timeline.ts';
import { awaitsProof } from '../../core/removal/removal.ts';
import { deletionDueMs } from '../../core/removal/retention.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { type EventBus, eventBridgeBus } from '../../stores/event-bus.ts';
import { type Dependencies, liveDependencies } from '../shared/dependencies.ts';
import { findIdentity } from '../shared/load-identity.ts';
import { SWEEP_RETRY_MS } from '../shared/timing.ts';
import { recordEffect } from './record-effect.ts';

/** One run's share: the next run, a minute or so later, takes the next. */
const MAXIMUM_IDENTITIES = 200;

export interface SweepDependencies extends Dependencies {
  readonly bus: EventBus;
}

export const sweep = (dependencies: SweepDependencies) => async (): Promise<{ readonly looked: number }> => {
  const due = await dependencies.directory.listDue(dependencies.clock(), MAXIMUM_IDENTITIES);
  for (const header of due) await bringHome(dependencies, header);
  return { looked: due.length };
};

async function bringHome(dependencies: SweepDependencies, { identityId }: IdentityHeader): Promise<void> {
  const { directory, bus } = dependencies;
  const loaded = await findIdentity(dependencies, identityId);
  if (loaded === undefined) return;
  const { record, timeline, nowMs, state } = loaded;
  const { header, effects } = record;
  await directory.saveNextCheck(identityId, nowMs + SWEEP_RETRY_MS);
  const reachedMs = lastTransitionMs(timeline, nowMs);
  if (reachedMs !== undefined && reachedMs > (header.settledMs ?? 0) && !effects.includes(reachedMs)) {
    await recordEffect(dependencies, identityId, reachedMs);
    return;
  }
  // Its holder is alive; should it die, the check set when it took the lease comes due.
  if (header.lease !== undefined && header.lease.expiresMs > nowMs) return;
  const unproven = awaitsProof(state, header.removal, record.accounts);
  // An execution that waits for people, or for what outlasts a removal, is not dead: starting another would only have
  // two of them wait. What a call that died may have done since is looked into all the same, and an account whose time is
  // over is deleted.
  const isSettled = header.settledVersion === header.version;
  const readsBackLater = (header.removal?.waitsUntilMs ?? 0) > nowMs;
  const waits = unproven && isSettled && (readsBackLater || (await isAwaitingPeople(dependencies, record)));
  const isInDoubt = record.accounts.some(
    ({ doubtUntilMs, openCallId }) => openCallId !== undefined || (doubtUntilMs !== undefined && doubtUntilMs <= nowMs),
  );
  if (waits && !isInDoubt && !isDeletionDue(dependencies, record, state, nowMs)) return;
  const stage = unproven && !waits ? 'leaver' : 'unchanged';
  await bus.publish(stage, { identityId, version: header.version, trigger: `sweep:${header.version}` });
}

async function isAwaitingPeople({ tasks }: SweepDependencies, record: IdentityRecord): Promise<boolean> {
  if (!record.tasks.some(({ status }) => status === 'open')) return false;
  return (await tasks.listWaitingTokens(record.header.identityId)).length > 0;
}

function isDeletionDue(
  { model }: SweepDependencies,
  { accounts }: IdentityRecord,
  state: IdentityState,
  nowMs: number,
): boolean {
  const { applications } = model();
  return accounts.some(({ applicationId, account }) => {
    const application = account && applications.find(({ id }) => id === applicationId);
    const dueMs = application && deletionDueMs(application, state);
    return dueMs !== undefined && dueMs <= nowMs;
  });
}

let live: ReturnType<typeof sweep> | undefined;

export const handler = serveTask('sweep', z.unknown(), () => {
  live ??= sweep({ ...liveDependencies(), bus: eventBridgeBus() });
  return live();
});
