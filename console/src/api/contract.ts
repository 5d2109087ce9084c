// Written by `npm run openapi`, from the routes of the operators’ API. Not to be edited.

export const ROLES = ['hr', 'manager', 'it', 'security', 'operations', 'auditor', 'employee'] as const;
export type Role = (typeof ROLES)[number];

export interface Schemas {
  Accept: {
    readonly purpose?: string;
  };
  Acceptance: {
    readonly identityId: string;
    readonly version: number;
    readonly status: "unknown" | "pending" | "active" | "suspended" | "departed";
    readonly answering: {
      readonly owner: string;
      readonly acceptedBy?: string;
      readonly acceptedAt?: string;
      readonly purpose?: string;
      readonly dueAt?: string;
      readonly lapsed: boolean;
    };
  };
  AcceptedActivity: {
    readonly accepted: number;
    readonly refused: number;
    readonly faults: readonly ({
      readonly pointer: string;
      readonly detail: string;
    })[];
  };
  AcceptedEvent: {
    readonly eventId: string;
    readonly identityId: string;
    readonly version: number;
    readonly held?: string;
  };
  AcceptedEvents: (Schemas['AcceptedEvent'] | readonly (Schemas['AcceptedEvent'])[] | Schemas['AcceptedPeople']);
  AcceptedPeople: {
    readonly people: number;
  };
  AccessRequest: {
    readonly entitlement: string;
    readonly for?: string;
    readonly reason: string;
    readonly startsAt?: string;
    readonly endsAt?: string;
    readonly extends?: string;
    readonly covers?: string;
    readonly emergency?: true;
  };
  AccessRequestList: {
    readonly items: readonly (Schemas['AccessRequestState'])[];
    readonly next?: string;
  };
  AccessRequestState: {
    readonly requestId: string;
    readonly identityId: string;
    readonly entitlement: string;
    readonly requestedBy: string;
    readonly requestedAt: string;
    readonly reason: string;
    readonly startsAt?: string;
    readonly endsAt?: string;
    readonly extends?: string;
    readonly covers?: string;
    readonly status: "open" | "approved" | "rejected" | "withdrawn" | "expired";
    readonly expiresAt: string;
    readonly stages: readonly ({
      readonly anyOf: readonly ("manager" | "application-owner" | "entitlement-owner" | "security")[];
      readonly quorum: number;
      readonly approvedBy: readonly (string)[];
    })[];
    readonly decisions: readonly ({
      readonly answer: "approve" | "reject" | "withdraw";
      readonly by: string;
      readonly at: string;
      readonly reason?: string;
    })[];
    readonly canDecide?: readonly (string)[];
    readonly securityCanDecide?: boolean;
    readonly duties?: readonly ({
      readonly rule: string;
      readonly name: string;
      readonly severity: "low" | "medium" | "high" | "critical";
      readonly mode: "prevent" | "require-exception" | "detect";
      readonly outcome: "prevented" | "excepted" | "detected";
      readonly sides: readonly ({
        readonly name: string;
        readonly entitlements: readonly (string)[];
        readonly profiles: readonly (string)[];
        readonly refused: boolean;
      })[];
      readonly exception?: {
        readonly owner: string;
        readonly reason: string;
        readonly until: string;
      };
      readonly from: string;
    })[];
    readonly withoutEffect?: string;
    readonly whatNext: string;
    readonly fact?: string;
    readonly ended?: {
      readonly endedAt: string;
      readonly stillHeld?: true;
      readonly readBackAt?: string;
      readonly possibleUntil?: string;
    };
    readonly review?: {
      readonly dueAt: string;
      readonly status: "open" | "justified" | "unjustified" | "overdue";
      readonly canAnswer?: readonly (string)[];
      readonly securityCanAnswer?: boolean;
      readonly by?: string;
      readonly at?: string;
      readonly reason?: string;
    };
  };
  AccessReview: {
    readonly reviewId: string;
    readonly identityId: string;
    readonly basis: "mover";
    readonly moved: {
      readonly fact: string;
      readonly at: string;
    };
    readonly openedAt: string;
    readonly dueAt: string;
    readonly status: "open" | "closed";
    readonly items: readonly ({
      readonly entitlement: string;
      readonly name?: string;
      readonly privileged?: boolean;
      readonly byHand?: true;
      readonly change: "kept" | "gained" | "lost";
      readonly reasons: readonly (string)[];
      readonly status: "not-asked" | "open" | "kept" | "removed" | "not-answered";
      readonly canAnswer?: readonly (string)[];
      readonly securityCanAnswer?: boolean;
      readonly by?: string;
      readonly at?: string;
      readonly reason?: string;
    })[];
  };
  AccessReviewList: {
    readonly items: readonly (Schemas['AccessReview'])[];
    readonly next?: string;
  };
  ActivityRecords: (Readonly<Record<string, unknown>> | readonly (Readonly<Record<string, unknown>>)[]);
  ActivitySources: {
    readonly items: readonly ({
      readonly source: string;
      readonly type: string;
      readonly comes: "fetched" | "sent";
      readonly readAt?: string;
    })[];
  };
  Alert: {
    readonly alertId: string;
    readonly identityId?: string;
    readonly source?: string;
    readonly applicationId?: string;
    readonly detection: string;
    readonly title: string;
    readonly severity: "informational" | "low" | "medium" | "high" | "critical";
    readonly status: "open" | "acknowledged" | "closed" | "muted";
    readonly because: string;
    readonly count: number;
    readonly firstAt: string;
    readonly lastAt: string;
    readonly raisedAt: string;
    readonly foundAt: string;
    readonly assignee?: string;
    readonly acknowledgedBy?: string;
    readonly closed?: {
      readonly by: string;
      readonly at: string;
      readonly outcome: "misuse" | "expected" | "mistaken";
      readonly reason: string;
    };
  };
  AlertDecision: ({
    readonly decision: "acknowledge";
  } | {
    readonly decision: "assign";
    readonly assignee: string;
  } | {
    readonly decision: "close";
    readonly outcome: "misuse" | "expected" | "mistaken";
    readonly reason: string;
  } | {
    readonly decision: "mute";
    readonly reason: string;
    readonly until: string;
    readonly everybody?: boolean;
  });
  AlertDetail: {
    readonly alertId: string;
    readonly identityId?: string;
    readonly source?: string;
    readonly applicationId?: string;
    readonly detection: string;
    readonly title: string;
    readonly severity: "informational" | "low" | "medium" | "high" | "critical";
    readonly status: "open" | "acknowledged" | "closed" | "muted";
    readonly because: string;
    readonly count: number;
    readonly firstAt: string;
    readonly lastAt: string;
    readonly raisedAt: string;
    readonly foundAt: string;
    readonly assignee?: string;
    readonly acknowledgedBy?: string;
    readonly closed?: {
      readonly by: string;
      readonly at: string;
      readonly outcome: "misuse" | "expected" | "mistaken";
      readonly reason: string;
    };
    readonly response: "record" | "alert" | "ask" | "suspend";
    readonly taken: readonly ({
      readonly kind: "told" | "asked" | "not-asked" | "suspended" | "locked-down" | "not-suspended";
      readonly at: string;
      readonly detail?: string;
    })[];
    readonly questions?: readonly ({
      readonly person: string;
      readonly askedAt: string;
      readonly until: string;
      readonly answer?: "meant" | "not-meant";
      readonly answeredBy?: string;
      readonly answeredAt?: string;
    })[];
    readonly evidence: Readonly<Record<string, string | number | boolean>>;
    readonly records: readonly ({
      readonly source: string;
      readonly recordId: string;
      readonly at: string;
      readonly operation: string;
    })[];
    readonly mute?: string;
    readonly runbook: string;
    readonly finding: Readonly<Record<string, unknown>>;
  };
  AlertPage: {
    readonly items: readonly (Schemas['Alert'])[];
    readonly next?: string;
  };
  Application: {
    readonly applicationId: string;
    readonly name: string;
    readonly owner: {
      readonly identityId: string;
      readonly status: ("unknown" | "pending" | "active" | "suspended" | "departed" | "unknown");
    };
    readonly connector: string;
    readonly provisionedBy: "connector" | "people";
    readonly retired?: true;
    readonly entitlements: readonly ({
      readonly id: string;
      readonly name: string;
      readonly privileged: boolean;
    })[];
    readonly attestation?: {
      readonly evidence?: "required" | "privileged";
      readonly secondPerson?: "required" | "privileged";
    };
    readonly due?: {
      readonly hours: number;
      readonly privilegedRemovalHours: number;
    };
    readonly openTasks: number;
    readonly overdueTasks: number;
    readonly lastList?: {
      readonly exportedAt: string;
      readonly broughtAt: string;
      readonly broughtBy: string;
      readonly accounts: number;
    };
    readonly lastReconciledAt?: string;
  };
  ApplicationHealth: {
    readonly items: readonly ({
      readonly applicationId: string;
      readonly name: string;
      readonly connector: string;
      readonly state: "quiet" | "answering" | "failing" | "waited-for" | "paused" | "down";
      readonly working: number;
      readonly waits: {
        readonly leavers: number;
        readonly others: number;
      };
      readonly failures: number;
      readonly againAt?: string;
      readonly openings: number;
      readonly visitSeconds?: number;
      readonly callsPerSecond: number;
      readonly lastRun?: {
        readonly startedAt: string;
        readonly outcome: "running" | "finished" | "failed";
      };
    })[];
  };
  ApplicationList: {
    readonly items: readonly (Schemas['Application'])[];
    readonly incomplete?: true;
  };
  AskedSignalStream: {
    readonly stream_id?: string;
    readonly delivery?: {
      readonly method: "urn:ietf:rfc:8935" | "urn:ietf:rfc:8936";
      readonly endpoint_url?: string;
      readonly authorization_header?: string;
      readonly [further: string]: unknown;
    };
    readonly events_requested?: readonly (string)[];
    readonly description?: string;
    readonly [further: string]: unknown;
  };
  Attestation: {
    readonly outcome: "done";
    readonly evidence?: string;
  };
  Attested: {
    readonly taskId: string;
    readonly status: "done";
    readonly identityId: string;
    readonly version: number;
  };
  AuditEntry: {
    readonly identityId: string;
    readonly entryId: string;
    readonly at: string;
    readonly actor: {
      readonly type: "hr-source" | "operator" | "tenure" | "unknown";
      readonly id: string;
    };
    readonly trigger?: string;
    readonly correlation?: string;
    readonly version?: number;
    readonly epoch?: number;
    readonly modelHash?: string;
    readonly event: {
      readonly type: string;
      readonly [further: string]: unknown;
    };
  };
  AuditPage: {
    readonly items: readonly (Schemas['AuditEntry'])[];
    readonly next?: string;
  };
  AuditQueryExecution: {
    readonly id: string;
    readonly query: string;
    readonly startedAt: string;
    readonly state: "running" | "done" | "failed";
    readonly reason?: string;
    readonly bytesScanned?: number;
    readonly columns: readonly (string)[];
    readonly items: readonly (readonly (string | number | boolean | null)[])[];
    readonly next?: string;
  };
  CampaignDeadline: {
    readonly dueAt: string;
    readonly reason: string;
  };
  CampaignDecision: {
    readonly items: readonly ({
      readonly identityId: string;
      readonly entitlement: string;
    })[];
    readonly decision: "keep" | "remove" | "shorten" | "ask";
    readonly reason: string;
    readonly until?: string;
    readonly openedAt?: string;
  };
  CampaignDecisionAnswer: {
    readonly decided: number;
    readonly items: readonly ({
      readonly identityId: string;
      readonly entitlement: string;
      readonly status: "settled" | "open" | "asked" | "kept" | "removed" | "shortened" | "suspended" | "not-answered";
    })[];
  };
  CampaignDefinition: {
    readonly name: string;
    readonly scope: {
      readonly applications?: readonly (string)[];
      readonly entitlements?: readonly (string)[];
      readonly managers?: readonly (string)[];
      readonly owners?: readonly (string)[];
      readonly privileged?: boolean;
      readonly kinds?: readonly ("employee" | "contractor" | "partner" | "service-account" | "integration" | "ai-agent")[];
      readonly dutyExceptions?: true;
      readonly unexplained?: true;
      readonly disconnected?: true;
    };
    readonly stages?: readonly ({
      readonly reviewers: "manager" | "entitlement-owner" | "application-owner" | "owner" | "security";
      readonly days: number;
    })[];
    readonly settled?: {
      readonly usedWithinDays?: number;
      readonly unknownUse?: "ask" | "settle";
      readonly sampleShare?: number;
    };
    readonly escalateHours?: number;
    readonly noAnswer?: {
      readonly privileged?: "remove" | "suspend";
      readonly others?: "remove" | "suspend";
    };
    readonly undoDays?: number;
    readonly removeWithinHours?: number;
    readonly maximumPerReviewer?: number;
    readonly planted?: {
      readonly share: number;
      readonly maximum?: number;
    };
    readonly excluded?: readonly ({
      readonly identity?: string;
      readonly entitlement?: string;
      readonly reason: string;
      readonly by: string;
    })[];
  };
  CampaignItems: {
    readonly items: readonly ({
      readonly identityId?: string;
      readonly subject: string;
      readonly entitlement: string;
      readonly status: "settled" | "open" | "asked" | "kept" | "removed" | "shortened" | "suspended" | "not-answered";
      readonly because: readonly ("privileged" | "duties" | "unexplained" | "unused" | "unlike-peers" | "gained" | "never-reviewed" | "use-unknown" | "sampled" | "everything" | "unchanged" | "excluded" | "asked-elsewhere" | "not-in-model" | "left" | "gone")[];
      readonly useUnknown?: boolean;
      readonly lastUsedAt?: string;
      readonly useApproximate?: true;
      readonly excluded?: {
        readonly reason: string;
        readonly by: string;
      };
      readonly peers?: {
        readonly n: number;
        readonly of: number;
      };
      readonly answer?: {
        readonly decision: "keep" | "remove" | "shorten" | "ask";
        readonly by: string;
        readonly at: string;
        readonly reason: string;
        readonly until?: string;
      };
      readonly removal?: {
        readonly askedAt: string;
        readonly dueAt?: string;
        readonly late?: true;
        readonly decision?: {
          readonly logIndex: number;
          readonly entryId?: string;
        };
        readonly readBackAt?: string;
        readonly inSeconds?: number;
        readonly proof?: {
          readonly logIndex: number;
          readonly entryId?: string;
        };
      };
      readonly planted?: true;
    })[];
    readonly next?: string;
  };
  CampaignOpening: {
    readonly campaign?: string;
    readonly definition?: Schemas['CampaignDefinition'];
    readonly reason: string;
  };
  CampaignPack: {
    readonly campaignId: string;
    readonly generatedAt: string;
    readonly files: readonly ({
      readonly path: string;
      readonly sha256: string;
      readonly bytes: number;
      readonly content?: string;
    })[];
    readonly next?: string;
  };
  CampaignPerson: {
    readonly campaignId: string;
    readonly identityId: string;
    readonly name?: string;
    readonly title?: string;
    readonly department?: string;
    readonly stage: number;
    readonly dueAt: string;
    readonly openedAt: string;
    readonly items: readonly ({
      readonly entitlement: string;
      readonly name?: string;
      readonly description?: string;
      readonly privileged: boolean;
      readonly byHand?: true;
      readonly reasons: readonly (string)[];
      readonly approvedBy?: readonly (string)[];
      readonly since?: string;
      readonly lastUsedAt?: string;
      readonly useApproximate?: true;
      readonly peers?: {
        readonly n: number;
        readonly of: number;
      };
      readonly duties: readonly (string)[];
      readonly lastReview?: {
        readonly by?: string;
        readonly at: string;
        readonly answer: string;
      };
      readonly breaks?: readonly (string)[];
      readonly because: readonly ("privileged" | "duties" | "unexplained" | "unused" | "unlike-peers" | "gained" | "never-reviewed" | "use-unknown" | "sampled" | "everything")[];
      readonly answer?: {
        readonly decision: "keep" | "remove" | "shorten" | "ask";
        readonly by: string;
        readonly at: string;
        readonly reason: string;
        readonly until?: string;
      };
      readonly canAnswer?: readonly (string)[];
      readonly securityCanAnswer?: boolean;
      readonly mayAnswer?: boolean;
      readonly status: "settled" | "open" | "asked" | "kept" | "removed" | "shortened" | "suspended" | "not-answered";
      readonly undoUntil?: string;
      readonly removal?: {
        readonly askedAt: string;
        readonly dueAt?: string;
        readonly late?: true;
        readonly decision?: {
          readonly logIndex: number;
          readonly entryId?: string;
        };
        readonly readBackAt?: string;
        readonly inSeconds?: number;
        readonly proof?: {
          readonly logIndex: number;
          readonly entryId?: string;
        };
      };
      readonly planted?: true;
    })[];
  };
  CampaignPreview: {
    readonly name: string;
    readonly at: string;
    readonly complete: boolean;
    readonly lookedAt: number;
    readonly people: number;
    readonly items: number;
    readonly asked: number;
    readonly askedBecause: Readonly<Record<string, number>>;
    readonly settled: {
      readonly byPolicy: number;
      readonly useUnknown: number;
      readonly useApproximate?: number;
      readonly excluded: number;
      readonly other: number;
    };
    readonly stages: readonly ({
      readonly reviewers: "manager" | "entitlement-owner" | "application-owner" | "owner" | "security";
      readonly days: number;
      readonly dueAt: string;
      readonly each: readonly ({
        readonly reviewer: string;
        readonly name?: string;
        readonly people: number;
        readonly items: number;
        readonly overloaded: boolean;
      })[];
      readonly more: number;
    })[];
    readonly applications: readonly ({
      readonly applicationId: string;
      readonly name: string;
      readonly items: number;
      readonly asked: number;
    })[];
    readonly exclusions: readonly ({
      readonly identity?: string;
      readonly entitlement?: string;
      readonly reason: string;
      readonly by: string;
      readonly items: number;
    })[];
    readonly noAnswer: {
      readonly privileged: "remove" | "suspend";
      readonly others: "remove" | "suspend";
    };
  };
  CampaignPreviewRequest: {
    readonly campaign?: string;
    readonly definition?: Schemas['CampaignDefinition'];
  };
  CampaignQueue: {
    readonly items: readonly ({
      readonly identityId: string;
      readonly name?: string;
      readonly reviewer: string;
      readonly open: number;
      readonly answered: number;
      readonly riskiest: readonly ("privileged" | "duties" | "unexplained" | "unused" | "unlike-peers" | "gained" | "never-reviewed" | "use-unknown" | "sampled" | "everything")[];
      readonly minutes: number;
    })[];
    readonly next?: string;
  };
  CampaignReassignment: {
    readonly from: string;
    readonly to: string;
    readonly identities?: readonly (string)[];
    readonly reason: string;
    readonly until?: string;
  };
  CampaignReassignmentAnswer: {
    readonly people: number;
  };
  CampaignUndo: {
    readonly identityId: string;
    readonly entitlement: string;
    readonly reason: string;
  };
  Certificate: {
    readonly certificateId: string;
    readonly identityId: string;
    readonly version: number;
    readonly acceptedAt: string;
    readonly departedAt: string;
    readonly startedAt: string;
    readonly provenAt: string;
    readonly lastAccessAt?: string;
    readonly applications: readonly ({
      readonly applicationId: string;
      readonly accountId?: string;
      readonly outcome: "no-account" | "deleted" | "disabled";
      readonly provenBy?: "read-back" | "attestation";
      readonly removed: readonly ({
        readonly action: "create-account" | "enable-account" | "disable-account" | "end-sessions" | "revoke-credential" | "transfer-ownership" | "archive-account" | "delete-account" | "update-account" | "grant" | "revoke";
        readonly what?: string;
        readonly at: string;
        readonly by: string;
        readonly entryId: string;
      })[];
      readonly truncated: boolean;
      readonly disabledAt?: string;
      readonly lastGrantRemovedAt?: string;
      readonly closedAt?: string;
      readonly residual?: {
        readonly what: string;
        readonly until: string;
      };
      readonly lastAccessAt?: string;
      readonly verifiedAt: string;
      readonly verifiedBy: readonly (string)[];
    })[];
    readonly notProven?: readonly ({
      readonly applicationId: string;
      readonly accountId?: string;
      readonly why: "not-in-model" | "not-attested" | "not-read" | "open";
      readonly removed: readonly ({
        readonly action: "create-account" | "enable-account" | "disable-account" | "end-sessions" | "revoke-credential" | "transfer-ownership" | "archive-account" | "delete-account" | "update-account" | "grant" | "revoke";
        readonly what?: string;
        readonly at: string;
        readonly by: string;
        readonly entryId: string;
      })[];
      readonly truncated: boolean;
      readonly closedAt?: string;
      readonly lastReadAt: string;
    })[];
    readonly handedOver: readonly (string)[];
    readonly attestations: readonly ({
      readonly taskId: string;
      readonly applicationId: string;
      readonly attestedBy: string;
      readonly attestedAt: string;
      readonly evidence?: string;
      readonly confirmedBy?: string;
      readonly files?: readonly (string)[];
    })[];
  };
  Confirmed: {
    readonly taskId: string;
    readonly status: "open";
    readonly identityId: string;
    readonly awaits: "second-person";
  };
  Delegation: {
    readonly to: string;
    readonly startsAt?: string;
    readonly endsAt: string;
  };
  DelegationList: {
    readonly items: readonly (Schemas['DelegationState'])[];
  };
  DelegationState: {
    readonly delegationId: string;
    readonly to: string;
    readonly startsAt: string;
    readonly endsAt: string;
  };
  DutyExceptionAsked: {
    readonly identity: string;
    readonly owner: string;
    readonly reason: string;
    readonly until: string;
  };
  DutyExceptions: {
    readonly identityId: string;
    readonly rule: string;
    readonly version: number;
    readonly exceptions: readonly ({
      readonly fact: string;
      readonly owner: string;
      readonly reason: string;
      readonly until: string;
    })[];
  };
  DutyViolationPage: {
    readonly items: readonly ({
      readonly identityId: string;
      readonly rule: string;
      readonly severity: "low" | "medium" | "high" | "critical";
      readonly mode: "prevent" | "require-exception" | "detect";
      readonly outcome: "prevented" | "excepted" | "detected";
      readonly since: string;
      readonly held: readonly (string)[];
      readonly refused: readonly (string)[];
      readonly exception?: {
        readonly owner: string;
        readonly until: string;
      };
    })[];
    readonly next?: string;
  };
  EffectiveAt: (string);
  EmergencyReview: {
    readonly verdict: "justified" | "unjustified";
    readonly reason: string;
  };
  ErasureProposed: {
    readonly identityId: string;
    readonly holdId: string;
    readonly delayDays: number;
  };
  EventPattern: {
    readonly $or?: readonly (Schemas['EventPattern'])[];
    readonly [further: string]: unknown;
  };
  Evidence: {
    readonly taskId: string;
    readonly sha256: string;
    readonly bytes: number;
  };
  Finding: {
    readonly kind: "orphan" | "ambiguous" | "dormant" | "extra" | "missing" | "renamed";
    readonly accountId?: string;
    readonly userName?: string;
    readonly enabled?: boolean;
    readonly lastActiveAt?: string;
    readonly identityId?: string;
    readonly identityStatus?: "unknown" | "pending" | "active" | "suspended" | "departed";
    readonly candidates?: readonly (string)[];
    readonly grants?: readonly (string)[];
    readonly unknownGrants?: readonly (string)[];
    readonly privileged?: boolean;
    readonly account?: "absent" | "disabled" | "unjustified";
    readonly unreviewed?: boolean;
    readonly renames?: readonly ({
      readonly from: string;
      readonly to: string;
    })[];
    readonly firstSeenAt: string;
    readonly seenAt: string;
  };
  Found: {
    readonly people: {
      readonly items: readonly (Schemas['IdentitySummary'])[];
      readonly more?: true;
    };
    readonly applications: {
      readonly items: readonly ({
        readonly applicationId: string;
        readonly name: string;
      })[];
      readonly more?: true;
    };
    readonly entitlements: {
      readonly items: readonly ({
        readonly entitlement: string;
        readonly name: string;
        readonly applicationName: string;
        readonly privileged: boolean;
        readonly requestable: boolean;
      })[];
      readonly more?: true;
    };
    readonly requests: {
      readonly items: readonly ({
        readonly requestId: string;
        readonly identityId: string;
        readonly entitlement: string;
        readonly status: "open" | "approved" | "rejected" | "withdrawn" | "expired";
        readonly requestedAt: string;
      })[];
      readonly more?: true;
    };
    readonly peopleAsOf?: string;
    readonly incomplete?: true;
  };
  Hold: {
    readonly holdId: string;
    readonly source: string;
    readonly openedAt: string;
    readonly status: "open" | "releasing" | "dropping" | "released" | "dropped";
    readonly rule: "number" | "share" | "application" | "unreadable-rows" | "incomplete-record" | "merge" | "undo-merge" | "erasure" | "model-change";
    readonly applicationId?: string;
    readonly count: number;
    readonly threshold: number;
    readonly merge?: {
      readonly identityId: string;
      readonly duplicate: string;
      readonly reason: string;
      readonly proposedBy: string;
    };
    readonly erasure?: {
      readonly identityId?: string;
      readonly proposedBy: string;
      readonly dueAt?: string;
      readonly waitsFor?: string;
      readonly begunAt?: string;
      readonly erasedAt?: string;
      readonly remains?: readonly ({
        readonly where: string;
        readonly until: string;
      })[];
    };
    readonly modelChange?: {
      readonly modelHash: string;
      readonly emptied: number;
      readonly reduced: number;
      readonly gaining: number;
      readonly accounts: Readonly<Record<string, number>>;
    };
    readonly decision?: {
      readonly decidedBy: string;
      readonly decidedAt: string;
      readonly reason: string;
    };
  };
  HoldDecision: {
    readonly reason: string;
  };
  HoldDetail: {
    readonly holdId: string;
    readonly source: string;
    readonly openedAt: string;
    readonly status: "open" | "releasing" | "dropping" | "released" | "dropped";
    readonly rule: "number" | "share" | "application" | "unreadable-rows" | "incomplete-record" | "merge" | "undo-merge" | "erasure" | "model-change";
    readonly applicationId?: string;
    readonly count: number;
    readonly threshold: number;
    readonly merge?: {
      readonly identityId: string;
      readonly duplicate: string;
      readonly reason: string;
      readonly proposedBy: string;
    };
    readonly erasure?: {
      readonly identityId?: string;
      readonly proposedBy: string;
      readonly dueAt?: string;
      readonly waitsFor?: string;
      readonly begunAt?: string;
      readonly erasedAt?: string;
      readonly remains?: readonly ({
        readonly where: string;
        readonly until: string;
      })[];
    };
    readonly modelChange?: {
      readonly modelHash: string;
      readonly emptied: number;
      readonly reduced: number;
      readonly gaining: number;
      readonly accounts: Readonly<Record<string, number>>;
    };
    readonly decision?: {
      readonly decidedBy: string;
      readonly decidedAt: string;
      readonly reason: string;
    };
    readonly identities: readonly (string)[];
    readonly losses?: readonly ({
      readonly identityId: string;
      readonly loses: readonly (string)[];
    })[];
    readonly next?: string;
  };
  HoldPage: {
    readonly items: readonly (Schemas['Hold'])[];
    readonly next?: string;
  };
  HolderPage: {
    readonly entitlement: string;
    readonly asOf?: {
      readonly at: string;
      readonly modelHash: string;
      readonly model: "deployed-then" | "deployed-now";
      readonly deployedThen?: string;
      readonly limits: string;
    };
    readonly items: readonly ({
      readonly identityId: string;
      readonly displayName?: string;
      readonly status: "unknown" | "pending" | "active" | "suspended" | "departed";
      readonly enabled: boolean;
      readonly inPlace: boolean;
      readonly reasons: readonly (({
        readonly type: "birthright";
        readonly profile: string;
        readonly profileName?: string;
        readonly fact: string;
        readonly condition: Readonly<Record<string, unknown>>;
        readonly since: string;
        readonly until?: string;
        readonly line: string;
      } | {
        readonly type: "request" | "temporary" | "break-glass" | "cover" | "exception";
        readonly request: string;
        readonly requestedBy: string;
        readonly approvedBy: readonly (string)[];
        readonly since: string;
        readonly until?: string;
        readonly fact: string;
        readonly line: string;
      } | {
        readonly type: "handover";
        readonly profile: string;
        readonly profileName?: string;
        readonly fact: string;
        readonly since: string;
        readonly until: string;
        readonly line: string;
      }))[];
    })[];
    readonly next?: string;
  };
  HrEvent: (Schemas['JoinerEvent'] | Schemas['MoverEvent'] | Schemas['LeaverEvent'] | Schemas['SuspensionEvent'] | Schemas['ReturnEvent'] | Schemas['RescindEvent']);
  HrEventBatch: readonly (Schemas['HrEvent'])[];
  HrEventList: {
    readonly items: readonly (Schemas['HrEventOutcome'])[];
    readonly next?: string;
  };
  HrEventOutcome: {
    readonly source: string;
    readonly eventId: string;
    readonly identityId: string;
    readonly countsFor?: string;
    readonly type: string;
    readonly recordedAt: string;
    readonly receivedAt: string;
    readonly effectiveAt?: string;
    readonly effectiveInstant?: string;
    readonly outcome: "held" | "dropped" | "taken-back" | "outweighed" | "to-come" | "stuck" | "being-worked-on" | "done";
    readonly hold?: string;
    readonly takenBackBy?: string;
    readonly settledAt?: string;
    readonly openTasks: number;
  };
  HrSources: {
    readonly items: readonly ({
      readonly source: string;
    })[];
  };
  Identity: {
    readonly identityId: string;
    readonly version: number;
    readonly settledVersion?: number;
    readonly settledAt?: string;
    readonly converged: boolean;
    readonly mergedInto?: string;
    readonly asOf?: {
      readonly at: string;
      readonly modelHash: string;
      readonly model: "deployed-then" | "deployed-now";
      readonly deployedThen?: string;
      readonly limits: string;
    };
    readonly state: {
      readonly status: "unknown" | "pending" | "active" | "suspended" | "departed";
      readonly joinsAt?: string;
      readonly joinedAt?: string;
      readonly departedAt?: string;
      readonly attributes?: {
        readonly kind?: "employee" | "contractor" | "partner" | "service-account" | "integration" | "ai-agent";
        readonly givenName?: string;
        readonly familyName?: string;
        readonly email?: string;
        readonly title?: string;
        readonly department?: string;
        readonly manager?: (string | null);
        readonly location?: string;
        readonly timeZone?: string;
        readonly company?: string;
        readonly costCenter?: string;
        readonly endsAt?: ((string) | null);
        readonly owner?: string;
        readonly purpose?: string;
      };
    };
    readonly pending?: {
      readonly at: string;
      readonly stage: "joiner" | "mover" | "leaver" | "suspension" | "return" | "unchanged";
      readonly status: "unknown" | "pending" | "active" | "suspended" | "departed";
    };
    readonly timeline: readonly ({
      readonly factId: string;
      readonly type: "joiner" | "mover" | "leaver" | "suspension" | "return" | "rescind" | "task-attested" | "access-seen" | "merged" | "absorbed" | "handed-over" | "hold-released" | "hold-dropped" | "access-granted" | "access-ended" | "access-requested" | "request-decided" | "decisions-delegated" | "emergency-reviewed" | "exception-granted" | "exception-ended" | "access-suspended" | "access-resumed" | "answer-asked" | "ownership-accepted" | "access-review-opened" | "access-review-decided" | "access-review-moved" | "reviews-reassigned";
      readonly about?: string;
      readonly source: string;
      readonly recordedAt: string;
      readonly receivedAt: string;
      readonly effectiveAt?: string;
      readonly effectiveInstant?: string;
      readonly rescindedBy?: string;
      readonly outweighed?: boolean;
      readonly cause?: string;
      readonly attributes?: {
        readonly kind?: "employee" | "contractor" | "partner" | "service-account" | "integration" | "ai-agent";
        readonly givenName?: (string | null);
        readonly familyName?: (string | null);
        readonly email?: (string | null);
        readonly title?: (string | null);
        readonly department?: (string | null);
        readonly manager?: (string | null);
        readonly location?: (string | null);
        readonly timeZone?: (string | null);
        readonly company?: (string | null);
        readonly costCenter?: (string | null);
        readonly endsAt?: ((string) | null);
        readonly owner?: (string | null);
        readonly purpose?: (string | null);
      };
      readonly immediate?: boolean;
      readonly reason?: string;
      readonly successor?: string;
      readonly rescinds?: string;
      readonly taskId?: string;
      readonly attestedBy?: string;
      readonly held?: string;
      readonly hold?: string;
      readonly into?: string;
      readonly duplicate?: string;
      readonly proposedBy?: string;
      readonly decidedBy?: string;
      readonly owned?: readonly (string)[];
      readonly entitlement?: string;
      readonly basis?: "request" | "temporary" | "break-glass" | "cover" | "exception";
      readonly requestId?: string;
      readonly requestedBy?: string;
      readonly approvedBy?: readonly (string)[];
      readonly startsAt?: string;
      readonly endsAt?: string;
      readonly ends?: string;
      readonly endedBy?: string;
      readonly answer?: "approve" | "reject" | "withdraw" | "keep" | "remove" | "shorten" | "ask" | "undo";
      readonly reviewId?: string;
      readonly dueAt?: string;
      readonly campaignId?: string;
      readonly movedBy?: string;
      readonly reassignedBy?: string;
      readonly delegatedTo?: string;
      readonly answeredBy?: string;
      readonly rule?: string;
      readonly exceptionOwner?: string;
      readonly verdict?: "justified" | "unjustified" | "overdue";
      readonly reviewedBy?: string;
      readonly suspendedBy?: string;
      readonly resumes?: string;
      readonly resumedBy?: string;
      readonly owner?: string;
      readonly acceptedBy?: string;
      readonly purpose?: string;
    })[];
    readonly timelineNext?: string;
    readonly accounts: readonly ({
      readonly applicationId: string;
      readonly applicationName?: string;
      readonly account?: {
        readonly accountId: string;
        readonly userName?: string;
        readonly enabled: boolean;
        readonly grants: readonly (string)[];
      };
      readonly outOfReach?: true;
      readonly unreviewed?: readonly (string)[];
      readonly replaceCredentials?: {
        readonly credentials: readonly (string)[];
        readonly before: string;
      };
      readonly readAt: string;
      readonly lastUsed?: {
        readonly at: string;
        readonly approximate?: true;
      };
      readonly closedAt?: string;
      readonly lastError?: string;
    })[];
    readonly entitlements: readonly ({
      readonly entitlement: string;
      readonly name: string;
      readonly privileged: boolean;
      readonly enabled: boolean;
      readonly inPlace: boolean;
      readonly lastUsed?: {
        readonly at: string;
        readonly approximate?: true;
      };
      readonly reasons: readonly (({
        readonly type: "birthright";
        readonly profile: string;
        readonly profileName?: string;
        readonly fact: string;
        readonly condition: Readonly<Record<string, unknown>>;
        readonly since: string;
        readonly until?: string;
        readonly line: string;
      } | {
        readonly type: "request" | "temporary" | "break-glass" | "cover" | "exception";
        readonly request: string;
        readonly requestedBy: string;
        readonly approvedBy: readonly (string)[];
        readonly since: string;
        readonly until?: string;
        readonly fact: string;
        readonly line: string;
      } | {
        readonly type: "handover";
        readonly profile: string;
        readonly profileName?: string;
        readonly fact: string;
        readonly since: string;
        readonly until: string;
        readonly line: string;
      }))[];
    })[];
    readonly tasks: readonly ({
      readonly taskId: string;
      readonly applicationId: string;
      readonly status: "open" | "done" | "superseded";
      readonly dueAt: string;
    })[];
    readonly conflicts?: readonly ({
      readonly attribute: "email";
      readonly with: string;
    })[];
    readonly suspensions?: readonly ({
      readonly fact: string;
      readonly by: string;
      readonly as: "operations" | "security";
      readonly since: string;
      readonly reason?: string;
    })[];
    readonly answering?: {
      readonly owner: string;
      readonly acceptedBy?: string;
      readonly acceptedAt?: string;
      readonly purpose?: string;
      readonly dueAt?: string;
      readonly lapsed: boolean;
    };
    readonly beyondOwner?: {
      readonly owner: string;
      readonly entitlements: readonly (string)[];
    };
    readonly lacks?: readonly ("purpose" | "end")[];
    readonly duties?: readonly ({
      readonly rule: string;
      readonly name: string;
      readonly severity: "low" | "medium" | "high" | "critical";
      readonly mode: "prevent" | "require-exception" | "detect";
      readonly outcome: "prevented" | "excepted" | "detected";
      readonly sides: readonly ({
        readonly name: string;
        readonly entitlements: readonly (string)[];
        readonly profiles: readonly (string)[];
        readonly refused: boolean;
      })[];
      readonly exception?: {
        readonly owner: string;
        readonly reason: string;
        readonly until: string;
      };
    })[];
    readonly escalation?: {
      readonly at: string;
      readonly failed: readonly ({
        readonly applicationId: string;
        readonly error: string;
      })[];
    };
    readonly removal?: {
      readonly certificateId: string;
      readonly startedAt: string;
      readonly provenAt?: string;
      readonly residualUntil?: string;
      readonly waitsFor?: readonly (string)[];
    };
  };
  IdentityPage: {
    readonly items: readonly (Schemas['IdentitySummary'])[];
    readonly next?: string;
  };
  IdentitySummary: {
    readonly identityId: string;
    readonly version: number;
    readonly status: "unknown" | "pending" | "active" | "suspended" | "departed";
    readonly kind?: "employee" | "contractor" | "partner" | "service-account" | "integration" | "ai-agent";
    readonly displayName?: string;
    readonly title?: string;
    readonly department?: string;
    readonly manager?: string;
    readonly owner?: string;
    readonly converged: boolean;
    readonly escalated: boolean;
  };
  JoinerEvent: {
    readonly specversion: "1.0";
    readonly id: string;
    readonly source: string;
    readonly type: "jml.joiner";
    readonly subject: string;
    readonly time: string;
    readonly datacontenttype?: string;
    readonly dataschema?: string;
    readonly data: {
      readonly effectiveAt: Schemas['EffectiveAt'];
      readonly attributes: unknown & unknown & unknown & unknown;
    };
    readonly [further: string]: unknown;
  };
  LeaverEvent: {
    readonly specversion: "1.0";
    readonly id: string;
    readonly source: string;
    readonly type: "jml.leaver";
    readonly subject: string;
    readonly time: string;
    readonly datacontenttype?: string;
    readonly dataschema?: string;
    readonly data: (unknown);
    readonly [further: string]: unknown;
  };
  ListedAccounts: {
    readonly applicationId: string;
    readonly sha256: string;
    readonly exportedAt: string;
    readonly accounts: number;
    readonly attestedTasks: number;
    readonly reopened: number;
    readonly counts: {
      readonly orphan: number;
      readonly extra: number;
      readonly missing: number;
    };
    readonly findings: readonly ({
      readonly kind: "orphan" | "ambiguous" | "dormant" | "extra" | "missing" | "renamed";
      readonly account?: string;
      readonly identityId?: string;
      readonly grants: readonly (string)[];
    })[];
  };
  Merge: {
    readonly duplicate: string;
    readonly reason: string;
  };
  MergeProposed: {
    readonly identityId: string;
    readonly duplicate: string;
    readonly holdId: string;
  };
  Merged: {
    readonly identityId: string;
    readonly duplicate: string;
    readonly version: number;
  };
  MoverEvent: {
    readonly specversion: "1.0";
    readonly id: string;
    readonly source: string;
    readonly type: "jml.mover";
    readonly subject: string;
    readonly time: string;
    readonly datacontenttype?: string;
    readonly dataschema?: string;
    readonly data: {
      readonly effectiveAt: Schemas['EffectiveAt'];
      readonly attributes: unknown & unknown & unknown & unknown;
    };
    readonly [further: string]: unknown;
  };
  Mute: {
    readonly muteId: string;
    readonly detection: string;
    readonly identityId?: string;
    readonly source?: string;
    readonly by: string;
    readonly reason: string;
    readonly since: string;
    readonly until: string;
  };
  Mutes: {
    readonly items: readonly (Schemas['Mute'])[];
  };
  OwnAccess: {
    readonly identityId: string;
    readonly displayName?: string;
    readonly status: "unknown" | "pending" | "active" | "suspended" | "departed";
    readonly items: readonly ({
      readonly entitlement: string;
      readonly name: string;
      readonly applicationName: string;
      readonly privileged: boolean;
      readonly enabled: boolean;
      readonly inPlace: boolean;
      readonly reasons: readonly ({
        readonly type: "birthright" | "handover" | "request" | "temporary" | "break-glass" | "cover" | "exception";
        readonly why: string;
        readonly since: string;
        readonly until?: string;
        readonly request?: string;
      })[];
    })[];
    readonly mayAskFor: readonly ({
      readonly entitlement: string;
      readonly name: string;
      readonly applicationName: string;
      readonly privileged: boolean;
    })[];
    readonly moreToAskFor?: true;
  };
  OwnedPage: {
    readonly items: readonly ({
      readonly identityId: string;
      readonly kind?: "employee" | "contractor" | "partner" | "service-account" | "integration" | "ai-agent";
      readonly status: "unknown" | "pending" | "active" | "suspended" | "departed";
      readonly answering?: {
        readonly owner: string;
        readonly acceptedBy?: string;
        readonly acceptedAt?: string;
        readonly purpose?: string;
        readonly dueAt?: string;
        readonly lapsed: boolean;
      };
      readonly lacks?: readonly ("purpose" | "end")[];
      readonly replaceCredentials: readonly ({
        readonly applicationId: string;
        readonly credentials: readonly (string)[];
        readonly before: string;
      })[];
    })[];
    readonly next?: string;
  };
  PopulationPage: {
    readonly items: readonly ({
      readonly identityId: string;
      readonly status: "active" | "suspended";
      readonly attributes: {
        readonly kind: "employee" | "contractor" | "partner" | "service-account" | "integration" | "ai-agent";
        readonly givenName?: string;
        readonly familyName?: string;
        readonly email?: string;
        readonly title?: string;
        readonly department?: string;
        readonly manager?: (string | null);
        readonly location?: string;
        readonly timeZone?: string;
        readonly company?: string;
        readonly costCenter?: string;
        readonly endsAt?: ((string) | null);
        readonly owner?: string;
        readonly purpose?: string;
      };
      readonly granted?: readonly (string)[];
      readonly purposeKnown?: true;
      readonly exceptions?: readonly ({
        readonly rule: string;
        readonly until: string;
      })[];
      readonly taken?: readonly (string)[];
      readonly moves?: readonly ({
        readonly attributes: {
          readonly kind: "employee" | "contractor" | "partner" | "service-account" | "integration" | "ai-agent";
          readonly givenName?: string;
          readonly familyName?: string;
          readonly email?: string;
          readonly title?: string;
          readonly department?: string;
          readonly manager?: (string | null);
          readonly location?: string;
          readonly timeZone?: string;
          readonly company?: string;
          readonly costCenter?: string;
          readonly endsAt?: ((string) | null);
          readonly owner?: string;
          readonly purpose?: string;
        };
        readonly at: string;
        readonly by: string;
        readonly ends?: readonly ({
          readonly entitlement: string;
          readonly from: string;
          readonly until?: string;
        })[];
      })[];
    })[];
    readonly next?: string;
  };
  Problem: {
    readonly type: string;
    readonly title: string;
    readonly status: number;
    readonly detail: string;
    readonly instance: string;
    readonly errors?: readonly ({
      readonly pointer: string;
      readonly detail: string;
    })[];
  };
  Reconciliation: {
    readonly applicationId: string;
    readonly applicationName: string;
    readonly retired?: true;
    readonly answer: "report" | "repair";
    readonly run?: {
      readonly runId: string;
      readonly status: "running" | "finished" | "failed";
      readonly startedAt: string;
      readonly touchedAt: string;
      readonly accounts: number;
      readonly lacking?: readonly (string)[];
    };
    readonly report?: {
      readonly runId: string;
      readonly startedAt: string;
      readonly finishedAt: string;
      readonly accounts: number;
      readonly matched: number;
      readonly counts: {
        readonly orphan: number;
        readonly ambiguous: number;
        readonly dormant: number;
        readonly extra: number;
        readonly missing: number;
        readonly renamed?: number;
      };
      readonly newOrphans: number;
      readonly incomplete?: "no-listing" | "too-many-accounts" | "too-many-identities" | "half-as-many-accounts";
      readonly list?: {
        readonly sha256: string;
        readonly exportedAt: string;
        readonly broughtBy: string;
      };
    };
    readonly decision?: {
      readonly answer: "report" | "repair";
      readonly reason: string;
      readonly decidedBy: string;
      readonly decidedAt: string;
      readonly runId: string;
    };
  };
  ReconciliationAuditPage: {
    readonly items: readonly ({
      readonly entryId: string;
      readonly at: string;
      readonly actor: {
        readonly type: "hr-source" | "operator" | "tenure" | "unknown";
        readonly id: string;
      };
      readonly trigger?: string;
      readonly correlation?: string;
      readonly version?: number;
      readonly epoch?: number;
      readonly modelHash?: string;
      readonly event: {
        readonly type: string;
        readonly [further: string]: unknown;
      };
      readonly applicationId: string;
    })[];
    readonly next?: string;
  };
  ReconciliationDecision: {
    readonly answer: "report" | "repair";
    readonly reason: string;
  };
  ReconciliationDetail: {
    readonly applicationId: string;
    readonly applicationName: string;
    readonly retired?: true;
    readonly answer: "report" | "repair";
    readonly run?: {
      readonly runId: string;
      readonly status: "running" | "finished" | "failed";
      readonly startedAt: string;
      readonly touchedAt: string;
      readonly accounts: number;
      readonly lacking?: readonly (string)[];
    };
    readonly report?: {
      readonly runId: string;
      readonly startedAt: string;
      readonly finishedAt: string;
      readonly accounts: number;
      readonly matched: number;
      readonly counts: {
        readonly orphan: number;
        readonly ambiguous: number;
        readonly dormant: number;
        readonly extra: number;
        readonly missing: number;
        readonly renamed?: number;
      };
      readonly newOrphans: number;
      readonly incomplete?: "no-listing" | "too-many-accounts" | "too-many-identities" | "half-as-many-accounts";
      readonly list?: {
        readonly sha256: string;
        readonly exportedAt: string;
        readonly broughtBy: string;
      };
    };
    readonly decision?: {
      readonly answer: "report" | "repair";
      readonly reason: string;
      readonly decidedBy: string;
      readonly decidedAt: string;
      readonly runId: string;
    };
    readonly findings: readonly (Schemas['Finding'])[];
    readonly next?: string;
  };
  ReconciliationList: {
    readonly items: readonly (Schemas['Reconciliation'])[];
  };
  RequestDecision: {
    readonly decision: "approve" | "reject";
    readonly reason?: string;
  };
  RescindEvent: {
    readonly specversion: "1.0";
    readonly id: string;
    readonly source: string;
    readonly type: "jml.rescind";
    readonly subject: string;
    readonly time: string;
    readonly datacontenttype?: string;
    readonly dataschema?: string;
    readonly data: {
      readonly rescinds: string;
      readonly reason?: string;
    };
    readonly [further: string]: unknown;
  };
  ResolvedPseudonyms: {
    readonly items: readonly ({
      readonly pseudonym: string;
      readonly kind: "identity" | "operator";
      readonly id: string;
    })[];
  };
  ReturnEvent: {
    readonly specversion: "1.0";
    readonly id: string;
    readonly source: string;
    readonly type: "jml.return";
    readonly subject: string;
    readonly time: string;
    readonly datacontenttype?: string;
    readonly dataschema?: string;
    readonly data: {
      readonly effectiveAt: Schemas['EffectiveAt'];
    };
    readonly [further: string]: unknown;
  };
  ReviewCampaign: {
    readonly campaignId: string;
    readonly name: string;
    readonly state: "opening" | "open" | "closing" | "closed";
    readonly openedBy: string;
    readonly reason?: string;
    readonly begunAt: string;
    readonly openedAt?: string;
    readonly closedAt?: string;
    readonly stage?: number;
    readonly stages: readonly ({
      readonly reviewers: "manager" | "entitlement-owner" | "application-owner" | "owner" | "security";
      readonly days: number;
      readonly dueAt?: string;
    })[];
    readonly dueAt?: string;
    readonly people: number;
    readonly counts: {
      readonly population: number;
      readonly settled: number;
      readonly excluded: number;
      readonly asked: number;
      readonly answered: number;
      readonly kept: number;
      readonly removed: number;
      readonly shortened: number;
      readonly suspended: number;
      readonly notAnswered: number;
      readonly readBack: number;
      readonly notReadBack: number;
    };
    readonly countedAt?: string;
    readonly population?: {
      readonly manifestSha256: string;
      readonly pages: number;
    };
    readonly definition: Schemas['CampaignDefinition'];
    readonly planted?: number;
    readonly modelHash: string;
  };
  ReviewCampaignDetails: {
    readonly campaignId: string;
    readonly name: string;
    readonly state: "opening" | "open" | "closing" | "closed";
    readonly openedBy: string;
    readonly reason?: string;
    readonly begunAt: string;
    readonly openedAt?: string;
    readonly closedAt?: string;
    readonly stage?: number;
    readonly stages: readonly ({
      readonly reviewers: "manager" | "entitlement-owner" | "application-owner" | "owner" | "security";
      readonly days: number;
      readonly dueAt?: string;
    })[];
    readonly dueAt?: string;
    readonly people: number;
    readonly counts: {
      readonly population: number;
      readonly settled: number;
      readonly excluded: number;
      readonly asked: number;
      readonly answered: number;
      readonly kept: number;
      readonly removed: number;
      readonly shortened: number;
      readonly suspended: number;
      readonly notAnswered: number;
      readonly readBack: number;
      readonly notReadBack: number;
    };
    readonly countedAt?: string;
    readonly population?: {
      readonly manifestSha256: string;
      readonly pages: number;
    };
    readonly definition: Schemas['CampaignDefinition'];
    readonly planted?: number;
    readonly modelHash: string;
    readonly reviewers: readonly ({
      readonly reviewer: string;
      readonly name?: string;
      readonly people: number;
      readonly items: number;
      readonly open: number;
    })[];
  };
  ReviewCampaignList: {
    readonly items: readonly (Schemas['ReviewCampaign'])[];
    readonly next?: string;
  };
  ReviewDecision: {
    readonly entitlement: string;
    readonly decision: "keep" | "remove";
    readonly reason: string;
  };
  SignalError: {
    readonly err: "invalid_request" | "invalid_key" | "invalid_issuer" | "invalid_audience" | "authentication_failed" | "access_denied";
    readonly description: string;
  };
  SignalStream: {
    readonly stream_id: string;
    readonly iss: string;
    readonly aud: string;
    readonly events_supported: readonly (string)[];
    readonly events_requested: readonly (string)[];
    readonly events_delivered: readonly (string)[];
    readonly delivery: {
      readonly method: "urn:ietf:rfc:8935" | "urn:ietf:rfc:8936";
      readonly endpoint_url: string;
    };
    readonly min_verification_interval: number;
    readonly description?: string;
  };
  SignalStreamStatus: {
    readonly stream_id: string;
    readonly status: "enabled" | "paused" | "disabled";
    readonly reason?: string;
  };
  Simulation: {
    readonly model?: {
      readonly profiles?: readonly ({
        readonly id: string;
        readonly name: string;
        readonly when: Schemas['EventPattern'];
        readonly entitlements: readonly (string)[];
      })[];
      readonly without?: readonly (string)[];
      readonly retire?: readonly (string)[];
    };
    readonly events?: readonly (Schemas['HrEvent'])[];
    readonly people?: {
      readonly format: "csv" | "jsonl";
      readonly content: string;
    };
    readonly source?: string;
  };
  SimulationAnswer: {
    readonly at: string;
    readonly model: {
      readonly before: string;
      readonly after: string;
    };
    readonly population: number;
    readonly losing: number;
    readonly emptied: number;
    readonly gaining: number;
    readonly suspending: number;
    readonly resuming: number;
    readonly changes: readonly ({
      readonly entitlement: string;
      readonly privileged: boolean;
      readonly direction: "loses" | "gains";
      readonly because: readonly ({
        readonly reason: string;
        readonly identities: number;
      })[];
    })[];
    readonly closes: Readonly<Record<string, number>>;
    readonly people: readonly ({
      readonly identityId: string;
      readonly loses: readonly (string)[];
      readonly gains: readonly (string)[];
      readonly byHand: readonly (string)[];
      readonly begins: readonly (string)[];
      readonly ends: readonly (string)[];
    })[];
    readonly more: number;
    readonly suspended: readonly (string)[];
    readonly resumed: readonly (string)[];
    readonly held: {
      readonly model?: {
        readonly rule: "number" | "share" | "application" | "unreadable-rows" | "incomplete-record" | "merge" | "undo-merge" | "erasure" | "model-change";
        readonly applicationId?: string;
        readonly count: number;
        readonly threshold: number;
      };
      readonly events?: {
        readonly rule: "number" | "share" | "application" | "unreadable-rows" | "incomplete-record" | "merge" | "undo-merge" | "erasure" | "model-change";
        readonly applicationId?: string;
        readonly count: number;
        readonly threshold: number;
      };
    };
    readonly faults: readonly ({
      readonly line: number;
      readonly pointer: string;
      readonly detail: string;
    })[];
  };
  StartedAuditQuery: {
    readonly id: string;
    readonly query: string;
  };
  StartedReconciliation: {
    readonly applicationId: string;
    readonly status: "starting";
  };
  SubjectAuditPage: {
    readonly items: readonly ({
      readonly entryId: string;
      readonly at: string;
      readonly actor: {
        readonly type: "hr-source" | "operator" | "tenure" | "unknown";
        readonly id: string;
      };
      readonly trigger?: string;
      readonly correlation?: string;
      readonly version?: number;
      readonly epoch?: number;
      readonly modelHash?: string;
      readonly event: {
        readonly type: string;
        readonly [further: string]: unknown;
      };
      readonly subject: {
        readonly kind: "identity" | "operator" | "application" | "hr-source" | "hold" | "deployment";
        readonly id: string;
      };
    })[];
    readonly next?: string;
  };
  Suspend: {
    readonly reason: string;
  };
  SuspensionEvent: {
    readonly specversion: "1.0";
    readonly id: string;
    readonly source: string;
    readonly type: "jml.suspension";
    readonly subject: string;
    readonly time: string;
    readonly datacontenttype?: string;
    readonly dataschema?: string;
    readonly data: {
      readonly effectiveAt: Schemas['EffectiveAt'];
      readonly reason?: string;
    };
    readonly [further: string]: unknown;
  };
  SuspensionState: {
    readonly identityId: string;
    readonly version: number;
    readonly status: "unknown" | "pending" | "active" | "suspended" | "departed";
    readonly suspensions: readonly ({
      readonly fact: string;
      readonly by: string;
      readonly as: "operations" | "security";
      readonly since: string;
      readonly reason?: string;
    })[];
  };
  Task: {
    readonly taskId: string;
    readonly identityId: string;
    readonly applicationId: string;
    readonly status: "open" | "done" | "superseded";
    readonly assignee: string;
    readonly instructions: string;
    readonly steps: readonly ({
      readonly action: string;
      readonly grant?: string;
      readonly [further: string]: unknown;
    })[];
    readonly openedAt: string;
    readonly dueAt: string;
    readonly overdue: boolean;
    readonly remindedAt?: string;
    readonly escalatedAt?: string;
    readonly attestedBy?: string;
    readonly attestedAt?: string;
    readonly evidence?: string;
    readonly evidenceRequired?: true;
    readonly files?: readonly ({
      readonly sha256: string;
      readonly bytes: number;
      readonly mediaType: string;
      readonly addedBy: string;
      readonly addedAt: string;
    })[];
    readonly secondPerson?: true;
    readonly first?: {
      readonly by: string;
      readonly at: string;
      readonly evidence?: string;
    };
    readonly confirmedBy?: string;
  };
  TaskPage: {
    readonly items: readonly (Schemas['Task'])[];
    readonly next?: string;
  };
  TimeToRevoke: {
    readonly since: string;
    readonly removals: number;
    readonly complete: boolean;
    readonly deadlines: readonly ({
      readonly id: string;
      readonly title: string;
      readonly seconds: number;
    })[];
    readonly applications: readonly ({
      readonly applicationId: string;
      readonly measures: {
        readonly disabled?: {
          readonly count: number;
          readonly p50Seconds: number;
          readonly p99Seconds: number;
        };
        readonly lastGrantRemoved?: {
          readonly count: number;
          readonly p50Seconds: number;
          readonly p99Seconds: number;
        };
        readonly proven?: {
          readonly count: number;
          readonly p50Seconds: number;
          readonly p99Seconds: number;
        };
      };
      readonly withinDeadline?: Readonly<Record<string, number>>;
    })[];
  };
  TimelinePage: {
    readonly items: readonly ({
      readonly factId: string;
      readonly type: "joiner" | "mover" | "leaver" | "suspension" | "return" | "rescind" | "task-attested" | "access-seen" | "merged" | "absorbed" | "handed-over" | "hold-released" | "hold-dropped" | "access-granted" | "access-ended" | "access-requested" | "request-decided" | "decisions-delegated" | "emergency-reviewed" | "exception-granted" | "exception-ended" | "access-suspended" | "access-resumed" | "answer-asked" | "ownership-accepted" | "access-review-opened" | "access-review-decided" | "access-review-moved" | "reviews-reassigned";
      readonly about?: string;
      readonly source: string;
      readonly recordedAt: string;
      readonly receivedAt: string;
      readonly effectiveAt?: string;
      readonly effectiveInstant?: string;
      readonly rescindedBy?: string;
      readonly outweighed?: boolean;
      readonly cause?: string;
      readonly attributes?: {
        readonly kind?: "employee" | "contractor" | "partner" | "service-account" | "integration" | "ai-agent";
        readonly givenName?: (string | null);
        readonly familyName?: (string | null);
        readonly email?: (string | null);
        readonly title?: (string | null);
        readonly department?: (string | null);
        readonly manager?: (string | null);
        readonly location?: (string | null);
        readonly timeZone?: (string | null);
        readonly company?: (string | null);
        readonly costCenter?: (string | null);
        readonly endsAt?: ((string) | null);
        readonly owner?: (string | null);
        readonly purpose?: (string | null);
      };
      readonly immediate?: boolean;
      readonly reason?: string;
      readonly successor?: string;
      readonly rescinds?: string;
      readonly taskId?: string;
      readonly attestedBy?: string;
      readonly held?: string;
      readonly hold?: string;
      readonly into?: string;
      readonly duplicate?: string;
      readonly proposedBy?: string;
      readonly decidedBy?: string;
      readonly owned?: readonly (string)[];
      readonly entitlement?: string;
      readonly basis?: "request" | "temporary" | "break-glass" | "cover" | "exception";
      readonly requestId?: string;
      readonly requestedBy?: string;
      readonly approvedBy?: readonly (string)[];
      readonly startsAt?: string;
      readonly endsAt?: string;
      readonly ends?: string;
      readonly endedBy?: string;
      readonly answer?: "approve" | "reject" | "withdraw" | "keep" | "remove" | "shorten" | "ask" | "undo";
      readonly reviewId?: string;
      readonly dueAt?: string;
      readonly campaignId?: string;
      readonly movedBy?: string;
      readonly reassignedBy?: string;
      readonly delegatedTo?: string;
      readonly answeredBy?: string;
      readonly rule?: string;
      readonly exceptionOwner?: string;
      readonly verdict?: "justified" | "unjustified" | "overdue";
      readonly reviewedBy?: string;
      readonly suspendedBy?: string;
      readonly resumes?: string;
      readonly resumedBy?: string;
      readonly owner?: string;
      readonly acceptedBy?: string;
      readonly purpose?: string;
    })[];
    readonly next?: string;
  };
  UnknownActors: {
    readonly items: readonly ({
      readonly actor: string;
      readonly firstSeenAt: string;
      readonly lastSeenAt: string;
      readonly records: number;
    })[];
    readonly next?: string;
  };
}

export interface Operations {
  'GET /hr-events': {
    path: {  };
    query: { source?: string; id?: string };
    body: undefined;
    answer: Schemas['HrEventOutcome'];
  };
  'GET /hr-sources': {
    path: {  };
    query: {  };
    body: undefined;
    answer: Schemas['HrSources'];
  };
  'GET /hr-sources/{source}/events': {
    path: { source: string };
    query: { limit?: number; after?: string; outcome?: "held" | "dropped" | "taken-back" | "outweighed" | "to-come" | "stuck" | "being-worked-on" | "done" };
    body: undefined;
    answer: Schemas['HrEventList'];
  };
  'GET /identities': {
    path: {  };
    query: { limit?: number; after?: string; manager?: string; status?: "unknown" | "pending" | "active" | "suspended" | "departed"; removal?: "open" };
    body: undefined;
    answer: Schemas['IdentityPage'];
  };
  'GET /population': {
    path: {  };
    query: { limit?: number; after?: string };
    body: undefined;
    answer: Schemas['PopulationPage'];
  };
  'GET /identities/{id}': {
    path: { id: string };
    query: { at?: string };
    body: undefined;
    answer: Schemas['Identity'];
  };
  'GET /identities/{id}/timeline': {
    path: { id: string };
    query: { limit?: number; after?: string };
    body: undefined;
    answer: Schemas['TimelinePage'];
  };
  'POST /identities/{id}/merge': {
    path: { id: string };
    query: {  };
    body: Schemas['Merge'];
    answer: Schemas['Merged'] | Schemas['MergeProposed'];
  };
  'POST /identities/{id}/merge/undo': {
    path: { id: string };
    query: {  };
    body: Schemas['Merge'];
    answer: Schemas['Merged'] | Schemas['MergeProposed'];
  };
  'DELETE /identities/{id}/personal-data': {
    path: { id: string };
    query: {  };
    body: undefined;
    answer: Schemas['ErasureProposed'];
  };
  'GET /search': {
    path: {  };
    query: { q?: string; atMost?: number };
    body: undefined;
    answer: Schemas['Found'];
  };
  'GET /own-access': {
    path: {  };
    query: {  };
    body: undefined;
    answer: Schemas['OwnAccess'];
  };
  'POST /identities/{id}/suspension': {
    path: { id: string };
    query: {  };
    body: Schemas['Suspend'];
    answer: Schemas['SuspensionState'];
  };
  'DELETE /identities/{id}/suspension': {
    path: { id: string };
    query: {  };
    body: undefined;
    answer: Schemas['SuspensionState'];
  };
  'POST /identities/{id}/acceptance': {
    path: { id: string };
    query: {  };
    body: Schemas['Accept'];
    answer: Schemas['Acceptance'];
  };
  'GET /owned': {
    path: {  };
    query: { limit?: number; after?: string };
    body: undefined;
    answer: Schemas['OwnedPage'];
  };
  'GET /entitlements/{id}/holders': {
    path: { id: string };
    query: { limit?: number; after?: string; at?: string; manager?: string };
    body: undefined;
    answer: Schemas['HolderPage'];
  };
  'GET /identities/{id}/audit': {
    path: { id: string };
    query: { limit?: number; after?: string };
    body: undefined;
    answer: Schemas['AuditPage'];
  };
  'GET /audit': {
    path: {  };
    query: { kind?: "identity" | "operator" | "application" | "hr-source" | "hold" | "deployment"; id?: string; reads?: "true" | "false"; limit?: number; after?: string };
    body: undefined;
    answer: Schemas['SubjectAuditPage'];
  };
  'POST /audit/pseudonyms': {
    path: {  };
    query: {  };
    body: {
      readonly pseudonyms?: readonly (string)[];
      readonly identities?: readonly (string)[];
      readonly operators?: readonly (string)[];
    };
    answer: Schemas['ResolvedPseudonyms'];
  };
  'GET /reconciliations/{applicationId}/audit': {
    path: { applicationId: string };
    query: { limit?: number; after?: string };
    body: undefined;
    answer: Schemas['ReconciliationAuditPage'];
  };
  'POST /audit/queries/{name}': {
    path: { name: string };
    query: {  };
    body: {
      readonly parameters?: Readonly<Record<string, string>>;
    };
    answer: Schemas['StartedAuditQuery'];
  };
  'GET /audit/queries/{name}/executions/{id}': {
    path: { name: string; id: string };
    query: { limit?: number; after?: string };
    body: undefined;
    answer: Schemas['AuditQueryExecution'];
  };
  'GET /tasks': {
    path: {  };
    query: { limit?: number; after?: string; status?: "open" | "done" | "superseded" };
    body: undefined;
    answer: Schemas['TaskPage'];
  };
  'GET /tasks/{id}': {
    path: { id: string };
    query: {  };
    body: undefined;
    answer: Schemas['Task'];
  };
  'POST /tasks/{id}/evidence': {
    path: { id: string };
    query: {  };
    body: undefined;
    answer: Schemas['Evidence'];
  };
  'POST /tasks/{id}/attestation': {
    path: { id: string };
    query: {  };
    body: Schemas['Attestation'];
    answer: Schemas['Attested'] | Schemas['Confirmed'];
  };
  'GET /applications': {
    path: {  };
    query: {  };
    body: undefined;
    answer: Schemas['ApplicationList'];
  };
  'GET /applications/health': {
    path: {  };
    query: {  };
    body: undefined;
    answer: Schemas['ApplicationHealth'];
  };
  'POST /applications/{id}/accounts': {
    path: { id: string };
    query: { exportedAt?: string };
    body: undefined;
    answer: Schemas['ListedAccounts'];
  };
  'POST /requests': {
    path: {  };
    query: {  };
    body: Schemas['AccessRequest'];
    answer: Schemas['AccessRequestState'];
  };
  'GET /requests': {
    path: {  };
    query: { limit?: number; after?: string; identity?: string; for?: "me" };
    body: undefined;
    answer: Schemas['AccessRequestList'];
  };
  'GET /requests/{id}': {
    path: { id: string };
    query: {  };
    body: undefined;
    answer: Schemas['AccessRequestState'];
  };
  'POST /requests/{id}/decisions': {
    path: { id: string };
    query: {  };
    body: Schemas['RequestDecision'];
    answer: Schemas['AccessRequestState'];
  };
  'POST /requests/{id}/review': {
    path: { id: string };
    query: {  };
    body: Schemas['EmergencyReview'];
    answer: Schemas['AccessRequestState'];
  };
  'DELETE /requests/{id}': {
    path: { id: string };
    query: {  };
    body: undefined;
    answer: Schemas['AccessRequestState'];
  };
  'POST /delegations': {
    path: {  };
    query: {  };
    body: Schemas['Delegation'];
    answer: Schemas['DelegationState'];
  };
  'GET /delegations': {
    path: {  };
    query: {  };
    body: undefined;
    answer: Schemas['DelegationList'];
  };
  'DELETE /delegations/{id}': {
    path: { id: string };
    query: {  };
    body: undefined;
    answer: Schemas['DelegationList'];
  };
  'GET /reviews': {
    path: {  };
    query: { limit?: number; after?: string; identity?: string };
    body: undefined;
    answer: Schemas['AccessReviewList'];
  };
  'GET /reviews/{id}': {
    path: { id: string };
    query: {  };
    body: undefined;
    answer: Schemas['AccessReview'];
  };
  'POST /reviews/{id}/decisions': {
    path: { id: string };
    query: {  };
    body: Schemas['ReviewDecision'];
    answer: Schemas['AccessReview'];
  };
  'GET /review-campaigns': {
    path: {  };
    query: { limit?: number; after?: string };
    body: undefined;
    answer: Schemas['ReviewCampaignList'];
  };
  'GET /review-campaigns/{id}': {
    path: { id: string };
    query: {  };
    body: undefined;
    answer: Schemas['ReviewCampaignDetails'];
  };
  'POST /review-campaigns/previews': {
    path: {  };
    query: {  };
    body: Schemas['CampaignPreviewRequest'];
    answer: Schemas['CampaignPreview'];
  };
  'POST /review-campaigns': {
    path: {  };
    query: {  };
    body: Schemas['CampaignOpening'];
    answer: Schemas['ReviewCampaign'];
  };
  'GET /review-campaigns/{id}/queue': {
    path: { id: string };
    query: { limit?: number; after?: string; for?: ("me" | "role:security" | string) };
    body: undefined;
    answer: Schemas['CampaignQueue'];
  };
  'GET /review-campaigns/{id}/items': {
    path: { id: string };
    query: { limit?: number; after?: string; status?: "settled" | "open" | "asked" | "kept" | "removed" | "shortened" | "suspended" | "not-answered"; application?: string };
    body: undefined;
    answer: Schemas['CampaignItems'];
  };
  'GET /review-campaigns/{id}/people/{identityId}': {
    path: { id: string; identityId: string };
    query: {  };
    body: undefined;
    answer: Schemas['CampaignPerson'];
  };
  'POST /review-campaigns/{id}/decisions': {
    path: { id: string };
    query: {  };
    body: Schemas['CampaignDecision'];
    answer: Schemas['CampaignDecisionAnswer'];
  };
  'POST /review-campaigns/{id}/undo': {
    path: { id: string };
    query: {  };
    body: Schemas['CampaignUndo'];
    answer: Schemas['CampaignDecisionAnswer'];
  };
  'POST /review-campaigns/{id}/reassignments': {
    path: { id: string };
    query: {  };
    body: Schemas['CampaignReassignment'];
    answer: Schemas['CampaignReassignmentAnswer'];
  };
  'POST /review-campaigns/{id}/deadline': {
    path: { id: string };
    query: {  };
    body: Schemas['CampaignDeadline'];
    answer: Schemas['ReviewCampaign'];
  };
  'GET /review-campaigns/{id}/pack': {
    path: { id: string };
    query: { limit?: number; after?: string };
    body: undefined;
    answer: Schemas['CampaignPack'];
  };
  'GET /holds': {
    path: {  };
    query: { limit?: number; after?: string; status?: "open" | "releasing" | "dropping" | "released" | "dropped" };
    body: undefined;
    answer: Schemas['HoldPage'];
  };
  'GET /holds/{id}': {
    path: { id: string };
    query: { limit?: number; after?: string };
    body: undefined;
    answer: Schemas['HoldDetail'];
  };
  'POST /holds/{id}/release': {
    path: { id: string };
    query: {  };
    body: Schemas['HoldDecision'];
    answer: Schemas['Hold'];
  };
  'POST /holds/{id}/drop': {
    path: { id: string };
    query: {  };
    body: Schemas['HoldDecision'];
    answer: Schemas['Hold'];
  };
  'GET /reconciliations': {
    path: {  };
    query: {  };
    body: undefined;
    answer: Schemas['ReconciliationList'];
  };
  'GET /reconciliations/{applicationId}': {
    path: { applicationId: string };
    query: { limit?: number; after?: string; kind?: "orphan" | "ambiguous" | "dormant" | "extra" | "missing" | "renamed" };
    body: undefined;
    answer: Schemas['ReconciliationDetail'];
  };
  'POST /reconciliations/{applicationId}/runs': {
    path: { applicationId: string };
    query: {  };
    body: undefined;
    answer: Schemas['StartedReconciliation'];
  };
  'POST /reconciliations/{applicationId}/decision': {
    path: { applicationId: string };
    query: {  };
    body: Schemas['ReconciliationDecision'];
    answer: Schemas['Reconciliation'];
  };
  'GET /certificates/{id}': {
    path: { id: string };
    query: {  };
    body: undefined;
    answer: Schemas['Certificate'];
  };
  'POST /duties/{rule}/exceptions': {
    path: { rule: string };
    query: {  };
    body: Schemas['DutyExceptionAsked'];
    answer: Schemas['DutyExceptions'];
  };
  'DELETE /duties/{rule}/exceptions/{identity}': {
    path: { rule: string; identity: string };
    query: {  };
    body: undefined;
    answer: Schemas['DutyExceptions'];
  };
  'GET /duties/violations': {
    path: {  };
    query: { limit?: number; after?: string };
    body: undefined;
    answer: Schemas['DutyViolationPage'];
  };
  'POST /simulations': {
    path: {  };
    query: {  };
    body: Schemas['Simulation'];
    answer: Schemas['SimulationAnswer'];
  };
  'GET /time-to-revoke': {
    path: {  };
    query: {  };
    body: undefined;
    answer: Schemas['TimeToRevoke'];
  };
  'GET /alerts': {
    path: {  };
    query: { limit?: number; after?: string; status?: "open" | "acknowledged" | "closed" | "muted" };
    body: undefined;
    answer: Schemas['AlertPage'];
  };
  'GET /alerts/{id}': {
    path: { id: string };
    query: {  };
    body: undefined;
    answer: Schemas['AlertDetail'];
  };
  'POST /alerts/{id}/decision': {
    path: { id: string };
    query: {  };
    body: Schemas['AlertDecision'];
    answer: Schemas['AlertDetail'];
  };
  'GET /mutes': {
    path: {  };
    query: {  };
    body: undefined;
    answer: Schemas['Mutes'];
  };
  'DELETE /mutes/{id}': {
    path: { id: string };
    query: {  };
    body: undefined;
    answer: Schemas['Mutes'];
  };
  'GET /activity': {
    path: {  };
    query: {  };
    body: undefined;
    answer: Schemas['ActivitySources'];
  };
  'GET /activity/{source}/unknown': {
    path: { source: string };
    query: { limit?: number; after?: string };
    body: undefined;
    answer: Schemas['UnknownActors'];
  };
}

/** Whom the API answers; what each of them is shown is the API’s to say. */
export const ALLOWED: Readonly<Record<keyof Operations, readonly Role[]>> = {
  'GET /hr-events': ['hr', 'security', 'operations', 'auditor'],
  'GET /hr-sources': ['hr', 'security', 'operations', 'auditor'],
  'GET /hr-sources/{source}/events': ['hr', 'security', 'operations', 'auditor'],
  'GET /identities': ['hr', 'manager', 'it', 'security', 'operations', 'auditor'],
  'GET /population': ['security', 'auditor'],
  'GET /identities/{id}': ['hr', 'manager', 'it', 'security', 'operations', 'auditor'],
  'GET /identities/{id}/timeline': ['hr', 'manager', 'it', 'security', 'operations', 'auditor'],
  'POST /identities/{id}/merge': ['hr'],
  'POST /identities/{id}/merge/undo': ['hr'],
  'DELETE /identities/{id}/personal-data': ['hr', 'security'],
  'GET /search': ['hr', 'manager', 'it', 'security', 'operations', 'auditor', 'employee'],
  'GET /own-access': ['hr', 'manager', 'it', 'security', 'operations', 'auditor', 'employee'],
  'POST /identities/{id}/suspension': ['security', 'operations'],
  'DELETE /identities/{id}/suspension': ['security', 'operations'],
  'POST /identities/{id}/acceptance': ['hr', 'manager', 'it', 'security', 'operations', 'employee'],
  'GET /owned': ['hr', 'manager', 'it', 'security', 'operations', 'auditor', 'employee'],
  'GET /entitlements/{id}/holders': ['hr', 'manager', 'it', 'security', 'operations', 'auditor'],
  'GET /identities/{id}/audit': ['hr', 'manager', 'security', 'operations', 'auditor'],
  'GET /audit': ['security', 'auditor'],
  'POST /audit/pseudonyms': ['security', 'auditor'],
  'GET /reconciliations/{applicationId}/audit': ['it', 'security', 'auditor'],
  'POST /audit/queries/{name}': ['security', 'auditor'],
  'GET /audit/queries/{name}/executions/{id}': ['security', 'auditor'],
  'GET /tasks': ['it', 'security', 'operations', 'auditor'],
  'GET /tasks/{id}': ['it', 'security', 'operations', 'auditor'],
  'POST /tasks/{id}/evidence': ['it'],
  'POST /tasks/{id}/attestation': ['it'],
  'GET /applications': ['it', 'security', 'operations', 'auditor'],
  'GET /applications/health': ['it', 'security', 'operations', 'auditor'],
  'POST /applications/{id}/accounts': ['it'],
  'POST /requests': ['hr', 'manager', 'it', 'security', 'operations', 'employee'],
  'GET /requests': ['hr', 'manager', 'it', 'security', 'operations', 'auditor', 'employee'],
  'GET /requests/{id}': ['hr', 'manager', 'it', 'security', 'operations', 'auditor', 'employee'],
  'POST /requests/{id}/decisions': ['hr', 'manager', 'it', 'security', 'operations', 'employee'],
  'POST /requests/{id}/review': ['hr', 'manager', 'it', 'security', 'operations', 'employee'],
  'DELETE /requests/{id}': ['hr', 'manager', 'it', 'security', 'operations', 'employee'],
  'POST /delegations': ['hr', 'manager', 'it', 'security', 'operations', 'employee'],
  'GET /delegations': ['hr', 'manager', 'it', 'security', 'operations', 'auditor', 'employee'],
  'DELETE /delegations/{id}': ['hr', 'manager', 'it', 'security', 'operations', 'employee'],
  'GET /reviews': ['manager', 'it', 'security', 'operations', 'auditor'],
  'GET /reviews/{id}': ['manager', 'it', 'security', 'operations', 'auditor', 'employee'],
  'POST /reviews/{id}/decisions': ['manager', 'it', 'security', 'employee'],
  'GET /review-campaigns': ['hr', 'manager', 'it', 'security', 'operations', 'auditor', 'employee'],
  'GET /review-campaigns/{id}': ['hr', 'manager', 'it', 'security', 'operations', 'auditor', 'employee'],
  'POST /review-campaigns/previews': ['it', 'security'],
  'POST /review-campaigns': ['security'],
  'GET /review-campaigns/{id}/queue': ['hr', 'manager', 'it', 'security', 'operations', 'auditor', 'employee'],
  'GET /review-campaigns/{id}/items': ['it', 'security', 'operations', 'auditor'],
  'GET /review-campaigns/{id}/people/{identityId}': ['hr', 'manager', 'it', 'security', 'operations', 'auditor', 'employee'],
  'POST /review-campaigns/{id}/decisions': ['hr', 'manager', 'it', 'security', 'operations', 'employee'],
  'POST /review-campaigns/{id}/undo': ['hr', 'manager', 'it', 'security', 'operations', 'employee'],
  'POST /review-campaigns/{id}/reassignments': ['hr', 'manager', 'it', 'security', 'operations', 'employee'],
  'POST /review-campaigns/{id}/deadline': ['security'],
  'GET /review-campaigns/{id}/pack': ['security', 'auditor'],
  'GET /holds': ['hr', 'security', 'operations', 'auditor'],
  'GET /holds/{id}': ['hr', 'security', 'operations', 'auditor'],
  'POST /holds/{id}/release': ['security', 'operations'],
  'POST /holds/{id}/drop': ['security', 'operations'],
  'GET /reconciliations': ['it', 'security', 'auditor'],
  'GET /reconciliations/{applicationId}': ['it', 'security', 'auditor'],
  'POST /reconciliations/{applicationId}/runs': ['it', 'security'],
  'POST /reconciliations/{applicationId}/decision': ['it', 'security'],
  'GET /certificates/{id}': ['hr', 'manager', 'security', 'operations', 'auditor'],
  'POST /duties/{rule}/exceptions': ['security'],
  'DELETE /duties/{rule}/exceptions/{identity}': ['security'],
  'GET /duties/violations': ['security', 'auditor'],
  'POST /simulations': ['hr', 'security'],
  'GET /time-to-revoke': ['it', 'security', 'operations', 'auditor'],
  'GET /alerts': ['security', 'operations', 'auditor'],
  'GET /alerts/{id}': ['security', 'operations', 'auditor'],
  'POST /alerts/{id}/decision': ['security', 'operations'],
  'GET /mutes': ['security', 'operations', 'auditor'],
  'DELETE /mutes/{id}': ['security', 'operations'],
  'GET /activity': ['it', 'security', 'operations', 'auditor'],
  'GET /activity/{source}/unknown': ['security', 'auditor'],
};
