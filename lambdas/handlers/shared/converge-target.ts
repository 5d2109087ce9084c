// Converging a system with an API. Each call to it is fenced by the epoch and framed in the audit log: the intent
// before, the outcome and what the read-back saw after.
import type { ObservedAccount, Target } from '../../connectors/connector.ts';
import type { AuditEntry } from '../../core/audit.ts';
import { accountProfileOf, type DesiredAccount } from '../../core/desired-access.ts';
import { type Capabilities, difference, lockDown, type Step } from '../../core/difference.ts';
import { NotFoundError, PermanentError } from '../../core/errors.ts';
import type { ApplicationOutcome } from '../../core/settlement.ts';
import type { AccountRecord } from '../../stores/identity-store.ts';
import { accountRecord, type ConvergenceCall } from './convergence-call.ts';
import type { Dependencies } from './dependencies.ts';

export async function convergeTarget(
  { identities, clock }: Dependencies,
  call: ConvergenceCall,
  target: Target,
): Promise<ApplicationOutcome> {
  const { input, application, record, state, desired, callId, entry } = call;
  const { identityId, applicationId, epoch, mode } = input;
  const attributes = 'attributes' in state ? state.attributes : undefined;
  const profile = attributes && accountProfileOf(identityId, attributes);
  const known = record.accounts.find((account) => account.applicationId === applicationId);
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
  const save = (observed: ObservedAccount | undefined, audit: readonly AuditEntry[], lastError?: string) =>
    identities.saveAccount({ identityId, account: accountRecord(call, known, observed, clock(), lastError), audit });

  const before = await read();
  const steps = stepsFor(before);
  if (mode === 'prove') {
    await save(before, [
      entry(
        { type: 'access-read-back', applicationId, callId, accountId: before?.accountId, observed: evidenceOf(before) },
        'proof',
      ),
    ]);
    return conclude(applicationId, steps, 0);
  }
  if (steps.length === 0) {
    if (differs(known, before, desired)) await save(before, []);
    return { applicationId, outcome: 'converged', changed: 0 };
  }

  await save(before, [entry({ type: 'access-intended', applicationId, callId, steps }, 'intent')]);
  const done: AuditEntry[] = [];
  let account = before;
  const finish = async (observed: ObservedAccount | undefined, error?: string) => {
    const event = {
      type: 'access-read-back',
      applicationId,
      callId,
      accountId: observed?.accountId,
      observed: evidenceOf(observed),
      error,
    } as const;
    await save(observed, [...done, entry(event, 'outcome')], error);
  };
  try {
    for (const [index, step] of steps.entries()) {
      if (!(await identities.isCurrentEpoch(identityId, epoch))) {
        await finish(account);
        return { applicationId, outcome: 'overtaken' };
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

function evidenceOf(observed: ObservedAccount | undefined) {
  return observed && { enabled: observed.enabled, grants: observed.grants };
}

function differs(
  known: AccountRecord | undefined,
  observed: ObservedAccount | undefined,
  desired: DesiredAccount | undefined,
): boolean {
  if (known === undefined || known.lastError !== undefined) return true;
  if ((desired === undefined) !== (known.closedMs !== undefined)) return true;
  const { account } = known;
  return (
    account?.accountId !== observed?.accountId ||
    account?.userName !== observed?.userName ||
    account?.enabled !== observed?.enabled ||
    account?.grants.join('\n') !== observed?.grants.join('\n')
  );
}
