// What one execution of statemachines/visit-applications.asl.json visits at once: it ends within five minutes, however many
// applications there are.
import * as z from 'zod';

const MAXIMUM_SIZE = 40;

/** Executions that began before there were batches ask for none. */
export const batchSizeSchema = z.int().min(1).max(MAXIMUM_SIZE).optional();

export function inBatches<Application>(
  applications: readonly Application[],
  size: number | undefined,
): { readonly batches: readonly (readonly Application[])[] } | { readonly applications: readonly Application[] } {
  if (size === undefined) return { applications };
  const count = Math.ceil(applications.length / size);
  const batches = Array.from({ length: count }, (_, index) => applications.slice(index * size, (index + 1) * size));
  return { batches };
}
