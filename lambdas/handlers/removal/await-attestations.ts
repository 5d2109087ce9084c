// A departed identity's removal waits here, holding no lease, until people have attested their tasks: the stream's
// router wakes it, or whoever supersedes the last task. The token is kept before looking once more, so that nothing falls
// between; where nobody is to attest anything, none is kept. Of all executions that were started for one identity only the last to fence it off waits.
import * as z from 'zod';
import { identityIdSchema } from '../../core/identity/attributes.ts';
import { isOvertaken } from '../../core/removal/removal.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { stepFunctionsExecutions, type WaitingExecutions } from '../../stores/waiting-executions.ts';
import { type Dependencies, liveDependencies } from '../shared/dependencies.ts';
import { findIdentity } from '../shared/load-identity.ts';
import { awaitsPeople, wakeAll, wakeRemovals } from '../shared/wake-removals.ts';

const inputSchema = z.strictObject({
  identityId: identityIdSchema,
  /** Of the execution's own fence. Executions that were started before this was asked for lack it. */
  epoch: z.int().optional(),
  token: z.string(),
});

export interface AwaitDependencies extends Dependencies {
  readonly executions: WaitingExecutions;
}

export const awaitAttestations =
  (dependencies: AwaitDependencies) =>
  async ({ identityId, epoch, token }: z.infer<typeof inputSchema>): Promise<void> => {
    const { tasks, executions } = dependencies;
    const before = await findIdentity(dependencies, identityId);
    if (isOvertaken(before?.record.header.removal, epoch)) return executions.wake(token);
    if (epoch !== undefined && before !== undefined) await wakeAll(dependencies, before.record);
    if (before === undefined || !awaitsPeople(before)) return executions.wake(token);
    await tasks.saveWaitingToken(identityId, token);
    const loaded = await findIdentity(dependencies, identityId);
    if (loaded === undefined) return executions.wake(token);
    await wakeRemovals(dependencies, loaded);
  };

let live: ReturnType<typeof awaitAttestations> | undefined;

export const handler = serveTask('await-attestations', inputSchema, (input) => {
  live ??= awaitAttestations({ ...liveDependencies(), executions: stepFunctionsExecutions() });
  return live(input);
});
