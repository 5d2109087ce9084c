// Wakes the execution that waits for an identity's manual tasks, once none is open. Taking the token before sending
// it means that of two callers one wakes it.
import type { IdentityStore } from '../../stores/identity-store.ts';
import type { WaitingExecutions } from '../../stores/waiting-executions.ts';

export async function wakeWhenAttested(
  { identities, executions }: { readonly identities: IdentityStore; readonly executions: WaitingExecutions },
  identityId: string,
): Promise<void> {
  const record = await identities.load(identityId);
  if (record?.tasks.some(({ status }) => status === 'open')) return;
  const token = await identities.takeWaitingToken(identityId);
  if (token !== undefined) await executions.wake(token);
}
