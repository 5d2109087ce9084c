// Converging a system with an API. Each call to it is fenced by the epoch and framed in the audit log: the intent
// before, the outcome and what the read-back saw after.
import type { ObservedAccount, Target } from '../../connectors/connector.ts';
import type { AuditEntry } from '../../core/audit.ts';
import { accountProfileOf } from '../../core/desired-access.ts';
import { type Capabilities, difference, lockDown, type Step } from '../../core/difference.ts';
import { NotFoundError, PermanentError } from '../../core/errors.ts';
import type { ApplicationOutcome } from '../../core/settlement.ts';
import type { AccountRecord } from '../../stores/identity-store.ts';
import { accountRecord, type ConvergenceCall, recordDiffers } from './convergence-call.ts';
import type { Dependencies } from './dependencies.ts';

export async function convergeTarget(
  { identities, clock }: Dependencies,
  call: ConvergenceCall,
  target: Target,
): Promise<ApplicationOutcome> {
  const { input, application, record, state, validUntilMs, desired, known, callId, entry } = call;
  const { identityId, applicationId, epoch, mode } = input;
  const attributes = 'attributes' in state ? state.attributes : undefined;
  const profile = attributes && accountProfileOf(identityId, attributes);
  const capabilities = capabilitiesOf(target);
  const key = {
    accountId: known?.account?.accountId,
    identityId,
    userName: profile?.userName ?? known?.account?.userName ?? identityId,
  };
  const read = () => target.findAccount(key);
  const stepsFor = (observed: ObservedAccount | undefined) => {
    const facing = { application, desired, observed, profile, capabilities };
    return mode === 'lock-down' ? lockDown(facing) : difference(facing);
  };
  const save = (
    observed: ObservedAccount | undefined,
    audit: readonly AuditEntry[],
    open: Pick<AccountRecord, 'openCallId' | 'lastError'> = {},
  ) => identities.saveAccount({ identityId, account: accountRecord(call, observed, clock(), open), audit });
  const readBack = (observed: ObservedAccount | undefined, of: string, sequence: string, error?: string) => {
    const evidence = observed && { enabled: observed.enabled, grants: observed.grants };
    const accountId = observed?.accountId;
    return entry(
      { type: 'access-read-back', applicationId, callId: of, accountId, observed: evidence, error },
      sequence,
    );
  };

  const before = await read();
  // An earlier call that died between its intent and its outcome is looked into first.
  const lost = known?.openCallId === undefined ? [] : [readBack(before, known.openCallId, 'lost')];
  const steps = stepsFor(before);
  if (mode === 'prove') {
    await save(before, [...lost, readBack(before, callId, 'proof')]);
    return conclude(applicationId, steps, 0);
  }
  if (steps.length === 0) {
    if (recordDiffers(call, before)) await save(before, lost);
    return { applicationId, outcome: 'converged', changed: 0 };
  }

  const intent = entry({ type: 'access-intended', applicationId, callId, steps }, 'intent');
  await save(before, [...lost, intent], { openCallId: callId });
  const done: AuditEntry[] = [];
  let account = before;
  const finish = (observed: ObservedAccount | undefined, lastError?: string) =>
    save(observed, [...done, readBack(observed, callId, 'outcome', lastError)], { lastError });
  try {
    for (const [index, step] of steps.entries()) {
      const stopped = await mayNotAct();
      if (stopped !== undefined) {
        await finish(await read());
        return { applicationId, outcome: stopped };
      }
      account = await takeStep(target, account, step, profile);
      done.push(
        entry({ type: 'access-changed', applicationId, callId, accountId: account?.accountId, step }, String(index)),
      );
    }
    if (account !== undefined) Object.assign(key, { accountId: account.accountId });
    const after = await read();
    await finish(after);
    return conclude(applicationId, stepsFor(after), steps.length);
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

async function takeStep(
  target: Target,
  account: ObservedAccount | undefined,
  step: Step,
  profile: Parameters<Target['createAccount']>[0] | undefined,
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
    update: target.updateAccount !== undefined,
    delete: target.deleteAccount !== undefined,
  };
}
