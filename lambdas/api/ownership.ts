// Answering for what is no person: saying so, and what is one's own to answer for.
import * as z from 'zod';
import { NEEDED } from '../core/access-model/non-human-rules.ts';
import { IDENTITY_KINDS, identityIdSchema } from '../core/identity/attributes.ts';
import { components } from './components.ts';
import { next, pageQuery } from './paging.ts';
import { THEMSELVES } from './roles.ts';
import { defineRoutes, type RouteDefinitions } from './route.ts';
import { identityStatus, instant } from './values.ts';

export const answering = z.strictObject({
  owner: identityIdSchema,
  acceptedBy: identityIdSchema
    .optional()
    .meta({ description: 'Who said last that they answer for it: that owner, or whom they delegated to.' }),
  acceptedAt: instant.optional(),
  purpose: z.string().optional().meta({ description: 'What it is for, as they said.' }),
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

const acceptSchema = z
  .strictObject({
    purpose: z.string().trim().min(1).max(500).optional().meta({
      description: 'What it is for. Needed until somebody has said so; afterwards what was said last stands.',
    }),
  })
  .register(components, { id: 'Accept' });

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
        lacks: z.array(z.enum(NEEDED)).optional().meta({
          description:
            'What has to be known before it holds anything, and is not: `purpose` is said with an acceptance.',
        }),
        replaceCredentials: z.array(credentialsToReplace).meta({
          description: 'What somebody who owned it before may know: whoever owns it replaces it.',
        }),
      }),
    ),
    next,
  })
  .register(components, { id: 'OwnedPage' });
export type OwnedPage = z.infer<typeof ownedPageSchema>;

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
    body: acceptSchema,
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
    uses: { directory: ['listOwnedBy', 'load'], accessModel: true },
  },
} as const satisfies RouteDefinitions);
