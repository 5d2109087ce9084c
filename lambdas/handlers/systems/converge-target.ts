// Converging a system with an API: read, decide, act, conclude. What to do is decided in core/access/convergence.ts; here
// each call to the system is fenced by the epoch and framed in the audit log, by the intent before and by the outcome
// with what the read-back saw after.
import type { AccountKey, AccountLocation, ResidualWindow, Target } from '../../connectors/contract/connector.ts';
import type { AccountRecord, KeptAccount } from '../../core/access/account-record.ts';
import { idsToKeep } from '../../core/access/adoption.ts';
import { type Bar, barsIn } from '../../core/access/barred-grants.ts';
import {
  type Acting,
  type Assignment,
  asIfOpen,
  type CallOutcome,
  type Change,
  conclude,
  type Decided,
  decide,
  evolve,
  fail,
  type LostRight,
  type Over,
  type Reading,
  type Sight,
} from '../../core/access/convergence.ts';
import type { Step } from '../../core/access/difference.ts';
import { isSomebodyElses } from '../../core/access/linked-account.ts';
import type { ApplicationOutcome } from '../../core/access/settlement.ts';
import type { AuditEntry, ObservedEvidence } from '../../core/audit/audit.ts';
import { ConflictError, PermanentError } from '../../core/errors.ts';
import { takenAwayIn } from '../../core/identity/taken-entitlements.ts';
import { isEmployed } from '../../core/identity/timeline.ts';
import { isReadSince } from '../../core/removal/removal.ts';
import { isClosed, type ObservedAccount } from '../../core/systems/account.ts';
import { accountProfileOf } from '../../core/systems/account-profile.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { accountRecord, asFound, type ConvergenceCall, gatherCall, nextCall, wasFaster } from './convergence-call.ts';
import { findEmployedBy } from './find-employed.ts';
import { keepingFault } from './keepable-account.ts';
import { capabilitiesOf, findHeir, takeStep } from './take-step.ts';

/** Steps in one entry of the audit log, which may have 400 kB: a step names a grant, and some systems' are paths. */
const MAXIMUM_INTENDED = 250;
/** In the audit log, where an account was cut off by its id. What it shows after that is an entry of the reading. */
const NOT_READ_YET = 'cut off by the id alone, and not read yet';

/** Whose the account is nobody can tell yet. */
class UncertainError extends ConflictError {}

/** What the four parts of a call share. */
interface Visit {
  readonly dependencies: Dependencies;
  readonly call: ConvergenceCall;
  readonly target: Target;
  readonly residual: ResidualWindow | undefined;
  readonly assignment: Assignment;
  /** Ids of accounts that were found to be nobody else's, so that reading them back does not ask again. */
  readonly own: Set<string>;
}

interface Reached {
  readonly target: Target;
  readonly residual?: ResidualWindow | undefined;
  /** Whether an account that was there before keeps what no reason holds up, since nobody has looked yet. */
  readonly mayAdopt: () => Promise<boolean>;
}

export async function convergeTarget(
  dependencies: Dependencies,
  call: ConvergenceCall,
  { target, residual, mayAdopt }: Reached,
): Promise<ApplicationOutcome> {
  const assignment = assignmentOf(call, target);
  const unread: Visit = { dependencies, call, target, residual, assignment, own: new Set() };
  const adopting = async (): Promise<Visit> => ({
    ...unread,
    assignment: { ...assignment, adopts: await mayAdopt() },
  });
  const reading = await read(unread).catch(async (error: unknown) => {
    await cutOffUnread(await adopting(), error);
    throw error;
  });
  // Where there is no account there is nothing to adopt.
  const visit = 'account' in reading && reading.account === undefined ? unread : await adopting();
  const decided = decide(visit.assignment, reading);
  await announce(visit, decided);
  if (decided.phase !== 'acting') return decided.outcome;
  return finish({ ...visit, call: asFound(call, decided.account) }, await act(visit, decided));
}

function assignmentOf(call: ConvergenceCall, target: Target): Assignment {
  const { input, application, state, desired, retentionIsOver, known, ownerChangedMs, nowMs } = call;
  const attributes = 'attributes' in state ? state.attributes : undefined;
  return {
    mode: input.mode,
    application,
    desired,
    // An account keeps its names while somebody else has the same e-mail address.
    profile: call.conflict === undefined ? attributes && accountProfileOf(input.identityId, attributes) : undefined,
    capabilities: capabilitiesOf(target),
    revokesTogether: target.revokeAll !== undefined,
    onLeave: state.status === 'suspended',
    retentionIsOver,
    adopts: false,
    known,
    takenAway: takenAwayIn(application.id, 'taken' in state ? state.taken : undefined),
    bars: call.bars,
    ownerChangedMs,
    nowMs,
  };
}

/** @param accountId the system's id for the account, where this call has learned it. @default as it was known before */
async function read(visit: Visit, accountId?: string): Promise<Reading> {
  const key = keyOf(visit, accountId);
  try {
    const account = await findOwn(visit, key);
    const { conflict } = visit.call;
    // Its link leads nowhere any more: what else there is would be found or made by that address.
    return account === undefined && visit.call.desired !== undefined && conflict !== undefined
      ? { conflict: new ConflictError(conflict) }
      : { account };
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    if (visit.call.desired !== undefined || error instanceof UncertainError) return { conflict: error };
    // Where there should be no account, somebody else's by the same name is no trace of this identity.
    return { account: await findOwn(visit, { ...key, userName: undefined }) };
  }
}

function keyOf({ call, assignment }: Visit, accountId = call.known?.account?.accountId): AccountKey {
  const { known, input, conflict } = call;
  const { identityId } = input;
  if (conflict !== undefined) return { accountId, identityId };
  return { accountId, identityId, userName: assignment.profile?.userName ?? known?.account?.userName ?? identityId };
}

async function findOwn(visit: Visit, key: AccountKey): Promise<ObservedAccount | undefined> {
  const account = await visit.target.findAccount(key);
  if (account === undefined) return undefined;
  await requireOwn(visit, account.accountId);
  requireKeepable(account);
  await requireCertain(visit, key, account, (certain) => visit.target.findAccount(certain));
  return account;
}

/** @throws PermanentError */
function requireKeepable(account: ObservedAccount): void {
  const fault = keepingFault(account);
  if (fault !== undefined) throw new PermanentError(fault);
}

/**
 * Of somebody who has left, an account that only its name leads to may by now be that of whoever has the e-mail address
 * since: until Tenure knows whose it is, it is touched for neither, and the removal is not proven.
 *
 * @throws UncertainError
 */
async function requireCertain(
  { call, dependencies }: Visit,
  key: AccountKey,
  { accountId }: AccountLocation,
  findBy: (key: AccountKey) => Promise<AccountLocation | undefined>,
): Promise<void> {
  const { state, known, input, nowMs } = call;
  if (state.status !== 'departed' || key.userName === undefined || known?.account?.accountId === accountId) return;
  const { email } = state.attributes;
  const rival = email && (await findEmployedBy(dependencies, email, { except: input.identityId, judgedMs: nowMs }));
  if (!rival || (await findBy({ ...key, userName: undefined }))?.accountId === accountId) return;
  throw new UncertainError(`the account may be that of identity ${rival}, who has the e-mail address by now`);
}

/** @throws ConflictError when the account was found anew, and Tenure's own records say that it is somebody else's */
async function requireOwn({ call, dependencies, own }: Visit, accountId: string): Promise<void> {
  const { identityId, applicationId } = call.input;
  if (call.known?.account?.accountId === accountId || own.has(accountId)) return;
  const linked = await dependencies.accounts.findLinked(applicationId, accountId);
  if (isSomebodyElses(identityId, linked)) throw new ConflictError('the account is linked to another identity');
  own.add(accountId);
}

/**
 * The first act of a lock-down, before anything is read: a system that can refuse sign-ins is told the account's id and
 * no more, so that no answer of it, and no want of one, holds that up. What it needs grants for waits for the reading.
 *
 * @returns the call that follows: where anything was sent one of its own, since what is known of the account is another
 *   record then
 */
export async function cutOffFirst(
  dependencies: Dependencies,
  call: ConvergenceCall,
  target: Target,
): Promise<ConvergenceCall> {
  const { input, known } = call;
  const assignment = assignmentOf(call, target);
  const account = known?.account;
  if (input.mode !== 'lock-down' || !assignment.capabilities.disable || !account?.enabled) return call;
  const linked = await dependencies.accounts.findLinked(input.applicationId, account.accountId);
  if (isSomebodyElses(input.identityId, linked)) return call;
  const visit: Visit = { dependencies, call, target, residual: undefined, assignment, own: new Set() };
  const kept = await cutOffBlind(visit, account, NOT_READ_YET, (over) =>
    over.phase === 'failed' ? errorText(over.error) : undefined,
  );
  return kept === undefined ? gatherCall(dependencies, input) : nextCall(dependencies, call, kept);
}

/**
 * Whoever must not get in is cut off though the account cannot be read: its id is enough. Nothing else is done, since
 * nothing else is known, and that it could not be read stays a failure.
 */
async function cutOffUnread(visit: Visit, error: unknown): Promise<void> {
  const { assignment, call } = visit;
  const { mode, desired } = assignment;
  if (mode === 'prove' || desired?.enabled) return;
  const located = call.known?.account ?? (await locate(visit));
  const unread = errorText(error);
  if (located !== undefined) await cutOffBlind(visit, located, unread, () => unread);
}

/**
 * @param unread why nothing was read before
 * @returns what is kept of the account since; undefined: nothing was sent, or a later call knows it better
 */
async function cutOffBlind(
  visit: Visit,
  located: AccountLocation & Partial<KeptAccount>,
  unread: string,
  errorAfter: (over: Over) => string | undefined,
): Promise<AccountRecord | undefined> {
  const { assignment } = visit;
  const { known } = assignment;
  const blind: Visit = { ...visit, assignment: { ...assignment, mode: 'lock-down' } };
  const decided = decide(blind.assignment, { account: asIfOpen(assignment, located) });
  if (decided.phase !== 'acting') return undefined;
  // Kept is what was known, not what is supposed.
  const account = { grants: [], enabled: true, ...located, attributes: {} };
  const { unreviewed, exposed, granted } = known ?? {};
  const leave = decided.leave && { ...decided.leave, disabled: known?.leave?.disabled ?? account.enabled };
  const kept = { account, unreviewed, exposed, granted, leave };
  await announce(visit, { ...decided, ...kept }, unread);
  const over = await act(blind, decided);
  return keep(visit, over.done, { ...kept, lastError: errorAfter(over) }, { read: false });
}

/** By what the system says, where nothing was kept: the call that created the account may have died before it was. */
async function locate(visit: Visit): Promise<AccountLocation | undefined> {
  try {
    const key = keyOf(visit);
    const location = await visit.target.locateAccount?.(key);
    if (location === undefined) return undefined;
    await requireOwn(visit, location.accountId);
    await requireCertain(visit, key, location, async (certain) => visit.target.locateAccount?.(certain));
    return location;
  } catch {
    // Why it cannot be read is told by who asked first.
    return undefined;
  }
}

function errorText(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : 'unknown error';
}

/**
 * Keeps what was read, with the intent where there is something to do: no call goes out before that is written.
 *
 * @param unread why nothing was read, where the account is only known from before
 */
async function announce(visit: Visit, decided: Decided, unread?: string): Promise<void> {
  const { call, dependencies } = visit;
  const { identityId } = call.input;
  const record = recordOf(visit, decided, {
    writing: 1,
    openCallId: decided.phase === 'acting' ? call.callId : undefined,
    lastError: decided.phase === 'unreadable' ? decided.error : undefined,
  });
  const saved = await dependencies.accounts.saveAccount({
    identityId,
    account: leavesSomething(decided)
      ? { ...record, doubtUntilMs: record.doubtUntilMs ?? call.known?.doubtUntilMs }
      : record,
    audit: entriesBefore(call, decided, unread),
  });
  if (!saved) throw wasFaster(call);
}

/**
 * A reading that only looks takes nothing away: what it finds stays in doubt, so that whoever looks next sees to it. The
 * removal that reads back may have been taken over by another, which waits for people.
 */
function leavesSomething(decided: Decided): boolean {
  return decided.phase === 'looked-at' && decided.outcome.outcome === 'not-converged';
}

function entriesBefore(call: ConvergenceCall, decided: Decided, unread: string | undefined): readonly AuditEntry[] {
  const { known } = call;
  if (decided.phase === 'unreadable') return [readBackEntry(call, decided.account, { error: decided.error })];
  // An earlier call that died between its intent and its outcome is looked into first.
  const ofLost = { of: known?.openCallId, sequence: 'lost', error: unread };
  const lost = ofLost.of === undefined ? [] : [readBackEntry(call, decided.account, ofLost)];
  switch (decided.phase) {
    case 'looked-at':
      return [...lost, readBackEntry(call, decided.account, { sequence: 'proof' })];
    case 'equal':
      // Kept even when it tells nothing new: a write still on its way from a call that died is refused from here on.
      return lost.length === 0 && provesRemoval(call, decided.account)
        ? [readBackEntry(call, decided.account, {})]
        : lost;
    case 'acting':
      return [...lost, ...intentEntries(call, decided.planned)];
    default:
      return decided satisfies never;
  }
}

/**
 * Whether the proof of a removal may rest on this reading alone: it is the first without access, or the first since the
 * departure, and what was looked into only after the fence is not on its list of what is read back.
 */
function provesRemoval(
  { input, state, desired, known, record }: ConvergenceCall,
  account: KeptAccount | undefined,
): boolean {
  if (input.mode === 'prove' || isEmployed(state) || desired !== undefined) return false;
  // Locked down is not all that an account has to be: without access it is only where there was none to take.
  if (input.mode === 'lock-down' && account !== undefined && !isClosed(account)) return false;
  const { removal } = record.header;
  return known?.closedMs === undefined || (removal !== undefined && !isReadSince(known, removal, state));
}

/** One, but for an account that holds more than an entry does. */
function intentEntries({ input, callId, entry }: ConvergenceCall, planned: readonly Step[]): readonly AuditEntry[] {
  const { applicationId } = input;
  const parts = Array.from({ length: Math.ceil(planned.length / MAXIMUM_INTENDED) }, (_, index) =>
    planned.slice(index * MAXIMUM_INTENDED, (index + 1) * MAXIMUM_INTENDED),
  );
  return parts.map((steps, index) =>
    entry({ type: 'access-intended', applicationId, callId, steps }, index === 0 ? 'intent' : `intent-${index + 1}`),
  );
}

async function act(visit: Visit, begun: Acting): Promise<Over> {
  let state: Acting | Over = begun;
  while (state.phase === 'acting') state = evolve(visit.assignment, state, await callSystem(visit, state));
  return state;
}

/** One call to the system, if the right to it still holds. Whatever goes wrong is told, and judged elsewhere. */
async function callSystem(visit: Visit, { next, account }: Acting): Promise<CallOutcome> {
  const { dependencies, call, target, assignment } = visit;
  try {
    const because = await lostRight(visit);
    if (because !== undefined) return { happened: 'forbidden', because };
    const bars = 'together' in next ? [] : await barsSince(visit, next.step);
    if (bars.length > 0) return { happened: 'barred', bars };
    if ('together' in next) {
      const grants = next.together.map(({ step }) => step.grant);
      const gone = new Set(account && (await target.revokeAll?.(account, grants)));
      const taken = next.together.filter(({ step }) => gone.has(step.grant));
      return { happened: 'taken', taken, account, atMs: dependencies.clock() };
    }
    const help = { profile: assignment.profile, findHeir: () => findHeir(dependencies, call) };
    const after = await takeStep(target, account, next.step, help);
    // Its name may have led to an account that was not there when it was looked for.
    if (after !== undefined && next.step.action === 'create-account') await requireOwn(visit, after.accountId);
    return { happened: 'taken', taken: [next], account: after, atMs: dependencies.clock() };
  } catch (error) {
    return { happened: 'failed', error, atMs: dependencies.clock() };
  }
}

/** Asked before each call to the system: has the lease changed hands, a fact come in, or an instant passed? */
async function lostRight({ dependencies, call }: Visit): Promise<LostRight | undefined> {
  const { input, record, validUntilMs } = call;
  const mark = await dependencies.leases.readMark(input.identityId);
  if (mark?.epoch !== input.epoch) return 'overtaken';
  return mark.version === record.header.version && dependencies.clock() < validUntilMs ? undefined : 'outdated';
}

/**
 * Asked before a grant on a side of a rule, once what it is about to do is on record: whether another call is about to
 * grant another side elsewhere, or has.
 */
async function barsSince({ dependencies, call }: Visit, step: Step): Promise<readonly Bar[]> {
  const { input, application, barring, bars } = call;
  const granted = step.action === 'grant' && application.entitlements.find(({ grant }) => grant === step.grant)?.id;
  if (!bars.some(({ entitlement }) => entitlement === granted)) return [];
  const record = await dependencies.directory.load(input.identityId);
  const { accounts = [], tasks = [] } = record ?? {};
  const now = barsIn(input.applicationId, { ...barring, accounts, tasks });
  return now.filter(({ entitlement, elsewhere }) => entitlement === granted && elsewhere.length > 0);
}

async function finish(visit: Visit, over: Over): Promise<ApplicationOutcome> {
  if (over.phase === 'failed') {
    const { error } = over;
    await keep(visit, over.done, { ...over, lastError: errorText(error) });
    throw error;
  }
  try {
    const after = over.phase === 'name-taken' ? undefined : await readBack(visit, over);
    const conclusion = conclude(visit.assignment, over, after);
    await keep(visit, over.done, conclusion);
    return conclusion.outcome;
  } catch (error) {
    return finish(visit, fail(visit.assignment, over, error));
  }
}

async function readBack(visit: Visit, { account }: Sight): Promise<ObservedAccount | undefined> {
  const reading = await read(visit, account?.accountId);
  if ('conflict' in reading) throw reading.conflict;
  return reading.account;
}

/** @returns what is kept; undefined: a later call knows the account better */
async function keep(
  visit: Visit,
  done: readonly Change[],
  seen: Sight & { readonly lastError: string | undefined },
  { read = true }: { readonly read?: boolean } = {},
): Promise<AccountRecord | undefined> {
  const { call, dependencies } = visit;
  const { accounts, audit } = dependencies;
  const { identityId } = call.input;
  const { lastError } = seen;
  const account = recordOf(visit, seen, { writing: 2, lastError, isRead: read });
  const entries = [
    ...done.map((change) => changeEntry(call, change)),
    readBackEntry(call, seen.account, { error: lastError ?? (read ? undefined : NOT_READ_YET), read }),
  ];
  const saved = await accounts.saveAccount({ identityId, account, audit: entries });
  if (saved) return account;
  // What was done is told even when a later call knows the account better by now.
  await audit.append(entries);
  return undefined;
}

interface Writing extends Pick<AccountRecord, 'openCallId' | 'lastError'> {
  /** A call writes what it knows of the account twice at most: before it acts and after. */
  readonly writing: 1 | 2;
  /** False: it is known by its id alone. @default true */
  readonly isRead?: boolean;
}

function recordOf(
  { call, dependencies, residual }: Visit,
  { account, unreviewed, exposed, granted, leave }: Sight,
  { writing, ...open }: Writing,
): AccountRecord {
  const revision = (call.known?.revision ?? 0) + writing;
  // Never before the time by which this call judges: the proof of a departure goes by what was read after it. And what was
  // read for somebody employed is no proof of a departure that came while it was being read.
  const isOfEmployed = writing === 1 && isEmployed(call.state);
  const readMs = isOfEmployed ? call.nowMs : Math.max(dependencies.clock(), call.nowMs);
  const record = accountRecord(call, { revision, readMs, ...open }, account, residual);
  const kept = record.account && { ...record.account, grantIds: idsToKeep(account, { unreviewed, granted }) };
  const ofEmployed = isEmployed(call.state) || undefined;
  return { ...record, ofEmployed, account: kept, unreviewed, exposed, granted, leave };
}

function changeEntry({ input, callId, entry }: ConvergenceCall, { step, place, accountId, atMs }: Change): AuditEntry {
  const { applicationId } = input;
  return entry({ type: 'access-changed', applicationId, callId, accountId, step }, String(place), atMs);
}

interface ReadBack {
  /** @default this call */
  readonly of?: string | undefined;
  /** @default 'outcome' */
  readonly sequence?: string;
  readonly error?: string | undefined;
  /** False: the account is known by its id alone. @default true */
  readonly read?: boolean;
}

function readBackEntry(
  { input, callId, entry }: ConvergenceCall,
  account: ObservedAccount | undefined,
  { of = callId, sequence = 'outcome', error, read = true }: ReadBack,
): AuditEntry {
  const { applicationId } = input;
  const observed = account && read ? evidenceOf(account) : undefined;
  const accountId = account?.accountId;
  const answered = read && error === undefined ? true : undefined;
  return entry({ type: 'access-read-back', applicationId, callId: of, accountId, observed, answered, error }, sequence);
}

function evidenceOf({ enabled, grants, openSessions, credentials, archived }: ObservedAccount): ObservedEvidence {
  return { enabled, grants, openSessions, credentials: credentials?.map(({ credentialId }) => credentialId), archived };
}
