// What one execution of statemachines/visit-applications.asl.json visits at once: it ends within five minutes, however many
// applications there are. Those that one function reaches are visited by one call of it.
import * as z from 'zod';
import type { Turn } from '../../core/systems/queue.ts';
import type { ConcernedApplication } from './concerned-applications.ts';

const MAXIMUM_SIZE = 40;
const MAXIMUM_TOGETHER = 20;

/** What an execution asks for. Those that began before there were batches ask for none, and later ones for no groups. */
export const batchShape = {
  batchSize: z.int().min(1).max(MAXIMUM_SIZE).optional(),
  /** Applications that one call visits at most. */
  together: z.int().min(1).max(MAXIMUM_TOGETHER).optional(),
};

const schema = z.object(batchShape);

export interface VisitedApplication extends ConcernedApplication {
  /** In the application's queue. Null: it has none. */
  readonly turn: Turn | null;
}

/** Applications that one function reaches. */
export interface VisitedGroup {
  readonly connector: string;
  readonly visits: readonly Omit<VisitedApplication, 'connector'>[];
}

export interface Batches<Application extends VisitedApplication> {
  /** To be visited now, so many at once. Executions that ask for no size have them in one list. */
  readonly batches?: readonly (readonly (Application | VisitedGroup)[])[];
  readonly applications?: readonly Application[];
}

export function inBatches<Application extends VisitedApplication>(
  applications: readonly Application[],
  { batchSize, together }: z.infer<typeof schema>,
): Batches<Application> {
  if (batchSize === undefined) return { applications };
  const batches = chunks(applications, batchSize);
  if (together === undefined) return { batches };
  return { batches: batches.map((batch) => inGroups(batch, together)) };
}

/** In the order in which the first of each comes. */
function inGroups(applications: readonly VisitedApplication[], together: number): readonly VisitedGroup[] {
  const connectors = [...new Set(applications.map(({ connector }) => connector))];
  return connectors.flatMap((connector) => {
    const visits = applications
      .filter((one) => one.connector === connector)
      .map(({ applicationId, turn }) => ({ applicationId, turn }));
    return chunks(visits, together).map((some) => ({ connector, visits: some }));
  });
}

function chunks<One>(all: readonly One[], size: number): readonly (readonly One[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}
