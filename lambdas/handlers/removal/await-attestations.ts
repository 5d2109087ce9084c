// A departed identity's removal waits here, holding no lease, until people have attested their tasks: the stream's
// router wakes it. The token is kept before looking once more, so that no attestation falls between.
import * as z from 'zod';
import { identityIdSchema } from '../../core/identity/attributes.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { stepFunctionsExecutions, type WaitingExecutions } from '../../stores/waiting-executions.ts';
import { type Dependencies, liveDependencies } from '../shared/dependencies.ts';
import { wakeWhenAttested } from '../shared/wake-when-attested.ts';

const inputSchema = z.strictObject({ identityId: identityIdSchema, token: z.string() });

export interface AwaitDependencies extends Dependencies {
  readonly executions: WaitingExecutions;
}

export const awaitAttestations =
  (dependencies: AwaitDependencies) =>
  async ({ identityId, token }: z.infer<typeof inputSchema>): Promise<void> => {
    await dependencies.tasks.saveWaitingToken(identityId, token);
    await wakeWhenAttested(dependencies, identityId);
  };

let live: ReturnType<typeof awaitAttestations> | undefined;

export const handler = serveTask('await-attestations', inputSchema, (input) => {
  live ??= awaitAttestations({ ...liveDependencies(), executions: stepFunctionsExecutions() });
  return live(input);
});
