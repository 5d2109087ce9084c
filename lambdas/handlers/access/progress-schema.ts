// How far an execution has come, as its state machine carries it from one pass to the next.
import * as z from 'zod';
import type { Progress } from '../../core/access/settlement.ts';
import { turnSchema } from '../shared/turn-schema.ts';

const MAXIMUM_APPLICATIONS = 1_000;

export const progressSchema: z.ZodType<Progress> = z.strictObject({
  version: z.int(),
  epoch: z.int(),
  judgedMs: z.number(),
  modelBasis: z.string().optional(),
  modelUnknown: z.literal(true).optional(),
  done: z.array(z.string()).max(MAXIMUM_APPLICATIONS),
  openTasks: z.int(),
  history: z.int().optional(),
  left: z
    .array(
      z.strictObject({
        applicationId: z.string(),
        fromMs: z.number(),
        turn: turnSchema.optional(),
        failures: z.int(),
        error: z.string().optional(),
        awaits: z.array(z.string()).max(MAXIMUM_APPLICATIONS).optional(),
        conflict: z.literal(true).optional(),
        givenUp: z.literal(true).optional(),
        told: z.literal(true).optional(),
      }),
    )
    .max(MAXIMUM_APPLICATIONS),
});
