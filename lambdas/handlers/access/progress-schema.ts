// How far an execution has come, as its state machine carries it from one pass to the next: as it is, or compressed where
// there are so many applications that Step Functions would refuse the whole (256 KB, of which it is carried twice).
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import * as z from 'zod';
import type { Progress } from '../../core/access/settlement.ts';
import { turnSchema } from '../shared/turn-schema.ts';

const MAXIMUM_APPLICATIONS = 1_000;
/** Of about a hundred applications: below, whoever reads an execution sees what it carries. */
const PACKED_FROM_CHARACTERS = 20_000;
/** Of 1,000 applications whose names, turns and errors are as long as they may be. */
const MAXIMUM_CHARACTERS = 2_000_000;

const progressSchema: z.ZodType<Progress> = z.strictObject({
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

export const carriedProgressSchema = z.union([progressSchema, z.string().max(MAXIMUM_CHARACTERS)]);

export type CarriedProgress = z.infer<typeof carriedProgressSchema>;

/** What carries its progress on. */
export type Carrying<Value> = Value extends { readonly progress: Progress }
  ? Omit<Value, 'progress'> & { readonly progress: CarriedProgress }
  : Value;

export function carried(progress: Progress): CarriedProgress {
  const text = JSON.stringify(progress);
  return text.length < PACKED_FROM_CHARACTERS ? progress : brotliCompressSync(text).toString('base64');
}

export function readProgress(progress: CarriedProgress): Progress {
  if (typeof progress !== 'string') return progress;
  const bytes = brotliDecompressSync(Buffer.from(progress, 'base64'), { maxOutputLength: MAXIMUM_CHARACTERS });
  return progressSchema.parse(JSON.parse(bytes.toString('utf8')));
}
