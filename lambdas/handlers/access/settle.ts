// Ends a pass. If nothing moved meanwhile and every system agrees, the lease is given back as settled, in one write
// that fails if a fact came in: so no fact is ever left to nobody.

import * as z from 'zod';
import { type DesiredAccess, desiredAccessInState } from '../../core/access/desired-access.ts';
import { exposureDueMs } from '../../core/access/exposed-credentials.ts';
import type { Escalation, IdentityRecord } from '../../core/access/identity-record.ts';
import { changeBetween, grantsIn, grantsOnRecord } from '../../core/access/model-change.ts';
import { lastInstantMs, nextModelInstantMs } from '../../core/access/passing-time.ts';
import {
  type ApplicationOutcome,
  settle as decide,
  failuresIn,
  noProgress,
  type Progress,
  type RetryPolicy,
  type Settlement,
} from '../../core/access/settlement.ts';
import { escalationOf, retryAfterMs } from '../../core/access/standing-refusals.ts';
import { doubtfulRecord } from '../../core/access/unreachable-account.ts';
import type { AccessModel } from '../../core/access-model/access-model.ts';
import type { AuditEvent } from '../../core/audit/audit.ts';
import { correlationAt } from '../../core/audit/correlation.ts';
import { violationsNow } from '../../core/duties/kept-violations.ts';
import { identityIdSchema } from '../../core/identity/attributes.ts';
import { summaryAt } from '../../core/identity/identity-summary.ts';
import {
  missedInstantMs,
  NEXT_CHECK_GRACE_MS,
  nextCheckWhenSettled,
  nextOwnerCheckMs,
} from '../../core/identity/next-check.ts';
import { conflictOf } from '../../core/identity/shared-address.ts';
import { toIso } from '../../core/moment.ts';
import { awaitsProof } from '../../core/removal/removal.ts';
import { dueDeletionsMs } from '../../core/removal/waiting-removal.ts';
import { nextReviewDueMs } from '../../core/requests/emergency.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { fromEnvironment } from '../../stores/environment.ts';
import { dynamoNoticeStore } from '../../stores/notices/dynamo-notice-store.ts';
import type { NoticeStore } from '../../stores/notices/notice-store.ts';
import { stepFunctionsExecutions, type WaitingExecutions } from '../../stores/waiting-executions.ts';
import { outcomesOf, visitsShape } from '../shared/application-visits.ts';
import { type Dependencies, liveDependencies } from '../shared/dependencies.ts';
import { judgingModel } from '../shared/judging-model.ts';
import { type LoadedIdentity, loadIdentity } from '../shared/load-identity.ts';
import { LEASE_MS, SWEEP_RETRY_MS } from '../shared/timing.ts';
import { wakeRemovals } from '../shared/wake-removals.ts';
import { type Carrying, carried, carriedProgressSchema, readProgress } from './progress-schema.ts';

const inputSchema = z.strictObject({
  identityId: identityIdSchema,
  trigger: z.string(),
  epoch: z.int(),
  version: z.int(),
  /** The time by which the plan judged (epoch ms). */
  judgedMs: z.number(),
  /** Of the access model by which the plan was made. Executions that began before it was told leave it out. */
  modelBasis: z.string().optional(),
  ...visitsShape,
  /** As it was planned. Executions that were started before this was kept lack it. */
  progress: carriedProgressSchema.optional(),
});

type SettleInput = z.infer<typeof inputSchema>;

export interface SettleDependencies extends Dependencies {
  readonly retryPolicy: () => RetryPolicy;
  readonly executions: WaitingExecutions;
  readonly notices: Pick<NoticeStore, 'wake'>;
}

export const settle =
  (dependencies: SettleDependencies) =>
  async (input: SettleInput): Promise<Carrying<Settlement>> => {
    const { identityId, epoch, judgedMs } = input;
    const loaded = await loadIdentity(dependencies, identityId, { judgedMs });
    if (loaded.record.header.epoch !== epoch) return { next: 'overtaken' };
    const settlement = await endPass(dependencies, input, loaded);
    const handedOn = 'progress' in settlement ? { ...settlement, progress: carried(settlement.progress) } : settlement;
    if (settlement.next === 'overtaken' || settlement.next === 'plan-again') return handedOn;
    // The pass may have superseded the last task that a removal waits for.
    if (loaded.record.header.removal !== undefined) await wakeRemovals(dependencies, loaded);
    // Whoever is to replace credentials is told; that some are exposed is no fact that would be routed.
    const { accounts } = loaded.record;
    if (accounts.some(({ exposed }) => exposureDueMs(exposed, loaded.nowMs) !== undefined)) {
      await dependencies.notices.wake(identityId, loaded.nowMs);
    }
    return handedOn;
  };

async function endPass(
  dependencies: SettleDependencies,
  input: SettleInput,
  { record, timeline, nowMs, state }: LoadedIdentity,
): Promise<Settlement> {
  const { leases, retryPolicy } = dependencies;
  const { identityId, trigger, epoch, version, judgedMs, modelBasis } = input;
  const outcomes = outcomesOf(input);
  const { header } = record;
  const judging = await judgingModel(dependencies, header, state, nowMs);
  const { model, settlesUnder } = judging;
  const whom = { identityId, nowMs };
  const progress =
    input.progress === undefined ? noProgress({ version, epoch, judgedMs, modelBasis }) : readProgress(input.progress);
  const bases = [modelBasis, ...outcomes.map((outcome) => outcome.modelBasis)];
  const isUnknown = progress.modelUnknown === true || bases.includes(undefined);
  const otherModel = bases.some((basis) => basis !== undefined && basis !== judging.modelBasis);
  const settlement = decide({
    progress,
    currentVersion: header.version,
    instantPassed: lastInstantMs(timeline, model, whom) > progress.judgedMs,
    otherModel,
    outcomes,
    failedBefore: isBeginning(progress) ? header.failedPasses : 0,
    policy: retryPolicy(),
    nowMs,
    random: Math.random(),
  });
  const audit = (event: AuditEvent, of = '') => [
    {
      identityId,
      entryId: `${event.type}${of}:${version}:${epoch}`,
      at: toIso(nowMs),
      actor: { type: 'tenure', id: 'settle' } as const,
      trigger,
      correlation: correlationAt(timeline, nowMs),
      version,
      epoch,
      modelHash: model.hash,
      event,
    },
  ];
  // What time alone changes, besides what is said of the identity.
  const passing = [
    nextModelInstantMs(timeline, model, whom),
    nextOwnerCheckMs(state, nowMs),
    missedInstantMs(record, timeline, nowMs) === undefined ? undefined : nowMs + NEXT_CHECK_GRACE_MS,
    nextReviewDueMs(timeline.facts, nowMs),
    // What came due since the plan judged, this pass has not seen to.
    ...record.accounts.map(({ exposed }) => exposureDueMs(exposed, progress.judgedMs)),
    ...dueDeletionsMs(record, state, model).filter((dueMs) => dueMs > progress.judgedMs),
  ];
  const doubtsMs = (isAsked: (applicationId: string) => boolean) =>
    record.accounts.map(({ applicationId, doubtUntilMs }) => (isAsked(applicationId) ? doubtUntilMs : undefined));
  const comesBackMs = (escalation: Escalation) => {
    const policy = retryPolicy();
    // What failed is looked at when it is tried again: each failure leaves a doubt, which would bring the next forward.
    const hasFailed = (applicationId: string) => escalation.failed.some((one) => one.applicationId === applicationId);
    const doubts = doubtsMs((applicationId) => !hasFailed(applicationId));
    const givesOnly = state.status === 'active' && !isOwedLess(record, desiredAccessInState(state, model, whom), model);
    const againMs = nowMs + retryAfterMs(escalation, { givesOnly, nowMs, policy });
    const toCome = [nextCheckWhenSettled(timeline, nowMs), ...passing, ...doubts].filter((atMs = 0) => atMs > nowMs);
    return Math.max(nowMs + policy.afterEscalationSeconds * 1_000, earliest([againMs, ...toCome]) ?? againMs);
  };
  if (settlement.next !== 'overtaken') await doubtFailed(dependencies, record, { outcomes, nowMs });
  switch (settlement.next) {
    case 'overtaken':
    case 'plan-again':
      return settlement;
    case 'settled': {
      const summary = summaryAt(identityId, timeline, nowMs);
      const unproven = awaitsProof(state, header.removal, record.accounts);
      const nextCheckMs = earliest([
        // Whoever is in the way may correct an address, or leave, without a word to this identity.
        conflictOf(state, header.conflicts) && nowMs + retryPolicy().afterEscalationSeconds * 1_000,
        unproven ? nowMs + SWEEP_RETRY_MS : nextCheckWhenSettled(timeline, nowMs),
        ...passing,
        ...doubtsMs(() => true),
        isUnknown ? nowMs + SWEEP_RETRY_MS : undefined,
      ]);
      const event = { type: 'converged', openTasks: settlement.openTasks } as const;
      const { accounts, conflicts } = desiredAccessInState(state, model, whom);
      const { violations, events } = violationsNow(header.violations, conflicts, nowMs);
      const told = events.flatMap((one) => audit(one, `:${'exception' in one ? one.exception : one.rule}`));
      const settled = await leases.settleLease({
        identityId,
        epoch,
        version,
        nowMs,
        summary,
        applications: accounts.map(({ applicationId }) => applicationId),
        violations,
        modelHash: isUnknown ? undefined : settlesUnder,
        nextCheckMs,
        audit: [...told, ...audit(event)],
      });
      return settled ? settlement : { next: 'plan-again', progress };
    }
    case 'try-again': {
      const nextCheckMs = nowMs + settlement.waitSeconds * 1_000 + NEXT_CHECK_GRACE_MS;
      const failedPasses = otherModel ? header.failedPasses + 1 : failuresIn(settlement.progress);
      const released = await leases.releaseLease({ identityId, epoch, failedPasses, nextCheckMs, audit: [] });
      return released ? settlement : { next: 'overtaken' };
    }
    case 'escalate': {
      const { failed, goesOn, waitSeconds } = settlement;
      const escalation = escalationOf({ before: header.escalation, failed, version, modelHash: model.hash, nowMs });
      const released = await leases.releaseLease({
        identityId,
        epoch,
        failedPasses: 0,
        nextCheckMs: goesOn ? nowMs + waitSeconds * 1_000 + NEXT_CHECK_GRACE_MS : comesBackMs(escalation),
        escalation,
        audit: audit({ type: 'escalated', failed }),
      });
      return released ? settlement : { next: 'overtaken' };
    }
    case 'handed-over': {
      const { failedPasses } = header;
      const nextCheckMs = nowMs + settlement.waitSeconds * 1_000;
      const released = await leases.releaseLease({ identityId, epoch, failedPasses, nextCheckMs, audit: [] });
      return released ? settlement : { next: 'overtaken' };
    }
    case 'given-up': {
      const { failed } = settlement;
      const told = escalationOf({ before: header.escalation, failed, version, modelHash: model.hash, nowMs });
      const nextCheckMs = comesBackMs(told);
      const released = await leases.releaseLease({ identityId, epoch, failedPasses: 0, nextCheckMs, audit: [] });
      return released ? settlement : { next: 'overtaken' };
    }
    default:
      return settlement satisfies never;
  }
}

/** Before the lease is given back: whoever plans next may have no other reason to look there. */
async function doubtFailed(
  { accounts }: SettleDependencies,
  { header, accounts: known }: IdentityRecord,
  { outcomes, nowMs }: { readonly outcomes: readonly ApplicationOutcome[]; readonly nowMs: number },
): Promise<void> {
  for (const outcome of outcomes) {
    if (outcome.outcome !== 'failed') continue;
    const { applicationId, error } = outcome;
    const before = known.find((account) => account.applicationId === applicationId);
    const account = doubtfulRecord(before, { applicationId, error, doubtUntilMs: nowMs + LEASE_MS, atMs: nowMs });
    // Where it is not kept, the call that failed has written meanwhile what it is about to do.
    if (account !== undefined) await accounts.saveAccount({ identityId: header.identityId, account, audit: [] });
  }
}

/** Whether anything of what it has is to be taken away. */
function isOwedLess({ accounts }: IdentityRecord, desired: DesiredAccess, model: AccessModel): boolean {
  const { loses } = changeBetween(grantsOnRecord(accounts), grantsIn(desired.accounts, model));
  return loses.length > 0 || accounts.some(({ exposed }) => exposed !== undefined);
}

/** Of no pass before this one it is known how it came out: what waits for its turn was not tried. */
function isBeginning({ done, left }: Progress): boolean {
  return done.length === 0 && left.every(({ failures }) => failures === 0);
}

function earliest(instantsMs: readonly (number | undefined)[]): number | undefined {
  const known = instantsMs.filter((instantMs) => instantMs !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

let live: ReturnType<typeof settle> | undefined;

export const handler = serveTask('settle', inputSchema, (input) => {
  live ??= settle({
    ...liveDependencies(),
    executions: stepFunctionsExecutions(),
    notices: dynamoNoticeStore(),
    retryPolicy: () => JSON.parse(fromEnvironment('retryPolicy')) as RetryPolicy,
  });
  return live(input);
});
