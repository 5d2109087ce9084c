// What the steps of a reconciliation share: the run they belong to, its bounds, and whom an identity is judged as.

import type { AccountRecord } from '../../core/access/account-record.ts';
import { desiredAccessInState } from '../../core/access/desired-access.ts';
import type { AccessModel, Application } from '../../core/access-model/access-model.ts';
import { NotFoundError } from '../../core/errors.ts';
import type { MatchedIdentity } from '../../core/reconciliation/reconciliation.ts';
import type {
  Reconciliation,
  ReconciliationRun,
  ReconciliationStore,
} from '../../stores/reconciliations/reconciliation-store.ts';
import type { LoadedIdentity } from './load-identity.ts';

/** Of 200 accounts or identities each. An execution has room for 25,000 history entries, of which a page takes 7. */
export const MAXIMUM_PAGES = 500;
export const PAGE = 200;
/** A step takes 75 seconds at most, and is tried three times: whoever is silent for longer has died. */
export const SILENCE_MS = 900_000;
/** How long findings are kept after they were last seen: longer than the longest time between two runs. */
export const KEEP_FINDINGS_MS = 90 * 86_400_000;
/** Who has an account matters until the run is over. */
export const KEEP_SEEN_MS = 2 * 86_400_000;
export const CONCURRENT_LOOKUPS = 10;

/** Whether there is another page; `overtaken`: the run is somebody else's by now, or over. */
export interface PageOutcome {
  readonly next: 'more' | 'end' | 'overtaken';
}

export async function findRun(
  reconciliations: ReconciliationStore,
  applicationId: string,
  runId: string,
): Promise<ReconciliationRun | undefined> {
  const run = (await reconciliations.find(applicationId))?.run;
  return run?.runId === runId && run.status === 'running' ? run : undefined;
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

/** Where the audit log keeps what concerns an application: under a key that no identity can have. */
export function auditKeyOf(applicationId: string): string {
  return `APPLICATION#${applicationId}`;
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
  const desired = desiredAccessInState(state, model).accounts.find(
    (account) => account.applicationId === applicationId,
  );
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
