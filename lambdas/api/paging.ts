// How lists are paged: what every list's query and answer have in common.
import * as z from 'zod';

export const MAXIMUM_PAGE = 100;
export const DEFAULT_PAGE = 50;

export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(MAXIMUM_PAGE).default(DEFAULT_PAGE),
  after: z.string().min(1).max(2_000).optional().meta({ description: 'The `next` of the page before.' }),
};

export const next = z
  .string()
  .optional()
  .meta({ description: 'Opaque: pass it as `after` for the next page. Absent on the last page.' });
