// Segregation of duties as the access model holds it: what nobody may hold together.

export const DUTY_SEVERITIES = ['low', 'medium', 'high', 'critical'] as const;
export const DUTY_MODES = ['prevent', 'require-exception', 'detect'] as const;

export type DutySeverity = (typeof DUTY_SEVERITIES)[number];
/**
 * - `prevent`: nobody ever holds two sides, and there is no exception.
 * - `require-exception`: nobody holds two sides without an exception that is in force.
 * - `detect`: who holds two sides is told, and keeps them.
 */
export type DutyMode = (typeof DUTY_MODES)[number];

export interface DutyRule {
  readonly id: string;
  readonly name: string;
  readonly severity: DutySeverity;
  readonly mode: DutyMode;
  /** Two or more. Of the sides that reasons hold up at once, the one that is written first stays. */
  readonly sides: readonly DutySide[];
  readonly exceptions: readonly DutyException[];
}

/** Held by whoever holds any of these entitlements, or has any of these profiles. */
export interface DutySide {
  readonly name: string;
  /** `application:entitlement`. */
  readonly entitlements: readonly string[];
  /** Ids of access profiles: what only they give counts as this side. */
  readonly profiles: readonly string[];
}

/** Somebody answers for it that an identity holds two sides until then. */
export interface DutyException {
  readonly identityId: string;
  /** The identity id of who answers for it: somebody else. */
  readonly owner: string;
  readonly reason: string;
  /** Epoch ms: from then on it no longer holds. */
  readonly untilMs: number;
}
