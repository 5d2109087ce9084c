// A turn in the queue of an application, as a state machine carries it from one pass to the next.
import * as z from 'zod';
import type { Turn } from '../../core/systems/queue.ts';

export const turnSchema: z.ZodType<Turn> = z.strictObject({
  lane: z.enum(['leavers', 'others']),
  startsMs: z.number(),
  shiftMs: z.number(),
});
