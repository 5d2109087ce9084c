// Wakes the removals that wait for an identity's manual tasks: once none is open, whatever closed the last one, and once
// there is nothing left to prove, since whoever left is employed again. Waking one twice does no harm.
import type { IdentityRecord } from '../../core/access/identity-record.ts';
import { isEmployed } from '../../core/identity/timeline.ts';
import type { WaitingExecutions } from '../../stores/waiting-executions.ts';
import type { Dependencies } from './dependencies.ts';
import type { LoadedIdentity } from './load-identity.ts';

export interface WakingDependencies extends Pick<Dependencies, 'tasks'> {
  readonly executions: WaitingExecutions;
}

/** @param loaded as it was read after whatever may have closed the last task */
export async function wakeRemovals(dependencies: WakingDependencies, loaded: LoadedIdentity): Promise<void> {
  if (!awaitsPeople(loaded)) await wakeAll(dependencies, loaded.record);
}

/** Whether the removal goes on no earlier than somebody has attested a task. */
export function awaitsPeople({ record, state }: Pick<LoadedIdentity, 'record' | 'state'>): boolean {
  return record.tasks.some(({ status }) => status === 'open') && !isEmployed(state);
}

/** Those that wait now, whatever they wait for. Where nobody was ever asked for anything, none does. */
export async function wakeAll(
  { tasks, executions }: WakingDependencies,
  { header: { identityId }, tasks: everAsked }: Pick<IdentityRecord, 'header' | 'tasks'>,
): Promise<void> {
  if (everAsked.length === 0) return;
  // Forgotten only once it is woken: should waking fail, the next try finds it.
  for (const token of await tasks.listWaitingTokens(identityId)) {
    await executions.wake(token);
    await tasks.forgetWaitingToken(identityId, token);
  }
}
