// One record of how access was used, whichever source it came from: what detections judge, and what the lake keeps as OCSF.
// A source's own words become a small vocabulary here once, so that no detection knows any source.
import type { OcsfActivity } from './ocsf-activity.ts';

/** What was done, as far as a detection cares. What none of them cares about is `other`, and is recorded all the same. */
export const ACTIONS = [
  'sign-in',
  'sign-out',
  /** An application or a tool was called, whatever it did there. */
  'use',
  'read',
  'tool-use',
  'account-create',
  'account-enable',
  'account-disable',
  'account-delete',
  /** A password reset by somebody, an unlocking, a recovery. */
  'account-recover',
  'factor-add',
  'factor-reset',
  'key-create',
  'key-delete',
  'grant',
  'revoke',
  /** Identity provider, federation or sign-on settings. */
  'trust-change',
  'other',
] as const;
export type ActivityAction = (typeof ACTIONS)[number];

/** By these somebody, or something, was there: they say when access was last used. */
export const USING_ACTIONS: readonly ActivityAction[] = ['sign-in', 'use', 'read', 'tool-use'];

/** By what an account is known, from the surest to the least sure. An e-mail address is what anybody may write. */
export const CLUE_KINDS = ['account', 'key', 'session', 'user-name', 'email'] as const;
export type ClueKind = (typeof CLUE_KINDS)[number];

/** Something by which an identity may be found. */
export interface ActivityClue {
  readonly by: ClueKind;
  /** As it is compared: folded where its kind does not tell case apart (clueOf). */
  readonly value: string;
  /** Of the access model: whose account ids, user names and keys these are. Absent: any, as with e-mail addresses. */
  readonly applicationId?: string | undefined;
}

/** What a source says of the kind of whoever acted or was acted on; it is believed where Tenure knows nothing. */
export type PartyKind = 'person' | 'machine' | 'agent' | 'platform' | 'unknown';

export interface Party {
  /** At most MAXIMUM_CLUES, from the surest. None: the source does not say who. */
  readonly clues: readonly ActivityClue[];
  readonly kind: PartyKind;
  /** A root user or a named break-glass account: nobody's own. */
  readonly breakGlass?: true | undefined;
}

/** What was given, made or changed. */
export interface Change {
  /** Roles, groups and policies by what the source calls them, ids among them. At most MAXIMUM_NAMES. */
  readonly grants: readonly string[];
  /** The source itself says that it is an administrator's. */
  readonly administrator?: true | undefined;
  /** Of sign-on settings: what is asked for is more than before. */
  readonly strengthens?: true | undefined;
  /** Of a key: what it may do, in the source's words. At most MAXIMUM_NAMES. Absent: not told. */
  readonly scopes?: readonly string[] | undefined;
  /** Of a key: it may do all that its holder may. */
  readonly unlimited?: true | undefined;
}

/** What was signed in to, or called. */
export interface AccessedApplication {
  /** Of the access model. Absent: the settings of the source do not say which of them it is. */
  readonly applicationId?: string | undefined;
  /** In the source's words. */
  readonly id?: string | undefined;
  readonly name?: string | undefined;
}

export interface ActivityNetwork {
  readonly ip?: string | undefined;
  /** ISO 3166-1 alpha-2, upper case. */
  readonly country?: string | undefined;
  readonly asn?: number | undefined;
  readonly latitude?: number | undefined;
  readonly longitude?: number | undefined;
  /** The source says that it is a proxy, a relay or a VPN. */
  readonly anonymous?: true | undefined;
}

export interface ActivityClient {
  /** Without versions, so that an update is nothing new: `chrome/windows`, `aws-cli`. */
  readonly family: string;
  /** As it was sent. */
  readonly userAgent?: string | undefined;
}

export interface ActivityRecord {
  /** The id of the source in the deployment's settings. */
  readonly source: string;
  /** The kind of source: a file of lambdas/activity-sources. */
  readonly sourceType: string;
  /** The source's own id for it, else a hash of it: one record is counted once. */
  readonly recordId: string;
  /** Epoch ms. */
  readonly timeMs: number;
  /** What the source says of when cannot be: `timeMs` is when it was received. Nothing is made of its order. */
  readonly clockDoubted?: true | undefined;
  readonly action: ActivityAction;
  /** In the source's words: `user.session.start`, `iam:AttachUserPolicy`. */
  readonly operation: string;
  readonly outcome: 'success' | 'failure' | 'unknown';
  readonly who: Party;
  /** Whose account, role or key was changed. */
  readonly target?: Party | undefined;
  readonly change?: Change | undefined;
  readonly application?: AccessedApplication | undefined;
  readonly network?: ActivityNetwork | undefined;
  readonly client?: ActivityClient | undefined;
  /** How they signed in, in a word: `password`, `mfa`, `key`, `federated`, ... */
  readonly method?: string | undefined;
  /** A person at a screen. Absent: the source does not tell. */
  readonly interactive?: boolean | undefined;
  /** How many things were read by it. @default 1 of a `read` */
  readonly reads?: number | undefined;
  /** Something of it was longer than it may be, and is cut. */
  readonly cut?: true | undefined;
  readonly ocsf: OcsfActivity;
}

/** Why a record was not taken, and where in it (RFC 6901). Never the value: it may be personal data. */
export interface RefusedRecord {
  readonly why: string;
  readonly where: string;
}

/** One way or the other, never an exception: a record takes none of its neighbours with it. */
export type Translation = { readonly record: ActivityRecord } | { readonly refused: RefusedRecord };

/** What is read of one record, in bytes of UTF-8. Sources write some kilobytes; CloudTrail at most 256 (its own limit). */
export const MAXIMUM_RECORD_BYTES = 256 * 1_024;
export const MAXIMUM_CLUES = 8;
export const MAXIMUM_NAMES = 32;
/** Of a name by which somebody is counted whom nobody is known for. */
export const MAXIMUM_ACTOR_LENGTH = 256;
