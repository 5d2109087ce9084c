// What one item of a state machine's Map over applications hands on: a connector's answer, or the error that a Catch
// put in its place.
import * as z from 'zod';
import { STEP_ACTIONS } from '../../core/access/difference.ts';
import type { ApplicationOutcome } from '../../core/access/settlement.ts';
import { turnSchema } from './turn-schema.ts';

const MAXIMUM_ERROR_LENGTH = 500;

const caughtSchema = z
  .strictObject({
    applicationId: z.string(),
    outcome: z.literal('failed'),
    error: z.strictObject({ Error: z.string(), Cause: z.string().optional() }),
  })
  .transform(({ applicationId, error }): ApplicationOutcome => {
    return { applicationId, outcome: 'failed', error: describeCaught(error) };
  });

/** Functions from before it was told leave it out. */
const modelBasis = z.string().optional();

const answeredSchema = z.discriminatedUnion('outcome', [
  z.strictObject({ applicationId: z.string(), modelBasis, outcome: z.literal('converged'), changed: z.int() }),
  z.strictObject({ applicationId: z.string(), modelBasis, outcome: z.literal('waiting-for-task'), taskId: z.string() }),
  z.strictObject({ applicationId: z.string(), modelBasis, outcome: z.enum(['overtaken', 'outdated']) }),
  z.strictObject({ applicationId: z.string(), modelBasis, outcome: z.enum(['conflict', 'failed']), error: z.string() }),
  z.strictObject({
    applicationId: z.string(),
    modelBasis,
    outcome: z.literal('held-back'),
    awaits: z.array(z.string()),
    doubtUntilMs: z.number().optional(),
    error: z.string(),
  }),
  z.strictObject({
    applicationId: z.string(),
    modelBasis,
    outcome: z.literal('postponed'),
    because: z.enum(['busy', 'closed']),
    retryAfterMs: z.number().nonnegative(),
    error: z.string(),
    turn: turnSchema.optional(),
  }),
  z.strictObject({
    applicationId: z.string(),
    modelBasis,
    outcome: z.literal('not-converged'),
    left: z.array(z.enum(STEP_ACTIONS)),
  }),
]);

export const applicationOutcomeSchema: z.ZodType<ApplicationOutcome> = z.union([answeredSchema, caughtSchema]);

/** Lambda's Cause is JSON with the error's type and message; a time-out's is plain text. */
function describeCaught({ Error: name, Cause: cause }: { Error: string; Cause?: string | undefined }): string {
  return (describeCause(cause) ?? `${name}: ${cause ?? 'no cause given'}`).slice(0, MAXIMUM_ERROR_LENGTH);
}

function describeCause(cause: string | undefined): string | undefined {
  try {
    const { errorType, errorMessage } = JSON.parse(cause ?? '') as { errorType?: string; errorMessage?: string };
    return errorMessage === undefined ? undefined : `${errorType ?? 'Error'}: ${errorMessage}`;
  } catch {
    return undefined;
  }
}
