// Wakes the removals that wait for an identity's manual tasks: once none is open, whatever closed the last one, and once
// there is nothing left to prove, since whoever left is employed again. Waking one twice does no harm.
import { isEmployed } from '../../core/identity/timeline.ts';
import type { WaitingExecutions } from '../../stores/waiting-executions.ts';
import type { Dependencies } from './dependencies.ts';
import { findIdentity } from './load-identity.ts';

export interface WakingDependencies extends Pick<Dependencies, 'directory' | 'tasks' | 'clock'> {
  readonly executions: WaitingExecutions;
}

export async function wakeRemovals(dependencies: WakingDependencies, identityId: string): Promise<void> {
  const loaded = await findIdentity(dependencies, identityId);
  const awaitsPeople = loaded?.record.tasks.some(({ status }) => status === 'open') && !isEmployed(loaded.state);
  if (!awaitsPeople) await wakeAll(dependencies, identityId);
}

/** Those that wait now, whatever they wait for. */
export async function wakeAll(
  { tasks, executions }: Pick<WakingDependencies, 'tasks' | 'executions'>,
  identityId: string,
): Promise<void> {
  // Forgotten only once it is woken: should waking fail, the next try finds it.
  for (const token of await tasks.listWaitingTokens(identityId)) {
    await executions.wake(token);
    await tasks.forgetWaitingToken(identityId, token);
  }
}
