// What may be taken at once in an emergency ("break glass"), by whom, for how long, and who looks at it afterwards: a part of
// the access model (access-model/requests.yaml).
import type { Approver } from './request-rules.ts';

/** No rule gives anything for longer. */
export const LONGEST_EMERGENCY_HOURS = 24;

export interface EmergencyRule {
  readonly id: string;
  /** `application:entitlement`, each in one rule only. */
  readonly entitlements: readonly string[];
  /** Ids of access profiles: whoever has one of them. */
  readonly who: readonly string[];
  readonly longestHours: number;
  /** Who is named to whoever is told, beside who takes it. */
  readonly tell: readonly Approver[];
  /** Any of them, and never who took it. Security where none of them is there. */
  readonly reviewedBy: readonly Approver[];
  /** After the end. */
  readonly reviewWithinHours: number;
}
