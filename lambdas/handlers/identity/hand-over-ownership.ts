// When somebody leaves: all that the leaver owned finds somebody who answers for it.
import * as z from 'zod';
import { identityIdSchema } from '../../core/identity/attributes.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { type Dependencies, liveDependencies } from '../shared/dependencies.ts';
import { handOverAll } from '../shared/hand-over.ts';

const inputSchema = z.strictObject({ identityId: identityIdSchema, trigger: z.string() });

export const handOverOwnership =
  (dependencies: Dependencies) =>
  async ({ identityId, trigger }: z.infer<typeof inputSchema>): Promise<{ readonly handedOver: number }> => ({
    handedOver: await handOverAll(dependencies, identityId, trigger),
  });

let live: ReturnType<typeof handOverOwnership> | undefined;

export const handler = serveTask('hand-over-ownership', inputSchema, (input) => {
  live ??= handOverOwnership(liveDependencies());
  return live(input);
});
