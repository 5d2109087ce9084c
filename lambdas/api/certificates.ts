// Offboarding certificates: what was removed from a departed identity, and the proof that it is gone.
import * as z from 'zod';
import { STEP_ACTIONS } from '../core/access/difference.ts';
import { identityIdSchema } from '../core/identity/attributes.ts';
import { components } from './components.ts';
import { defineRoutes, type RouteDefinitions } from './route.ts';
import { instant } from './values.ts';

const removedAccess = z.strictObject({
  action: z.enum(STEP_ACTIONS),
  what: z.string().optional().meta({ description: "The grant in the system's own words, or the credential's id." }),
  at: instant,
  by: z.string().meta({ description: 'The connector that did it.' }),
  entryId: z.string().meta({ description: 'The audit entry.' }),
});

const truncated = z.boolean().meta({ description: 'More was removed than is listed; the audit log has all of it.' });

export const certificateSchema = z
  .strictObject({
    certificateId: z.string(),
    identityId: identityIdSchema,
    version: z.int().meta({ description: "The identity's version when its removal began." }),
    acceptedAt: instant.meta({
      description: "When HR's word was accepted; when the contract ended, if nobody said so.",
    }),
    departedAt: instant.meta({ description: 'When the departure took effect.' }),
    startedAt: instant,
    provenAt: instant.meta({
      description: 'When every system had been read back without access, and whatever might outlast that had run out.',
    }),
    lastAccessAt: instant
      .optional()
      .meta({ description: 'The last moment at which access to any system was possible, residual windows included.' }),
    applications: z.array(
      z.strictObject({
        applicationId: z.string(),
        accountId: z.string().optional(),
        outcome: z.enum(['no-account', 'deleted', 'disabled']),
        provenBy: z
          .enum(['read-back', 'attestation'])
          .optional()
          .meta({ description: "Whose word that is: the system's own, or that of whoever attested." }),
        removed: z.array(removedAccess),
        truncated,
        disabledAt: instant.optional().meta({ description: 'When new sign-ins were refused.' }),
        lastGrantRemovedAt: instant.optional(),
        closedAt: instant.optional().meta({ description: 'When it was first read without access.' }),
        residual: z
          .strictObject({ what: z.string(), until: instant })
          .optional()
          .meta({ description: 'What nobody could take back, and when it had ended by itself.' }),
        lastAccessAt: instant.optional().meta({ description: 'The last moment at which access was possible.' }),
        verifiedAt: instant,
        verifiedBy: z.array(z.string()).meta({ description: 'The audit entries of the read-backs.' }),
      }),
    ),
    notProven: z
      .array(
        z.strictObject({
          applicationId: z.string(),
          accountId: z.string().optional(),
          why: z.enum(['not-in-model', 'not-attested', 'not-read', 'open']).meta({
            description:
              'The access model no longer has the application, a person attested it before the departure and not ' +
              'since, it was not read since, or it was read with access.',
          }),
          removed: z.array(removedAccess),
          truncated,
          closedAt: instant.optional().meta({ description: 'When it was read without access, or attested to be.' }),
          lastReadAt: instant,
        }),
      )
      .optional()
      .meta({
        description: 'Accounts of which nothing was read since the departure: this certificate proves nothing of them.',
      }),
    handedOver: z.array(identityIdSchema).meta({
      description: 'Identities it owned when it left: each has another owner since, or is suspended.',
    }),
    attestations: z.array(
      z.strictObject({
        taskId: z.string(),
        applicationId: z.string(),
        attestedBy: z.string(),
        attestedAt: instant,
        evidence: z.string().optional(),
        confirmedBy: z.string().optional().meta({ description: 'Where it took a second person.' }),
        files: z.array(z.string()).optional().meta({ description: 'SHA-256 of the files that show it, hex.' }),
      }),
    ),
  })
  .register(components, { id: 'Certificate' });

export type CertificateAnswer = z.infer<typeof certificateSchema>;

export const certificateRoutes = defineRoutes({
  'get-certificate': {
    method: 'GET',
    path: '/certificates/{id}',
    access: { hr: 'all', manager: 'own-reports', it: 'none', security: 'all', operations: 'all', auditor: 'all' },
    summary: 'The offboarding certificate of a departure',
    description:
      'There once every system was read back clean and whatever may outlast that has run out; ' +
      '`removal.certificateId` of the identity names it. `Accept: text/html` gives a page that prints.',
    answers: { 200: certificateSchema },
    uses: { accounts: ['findCertificate'], directory: ['load'] },
  },
} as const satisfies RouteDefinitions);
