// How the API says that something went wrong: problem details (RFC 9457), by status.
import * as z from 'zod';
import { components } from './components.ts';

/** By status, what it says to any caller of any route. */
export const PROBLEMS = {
  400: 'The request cannot be read.',
  401: 'Not authenticated.',
  403: 'None of your roles allows this, or it is not about one of your own reports.',
  404: 'There is no such thing.',
  409: 'It contradicts what was accepted before.',
  413: 'More than 1 MB, or more than 100 events.',
  415: 'Another media type was expected.',
  422: 'Every fault, by JSON pointer.',
  429: 'Slow down and send the same again.',
  500: 'Something went wrong inside Tenure.',
  503: 'Send the same again in a moment.',
} as const;
export type ProblemStatus = keyof typeof PROBLEMS;

export const problemSchema = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().meta({ description: 'Quote it when asking about this answer.' }),
    errors: z
      .array(
        z.strictObject({
          pointer: z.string().meta({ description: 'RFC 6901; into the body, or `/name` of a query parameter.' }),
          detail: z.string(),
        }),
      )
      .optional(),
  })
  .meta({ description: 'RFC 9457 problem details.' })
  .register(components, { id: 'Problem' });
