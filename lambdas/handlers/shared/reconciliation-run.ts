// What the steps of a reconciliation share: the run they belong to, its bounds, and whom an identity is judged as.

import type { AccountRecord } from '../../core/access/account-record.ts';
import { desiredAccountIn } from '../../core/access/desired-access.ts';
import type { AccessModel, Application } from '../../core/access-model/access-model.ts';
import type { AuditEntry } from '../../core/audit/audit.ts';
import { auditKeyOf } from '../../core/audit/subject.ts';
import { NotFoundError } from '../../core/errors.ts';
import { toIso } from '../../core/moment.ts';
import type { MatchedIdentity } from '../../core/reconciliation/reconciliation.ts';
import type {
  Reconciliation,
  ReconciliationReport,
  ReconciliationRun,
  ReconciliationStore,
} from '../../stores/reconciliations/reconciliation-store.ts';
import type { LoadedIdentity } from './load-identity.ts';

/** A million accounts on pages of 25 are 40,000. */
export const MAXIMUM_PAGES = 100_000;
/** What the last step can still count: a Lambda function of 512 MB holds the digests of as many. */
export const MAXIMUM_ACCOUNTS = 2_000_000;
/** Of some 1 kB each: what DynamoDB reads at once. The departed among them cost no more than that. */
export const DIRECTORY_PAGE = 1_000;
/** What a connector may put on a page. */
export const PAGE = 200;
/**
 * After so long a step takes no further page: a function has 60 s, of which the last page may take 35 (a turn in the
 * system's rate limit 5, retries 20, the last call 10).
 */
export const FILL_MS = 20_000;
/** What a step keeps in memory. */
export const STEP_ACCOUNTS = 10_000;
/**
 * An execution has room for 25,000 history entries. A step takes 7, and 19 when each of its five tries fails but the
 * last: after so many steps another execution goes on.
 */
export const STEPS_OF_AN_EXECUTION = 1_000;
/** A step takes 75 seconds at most, and is tried five times: whoever is silent for longer has died. */
export const SILENCE_MS = 900_000;
/** How long findings are kept after they were last seen: longer than the longest time between two runs. */
export const KEEP_FINDINGS_MS = 90 * 86_400_000;
/** Who has an account matters until the run is over. */
export const KEEP_SEEN_MS = 2 * 86_400_000;
export const CONCURRENT_LOOKUPS = 10;

/** Whether there is another page; `hand-over`: for another execution; `overtaken`: the run is somebody else's, or over. */
export interface PageOutcome {
  readonly next: 'more' | 'hand-over' | 'end' | 'overtaken';
}

/** Of a step that was begun in that phase, and is kept by now if it was not overtaken. */
export function outcomeOf(run: ReconciliationRun, begunIn: ReconciliationRun['phase'], isKept: boolean): PageOutcome {
  if (!isKept) return { next: 'overtaken' };
  if (run.phase !== begunIn) return { next: 'end' };
  return { next: run.step % STEPS_OF_AN_EXECUTION === 0 ? 'hand-over' : 'more' };
}

export async function findRun(
  reconciliations: ReconciliationStore,
  applicationId: string,
  runId: string,
): Promise<RunningReconciliation | undefined> {
  const { run, report } = (await reconciliations.find(applicationId)) ?? {};
  return run?.runId === runId && run.status === 'running' ? { run, report } : undefined;
}

export interface RunningReconciliation {
  readonly run: ReconciliationRun;
  /** Of the last run before this one that ended well. */
  readonly report: ReconciliationReport | undefined;
}

export function begunRun(runId: string, nowMs: number): ReconciliationRun {
  const counted = { step: 0, pages: 0, accounts: 0, matched: 0 } as const;
  return { runId, status: 'running', startedMs: nowMs, touchedMs: nowMs, phase: 'accounts', ...counted };
}

export function begunEntry(
  applicationId: string,
  { runId, startedMs }: ReconciliationRun,
  { actor, modelHash }: Pick<AuditEntry, 'actor' | 'modelHash'>,
): AuditEntry {
  return {
    identityId: auditKeyOf({ kind: 'application', id: applicationId }),
    entryId: `reconciliation-begun:${runId}`,
    at: toIso(startedMs),
    actor,
    modelHash,
    event: { type: 'reconciliation-begun', applicationId, runId },
  };
}

export function isUnderWay({ run }: Pick<Reconciliation, 'run'>, nowMs: number): boolean {
  return run?.status === 'running' && run.touchedMs >= nowMs - SILENCE_MS;
}

/** Throws NotFoundError when the access model has no such application. */
export function requireApplication(model: AccessModel, applicationId: string | undefined): Application {
  const application = model.applications.find(({ id }) => id === applicationId);
  if (application === undefined) throw new NotFoundError('There is no such application.');
  return application;
}

export interface JudgedIdentity extends MatchedIdentity {
  /** The account's record, if there is one. */
  readonly known: AccountRecord | undefined;
  /** A pass is at work: what differs now may not differ in a moment. */
  readonly converging: boolean;
}

export function judgeIdentity(
  { record, state, nowMs }: LoadedIdentity,
  applicationId: string,
  model: AccessModel,
): JudgedIdentity {
  const { header, accounts } = record;
  const known = accounts.find((account) => account.applicationId === applicationId);
  const desired = desiredAccountIn(applicationId, state, model, { identityId: header.identityId, nowMs });
  return {
    identityId: header.identityId,
    status: state.status,
    desired,
    unreviewed: known?.unreviewed,
    granted: known?.granted,
    known,
    converging: header.lease !== undefined && header.lease.expiresMs > nowMs,
  };
}
