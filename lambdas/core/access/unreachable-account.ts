// An account in an application that the access model no longer has. No connector reaches it, so it is treated like one in
// a system that only people can change: what may be left of it is a task, and whatever it was when it was last read may
// have changed since.
import type { Application } from '../access-model/access-model.ts';
import type { Fact } from '../identity/facts.ts';
import type { AccountRecord } from './account-record.ts';
import type { DatedSteps } from './attested-account.ts';

/** What an operator sees beside an account that is waited for. */
const OUT_OF_REACH = 'the access model no longer has this application: a person must close what is left in it';
const DUE_HOURS = 24;
/** Whose function asks people: it is deployed whatever the access model says. */
export const UNREACHABLE_CONNECTOR = 'manual';

/** The application as far as it is still known: by its id, with nothing that could be granted in it. */
export function unreachableApplication(applicationId: string): Application {
  return {
    id: applicationId,
    name: applicationId,
    connector: UNREACHABLE_CONNECTOR,
    owner: 'it',
    settings: {},
    entitlements: [],
  };
}

/** For whoever works in the systems; names no person but by id. */
export function unreachableTask({ id }: Pick<Application, 'id'>, known: AccountRecord | undefined) {
  const which =
    known?.account === undefined ? 'whatever account this identity has' : `the account ${known.account.accountId}`;
  const instructions =
    `The access model no longer has the application ${id}, so nothing reaches it from here. Close ${which} in it by ` +
    'hand: refuse sign-in, end sessions, revoke keys and tokens, take away every grant. Then attest this task.';
  return { assignee: 'it', instructions, dueHours: DUE_HOURS };
}

/** By its record: not closed, or closed before a call that died could no longer act. */
export function mayBeOpen({ closedMs, doubtUntilMs }: Pick<AccountRecord, 'closedMs' | 'doubtUntilMs'>): boolean {
  return closedMs === undefined || doubtUntilMs !== undefined;
}

/**
 * What there may be of the account, as if it had been asked for when it was last read; undefined: there was none then,
 * and no call is known that may have created one since.
 */
export function lastSeen(known: AccountRecord | undefined): DatedSteps | undefined {
  if (known === undefined) return undefined;
  const { account, openCallId, lastError, doubtUntilMs, readMs } = known;
  const isUnsure = openCallId !== undefined || lastError !== undefined || doubtUntilMs !== undefined;
  if (account === undefined && !isUnsure) return undefined;
  const grants = (account?.grants ?? []).map((grant) => ({ action: 'grant', grant }) as const);
  return { atMs: readMs, steps: [{ action: 'create-account' }, ...grants] };
}

export interface FailedVisit {
  readonly applicationId: string;
  readonly error: string;
  /** Nothing of it can take effect any more after that (epoch ms). */
  readonly doubtUntilMs: number;
  readonly atMs: number;
}

/**
 * The record after a call failed of which nobody knows what it has begun, where the next pass would not look there by
 * itself: it is looked at once nothing of that call can take effect any more, and what it writes late is refused.
 * Undefined: it is looked at anyhow.
 */
export function doubtfulRecord(
  known: AccountRecord | undefined,
  { applicationId, error, doubtUntilMs, atMs }: FailedVisit,
): AccountRecord | undefined {
  if (known === undefined) {
    // Whenever it is read is the first contact: nobody has looked at what is there.
    return {
      applicationId,
      readMs: atMs,
      ofEmployed: true,
      revision: 1,
      unreviewed: [],
      lastError: error,
      doubtUntilMs,
    };
  }
  return mayBeOpen(known) ? undefined : { ...known, revision: known.revision + 1, doubtUntilMs };
}

/** The record while a person has yet to close the account: as it was last read, and why nothing reads it now. */
export function waitingRecord(known: AccountRecord): AccountRecord {
  return {
    ...known,
    revision: known.revision + 1,
    closedMs: undefined,
    openCallId: undefined,
    doubtUntilMs: undefined,
    lastError: OUT_OF_REACH,
  };
}

/** The record once nothing is left to ask for. Nobody has read the account since: `readMs` stays. */
export function closedRecord(known: AccountRecord, facts: readonly Fact[]): AccountRecord {
  const { applicationId, account, readMs, revision } = known;
  const attestedMs = facts.flatMap((fact) =>
    fact.type === 'task-attested' && fact.applicationId === applicationId ? fact.receivedMs : [],
  );
  return {
    applicationId,
    account: account && { accountId: account.accountId, userName: account.userName, enabled: false, grants: [] },
    readMs,
    revision: revision + 1,
    closedMs: known.closedMs ?? Math.max(readMs, ...attestedMs),
    residual: known.residual,
    byHand: known.byHand,
  };
}
