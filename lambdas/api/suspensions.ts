// Keeping somebody out in an emergency, and letting them in again: the service desk's, and security's.
import * as z from 'zod';
import { identityIdSchema } from '../core/identity/attributes.ts';
import { SUSPENDING_ROLES } from '../core/identity/facts.ts';
import { components } from './components.ts';
import { defineRoutes, type RouteDefinitions } from './route.ts';
import { identityStatus, instant } from './values.ts';

export const suspension = z.strictObject({
  fact: z.string(),
  by: identityIdSchema,
  as: z
    .enum(SUSPENDING_ROLES)
    .meta({ description: 'In which role it was said: what `security` suspended, `security` alone resumes.' }),
  since: instant,
  reason: z.string().optional(),
});
export type SuspensionAnswer = z.infer<typeof suspension>;

export const suspendSchema = z
  .strictObject({
    reason: z.string().trim().min(1).max(500).meta({ description: 'Why it cannot wait. It is kept.' }),
  })
  .register(components, { id: 'Suspend' });

export const suspensionStateSchema = z
  .strictObject({
    identityId: identityIdSchema.meta({ description: 'Of an id that was merged, the one it counts at.' }),
    version: z.int(),
    status: identityStatus.meta({ description: 'Still `suspended` where HR has told of a leave as well.' }),
    suspensions: z.array(suspension).meta({ description: 'Those that nobody has resumed.' }),
  })
  .register(components, { id: 'SuspensionState' });

const ACCESS = {
  hr: 'none',
  manager: 'none',
  it: 'none',
  security: 'all',
  operations: 'all',
  auditor: 'none',
} as const;

export const suspensionRoutes = defineRoutes({
  'suspend-identity': {
    method: 'POST',
    path: '/identities/{id}/suspension',
    access: ACCESS,
    summary: 'Keep an identity out in an emergency',
    description:
      'At once, as on leave: accounts are disabled, sessions end, what is held is kept. It lasts until somebody resumes it, ' +
      'whatever HR tells meanwhile. Repeating it changes nothing. As many as the mass-error guard lets HR take access from, ' +
      '`operations` suspends within its window, and no more (409). Nobody suspends themselves or what they own: a token that ' +
      'names no identity answers 403.',
    body: suspendSchema,
    answers: { 200: suspensionStateSchema },
    problems: [409],
    auditsRefusals: true,
    uses: {
      facts: ['recordFact'],
      directory: ['listIdentities', 'load'],
      holds: ['findPopulation', 'listDisabling', 'noteDisabling', 'savePopulation'],
      massErrorGuard: true,
    },
  },
  'resume-identity': {
    method: 'DELETE',
    path: '/identities/{id}/suspension',
    access: ACCESS,
    summary: 'Let an identity in again that was kept out in an emergency',
    description:
      'What `security` suspended, `operations` does not resume (403). A leave that HR told of goes on, and who has left has ' +
      'left. Repeating it changes nothing; where nobody was kept out but by HR, it answers 409. Nobody resumes themselves or ' +
      'what they own.',
    answers: { 200: suspensionStateSchema },
    problems: [409],
    auditsRefusals: true,
    uses: { facts: ['recordFact'], directory: ['load'] },
  },
} as const satisfies RouteDefinitions);
