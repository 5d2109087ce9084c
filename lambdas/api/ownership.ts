// Answering for what is no person: saying so, and what is one's own to answer for.
import * as z from 'zod';
import { IDENTITY_KINDS, identityIdSchema } from '../core/identity/attributes.ts';
import { components } from './components.ts';
import { next, pageQuery } from './paging.ts';
import { defineRoutes, type RouteDefinitions } from './route.ts';
import { identityStatus, instant } from './values.ts';

export const answering = z.strictObject({
  owner: identityIdSchema,
  acceptedBy: identityIdSchema
    .optional()
    .meta({ description: 'Who said last that they answer for it: that owner, or whom they delegated to.' }),
  acceptedAt: instant.optional(),
  dueAt: instant
    .optional()
    .meta({ description: 'Until when the owner has to say so, or it is suspended. Absent: nobody is asked.' }),
  lapsed: z.boolean().meta({ description: 'Nobody said so in time: it is suspended until its owner does.' }),
});
export type AnsweringAnswer = z.infer<typeof answering>;

export const credentialsToReplace = z.strictObject({
  applicationId: z.string(),
  credentials: z.array(z.string()).meta({ description: 'Their ids, never what is secret of them.' }),
  before: instant.meta({ description: 'What is left then is revoked.' }),
});

const acceptedSchema = z
  .strictObject({
    identityId: identityIdSchema,
    version: z.int(),
    status: identityStatus.meta({ description: 'Still `suspended` where something else keeps it out as well.' }),
    answering,
  })
  .register(components, { id: 'Acceptance' });

const ownedPageSchema = z
  .strictObject({
    items: z.array(
      z.strictObject({
        identityId: identityIdSchema,
        kind: z.enum(IDENTITY_KINDS).optional(),
        status: identityStatus,
        answering: answering.optional().meta({ description: 'Absent: nobody was ever asked.' }),
        replaceCredentials: z.array(credentialsToReplace).meta({
          description: 'What somebody who owned it before may know: whoever owns it replaces it.',
        }),
      }),
    ),
    next,
  })
  .register(components, { id: 'OwnedPage' });
export type OwnedPage = z.infer<typeof ownedPageSchema>;

/** What somebody owns is a matter of who they are. */
const THEMSELVES = {
  hr: 'self',
  manager: 'self',
  it: 'self',
  security: 'self',
  operations: 'self',
  auditor: 'none',
  employee: 'self',
} as const;

export const ownershipRoutes = defineRoutes({
  'accept-ownership': {
    method: 'POST',
    path: '/identities/{id}/acceptance',
    access: THEMSELVES,
    summary: 'Say that you answer for an identity that is no person, and that it is needed',
    description:
      'By its owner, who is at work, or by whom they delegated their decisions to; nobody else (403). It counts until `dueAt`, as ' +
      'the access model sets for its kind, and lets in again what was suspended since nobody had said so in time. Repeating it ' +
      'within a day changes nothing.',
    answers: { 200: acceptedSchema },
    problems: [409],
    auditsRefusals: true,
    uses: { facts: ['recordFact'], directory: ['load'], accessModel: true },
  },
  'list-owned': {
    method: 'GET',
    path: '/owned',
    access: { ...THEMSELVES, auditor: 'all' },
    summary: 'What you answer for: by when you have to say so, and which credentials to replace',
    description: 'Identities that are not people, by id. Those that have left are not among them.',
    query: z.strictObject(pageQuery),
    answers: { 200: ownedPageSchema },
    uses: { directory: ['listOwnedBy', 'load'] },
  },
} as const satisfies RouteDefinitions);
