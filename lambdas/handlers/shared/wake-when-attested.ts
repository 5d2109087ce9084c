// Wakes the executions that wait for an identity's manual tasks, once none is open. Waking one twice does no harm.
import type { WaitingExecutions } from '../../stores/waiting-executions.ts';
import type { Dependencies } from './dependencies.ts';

export interface WakingDependencies extends Pick<Dependencies, 'directory' | 'tasks'> {
  readonly executions: WaitingExecutions;
}

export async function wakeWhenAttested(
  { directory, tasks, executions }: WakingDependencies,
  identityId: string,
): Promise<void> {
  const record = await directory.load(identityId);
  if (record?.tasks.some(({ status }) => status === 'open')) return;
  // Forgotten only once it is woken: should waking fail, the next try finds it.
  for (const token of await tasks.listWaitingTokens(identityId)) {
    await executions.wake(token);
    await tasks.forgetWaitingToken(identityId, token);
  }
}
