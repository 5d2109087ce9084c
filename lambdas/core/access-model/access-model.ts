// The compiled access model: what access-model/*.yaml becomes when the app is synthesised. lib/access-model/ reads
// the YAML and reports every fault with file and line; functions get this, already checked, and trust it.

import type { RateLimit } from '../systems/rate-limit.ts';
import type { AttestationRules } from './attestation-rules.ts';
import type { DutyRule } from './duty-rule.ts';
import type { EmergencyRule } from './emergency-rule.ts';
import type { EventPattern } from './event-pattern.ts';
import type { NonHumanRules } from './non-human-rules.ts';
import type { ReconciliationSettings } from './reconciliation-settings.ts';
import type { RequestRule } from './request-rules.ts';
import type { ReviewRules } from './review-rules.ts';

export interface AccessModel {
  /** SHA-256 of the model's canonical JSON, hex: quoted by every audit entry that rests on it. */
  readonly hash: string;
  readonly applications: readonly Application[];
  readonly profiles: readonly AccessProfile[];
  /** What nobody may hold together. @default nothing */
  readonly duties?: readonly DutyRule[] | undefined;
  /** What may be asked for. Absent: nothing. */
  readonly requests?: readonly RequestRule[] | undefined;
  /** What may be taken at once in an emergency. Absent: nothing. */
  readonly emergency?: readonly EmergencyRule[] | undefined;
  /** What is asked of identities that are not people. Absent: nothing beyond what HR has to say of them. */
  readonly nonHuman?: NonHumanRules | undefined;
  /** What is looked at again. Absent: nothing. */
  readonly reviews?: ReviewRules | undefined;
  /**
   * `application:entitlement` → others that somebody has to whom it was given for a time. Only in a model made of two
   * (core/access/model-change.ts), where one entitlement may be called by two names. @default none
   */
  readonly alsoGives?: ReadonlyMap<string, readonly string[]> | undefined;
  /**
   * By each of which alone it is told what a mover hands over: what one gave is not kept for as long as the other says. Only in
   * a model made of two. @default this one
   */
  readonly handsOverAs?: readonly AccessModel[] | undefined;
}

export interface Application {
  readonly id: string;
  readonly name: string;
  /** The connector's type, as in lambdas/connectors/registry.ts. */
  readonly connector: string;
  /** Of the deployment's networks, that from which it is reached. @default the internet, as Lambda functions see it */
  readonly network?: string | undefined;
  /** The identity id of who answers for the application. */
  readonly owner: string;
  readonly settings: Readonly<Record<string, unknown>>;
  /** What it can take. Absent: DEFAULT_RATE_LIMIT of core/systems/rate-limit.ts. */
  readonly rateLimit?: RateLimit | undefined;
  readonly entitlements: readonly Entitlement[];
  /** Nobody gets access in it any more, and everybody loses what they have: its file goes once nobody has any. */
  readonly retired?: true | undefined;
  /** It lets people in from outside (a VPN, a directory): a leaver is locked out of it first. @default false */
  readonly remoteAccess?: boolean | undefined;
  /** What becomes of a leaver's account. @default kept, disabled */
  readonly retention?: Retention | undefined;
  /**
   * Hours within which credentials of a service account are to be replaced once it has another owner; what is left is
   * then revoked, since the former owner may know it. @default 24
   */
  readonly credentialGraceHours?: number | undefined;
  /** What it takes to attest that people have done something in it. @default one person's word */
  readonly attestation?: AttestationRules | undefined;
  /** How its accounts are reconciled; absent: as reconciliation-settings.ts sets by default. */
  readonly reconciliation?: ReconciliationSettings | undefined;
}

export interface Retention {
  /** Days after the departure until the account is deleted; undefined: it is kept. */
  readonly deleteAfterDays?: number | undefined;
}

export interface Entitlement {
  /** Unique within the application; written `application:entitlement` elsewhere. */
  readonly id: string;
  readonly name: string;
  /** What the target system calls it (a group's name, a role). */
  readonly grant: string;
  readonly privileged: boolean;
  /** Whoever moves and has a profile that gave it no longer keeps it for so many days. @default it goes at once */
  readonly handover?: { readonly days: number } | undefined;
  /** The identity id of who answers for it. @default whoever answers for the application */
  readonly owner?: string | undefined;
  /** An AI agent may hold it though its owner does not: a tool that nobody but agents has. @default false */
  readonly agentMayHold?: true | undefined;
}

/** Access held for as long as the identity's attributes match. An application's account comes with its first one. */
export interface AccessProfile {
  readonly id: string;
  readonly name: string;
  readonly when: EventPattern;
  /** `application:entitlement`. */
  readonly entitlements: readonly string[];
}
