// One call that makes one account what it should be, as decisions without effects. What was read decides what is to be
// done, what became of each call to the system decides how to go on, and what is read back decides how it came out.
import { ConflictError, NotFoundError, PermanentError } from '../errors.ts';
import type { GrantId, ObservedAccount } from '../systems/account.ts';
import type { AccountRecord } from './account-record.ts';
import { unreviewedGrants } from './adoption.ts';
import { type Bar, barredBy, describeBar } from './barred-grants.ts';
import {
  barredGrants,
  beyondReach,
  type Capabilities,
  compareHoldings,
  type DifferenceInput,
  difference,
  isAway,
  isClosing,
  lockDown,
  owedAfterLeave,
  type Step,
  withheld,
} from './difference.ts';
import { type ExposedCredentials, exposedCredentials, isDue } from './exposed-credentials.ts';
import {
  dueEntitlements,
  type GrantedAccess,
  heldGrants,
  isSameGrant,
  rememberGranted,
  rememberIntended,
} from './granted-access.ts';
import { type LeaveRecord, rememberLeave } from './leave.ts';
import type { ApplicationOutcome } from './settlement.ts';
import { batchSteps, type PlannedStep, type StepBatch } from './step-batches.ts';

/** What a call is to bring about, and what was known before it: the same from its beginning to its end. */
export interface Assignment
  extends Omit<DifferenceInput, 'observed' | 'unreviewed' | 'compromised' | 'granted' | 'leave' | 'barred'> {
  /** `lock-down` only cuts off, at once and without the lease; `prove` only reads. */
  readonly mode: 'converge' | 'lock-down' | 'prove';
  /** An account that was there before keeps what no reason holds up, since nobody has looked yet. */
  readonly adopts: boolean;
  /** Whether the system takes back several grants in one call. */
  readonly revokesTogether: boolean;
  /** When the identity's owner changed last (epoch ms). */
  readonly ownerChangedMs: number | undefined;
  /** What the last call kept of the account; undefined: there was none. */
  readonly known: KnownAccount | undefined;
  /** Ids of entitlements that somebody has looked at in a review, and took away. @default none */
  readonly takenAway?: readonly string[] | undefined;
  /** Of the application's entitlements, those on a side of a rule whose other sides must not be held. @default none */
  readonly bars?: readonly Bar[] | undefined;
  /** The time by which this call judges (epoch ms). */
  readonly nowMs: number;
}

export interface KnownAccount
  extends Pick<
    AccountRecord,
    'unreviewed' | 'exposed' | 'granted' | 'leave' | 'openCallId' | 'lastError' | 'doubtUntilMs'
  > {
  /** Absent when the system had no account. */
  readonly account?: Pick<ObservedAccount, 'accountId' | 'grantIds'> | undefined;
}

/** What the system shows. A conflict: the name belongs to somebody else's account, so this one cannot be read. */
export type Reading = { readonly account: ObservedAccount | undefined } | { readonly conflict: ConflictError };

/** The account as it was last seen, with what is remembered of it from call to call. */
export interface Sight {
  readonly account: ObservedAccount | undefined;
  readonly unreviewed: readonly string[] | undefined;
  readonly exposed: ExposedCredentials | undefined;
  readonly granted: readonly GrantedAccess[] | undefined;
  readonly leave: LeaveRecord | undefined;
}

/** What is to be done, by what was read. All but `acting` are over with that. */
export type Decided =
  | (Sight & { readonly phase: 'unreadable'; readonly error: string; readonly outcome: ApplicationOutcome })
  /** The account was only to be looked at. */
  | (Sight & { readonly phase: 'looked-at'; readonly outcome: ApplicationOutcome })
  | (Sight & { readonly phase: 'equal'; readonly outcome: ApplicationOutcome })
  | Acting;

export interface Acting extends Sight {
  readonly phase: 'acting';
  readonly planned: readonly Step[];
  readonly next: StepBatch;
  readonly later: readonly StepBatch[];
  readonly done: readonly Change[];
  readonly setback: Setback | undefined;
}

/** Nothing more is to be called. */
export type Over =
  | (Ended & { readonly phase: 'acted'; readonly planned: readonly Step[]; readonly setback: Setback | undefined })
  /** The right to act was lost before all was done. */
  | (Ended & { readonly phase: 'stopped'; readonly because: LostRight })
  /** Another call is about to grant the other side of a rule, or has, since this one began. */
  | (Ended & { readonly phase: 'barred'; readonly planned: readonly Step[]; readonly bars: readonly Bar[] })
  /** There is no account, and the name for one is somebody else's. */
  | (Ended & { readonly phase: 'name-taken'; readonly account: undefined; readonly error: string })
  | (Ended & { readonly phase: 'failed'; readonly error: unknown });

interface Ended extends Sight {
  readonly done: readonly Change[];
}

/** `overtaken`: a newer pass holds the lease. `outdated`: a fact came in, or an instant passed, since the call began. */
export type LostRight = 'overtaken' | 'outdated';

/** A step that was taken. */
export interface Change extends PlannedStep {
  readonly accountId: string | undefined;
  /** Epoch ms. */
  readonly atMs: number;
}

/**
 * What does not keep the other steps from being taken. The first that was refused is told, or the last that a person has
 * to see to: a name that is taken, say.
 */
type Setback =
  | { readonly kind: 'refused'; readonly step: Step; readonly error: PermanentError }
  | { readonly kind: 'for-a-person'; readonly error: string };

/** What became of the next batch. */
export type CallOutcome =
  /** It was not sent. */
  | { readonly happened: 'forbidden'; readonly because: LostRight }
  /** Neither was it: by what is on record of other systems by now. */
  | { readonly happened: 'barred'; readonly bars: readonly Bar[] }
  /** These of its steps are certainly taken, and the account is this now. */
  | {
      readonly happened: 'taken';
      readonly taken: readonly PlannedStep[];
      readonly account: ObservedAccount | undefined;
      readonly atMs: number;
    }
  | { readonly happened: 'failed'; readonly error: unknown; readonly atMs: number };

/** How a call came out, by what was read back. */
export interface Conclusion extends Sight {
  readonly lastError: string | undefined;
  readonly outcome: ApplicationOutcome;
}

/** Steps that are taken once there is nothing to take away. */
const TAKING_AWAY: ReadonlySet<Step['action']> = new Set([
  'revoke',
  'disable-account',
  'end-sessions',
  'revoke-credential',
  'delete-account',
]);

export function decide(assignment: Assignment, reading: Reading): Decided {
  const { known, mode, revokesTogether } = assignment;
  const unreviewed = unreviewedAfter(assignment, reading);
  const { exposed, granted, leave } = known ?? {};
  const unseen = { account: undefined, unreviewed, exposed, granted, leave };
  if ('conflict' in reading) {
    const error = describeConflict('find-account', ['userName'], reading.conflict);
    return { ...unseen, phase: 'unreadable', error, outcome: inConflict(assignment, error) };
  }
  const sight = see(assignment, unseen, reading.account);
  const planned = stepsLeft(assignment, sight);
  const outcome = outcomeAt(assignment, sight, []);
  if (mode === 'prove') return { ...sight, phase: 'looked-at', outcome };
  const [next, ...later] = batchSteps(planned, revokesTogether);
  if (next === undefined) return { ...sight, phase: 'equal', outcome };
  const intended = intend(assignment, sight, planned);
  return { ...sight, ...intended, phase: 'acting', planned, next, later, done: [], setback: undefined };
}

/**
 * An account as it is cut off where it cannot be read: whatever was known of it may have changed, so it counts as open.
 *
 * @param known by its id alone, or as it was seen last
 */
export function asIfOpen(
  { capabilities }: Pick<Assignment, 'capabilities'>,
  known: Pick<ObservedAccount, 'accountId' | 'userName'> &
    Partial<Pick<ObservedAccount, 'grants' | 'grantIds' | 'credentials'>>,
): ObservedAccount {
  const { accountId, userName, grants = [], grantIds, credentials } = known;
  // What needs no grants to be cut off is not kept waiting by them.
  const held = capabilities.disable ? { grants: [] } : { grants, grantIds };
  return { accountId, userName, credentials, enabled: true, attributes: {}, ...held };
}

export function evolve(assignment: Assignment, state: Acting, outcome: CallOutcome): Acting | Over {
  switch (outcome.happened) {
    case 'forbidden':
      return { ...ended(state), phase: 'stopped', because: outcome.because };
    case 'barred':
      return { ...ended(state), phase: 'barred', planned: state.planned, bars: outcome.bars };
    case 'taken':
      return advance(state, outcome);
    case 'failed':
      return afterFailure(assignment, state, outcome);
    default:
      return outcome satisfies never;
  }
}

/** Whatever was under way cannot go on, and what is kept is the account as it was seen last. */
export function fail(
  assignment: Assignment,
  state: Acting | Over,
  error: unknown,
): Over & { readonly phase: 'failed' } {
  // The account was last seen before the call that failed, which may have been carried out.
  const { granted, leave } = state;
  const seen = { ...see(assignment, state, state.account), granted, leave };
  return { ...ended({ ...state, ...seen }), phase: 'failed', error };
}

/** @param after the account as it was read back; none is looked for where its name is somebody else's */
export function conclude(
  assignment: Assignment,
  state: Exclude<Over, { readonly phase: 'failed' }>,
  after: ObservedAccount | undefined,
): Conclusion {
  const sight = see(assignment, state, after);
  switch (state.phase) {
    case 'stopped': {
      const outcome = { applicationId: assignment.application.id, outcome: state.because };
      return { ...sight, lastError: undefined, outcome };
    }
    case 'barred': {
      return { ...sight, lastError: undefined, outcome: heldBackIn(assignment.application.id, state.bars) };
    }
    case 'name-taken':
      return { ...sight, lastError: state.error, outcome: inConflict(assignment, state.error) };
    case 'acted': {
      const outcome = outcomeAt(assignment, sight, state.planned);
      return { ...sight, ...withSetback(assignment, state.setback, outcome) };
    }
    default:
      return state satisfies never;
  }
}

function withSetback(
  assignment: Assignment,
  setback: Setback | undefined,
  outcome: ApplicationOutcome,
): Pick<Conclusion, 'lastError' | 'outcome'> {
  switch (setback?.kind) {
    case undefined:
      return { lastError: undefined, outcome };
    case 'refused': {
      const { step, error } = setback;
      const lastError = `${step.action}: ${error.name}: ${error.message}`;
      return { lastError, outcome: { applicationId: assignment.application.id, outcome: 'failed', error: lastError } };
    }
    case 'for-a-person': {
      const { error } = setback;
      // Whatever else is left may be helped by another pass.
      return { lastError: error, outcome: outcome.outcome === 'converged' ? inConflict(assignment, error) : outcome };
    }
  }
}

/** The account as it was just read: what is to be remembered of it follows from what is there. */
function see(assignment: Assignment, before: Sight, account: ObservedAccount | undefined): Sight {
  const { unreviewed, exposed } = before;
  const granted = grantedAt(assignment, before.granted, account);
  const leave = leaveAt(assignment, { ...before, granted }, account);
  if (account === undefined) return { account, unreviewed, exposed, granted, leave };
  const { application, known, ownerChangedMs, nowMs } = assignment;
  const now = exposedCredentials({
    changedMs: ownerChangedMs,
    credentials: account.credentials,
    known: exposed,
    firstContact: known?.account === undefined,
    graceHours: application.credentialGraceHours,
    nowMs,
  });
  return { account, unreviewed, exposed: now, granted, leave };
}

function grantedAt(
  assignment: Assignment,
  granted: readonly GrantedAccess[] | undefined,
  account: ObservedAccount | undefined,
): readonly GrantedAccess[] | undefined {
  const { application, desired, known, nowMs } = assignment;
  const { openCallId, lastError, doubtUntilMs = 0 } = known ?? {};
  return rememberGranted({
    granted,
    due: dueEntitlements(application, desired?.entitlements ?? []),
    held: account === undefined ? [] : heldGrants(account),
    inDoubt: openCallId !== undefined || lastError !== undefined || doubtUntilMs > nowMs,
    nowMs,
  });
}

function leaveAt(
  assignment: Assignment,
  before: Omit<Sight, 'account'>,
  account: ObservedAccount | undefined,
): LeaveRecord | undefined {
  const input = inputAt(assignment, { ...before, account });
  if (isClosing(input)) return undefined;
  return rememberLeave({
    before: before.leave,
    account,
    away: isAway(input),
    canDisable: assignment.capabilities.disable,
    left: compareHoldings(input).left,
    owed: owedAfterLeave(input),
  });
}

/** What is about to be granted counts from before it is: whatever becomes of this call, the next one knows of it. */
function intend(
  { application, nowMs }: Assignment,
  { granted }: Sight,
  planned: readonly Step[],
): Pick<Sight, 'granted'> {
  const asked = new Set(planned.flatMap((step) => (step.action === 'grant' ? (step.entitlement ?? []) : [])));
  const intended = application.entitlements.filter(({ id }) => asked.has(id));
  return { granted: rememberIntended(granted, intended, nowMs) };
}

/** What is left to an account that was there before; undefined: this call adopts nothing. */
function unreviewedAfter(assignment: Assignment, reading: Reading): readonly string[] | undefined {
  const { adopts, application, desired, known, takenAway } = assignment;
  if (!adopts) return undefined;
  // Whose account it is was in doubt: whenever that is settled is the first contact.
  if ('conflict' in reading) return known?.unreviewed ?? [];
  const { account } = reading;
  return unreviewedGrants({
    application,
    desired,
    // What a leave has taken comes back, and waits to be looked at as before.
    held: account && [...account.grants, ...(known?.leave?.taken ?? []).map(({ grant }) => grant)],
    firstContact: known?.account === undefined,
    takenAway,
    unreviewed: known?.unreviewed?.map((grant) => nameNow(grant, known.account?.grantIds, account?.grantIds)),
  });
}

/** What the system calls now what it called so when the account was last read. */
function nameNow(grant: string, then: readonly GrantId[] = [], now: readonly GrantId[] = []): string {
  const grantId = then.find((each) => each.grant === grant)?.grantId;
  return now.find((each) => each.grantId === grantId)?.grant ?? grant;
}

function barsAt({ bars = [], application }: Assignment, { account, granted }: Sight): readonly Bar[] {
  return barredBy(bars, application, { account, granted });
}

function inputAt(assignment: Assignment, sight: Sight): DifferenceInput {
  const { account, unreviewed, exposed, granted, leave } = sight;
  const due = account?.credentials?.filter((credential) => isDue(credential, exposed, assignment.nowMs)) ?? [];
  return {
    ...assignment,
    observed: account,
    unreviewed: unreviewed && new Set(unreviewed),
    compromised: new Set(due.map(({ credentialId }) => credentialId)),
    granted,
    leave,
    barred: new Set(barsAt(assignment, sight).map(({ entitlement }) => entitlement)),
  };
}

function stepsLeft(assignment: Assignment, sight: Sight): readonly Step[] {
  return stepsFrom(assignment, inputAt(assignment, sight));
}

function stepsFrom({ mode }: Assignment, input: ReturnType<typeof inputAt>): readonly Step[] {
  return mode === 'lock-down' ? lockDown(input) : difference(input);
}

/** Attributes are told, not enforced: a system that keeps its own spelling of a title does not hold up access. */
function outcomeAt(assignment: Assignment, sight: Sight, planned: readonly Step[]): ApplicationOutcome {
  const { application, mode, bars = [] } = assignment;
  const input = inputAt(assignment, sight);
  const open = stepsFrom(assignment, input).filter(({ action }) => action !== 'update-account');
  const barred = mode === 'converge' ? barredGrants(input) : [];
  // Nothing but what this call did not set out to do: the other side of a rule was held as it began.
  const freed = open.flatMap((step) => (step.action === 'grant' ? (step.entitlement ?? []) : []));
  const isFreed = (id: string) => bars.some(({ entitlement }) => entitlement === id) && !isPlanned(id, planned);
  if (open.length > 0 && freed.length === open.length && freed.every(isFreed))
    return heldBackIn(
      application.id,
      bars.filter(({ entitlement }) => freed.includes(entitlement)),
    );
  const left = [...open.map(({ action }) => action), ...(mode === 'converge' ? beyondReach(input) : [])];
  if (left.length > 0) return { applicationId: application.id, outcome: 'not-converged', left };
  const isWithheld = mode === 'converge' && withheld(input).length > 0;
  if (isWithheld) return inConflict(assignment, AWAITS_DECISION);
  if (barred.length > 0) {
    const still = barsAt(assignment, sight).filter(({ entitlement }) => barred.includes(entitlement));
    return heldBackIn(application.id, still);
  }
  return { applicationId: application.id, outcome: 'converged', changed: planned.length };
}

function isPlanned(id: string, planned: readonly Step[]): boolean {
  return planned.some((step) => step.action === 'grant' && step.entitlement === id);
}

/** @param bars at least one */
export function heldBackIn(applicationId: string, bars: readonly Bar[]): ApplicationOutcome {
  const awaits = bars.flatMap(({ elsewhere }) => (elsewhere.length > 0 ? elsewhere : [applicationId]));
  const error = bars.map((bar) => describeBar(bar, applicationId)).join('; ');
  const doubtUntilMs = Math.max(0, ...bars.map((bar) => bar.doubtUntilMs ?? 0));
  return {
    applicationId,
    outcome: 'held-back',
    awaits: [...new Set(awaits)].sort(),
    error,
    ...(doubtUntilMs > 0 && { doubtUntilMs }),
  };
}

const AWAITS_DECISION =
  'the account was there before and has privileged grants that nobody has looked at: decide on its reconciliation';

function inConflict({ application }: Assignment, error: string): ApplicationOutcome {
  return { applicationId: application.id, outcome: 'conflict', error };
}

function advance(
  state: Acting,
  { taken, account, atMs }: Pick<Extract<CallOutcome, { readonly happened: 'taken' }>, 'taken' | 'account' | 'atMs'>,
): Acting | Over {
  const changes = taken.map(({ step, place }) => ({ step, place, accountId: account?.accountId, atMs }));
  const tried = 'together' in state.next ? state.next.together : [state.next];
  // One by one it is told which of them fails, and why.
  const untaken = tried.filter(({ place }) => taken.every((each) => each.place !== place));
  return goOn({ ...state, account, done: [...state.done, ...changes] }, [...untaken, ...state.later]);
}

function goOn(state: Acting, batches: readonly StepBatch[]): Acting | Over {
  const [next, ...later] = batches;
  if (next !== undefined) return { ...state, next, later };
  return { ...ended(state), phase: 'acted', planned: state.planned, setback: state.setback };
}

function ended({ account, unreviewed, exposed, granted, leave, done }: Ended): Ended {
  return { account, unreviewed, exposed, granted, leave, done };
}

function afterFailure(
  assignment: Assignment,
  state: Acting,
  { error, atMs }: Extract<CallOutcome, { readonly happened: 'failed' }>,
): Acting | Over {
  const { next, later, account } = state;
  const nothing = { taken: [], account, atMs };
  if ('together' in next) {
    const isRefused = error instanceof PermanentError || error instanceof NotFoundError;
    return isRefused ? advance(state, nothing) : fail(assignment, state, error);
  }
  const { step } = next;
  if (error instanceof NotFoundError && TAKING_AWAY.has(step.action)) {
    return advance(state, { ...nothing, taken: [next] });
  }
  // A step of a removal that is refused for good does not keep the access that the others take away.
  if (error instanceof PermanentError && (assignment.desired === undefined || isAway(assignment)))
    return goOnRefused(assignment, state, step, error);
  const isGivenBack = step.action === 'grant' && step.entitlement === undefined;
  if (isGivenBack && (error instanceof PermanentError || error instanceof NotFoundError))
    return goOnWithout(state, step.grant, error);
  const isAttributeRefused = error instanceof PermanentError && step.action === 'update-account';
  if (!(error instanceof ConflictError) && !isAttributeRefused) return fail(assignment, state, error);
  const names = namesIn(step, account, assignment.profile);
  if (names.length === 0) return fail(assignment, state, error);
  const conflict = describeConflict(step.action, names, error);
  // A name that is taken, or an attribute that may not be changed, holds up no access; without an account there is none to give.
  if (account === undefined) return { ...ended(state), account, phase: 'name-taken', error: conflict };
  return goOn({ ...state, setback: { kind: 'for-a-person', error: conflict } }, later);
}

function goOnRefused({ capabilities }: Assignment, state: Acting, step: Step, error: PermanentError): Acting | Over {
  const first = state.setback?.kind === 'refused' ? state.setback : ({ kind: 'refused', step, error } as const);
  const later = state.later.filter((batch) => !('step' in batch && isPuttingAway(batch.step, step, capabilities)));
  return goOn({ ...state, setback: first }, later);
}

/** What cannot be given back after a leave is told once, and no longer owed: a person has to see to it. */
function goOnWithout(state: Acting, grant: string, { name, message }: Error): Acting | Over {
  const error = `grant (held before the leave): ${name}: ${message}`;
  const taken = state.leave?.taken.filter((one) => !isSameGrant(one, { grant })) ?? [];
  return goOn({ ...state, leave: { ...state.leave, taken }, setback: { kind: 'for-a-person', error } }, state.later);
}

/** What would hide or destroy what is left. Where deleting is the only way to cut off, it waits for nothing but the heir. */
function isPuttingAway(step: Step, refused: Step, { disable }: Capabilities): boolean {
  if (step.action === 'archive-account') return true;
  return step.action === 'delete-account' && (disable || refused.action === 'transfer-ownership');
}

/** The attributes by which a step names the account: what a conflict about it can be about. */
function namesIn(
  step: Step,
  account: ObservedAccount | undefined,
  profile: { readonly userName: string } | undefined,
): readonly string[] {
  if (step.action === 'create-account') return ['userName'];
  if (step.action !== 'update-account') return [];
  const renamed = profile?.userName !== account?.userName;
  return [...(renamed ? ['userName'] : []), ...step.attributes];
}

function describeConflict(what: string, names: readonly string[], { name, message }: Error): string {
  return `${what} (${names.join(', ')}): ${name}: ${message}`;
}
