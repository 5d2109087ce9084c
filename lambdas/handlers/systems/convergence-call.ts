// One call about one identity in one application: what it was asked, under which right, and what it knows.

import * as z from 'zod';
import type { ResidualWindow } from '../../connectors/contract/connector.ts';
import type { AccountRecord, KeptAccount } from '../../core/access/account-record.ts';
import { type Bar, type BarringInput, barsIn } from '../../core/access/barred-grants.ts';
import { type DesiredAccount, desiredAccessInState, desiredAccountIn } from '../../core/access/desired-access.ts';
import { lastOwnerChangeMs } from '../../core/access/exposed-credentials.ts';
import { rememberGone } from '../../core/access/gone-grants.ts';
import { nextModelInstantMs } from '../../core/access/passing-time.ts';
import { unreachableApplication } from '../../core/access/unreachable-account.ts';
import type { Application } from '../../core/access-model/access-model.ts';
import type { AuditEntry, AuditEvent } from '../../core/audit/audit.ts';
import { correlationAt } from '../../core/audit/correlation.ts';
import { exceptedAs } from '../../core/duties/segregation.ts';
import { RetryableError } from '../../core/errors.ts';
import { identityIdSchema } from '../../core/identity/attributes.ts';
import { conflictOf, describeConflict } from '../../core/identity/shared-address.ts';
import { nextTransitionMs } from '../../core/identity/timeline.ts';
import { toIso } from '../../core/moment.ts';
import { deletionDueMs } from '../../core/removal/retention.ts';
import { isClosed, type Residual } from '../../core/systems/account.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { judgingModel } from '../shared/judging-model.ts';
import { type LoadedIdentity, loadIdentity } from '../shared/load-identity.ts';
import { LEASE_MS } from '../shared/timing.ts';
import { turnSchema } from '../shared/turn-schema.ts';

export const convergenceInputSchema = z.strictObject({
  identityId: identityIdSchema,
  applicationId: z.string(),
  /** The right under which this call acts; refused when it is stale. */
  epoch: z.int(),
  /** The time by which whoever gave that right judged (epoch ms). */
  judgedMs: z.number(),
  trigger: z.string(),
  /** `lock-down` only cuts off, at once and without the lease; `prove` only reads. */
  mode: z.enum(['converge', 'lock-down', 'prove']),
  /** Its turn in the application's queue, where it was postponed before. */
  turn: turnSchema.nullish(),
});

export type ConvergenceInput = z.infer<typeof convergenceInputSchema>;

/** Everything one call knows, gathered once. */
export interface ConvergenceCall extends LoadedIdentity {
  readonly input: ConvergenceInput;
  readonly application: Application;
  /** Of the access model by which this call decides. */
  readonly modelBasis: string;
  readonly modelHash: string;
  /** False where the access model no longer has the application, so that no connector reaches it. */
  readonly reachable: boolean;
  /** Until when the state holds if no fact comes in (epoch ms). */
  readonly validUntilMs: number;
  /** When the identity's owner changed last (epoch ms). */
  readonly ownerChangedMs: number | undefined;
  readonly desired: DesiredAccount | undefined;
  /** Of the application's entitlements, those that wait where another side of a rule is held. */
  readonly bars: readonly Bar[];
  /** What that rests on but for what is on record of other systems, which other calls change meanwhile. */
  readonly barring: Omit<BarringInput, 'accounts' | 'tasks'>;
  /** The leaver's account has been kept for as long as the application asks for. */
  readonly retentionIsOver: boolean;
  /** The account as it was last read. */
  readonly known: AccountRecord | undefined;
  /** Why no account is made, found or named by the identity's e-mail address. Undefined: nothing speaks against it. */
  readonly conflict?: string | undefined;
  readonly callId: string;
  /**
   * An audit entry of this call; `sequence` makes it unique within it. It happened at `atMs`, by default now, and never
   * before the time by which the call judges: a certificate takes what was done from there on.
   */
  readonly entry: (event: AuditEvent, sequence: string, atMs?: number) => AuditEntry;
}

export async function gatherCall(dependencies: Dependencies, input: ConvergenceInput): Promise<ConvergenceCall> {
  const { identityId, applicationId, judgedMs } = input;
  const loaded = await loadIdentity(dependencies, identityId, { judgedMs });
  const { record, timeline, nowMs, state } = loaded;
  const { model, modelBasis } = await judgingModel(dependencies, record.header, state, nowMs);
  const inModel = model.applications.find(({ id }) => id === applicationId);
  const application = inModel ?? unreachableApplication(applicationId);
  const whom = exceptedAs({ identityId, nowMs }, state);
  const validUntilMs = Math.min(
    nextTransitionMs(timeline, nowMs) ?? Number.POSITIVE_INFINITY,
    nextModelInstantMs(timeline, model, whom) ?? Number.POSITIVE_INFINITY,
  );
  const desired = desiredAccountIn(applicationId, state, model, whom);
  const barring = { model, whom, desired: desiredAccessInState(state, model, whom) };
  const { accounts, tasks } = record;
  const deletionMs = deletionDueMs(application, state, record.facts);
  const retentionIsOver = deletionMs !== undefined && deletionMs <= nowMs;
  const known = record.accounts.find((account) => account.applicationId === applicationId);
  const ownerChangedMs = lastOwnerChangeMs(timeline, nowMs);
  const conflict = input.mode === 'converge' ? conflictOf(state, record.header.conflicts) : undefined;
  const found = {
    application,
    modelBasis,
    reachable: inModel !== undefined,
    validUntilMs,
    ownerChangedMs,
    desired,
    bars: barsIn(applicationId, { ...barring, accounts, tasks }),
    barring,
    retentionIsOver,
    known,
    conflict: conflict && describeConflict(conflict),
  };
  return beginCall(dependencies, { input, ...loaded, ...found, modelHash: model.hash });
}

/** Another call about the same, as of the same facts, after one that has left the account's record as this. */
export function nextCall(dependencies: Dependencies, call: ConvergenceCall, known: AccountRecord): ConvergenceCall {
  return beginCall(dependencies, { ...call, known });
}

function beginCall(
  { clock, newId }: Dependencies,
  gathered: Omit<ConvergenceCall, 'callId' | 'entry'>,
): ConvergenceCall {
  const { input, application, record, timeline, nowMs, modelHash } = gathered;
  const { identityId, trigger, epoch } = input;
  const callId = newId();
  const entry = (event: AuditEvent, sequence: string, atMs = clock()): AuditEntry => ({
    identityId,
    entryId: `${callId}:${sequence}`,
    at: toIso(Math.max(atMs, nowMs)),
    actor: { type: 'tenure', id: `connector:${application.connector}` },
    trigger,
    correlation: correlationAt(timeline, nowMs),
    version: record.header.version,
    epoch,
    modelHash,
    event,
  });
  return { ...gathered, callId, entry };
}

/** The call about an account that was found open: whatever was known of its closing came before, and is no more. */
export function asFound(call: ConvergenceCall, observed: KeptAccount | undefined): ConvergenceCall {
  if (observed === undefined || isClosed(observed)) return call;
  const { application, nowMs } = call;
  const known = call.known ?? { applicationId: application.id, readMs: nowMs, revision: 0 };
  return { ...call, known: { ...known, account: asRead(observed), closedMs: undefined, residual: undefined } };
}

/**
 * What is kept of an account just read. `residual` is what the connector says may outlast its closing, or the end of what it
 * grants. `isRead`: false where it is known by its id alone.
 */
export function accountRecord(
  { application, desired, known, nowMs }: ConvergenceCall,
  { revision, openCallId, lastError, isRead = true, ...read }: ReadAs,
  observed: KeptAccount | undefined,
  residual?: ResidualWindow,
): AccountRecord {
  // Another function, whose clock is ahead, may have read it before: no reading is dated before an earlier one.
  const readMs = Math.max(read.readMs, nowMs, known?.readMs ?? 0);
  const closed =
    desired === undefined &&
    (observed === undefined || isClosed(observed)) &&
    lastError === undefined &&
    openCallId === undefined;
  const closes = closed && known?.closedMs === undefined;
  return {
    applicationId: application.id,
    account: observed && asRead(observed),
    readMs,
    revision,
    closedMs: closed ? (known?.closedMs ?? readMs) : undefined,
    residual: closes ? residualAfter(known, residual, readMs) : closed ? known?.residual : undefined,
    openCallId,
    lastError,
    doubtUntilMs: doubtUntil(known, readMs),
    gone:
      isRead && lastError === undefined && openCallId === undefined
        ? rememberGone(known, observed, { readMs, residualSeconds: residual?.seconds })
        : known?.gone,
  };
}

interface ReadAs extends Pick<AccountRecord, 'revision' | 'readMs' | 'openCallId' | 'lastError'> {
  readonly isRead?: boolean | undefined;
}

/** Tried again, from what the other has kept. */
export function wasFaster({ input: { identityId, applicationId } }: ConvergenceCall): RetryableError {
  return new RetryableError(`another call about ${identityId} in ${applicationId} was faster`);
}

/** Without the ids of its grants: of those that are to be followed, whoever follows them keeps them. */
function asRead({ accountId, userName, enabled, grants, ...more }: KeptAccount): KeptAccount {
  const { openSessions, credentials, owns, archived } = more;
  return { accountId, userName, enabled, grants, openSessions, credentials, owns, archived };
}

/** Nothing outlasts an account that nobody could use when it was last read. */
function residualAfter(
  known: AccountRecord | undefined,
  residual: ResidualWindow | undefined,
  closedMs: number,
): Residual | undefined {
  if (residual === undefined || known?.account === undefined) return undefined;
  return { what: residual.what, untilMs: closedMs + residual.seconds * 1_000 };
}

/** A system may carry out a call long after its caller has given up on it, but not once a lease has run out since. */
function doubtUntil(known: AccountRecord | undefined, nowMs: number): number | undefined {
  if (known?.openCallId !== undefined || known?.lastError !== undefined) return nowMs + LEASE_MS;
  return known?.doubtUntilMs !== undefined && known.doubtUntilMs > nowMs ? known.doubtUntilMs : undefined;
}
