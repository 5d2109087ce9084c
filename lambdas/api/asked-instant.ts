// Routes that answer for another instant than now.
import * as z from 'zod';
import { EARLIEST_MS, LATEST_MS } from '../core/moment.ts';
import { instant } from './values.ts';

export const atQuery = {
  at: z.iso
    .datetime({ offset: true, abort: true, error: 'expected an RFC 3339 date-time with an offset' })
    .refine(
      (at) => Date.parse(at) >= EARLIEST_MS && Date.parse(at) < LATEST_MS,
      'expected an instant from 1900 to 2199',
    )
    .optional()
    .meta({ description: 'The instant that is asked about: RFC 3339, past or to come. Otherwise now.' }),
};

export const askedInstantSchema = z.strictObject({
  at: instant,
  modelHash: z.string().meta({ description: 'Of the access model by which this was worked out.' }),
  model: z.enum(['deployed-then', 'deployed-now']).meta({ description: 'Which one that is.' }),
  deployedThen: z
    .string()
    .optional()
    .meta({ description: 'Hash of the model that was deployed then. Absent: it is not on record, or yet to come.' }),
  limits: z.string().meta({ description: 'What the answer rests on, and what it therefore cannot tell.' }),
});
export type AskedInstantAnswer = z.infer<typeof askedInstantSchema>;
