// What systems post of how they are used. Its function reads the body as the kind of source does.
import * as z from 'zod';
import { components } from './components.ts';
import { defineRoutes, type RouteDefinitions } from './route.ts';

const activityRecords = z
  .union([z.record(z.string(), z.unknown()), z.array(z.record(z.string(), z.unknown())).max(10_000)])
  .meta({ description: 'As the source has it: of the type `ocsf`, events of OCSF 1.8; one, or a list.' })
  .register(components, { id: 'ActivityRecords' });

export const acceptedActivitySchema = z
  .strictObject({
    accepted: z.int().min(0).meta({ description: 'Records that can no longer be lost.' }),
    refused: z.int().min(0),
    faults: z
      .array(z.strictObject({ pointer: z.string(), detail: z.string() }))
      .meta({ description: 'Of those refused the first 100: where, and what was expected.' }),
  })
  .register(components, { id: 'AcceptedActivity' });
export type AcceptedActivity = z.infer<typeof acceptedActivitySchema>;

export const activityRoutes = defineRoutes({
  'receive-activity': {
    method: 'POST',
    path: '/activity/{source}',
    access: 'signature',
    summary: 'Post records of how access is used',
    description:
      'One record or many, up to 1 MB. A record that cannot be read is refused and named, and takes none of its ' +
      'neighbours with it. After a 429, 500, 503 or no answer at all, send the same again: no record is counted twice.',
    bodies: { 'application/json': activityRecords },
    answers: { 202: acceptedActivitySchema },
    problems: [413, 415, 503],
    uses: { audit: ['append'] },
  },
} as const satisfies RouteDefinitions);
