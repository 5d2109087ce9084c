// The operators' API as it is promised: what its handlers parse and answer, and what the OpenAPI document is made from.
import { z } from 'zod';
import { STEP_ACTIONS } from '../core/access/difference.ts';
import { ANSWERS } from '../core/access-model/reconciliation-settings.ts';
import { effectiveAtSchema, hrEventSchema, hrEventSchemas } from '../core/hr/hr-event.ts';
import { attributesSchema, IDENTITY_KINDS, identityIdSchema } from '../core/identity/attributes.ts';
import { FINDING_KINDS } from '../core/reconciliation/reconciliation.ts';

const instant = z.iso.datetime().meta({ description: 'RFC 3339, UTC.' });
const identityStatus = z.enum(['unknown', 'pending', 'active', 'suspended', 'departed']);
const taskStatus = z.enum(['open', 'done', 'superseded']);
const next = z
  .string()
  .optional()
  .meta({ description: 'Opaque: pass it as `after` for the next page. Absent on the last page.' });

export const MAXIMUM_PAGE = 100;
export const DEFAULT_PAGE = 50;

const pageQuery = {
  limit: z.coerce.number().int().min(1).max(MAXIMUM_PAGE).default(DEFAULT_PAGE),
  after: z.string().min(1).max(2_000).optional().meta({ description: 'The `next` of the page before.' }),
};

export const listIdentitiesQuerySchema = z.strictObject({
  ...pageQuery,
  manager: identityIdSchema
    .optional()
    .meta({ description: 'Only the direct reports of this identity. A manager who sends none gets their own.' }),
});
export const listAuditQuerySchema = z.strictObject(pageQuery);
export const listTasksQuerySchema = z.strictObject({ ...pageQuery, status: taskStatus.default('open') });

export const attestationSchema = z.strictObject({
  outcome: z.literal('done').meta({ description: 'Every step of the task was carried out.' }),
  evidence: z
    .string()
    .trim()
    .min(1)
    .max(2_000)
    .optional()
    .meta({ description: 'What shows it: a ticket, a screenshot. Kept in the record for good.' }),
});

export const mergeSchema = z.strictObject({
  duplicate: identityIdSchema.meta({
    description: 'The id that turned out to be the same person. Its own access ends.',
  }),
  reason: z
    .string()
    .trim()
    .min(1)
    .max(500)
    .meta({ description: 'How this was found out. Kept in the record for good.' }),
});

const holdStatus = z.enum(['open', 'releasing', 'dropping', 'released', 'dropped']);
export const listHoldsQuerySchema = z.strictObject({ ...pageQuery, status: holdStatus.default('open') });
export const getHoldQuerySchema = z.strictObject(pageQuery);
export const holdDecisionSchema = z.strictObject({
  reason: z.string().trim().min(1).max(500).meta({ description: 'Why. Kept in the record for good.' }),
});

export const getReconciliationQuerySchema = z.strictObject({
  ...pageQuery,
  kind: z.enum(FINDING_KINDS).optional().meta({ description: 'Only findings of this kind.' }),
});
export const reconciliationDecisionSchema = z.strictObject({
  answer: z.enum(ANSWERS).meta({
    description: '`repair`: take away what no reason holds up and give what is missing. `report`: change nothing.',
  }),
  reason: z.string().trim().min(1).max(500).meta({ description: 'Why. Kept in the record for good.' }),
});

export const acceptedEventSchema = z
  .strictObject({
    eventId: z.string(),
    identityId: identityIdSchema,
    version: z.int().min(1),
    held: z
      .string()
      .optional()
      .meta({ description: 'The hold it waits in, since too many would be disabled at once: `/holds/{id}`.' }),
  })
  .meta({ description: "An event that can no longer be lost. `version` is the identity's, raised by this event." });
export const acceptedEventsSchema = z
  .union([acceptedEventSchema, z.array(acceptedEventSchema).max(100)])
  .meta({ description: 'One for an event; a list in the same order for a batch.' });

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
  .meta({ description: 'RFC 9457 problem details.' });

const reason = z.strictObject({
  type: z.literal('birthright'),
  profile: z.string().meta({ description: 'The access profile whose condition the attributes match.' }),
  profileName: z.string().optional(),
  fact: z.string().meta({ description: 'The fact that began the employment it rests on.' }),
});
const failedApplication = z.strictObject({ applicationId: z.string(), error: z.string() });
const escalation = z.strictObject({ at: instant, failed: z.array(failedApplication) });
const removal = z
  .strictObject({
    certificateId: z.string(),
    startedAt: instant,
    provenAt: instant.optional(),
    residualUntil: instant.optional().meta({
      description:
        'Access is gone, but what nobody can take back (the life of a token) ends only then: not proven before.',
    }),
  })
  .meta({ description: "How far the removal of a departed identity's access has come." });

export const identitySummarySchema = z.strictObject({
  identityId: identityIdSchema,
  version: z.int(),
  status: identityStatus,
  kind: z.enum(IDENTITY_KINDS).optional(),
  displayName: z.string().optional(),
  title: z.string().optional(),
  department: z.string().optional(),
  manager: identityIdSchema.optional(),
  owner: identityIdSchema.optional(),
  converged: z.boolean().meta({ description: 'Every system agrees with all that is known.' }),
  escalated: z.boolean(),
});
export const identityPageSchema = z.strictObject({ items: z.array(identitySummarySchema), next });

const shownAttributes = attributesSchema.partial();
const timelineEntry = z.strictObject({
  factId: z.string(),
  type: z.enum([
    'joiner',
    'mover',
    'leaver',
    'suspension',
    'return',
    'rescind',
    'task-attested',
    'merged',
    'absorbed',
    'handed-over',
    'hold-released',
    'hold-dropped',
  ]),
  about: identityIdSchema.optional().meta({ description: 'The merged HR id it was said about.' }),
  source: z.string(),
  recordedAt: instant.meta({ description: "When the source recorded it, by the source's clock." }),
  receivedAt: instant,
  effectiveAt: z.string().optional().meta({ description: 'As the source said it: a date-time or a date.' }),
  effectiveInstant: instant.optional().meta({ description: 'The instant that stands for.' }),
  rescindedBy: z.string().optional().meta({ description: 'The fact that took it back: it does not count.' }),
  cause: z.string().optional(),
  attributes: shownAttributes.optional(),
  immediate: z.boolean().optional(),
  reason: z.string().optional(),
  successor: identityIdSchema.optional(),
  rescinds: z.string().optional(),
  taskId: z.string().optional(),
  attestedBy: z.string().optional(),
  held: z.string().optional().meta({ description: 'The hold it waits in: it counts once that is released.' }),
  hold: z.string().optional().meta({ description: 'The hold that this decides.' }),
  into: identityIdSchema.optional(),
  duplicate: identityIdSchema.optional(),
  decidedBy: z.string().optional(),
  owned: z.array(identityIdSchema).optional(),
});

const account = z.strictObject({
  applicationId: z.string(),
  applicationName: z.string().optional(),
  account: z
    .strictObject({
      accountId: z.string(),
      userName: z.string().optional(),
      enabled: z.boolean(),
      grants: z.array(z.string()),
    })
    .optional()
    .meta({ description: 'Absent when the system has no account.' }),
  unreviewed: z
    .array(z.string())
    .optional()
    .meta({ description: 'Grants that were there before Tenure and stay until somebody decides on the report.' }),
  replaceCredentials: z
    .strictObject({ credentials: z.array(z.string()), before: instant })
    .optional()
    .meta({ description: 'Credentials that a former owner may know: what is not replaced before then is revoked.' }),
  readAt: instant.meta({ description: 'When the system was last read.' }),
  closedAt: instant.optional().meta({ description: 'The last moment at which this account could be used.' }),
  lastError: z.string().optional(),
});

const entitlement = z.strictObject({
  entitlement: z.string().meta({ description: '`application:entitlement`' }),
  name: z.string(),
  privileged: z.boolean(),
  enabled: z.boolean().meta({ description: 'False while the identity is suspended: held, but not usable.' }),
  inPlace: z.boolean().meta({ description: 'Whether the system had it when it was last read.' }),
  reasons: z.array(reason).meta({ description: 'All that holds it up. When the last one ends, so does it.' }),
});

export const identitySchema = z.strictObject({
  identityId: identityIdSchema,
  version: z.int(),
  settledVersion: z.int().optional(),
  settledAt: instant.optional(),
  converged: z.boolean(),
  mergedInto: identityIdSchema
    .optional()
    .meta({ description: 'It is the same person as this identity, where all that is said about it counts.' }),
  state: z.strictObject({
    status: identityStatus,
    joinsAt: instant.optional(),
    joinedAt: instant.optional(),
    departedAt: instant.optional(),
    attributes: shownAttributes.optional(),
  }),
  pending: z
    .strictObject({
      at: instant,
      stage: z.enum(['joiner', 'mover', 'leaver', 'suspension', 'return', 'unchanged']),
      status: identityStatus,
    })
    .optional()
    .meta({ description: 'What time alone will change next.' }),
  timeline: z.array(timelineEntry).meta({ description: 'Every fact, in the order in which they were recorded.' }),
  accounts: z.array(account),
  entitlements: z.array(entitlement).meta({ description: 'What the identity should hold now, and why.' }),
  tasks: z.array(z.strictObject({ taskId: z.string(), applicationId: z.string(), status: taskStatus, dueAt: instant })),
  escalation: escalation.optional(),
  removal: removal.optional(),
});

export const auditEntrySchema = z.strictObject({
  identityId: identityIdSchema,
  entryId: z.string(),
  at: instant,
  actor: z.strictObject({ type: z.enum(['hr-source', 'operator', 'tenure']), id: z.string() }),
  trigger: z.string().optional(),
  version: z.int().optional(),
  epoch: z.int().optional(),
  modelHash: z.string().optional(),
  event: z.looseObject({ type: z.string() }).meta({ description: 'What happened; its members depend on its type.' }),
});
export const auditPageSchema = z.strictObject({ items: z.array(auditEntrySchema), next });

export const taskSchema = z.strictObject({
  taskId: z.string(),
  identityId: identityIdSchema,
  applicationId: z.string(),
  status: taskStatus,
  assignee: z.string(),
  instructions: z.string(),
  steps: z.array(z.looseObject({ action: z.string(), grant: z.string().optional() })),
  openedAt: instant,
  dueAt: instant,
  overdue: z.boolean(),
  attestedBy: z.string().optional(),
  attestedAt: instant.optional(),
  evidence: z.string().optional(),
});
export const taskPageSchema = z.strictObject({ items: z.array(taskSchema), next });

export const attestedSchema = z.strictObject({
  taskId: z.string(),
  status: z.literal('done'),
  identityId: identityIdSchema,
  version: z.int(),
});

export const mergedSchema = z.strictObject({
  identityId: identityIdSchema,
  duplicate: identityIdSchema,
  version: z.int().meta({ description: "The surviving identity's, raised by the merge." }),
});

const holdFields = {
  holdId: z.string(),
  source: z.string(),
  openedAt: instant,
  status: holdStatus.meta({ description: '`releasing`, `dropping`: decided, and being carried out.' }),
  rule: z
    .enum(['number', 'share', 'application', 'unreadable-rows'])
    .meta({ description: 'What was exceeded when it was opened.' }),
  applicationId: z.string().optional(),
  count: z.int().meta({ description: 'How many identities (for `unreadable-rows`: rows) it was then.' }),
  threshold: z.int().meta({ description: 'From how many on events are held.' }),
  decision: z.strictObject({ decidedBy: z.string(), decidedAt: instant, reason: z.string() }).optional(),
};
export const holdSchema = z.strictObject(holdFields);
export const holdPageSchema = z.strictObject({ items: z.array(holdSchema), next });
export const holdDetailSchema = z.strictObject({
  ...holdFields,
  identities: z
    .array(identityIdSchema)
    .meta({ description: 'Whom it concerns; once decided, who is still to be done.' }),
  next,
});

const removedAccess = z.strictObject({
  action: z.enum(STEP_ACTIONS),
  what: z.string().optional().meta({ description: "The grant in the system's own words, or the credential's id." }),
  at: instant,
  by: z.string().meta({ description: 'The connector that did it.' }),
  entryId: z.string().meta({ description: 'The audit entry.' }),
});

const reconciliationFields = {
  applicationId: z.string(),
  applicationName: z.string(),
  answer: z.enum(ANSWERS).meta({ description: 'What the access model says a run ends with.' }),
  run: z
    .strictObject({
      runId: z.string(),
      status: z.enum(['running', 'finished', 'failed']),
      startedAt: instant,
      touchedAt: instant.meta({ description: 'When it last got on.' }),
      accounts: z.int().meta({ description: 'Accounts listed so far.' }),
      lacking: z.array(z.string()).optional().meta({
        description:
          'What the account that Tenure uses in the system lacks. Empty: nothing. Absent: it cannot be told.',
      }),
    })
    .optional()
    .meta({ description: 'The run under way, or the one that came last.' }),
  report: z
    .strictObject({
      runId: z.string(),
      startedAt: instant,
      finishedAt: instant,
      accounts: z.int(),
      matched: z.int().meta({ description: 'Accounts whose identity is known.' }),
      counts: z.strictObject({
        orphan: z.int().meta({ description: 'Accounts of nobody, or usable ones of somebody not employed.' }),
        ambiguous: z.int().meta({ description: 'Accounts that may be of several identities, or a second one of one.' }),
        dormant: z.int().meta({ description: 'Enabled accounts unused for `dormantDays`.' }),
        extra: z.int().meta({ description: 'Accounts with access that no reason holds up.' }),
        missing: z.int().meta({ description: 'Identities without access that a reason holds up.' }),
      }),
      newOrphans: z.int().meta({ description: 'Orphans that no earlier run had found.' }),
      incomplete: z
        .enum(['no-listing', 'too-many-accounts', 'too-many-identities'])
        .optional()
        .meta({ description: 'Why not everything was seen. Absent: everything was.' }),
    })
    .optional()
    .meta({ description: 'What the last run that ended well found.' }),
  decision: z
    .strictObject({
      answer: z.enum(ANSWERS),
      reason: z.string(),
      decidedBy: z.string(),
      decidedAt: instant,
      runId: z.string().meta({ description: 'The run whose report was looked at.' }),
    })
    .optional()
    .meta({
      description: 'The last one. While there is none for `repair`, what was found at the first contact stays.',
    }),
};
export const findingSchema = z.strictObject({
  kind: z.enum(FINDING_KINDS),
  accountId: z.string().optional(),
  userName: z.string().optional(),
  enabled: z.boolean().optional(),
  lastActiveAt: instant.optional(),
  identityId: identityIdSchema.optional(),
  identityStatus: identityStatus.optional(),
  candidates: z.array(identityIdSchema).optional().meta({ description: 'For `ambiguous`: whose it may be.' }),
  grants: z
    .array(z.string())
    .optional()
    .meta({ description: 'What is too much, what is missing, or all that is held, at most 100.' }),
  unknownGrants: z.array(z.string()).optional().meta({ description: 'As `grants`, and not in the access model.' }),
  privileged: z.boolean().optional(),
  account: z
    .enum(['absent', 'disabled', 'unjustified'])
    .optional()
    .meta({ description: 'What is wrong with the account itself.' }),
  unreviewed: z
    .boolean()
    .optional()
    .meta({ description: 'It was there before Tenure, and stays until somebody decides for `repair`.' }),
  firstSeenAt: instant,
  seenAt: instant,
});
export const reconciliationSchema = z.strictObject(reconciliationFields);
export const reconciliationListSchema = z.strictObject({ items: z.array(reconciliationSchema) });
export const reconciliationDetailSchema = z.strictObject({
  ...reconciliationFields,
  findings: z.array(findingSchema),
  next,
});
export const startedReconciliationSchema = z.strictObject({
  applicationId: z.string(),
  status: z.literal('starting'),
});

export const certificateSchema = z.strictObject({
  certificateId: z.string(),
  identityId: identityIdSchema,
  version: z.int().meta({ description: "The identity's version when its removal began." }),
  acceptedAt: instant.meta({ description: "When HR's word was accepted; when the contract ended, if nobody said so." }),
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
      removed: z.array(removedAccess),
      truncated: z.boolean().meta({ description: 'More was removed than is listed; the audit log has all of it.' }),
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
    }),
  ),
});

const distribution = z.strictObject({ count: z.int(), p50Seconds: z.number(), p99Seconds: z.number() });
export const timeToRevokeSchema = z.strictObject({
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
});

export type IdentityPage = z.infer<typeof identityPageSchema>;
export type IdentitySummaryAnswer = z.infer<typeof identitySummarySchema>;
export type IdentityAnswer = z.infer<typeof identitySchema>;
export type AuditPage = z.infer<typeof auditPageSchema>;
export type TaskAnswer = z.infer<typeof taskSchema>;
export type TaskPage = z.infer<typeof taskPageSchema>;
export type AttestedAnswer = z.infer<typeof attestedSchema>;
export type MergedAnswer = z.infer<typeof mergedSchema>;
export type AcceptedEventAnswer = z.infer<typeof acceptedEventSchema>;
export type HoldAnswer = z.infer<typeof holdSchema>;
export type HoldPage = z.infer<typeof holdPageSchema>;
export type HoldDetailAnswer = z.infer<typeof holdDetailSchema>;
export type ReconciliationAnswer = z.infer<typeof reconciliationSchema>;
export type ReconciliationList = z.infer<typeof reconciliationListSchema>;
export type ReconciliationDetailAnswer = z.infer<typeof reconciliationDetailSchema>;
export type FindingAnswer = z.infer<typeof findingSchema>;
export type StartedReconciliationAnswer = z.infer<typeof startedReconciliationSchema>;
export type CertificateAnswer = z.infer<typeof certificateSchema>;
export type TimeToRevokeAnswer = z.infer<typeof timeToRevokeSchema>;

/** By the name under which the OpenAPI document holds it. */
export const API_SCHEMAS = {
  HrEvent: hrEventSchema,
  JoinerEvent: hrEventSchemas['jml.joiner'],
  MoverEvent: hrEventSchemas['jml.mover'],
  LeaverEvent: hrEventSchemas['jml.leaver'],
  SuspensionEvent: hrEventSchemas['jml.suspension'],
  ReturnEvent: hrEventSchemas['jml.return'],
  RescindEvent: hrEventSchemas['jml.rescind'],
  EffectiveAt: effectiveAtSchema,
  HrEventBatch: z.array(hrEventSchema).max(100),
  AcceptedEvent: acceptedEventSchema,
  AcceptedEvents: acceptedEventsSchema,
  IdentityPage: identityPageSchema,
  IdentitySummary: identitySummarySchema,
  Identity: identitySchema,
  AuditPage: auditPageSchema,
  AuditEntry: auditEntrySchema,
  TaskPage: taskPageSchema,
  Task: taskSchema,
  Attestation: attestationSchema,
  Attested: attestedSchema,
  Merge: mergeSchema,
  Merged: mergedSchema,
  Hold: holdSchema,
  HoldPage: holdPageSchema,
  HoldDetail: holdDetailSchema,
  HoldDecision: holdDecisionSchema,
  Reconciliation: reconciliationSchema,
  ReconciliationList: reconciliationListSchema,
  ReconciliationDetail: reconciliationDetailSchema,
  ReconciliationDecision: reconciliationDecisionSchema,
  StartedReconciliation: startedReconciliationSchema,
  Finding: findingSchema,
  Certificate: certificateSchema,
  TimeToRevoke: timeToRevokeSchema,
  Problem: problemSchema,
} as const satisfies Readonly<Record<string, z.ZodType>>;
export type ApiSchemaName = keyof typeof API_SCHEMAS;
