// How long leavers' access lasted, by system.
import * as z from 'zod';
import { components } from './components.ts';
import { defineRoutes, type RouteDefinitions } from './route.ts';
import { instant } from './values.ts';

const distribution = z.strictObject({ count: z.int(), p50Seconds: z.number(), p99Seconds: z.number() });
export const timeToRevokeSchema = z
  .strictObject({
    since: instant.meta({ description: 'Removals proven after this, 30 days back.' }),
    removals: z.int(),
    complete: z.boolean().meta({ description: 'False: there were more than are counted; the latest are.' }),
    deadlines: z.array(z.strictObject({ id: z.string(), title: z.string(), seconds: z.int() })),
    applications: z.array(
      z.strictObject({
        applicationId: z.string(),
        measures: z.strictObject({
          disabled: distribution.optional(),
          lastGrantRemoved: distribution.optional(),
          proven: distribution.optional(),
        }),
        withinDeadline: z.record(z.string(), z.int()).optional().meta({
          description:
            'By deadline: how many of `measures.disabled.count` were disabled within it. Absent when none had to be.',
        }),
      }),
    ),
  })
  .register(components, { id: 'TimeToRevoke' });

export type TimeToRevokeAnswer = z.infer<typeof timeToRevokeSchema>;

export const timeToRevokeRoutes = defineRoutes({
  'get-time-to-revoke': {
    method: 'GET',
    path: '/time-to-revoke',
    access: { hr: 'none', manager: 'none', it: 'all', security: 'all', operations: 'all', auditor: 'all' },
    summary: "How long leavers' access lasted, by system",
    description:
      'From the acceptance of the leaver, or its effective time where that came later, until sign-in was refused, ' +
      'until the last grant was gone, and until that was proven; over the last 30 days, beside what others promise.',
    answers: { 200: timeToRevokeSchema },
    uses: { accounts: ['listCertificates'] },
  },
} as const satisfies RouteDefinitions);
