// Written by `npm run openapi`, from the named queries and the controls. Not to be edited.

export interface QueryParameter {
  readonly name: string;
  readonly kind: 'text' | 'start' | 'end' | 'identity' | 'operator';
  readonly otherwise?: string;
  readonly about: string;
}

export interface NamedQuery {
  readonly name: string;
  readonly title: string;
  readonly purpose: string;
  readonly fedBy: string;
  readonly parameters: readonly QueryParameter[];
  readonly example: readonly string[];
}

export interface Control {
  readonly id: string;
  readonly framework: string;
  readonly title: string;
  readonly populations: readonly string[];
}

export const QUERIES: readonly NamedQuery[] = [
  {
    "name": "access-at",
    "title": "Who had access to an application at an instant, and why.",
    "purpose": "what an auditor or an incident asks first. What a system itself showed counts before what Tenure did there: each row says on which of the two it rests. A grant that was revoked and not looked at since is told, too: nobody has seen it gone. The row \"(account)\" is the account itself, which may let in without any grant.",
    "fedBy": "read-backs, changes, tasks and their attestations.",
    "parameters": [
      {
        "name": "application",
        "kind": "text",
        "about": "Its id in the access model."
      },
      {
        "name": "at",
        "kind": "end",
        "otherwise": "now",
        "about": ""
      }
    ],
    "example": [
      "subject                | grant_name | entitlement   | privileged | account_enabled | basis     | granted_at_ms | reasons",
      "q3Zk0mJt2mYbV0c1f0Xv9A | admins     | administrator | true       | true            | read back | 1762070404000 | [{\"profile\":\"platform\",\"type\":\"birthright\"}]"
    ]
  },
  {
    "name": "access-outside-tenure",
    "title": "Access that systems showed and Tenure had not given.",
    "purpose": "somebody granted it past Tenure, or it was there before. What is taken back afterwards is told with the time.",
    "fedBy": "read-backs, adopted accounts, changes.",
    "parameters": [
      {
        "name": "since",
        "kind": "start",
        "otherwise": "30 days ago",
        "about": "First seen after."
      }
    ],
    "example": [
      "subject                | application | grant_name | how                        | first_seen_at_ms | revoked_at_ms",
      "q3Zk0mJt2mYbV0c1f0Xv9A | github      | owners     | granted outside Tenure     | 1764349200000    | 1764349260000"
    ]
  },
  {
    "name": "approvals",
    "title": "What operators decided, by who decided it.",
    "purpose": "who approves what, and whether one person decides on everything.",
    "fedBy": "decisions on holds, on what reconciliation found, on merges, on access requests, in reviews and on exceptions, and attested tasks.",
    "parameters": [
      {
        "name": "approver",
        "kind": "operator",
        "otherwise": "'*'",
        "about": ""
      },
      {
        "name": "since",
        "kind": "start",
        "otherwise": "30 days ago",
        "about": ""
      },
      {
        "name": "until",
        "kind": "end",
        "otherwise": "now",
        "about": ""
      }
    ],
    "example": [
      "approver               | at_ms         | what                   | decision | subject_kind | subject                | application | hold",
      "Yq0s1mJt2mYbV0c1f0Xv9A | 1764349200000 | reconciliation-decided | repair   | application  | github                 | github      |"
    ]
  },
  {
    "name": "break-glass-uses",
    "title": "Break-glass uses: access that somebody took in an emergency, and whether it ended.",
    "purpose": "each is to be looked at afterwards.",
    "fedBy": "entries break-glass-used (applicationId, entitlement, until), and what is revoked after them.",
    "parameters": [
      {
        "name": "since",
        "kind": "start",
        "otherwise": "90 days ago",
        "about": ""
      }
    ],
    "example": [
      "subject                | used_at_ms    | application | entitlement   | until                    | revoked_at_ms",
      "q3Zk0mJt2mYbV0c1f0Xv9A | 1764349200000 | aws         | administrator | 2026-11-28T19:00:00.000Z | 1764352800000"
    ]
  },
  {
    "name": "dormant-non-human",
    "title": "Service accounts, integrations and AI agents that nobody uses.",
    "purpose": "what is not used is not missed, and is found by others.",
    "fedBy": "entries account-dormant (applicationId; kind and lastActiveOn in rest) and account-active, written once a day where some system tells how it is used. Of an account whose use no system tells, nothing is said.",
    "parameters": [
      {
        "name": "since",
        "kind": "start",
        "otherwise": "365 days ago",
        "about": "Found so after."
      }
    ],
    "example": [
      "subject                | application | kind            | last_active_on | found_at_ms",
      "q3Zk0mJt2mYbV0c1f0Xv9A | aws         | service-account | 2026-05-01     | 1764349200000"
    ]
  },
  {
    "name": "duty-exceptions",
    "title": "Exceptions from the segregation of duties that are in force at an instant.",
    "purpose": "each is a risk that somebody took on until a day.",
    "fedBy": "entries duty-exception-granted (exception, rule and owner in rest, applicationId, entitlement, until) and duty-exception-ended (exception in rest), which settling an identity writes as an exception begins and ceases to count.",
    "parameters": [
      {
        "name": "at",
        "kind": "end",
        "otherwise": "now",
        "about": ""
      }
    ],
    "example": [
      "subject                | rule                | application | entitlement | until                    | answers_for_it         | granted_at_ms",
      "q3Zk0mJt2mYbV0c1f0Xv9A | payments-two-people | erp         | approver    | 2027-01-31T00:00:00.000Z | Yq0s1mJt2mYbV0c1f0Xv9A | 1764349200000"
    ]
  },
  {
    "name": "failed-removals",
    "title": "Removals that were begun and are not known to have come about.",
    "purpose": "access that should be gone and may not be. A removal that a person has to do is told until it is attested.",
    "fedBy": "what calls set out to do and what they did, tasks and their attestations, read-backs, escalations.",
    "parameters": [
      {
        "name": "since",
        "kind": "start",
        "otherwise": "30 days ago",
        "about": "Begun after."
      },
      {
        "name": "before",
        "kind": "end",
        "otherwise": "now",
        "about": "Begun before: what is under way is no failure yet."
      }
    ],
    "example": [
      "subject                | application | action | grant_name | last_tried_at_ms | tries | state            | escalated_at_ms",
      "q3Zk0mJt2mYbV0c1f0Xv9A | github      | revoke | admins     | 1764349200000    | 5     | not done         | 1764350000000"
    ]
  },
  {
    "name": "grants-without-review",
    "title": "Grants that nobody has reviewed for a time.",
    "purpose": "what an access review has to look at (ISO 27001 A.5.18: at regular intervals).",
    "fedBy": "changes and read-backs; the facts access-review-decided of campaigns and of reviews of movers. Who only asked has not reviewed; what a campaign's policy settled, nobody has.",
    "parameters": [
      {
        "name": "since",
        "kind": "start",
        "otherwise": "90 days ago",
        "about": "Granted before, and not reviewed after."
      },
      {
        "name": "application",
        "kind": "text",
        "otherwise": "'*'",
        "about": ""
      }
    ],
    "example": [
      "subject                | application | grant_name | entitlement   | privileged | granted_at_ms | reviewed_at_ms | reasons",
      "q3Zk0mJt2mYbV0c1f0Xv9A | github      | admins     | administrator | true       | 1761900000000 |                | [{\"profile\":\"platform\",\"type\":\"birthright\"}]"
    ]
  },
  {
    "name": "identity-history",
    "title": "Everything that the log says about an identity, and all that it did as an operator.",
    "purpose": "the whole story of a person or a service account, in the log's order: facts, changes, what systems showed, tasks, decisions, proofs.",
    "fedBy": "every entry.",
    "parameters": [
      {
        "name": "identity",
        "kind": "identity",
        "about": ""
      },
      {
        "name": "since",
        "kind": "start",
        "otherwise": "3650 days ago",
        "about": ""
      },
      {
        "name": "until",
        "kind": "end",
        "otherwise": "now",
        "about": ""
      }
    ],
    "example": [
      "log_index | at_ms         | event         | activity          | status  | application | grant_name | decision | actor",
      "4711      | 1764349200000 | access-changed | Assign Privileges | Success | github      | admins     |          | converge-application"
    ]
  },
  {
    "name": "leavers-time-to-revoke",
    "title": "Leavers, and how long it took in each system until they were out.",
    "purpose": "deadlines (FedRAMP PS-4: 1 h or 4 h, SOC 2: usually 24 h). The time runs from the acceptance of the leaver, or from its effective time where that came later, as in GET /time-to-revoke. An application in which something was to be taken away and nothing was has no times: access may last there.",
    "fedBy": "leavers' facts and fences, changes, proofs.",
    "parameters": [
      {
        "name": "since",
        "kind": "start",
        "otherwise": "30 days ago",
        "about": "Of their leaving."
      },
      {
        "name": "until",
        "kind": "end",
        "otherwise": "now",
        "about": ""
      }
    ],
    "example": [
      "subject                | left_at_ms    | application | disabled_seconds | last_grant_removed_seconds | proven_seconds",
      "q3Zk0mJt2mYbV0c1f0Xv9A | 1764349200000 | github      | 4.2              | 6.9                        | 61.0"
    ]
  },
  {
    "name": "movers-kept-privileged",
    "title": "Movers who kept privileged access that they had before they moved.",
    "purpose": "what a move leaves behind. A reason may hold it up still; whether it should is for a person to say.",
    "fedBy": "movers' facts, changes of privileged grants, read-backs. A mover that takes effect later counts from when it was told.",
    "parameters": [
      {
        "name": "since",
        "kind": "start",
        "otherwise": "90 days ago",
        "about": "Of their last move."
      }
    ],
    "example": [
      "subject                | moved_at_ms   | application | grant_name | entitlement   | granted_at_ms | basis     | reasons",
      "q3Zk0mJt2mYbV0c1f0Xv9A | 1764349200000 | github      | admins     | administrator | 1761900000000 | read back | [{\"profile\":\"platform\",\"type\":\"birthright\"}]"
    ]
  }
];

export const CONTROLS: readonly Control[] = [
  {
    "id": "CC6.1",
    "framework": "SOC 2 (AICPA Trust Services Criteria, 2017 with points of focus of 2022)",
    "title": "Logical access to information assets is restricted",
    "populations": [
      "given",
      "privileged",
      "taken",
      "refusals"
    ]
  },
  {
    "id": "CC6.2",
    "framework": "SOC 2 (AICPA Trust Services Criteria, 2017 with points of focus of 2022)",
    "title": "Users are registered and authorized before access is issued, and removed when it is no longer authorized",
    "populations": [
      "joiners",
      "given",
      "leavers",
      "taken",
      "proven"
    ]
  },
  {
    "id": "CC6.3",
    "framework": "SOC 2 (AICPA Trust Services Criteria, 2017 with points of focus of 2022)",
    "title": "Access is changed and removed by roles, least privilege and segregation of duties",
    "populations": [
      "movers",
      "given",
      "taken",
      "decisions",
      "adopted"
    ]
  },
  {
    "id": "A.5.15",
    "framework": "ISO/IEC 27001:2022, Annex A",
    "title": "Access control",
    "populations": [
      "given",
      "taken",
      "refusals"
    ]
  },
  {
    "id": "A.5.16",
    "framework": "ISO/IEC 27001:2022, Annex A",
    "title": "Identity management",
    "populations": [
      "joiners",
      "movers",
      "leavers",
      "adopted"
    ]
  },
  {
    "id": "A.5.17",
    "framework": "ISO/IEC 27001:2022, Annex A",
    "title": "Authentication information",
    "populations": [
      "taken",
      "refusals"
    ]
  },
  {
    "id": "A.5.18",
    "framework": "ISO/IEC 27001:2022, Annex A",
    "title": "Access rights",
    "populations": [
      "joiners",
      "movers",
      "leavers",
      "given",
      "taken",
      "proven",
      "decisions",
      "tasks"
    ]
  },
  {
    "id": "A.8.2",
    "framework": "ISO/IEC 27001:2022, Annex A",
    "title": "Privileged access rights",
    "populations": [
      "privileged",
      "taken",
      "decisions"
    ]
  },
  {
    "id": "AC-2",
    "framework": "NIST SP 800-53 Rev. 5",
    "title": "Account management",
    "populations": [
      "joiners",
      "movers",
      "leavers",
      "given",
      "taken",
      "proven",
      "adopted",
      "tasks",
      "decisions"
    ]
  },
  {
    "id": "PS-4",
    "framework": "NIST SP 800-53 Rev. 5",
    "title": "Personnel termination",
    "populations": [
      "leavers",
      "taken",
      "proven",
      "escalated",
      "tasks"
    ]
  },
  {
    "id": "PS-5",
    "framework": "NIST SP 800-53 Rev. 5",
    "title": "Personnel transfer",
    "populations": [
      "movers",
      "given",
      "taken",
      "escalated"
    ]
  }
];
