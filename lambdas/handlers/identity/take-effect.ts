// An instant has come at which time itself changes somebody's access. That is recorded as facts are: the version
// rises, an audit entry is put, and the stream routes it on. Recording it twice is recording it once.
import * as z from 'zod';
import { RetryableError } from '../../core/errors.ts';
import { identityIdSchema } from '../../core/identity/attributes.ts';
import { serveTask } from '../../middleware/serve-task.ts';
import { type Dependencies, liveDependencies } from '../shared/dependencies.ts';
import { recordEffect } from '../shared/record-effect.ts';

const inputSchema = z.strictObject({ identityId: identityIdSchema, instantMs: z.int() });

export const takeEffect =
  (dependencies: Dependencies) =>
  async ({ identityId, instantMs }: z.infer<typeof inputSchema>): Promise<void> => {
    // A clock that runs ahead fires early; the schedule's own retries come back later.
    if (dependencies.clock() < instantMs) throw new RetryableError(`it is too early for the instant ${instantMs}`);
    await recordEffect(dependencies, identityId, instantMs);
  };

let live: ReturnType<typeof takeEffect> | undefined;

export const handler = serveTask('take-effect', inputSchema, (input) => {
  live ??= takeEffect(liveDependencies());
  return live(input);
});
