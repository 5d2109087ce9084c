// Wakes the executions that wait for an identity's manual tasks, once none is open. Waking one twice does no harm.
import type { IdentityStore } from '../../stores/identities/identity-store.ts';
import type { WaitingExecutions } from '../../stores/waiting-executions.ts';

export async function wakeWhenAttested(
  { identities, executions }: { readonly identities: IdentityStore; readonly executions: WaitingExecutions },
  identityId: string,
): Promise<void> {
  const record = await identities.load(identityId);
  if (record?.tasks.some(({ status }) => status === 'open')) return;
  // Forgotten only once it is woken: should waking fail, the next try finds it.
  for (const token of await identities.listWaitingTokens(identityId)) {
    await executions.wake(token);
    await identities.forgetWaitingToken(identityId, token);
  }
}
