// Converging a system with an API. Each call to it is fenced by the epoch and framed in the audit log: the intent
// before, the outcome and what the read-back saw after.
import type { AccountKey, Heir, ObservedAccount, ResidualWindow, Target } from '../../connectors/contract/connector.ts';
import { type Capabilities, difference, lockDown, type Step } from '../../core/access/difference.ts';
import { exposedCredentials, isDue } from '../../core/access/exposed-credentials.ts';
import type { ApplicationOutcome } from '../../core/access/settlement.ts';
import { batchSteps, type PlannedRevoke, type PlannedStep } from '../../core/access/step-batches.ts';
import type { AuditEntry, ObservedEvidence } from '../../core/audit/audit.ts';
import { ConflictError, NotFoundError, PermanentError, RetryableError } from '../../core/errors.ts';
import { buildTimeline } from '../../core/identity/timeline.ts';
import type { AccountProfile } from '../../core/systems/account-profile.ts';
import { accountProfileOf } from '../../core/systems/account-profile.ts';
import type { AccountRecord } from '../../stores/identities/identity-store.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { findSuccessor } from '../shared/find-successor.ts';
import { unreviewedOf } from './adopted-account.ts';
import { accountRecord, type ConvergenceCall } from './convergence-call.ts';

export async function convergeTarget(
  dependencies: Dependencies,
  call: ConvergenceCall,
  { target, residual }: { readonly target: Target; readonly residual?: ResidualWindow | undefined },
): Promise<ApplicationOutcome> {
  const { identities, audit, clock } = dependencies;
  const { input, application, record, state, validUntilMs, nowMs, desired, retentionIsOver, known, callId, entry } =
    call;
  const { identityId, applicationId, epoch, mode } = input;
  const attributes = 'attributes' in state ? state.attributes : undefined;
  const profile = attributes && accountProfileOf(identityId, attributes);
  const capabilities = capabilitiesOf(target);
  const key = {
    accountId: known?.account?.accountId,
    identityId,
    userName: profile?.userName ?? known?.account?.userName ?? identityId,
  };
  const read = () => (desired === undefined ? findLastTrace(target, key) : target.findAccount(key));
  let unreviewed: readonly string[] | undefined;
  let exposed = known?.exposed;
  const findExposed = ({ credentials }: ObservedAccount) =>
    exposedCredentials({
      changedMs: call.ownerChangedMs,
      credentials,
      known: exposed,
      firstContact: known?.account === undefined,
      graceHours: application.credentialGraceHours,
      nowMs,
    });
  const stepsFor = (observed: ObservedAccount | undefined) => {
    const facing = { application, desired, observed, profile, capabilities, retentionIsOver };
    const due = observed?.credentials?.filter((credential) => isDue(credential, exposed, nowMs)) ?? [];
    const compromised = new Set(due.map(({ credentialId }) => credentialId));
    return mode === 'lock-down'
      ? lockDown(facing)
      : difference({ ...facing, unreviewed: unreviewed && new Set(unreviewed), compromised });
  };
  let revision = known?.revision ?? 0;
  const trySave = async (
    observed: ObservedAccount | undefined,
    entries: readonly AuditEntry[],
    open: OpenCall = {},
  ) => {
    const account = accountRecord(call, { revision: revision + 1, readMs: clock(), ...open }, observed, residual);
    if (observed !== undefined) exposed = findExposed(observed);
    const kept = { ...account, unreviewed, exposed };
    const saved = await identities.saveAccount({ identityId, account: kept, audit: entries });
    if (saved) revision += 1;
    return saved;
  };
  const save = async (observed: ObservedAccount | undefined, entries: readonly AuditEntry[], open?: OpenCall) => {
    if (await trySave(observed, entries, open)) return;
    throw new RetryableError(`another call about ${identityId} in ${applicationId} was faster`);
  };
  const readBack = (observed: ObservedAccount | undefined, of: string, sequence: string, error?: string) => {
    const evidence = observed && evidenceOf(observed);
    const accountId = observed?.accountId;
    return entry(
      { type: 'access-read-back', applicationId, callId: of, accountId, observed: evidence, error },
      sequence,
    );
  };

  let before: ObservedAccount | undefined;
  try {
    before = await read();
  } catch (error) {
    if (!(error instanceof ConflictError) || desired === undefined) throw error;
    const conflict = describeConflict('find-account', ['userName'], error);
    unreviewed = unreviewedOf(call, 'conflict');
    await save(undefined, [readBack(undefined, callId, 'outcome', conflict)], { lastError: conflict });
    return { applicationId, outcome: 'conflict', error: conflict };
  }
  unreviewed = unreviewedOf(call, before);
  if (before !== undefined) exposed = findExposed(before);
  // An earlier call that died between its intent and its outcome is looked into first.
  const lost = known?.openCallId === undefined ? [] : [readBack(before, known.openCallId, 'lost')];
  const steps = stepsFor(before);
  if (mode === 'prove') {
    await save(before, [...lost, readBack(before, callId, 'proof')]);
    return conclude(applicationId, steps, 0);
  }
  if (steps.length === 0) {
    // Kept even when it tells nothing new: a write still on its way from a call that died is refused from here on.
    await save(before, lost);
    return { applicationId, outcome: 'converged', changed: 0 };
  }

  const intent = entry({ type: 'access-intended', applicationId, callId, steps }, 'intent');
  await save(before, [...lost, intent], { openCallId: callId });
  const done: AuditEntry[] = [];
  let account = before;
  let conflict: string | undefined;
  let refused: { readonly step: Step; readonly error: PermanentError } | undefined;
  const finish = async (observed: ObservedAccount | undefined, lastError?: string) => {
    const entries = [...done, readBack(observed, callId, 'outcome', lastError)];
    // What was done is told even when a later call knows the account better by now.
    if (!(await trySave(observed, entries, { lastError }))) await audit.append(entries);
  };
  const changed = ({ step, place }: PlannedStep) =>
    entry({ type: 'access-changed', applicationId, callId, accountId: account?.accountId, step }, String(place));
  try {
    const batches = [...batchSteps(steps, target.revokeAll !== undefined)];
    for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
      if (refused !== undefined && 'step' in batch && isPuttingAway(batch.step, refused.step, capabilities)) continue;
      const stopped = await mayNotAct();
      if (stopped !== undefined) {
        await finish(await read());
        return { applicationId, outcome: stopped };
      }
      if ('together' in batch) {
        const gone = await revokeTogether(target, account, batch.together);
        done.push(...batch.together.filter(({ step }) => gone.has(step.grant)).map(changed));
        // One by one it is told which of them fails, and why.
        batches.unshift(...batch.together.filter(({ step }) => !gone.has(step.grant)));
        continue;
      }
      const { step } = batch;
      try {
        account = await takeStep(target, account, step, { profile, findHeir: () => findHeir(dependencies, call) });
      } catch (error) {
        // A step of a removal that is refused for good does not keep the access that the others take away.
        if (desired === undefined && error instanceof PermanentError) {
          refused ??= { step, error };
          continue;
        }
        const names = error instanceof ConflictError ? namesIn(step, account, profile) : [];
        if (names.length === 0) throw error;
        conflict = describeConflict(step.action, names, error);
        // A name that is taken holds up no access; without an account there is none to give.
        if (account !== undefined) continue;
        await finish(undefined, conflict);
        return { applicationId, outcome: 'conflict', error: conflict };
      }
      done.push(changed(batch));
    }
    if (account !== undefined) Object.assign(key, { accountId: account.accountId });
    const after = await read();
    if (refused !== undefined) {
      const error = `${refused.step.action}: ${refused.error.name}: ${refused.error.message}`;
      await finish(after, error);
      return { applicationId, outcome: 'failed', error };
    }
    await finish(after, conflict);
    const concluded = conclude(applicationId, stepsFor(after), steps.length);
    if (conflict === undefined || concluded.outcome !== 'converged') return concluded;
    return { applicationId, outcome: 'conflict', error: conflict };
  } catch (error) {
    await finish(account, error instanceof Error ? `${error.name}: ${error.message}` : 'unknown error');
    throw error;
  }

  /** Asked before each call to the system: has the lease changed hands, a fact come in, or an instant passed? */
  async function mayNotAct(): Promise<'overtaken' | 'outdated' | undefined> {
    const mark = await identities.readMark(identityId);
    if (mark.epoch !== epoch) return 'overtaken';
    return mark.version === record.header.version && clock() < validUntilMs ? undefined : 'outdated';
  }
}

/** What would hide or destroy what is left. Where deleting is the only way to cut off, it waits for nothing but the heir. */
function isPuttingAway(step: Step, refused: Step, { disable }: Capabilities): boolean {
  if (step.action === 'archive-account') return true;
  return step.action === 'delete-account' && (disable || refused.action === 'transfer-ownership');
}

type OpenCall = Pick<AccountRecord, 'openCallId' | 'lastError'>;

/** Somebody else's account by the same name is no trace of this identity. */
async function findLastTrace(target: Target, key: AccountKey): Promise<ObservedAccount | undefined> {
  try {
    return await target.findAccount(key);
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    return target.findAccount({ ...key, userName: key.identityId });
  }
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

function describeConflict(what: string, names: readonly string[], error: unknown): string {
  const { name, message } = error as Error;
  return `${what} (${names.join(', ')}): ${name}: ${message}`;
}

interface StepHelp {
  readonly profile: AccountProfile | undefined;
  readonly findHeir: () => Promise<Heir>;
}

/** The successor's account in the same system, if there is one that can be used. */
async function findHeir(dependencies: Dependencies, { record, state, input }: ConvergenceCall): Promise<Heir> {
  if (state.status !== 'departed') return { account: undefined };
  const successor = await findSuccessor(dependencies, buildTimeline(record.facts), state);
  const theirs = successor === undefined ? undefined : await dependencies.identities.load(successor);
  const held = theirs?.accounts.find(({ applicationId }) => applicationId === input.applicationId)?.account;
  return { account: held?.enabled ? held : undefined };
}

function evidenceOf({ enabled, grants, openSessions, credentials, archived }: ObservedAccount): ObservedEvidence {
  return { enabled, grants, openSessions, credentials: credentials?.map(({ credentialId }) => credentialId), archived };
}

async function takeStep(
  target: Target,
  account: ObservedAccount | undefined,
  step: Step,
  { profile, findHeir }: StepHelp,
): Promise<ObservedAccount | undefined> {
  if (step.action === 'create-account') {
    if (profile === undefined)
      throw new PermanentError('an account cannot be created for an identity without attributes');
    return target.createAccount(profile);
  }
  if (account === undefined) throw new PermanentError(`${step.action}: there is no account`);
  switch (step.action) {
    case 'grant':
      await target.grant(account, step.grant);
      return account;
    case 'revoke':
      await succeedWhenGone(target.revoke(account, step.grant));
      return account;
    case 'enable-account':
      await target.enableAccount?.(account);
      return account;
    case 'disable-account':
      await succeedWhenGone(target.disableAccount?.(account));
      return account;
    case 'end-sessions':
      await succeedWhenGone(target.endSessions?.(account));
      return account;
    case 'revoke-credential': {
      const { credentialId, kind } = step;
      await succeedWhenGone(target.revokeCredential?.(account, { credentialId, kind }));
      return account;
    }
    case 'transfer-ownership':
      await target.transferOwnership?.(account, await findHeir());
      return account;
    case 'archive-account':
      await target.archiveAccount?.(account);
      return account;
    case 'update-account':
      if (profile !== undefined) await target.updateAccount?.(account, profile);
      return account;
    case 'delete-account':
      await succeedWhenGone(target.deleteAccount?.(account));
      return account;
    default:
      return step satisfies never;
  }
}

/** The grants that are certainly gone: none when the call was refused as a whole. */
async function revokeTogether(
  target: Target,
  account: ObservedAccount | undefined,
  together: readonly PlannedRevoke[],
): Promise<ReadonlySet<string>> {
  const grants = together.map(({ step }) => step.grant);
  try {
    return new Set(account && (await target.revokeAll?.(account, grants)));
  } catch (error) {
    if (error instanceof PermanentError || error instanceof NotFoundError) return new Set();
    throw error;
  }
}

async function succeedWhenGone(call: Promise<void> | undefined): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
  }
}

/** Attributes are told, not enforced: a system that keeps its own spelling of a title does not hold up access. */
function conclude(applicationId: string, left: readonly Step[], changed: number): ApplicationOutcome {
  const open = left.filter(({ action }) => action !== 'update-account');
  if (open.length === 0) return { applicationId, outcome: 'converged', changed };
  return { applicationId, outcome: 'not-converged', left: open.map(({ action }) => action) };
}

function capabilitiesOf(target: Target): Capabilities {
  return {
    disable: target.disableAccount !== undefined,
    endSessions: target.endSessions !== undefined,
    revokeCredentials: target.revokeCredential !== undefined,
    transferOwnership: target.transferOwnership !== undefined,
    archive: target.archiveAccount !== undefined,
    update: target.updateAccount !== undefined,
    delete: target.deleteAccount !== undefined,
  };
}
