// What is asked of identities that are not people, by their kind: a part of the access model (access-model/non-human.yaml).
import type { IdentityKind } from '../identity/attributes.ts';

export const NEEDED = ['purpose', 'end'] as const;
export type Needed = (typeof NEEDED)[number];

export interface NonHumanRule {
  /** What is to be known of it before it holds anything: what it is for, by HR or its owner, and when it ends. @default nothing */
  readonly needs?: readonly Needed[] | undefined;
  /** What it holds, its owner holds as well, or answers for. Only of a kind in LIMITED_KINDS. @default whatever reasons give */
  readonly holdsNoMoreThanOwner?: true | undefined;
  /** Days in which a new owner says that they answer for it. @default nobody is asked */
  readonly acceptWithinDays?: number | undefined;
  /** Days after which its owner says again that it is needed. @default never */
  readonly attestEveryDays?: number | undefined;
}

export type NonHumanRules = Partial<Readonly<Record<IdentityKind, NonHumanRule>>>;
