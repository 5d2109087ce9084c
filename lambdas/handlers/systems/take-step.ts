// One step of a plan as the call to the connector that takes it.
import type { Heir, Target } from '../../connectors/contract/connector.ts';
import type { Capabilities, Step } from '../../core/access/difference.ts';
import { PermanentError } from '../../core/errors.ts';
import type { ObservedAccount } from '../../core/systems/account.ts';
import type { AccountProfile } from '../../core/systems/account-profile.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import { findSuccessor } from '../shared/find-successor.ts';
import type { ConvergenceCall } from './convergence-call.ts';

export interface StepHelp {
  readonly profile: AccountProfile | undefined;
  readonly findHeir: () => Promise<Heir>;
}

/** The account afterwards: another one only if the step created it. Throws whatever the connector throws. */
export async function takeStep(
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
  await send(target, account, step, { profile, findHeir });
  return account;
}

async function send(
  target: Target,
  account: ObservedAccount,
  step: Exclude<Step, { readonly action: 'create-account' }>,
  { profile, findHeir }: StepHelp,
): Promise<void> {
  switch (step.action) {
    case 'grant':
      return target.grant(account, step.grant);
    case 'revoke':
      return target.revoke(account, step.grant);
    case 'enable-account':
      return target.enableAccount?.(account);
    case 'disable-account':
      return target.disableAccount?.(account);
    case 'end-sessions':
      return target.endSessions?.(account);
    case 'revoke-credential':
      return target.revokeCredential?.(account, { credentialId: step.credentialId, kind: step.kind });
    case 'transfer-ownership':
      return target.transferOwnership?.(account, await findHeir());
    case 'archive-account':
      return target.archiveAccount?.(account);
    case 'update-account':
      return profile && target.updateAccount?.(account, profile);
    case 'delete-account':
      return target.deleteAccount?.(account);
    default:
      return step satisfies never;
  }
}

/** The successor's account in the same system, if there is one that can be used. */
export async function findHeir(dependencies: Dependencies, { timeline, state, input }: ConvergenceCall): Promise<Heir> {
  if (state.status !== 'departed') return { account: undefined };
  const successor = await findSuccessor(dependencies, timeline, state);
  const theirs = successor === undefined ? undefined : await dependencies.directory.load(successor);
  const held = theirs?.accounts.find(({ applicationId }) => applicationId === input.applicationId)?.account;
  return { account: held?.enabled ? held : undefined };
}

export function capabilitiesOf(target: Target): Capabilities {
  return {
    disable: target.disableAccount !== undefined,
    endSessions: target.endSessions !== undefined,
    revokeCredentials: target.revokeCredential !== undefined,
    transferOwnership: target.transferOwnership !== undefined,
    archive: target.archiveAccount !== undefined,
    update: target.updateAccount !== undefined,
    delete: target.deleteAccount !== undefined,
    admitsAlone: target.admitsAlone === true,
  };
}
