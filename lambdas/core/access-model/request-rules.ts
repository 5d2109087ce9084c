// What may be asked for, by whom, for how long, and who decides: a part of the access model (access-model/requests.yaml).

/**
 * Who decides. `manager`: of whom it is for, or the owner's of what is no person. `entitlement-owner`: the application's where
 * the entitlement has none of its own. `security`: whoever has that role.
 */
export const APPROVERS = ['manager', 'application-owner', 'entitlement-owner', 'security'] as const;
export type Approver = (typeof APPROVERS)[number];

/** Who may ask: for themselves, or for somebody below them in the management chain, or what they own. */
export const REQUESTERS = ['self', 'superior'] as const;
export type Requester = (typeof REQUESTERS)[number];

export interface RequestRule {
  readonly id: string;
  /** `application:entitlement`, each in one rule only. */
  readonly entitlements: readonly string[];
  readonly by: readonly Requester[];
  /** From start to end. Absent: it may be asked for without an end. */
  readonly longestDays?: number | undefined;
  /** Within which it is to be decided. */
  readonly expiresDays: number;
  /** One after the other. */
  readonly stages: readonly ApprovalStage[];
}

export interface ApprovalStage {
  readonly anyOf: readonly Approver[];
  /** How many of them have to agree. */
  readonly quorum: number;
  /** Who is asked as well where too few of those are there. */
  readonly fallback: readonly Approver[];
}
