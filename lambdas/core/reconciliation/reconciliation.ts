// Reconciliation: what a system really holds, account by account, against the identities it should be about. Which
// identity an account belongs to, and what is wrong with it, is decided here; listing and remembering are elsewhere.

import { unreviewedGrants, wantedGrants } from '../access/adoption.ts';
import type { DesiredAccount } from '../access/desired-access.ts';
import {
  dueEntitlements,
  type GrantedAccess,
  heldGrants,
  lookUpGrants,
  matchGrants,
  rememberGranted,
} from '../access/granted-access.ts';
import type { Application } from '../access-model/access-model.ts';
import { type Answer, type MatchAttribute, reconciliationOf } from '../access-model/reconciliation-settings.ts';
import { sha256Hex } from '../canonical-json.ts';
import { groupBy } from '../group-by.ts';
import type { IdentityStatus } from '../identity/timeline.ts';
import type { ObservedAccount } from '../systems/account.ts';

export const FINDING_KINDS = ['orphan', 'ambiguous', 'dormant', 'extra', 'missing', 'renamed'] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

/** A kind that came later than the first reports is left out where there is none of it. */
export function countKinds(countOf: (kind: FindingKind) => number) {
  const [orphan, ambiguous, dormant] = [countOf('orphan'), countOf('ambiguous'), countOf('dormant')];
  const renamed = countOf('renamed');
  const counts = { orphan, ambiguous, dormant, extra: countOf('extra'), missing: countOf('missing') };
  return renamed === 0 ? counts : { ...counts, renamed };
}

/** Where to look for an account's identity: among ids, or among e-mail addresses. */
export interface Clue {
  readonly by: MatchAttribute;
  readonly value: string;
}

export function cluesIn(
  { userName, attributes }: ObservedAccount,
  matchBy: readonly MatchAttribute[],
): readonly Clue[] {
  return matchBy.flatMap((by) => {
    const value = by === 'userName' ? userName : attributes[by];
    return value === undefined || value === '' ? [] : [{ by, value }];
  });
}

export type Match =
  | { readonly found: 'one'; readonly identityId: string; readonly by: 'link' | MatchAttribute }
  | { readonly found: 'several'; readonly identityIds: readonly string[] }
  | { readonly found: 'none' };

/**
 * Whose account it is. A link outranks all else; of attributes, none may lead to another identity than the rest.
 * `linked`: the identities whose own record names this account; `clues`: each with the identities it leads to.
 */
export function matchAccount(
  linked: readonly string[],
  clues: readonly { readonly by: MatchAttribute; readonly identityIds: readonly string[] }[],
): Match {
  const named = linked.length > 0 ? linked : clues.flatMap(({ identityIds }) => identityIds);
  const identityIds = [...new Set(named)].sort();
  const [identityId, other] = identityIds;
  if (identityId === undefined) return { found: 'none' };
  if (other !== undefined) return { found: 'several', identityIds };
  const by = linked.length > 0 ? 'link' : clues.find((clue) => clue.identityIds.length > 0)?.by;
  return { found: 'one', identityId, by: by ?? 'link' };
}

/** One thing that is not as it should be. A subject has at most one finding of each kind. */
export interface Finding {
  readonly kind: FindingKind;
  /** Of the account, or for one that is not there of the identity: the same in each run. */
  readonly subject: string;
  readonly accountId?: string | undefined;
  readonly userName?: string | undefined;
  readonly enabled?: boolean | undefined;
  readonly lastActiveMs?: number | undefined;
  readonly identityId?: string | undefined;
  readonly identityStatus?: IdentityStatus | undefined;
  /** For `ambiguous`: whose it may be. */
  readonly candidates?: readonly string[] | undefined;
  /** What it is about, in the system's words: all that is held, what is too much, or what is lacking. */
  readonly grants?: readonly string[] | undefined;
  /** Held, and not in the access model: converging takes these away only with the whole account. */
  readonly unknownGrants?: readonly string[] | undefined;
  /** One of the grants is privileged. */
  readonly privileged?: boolean | undefined;
  /** For `missing`: the account is not there, or not enabled. For `extra`: no reason holds up the account itself. */
  readonly account?: 'absent' | 'disabled' | 'unjustified' | undefined;
  /** Found at the first contact and kept until somebody decides. */
  readonly unreviewed?: boolean | undefined;
  /** For `renamed`: what the access model calls the grant, and what the system calls it now. */
  readonly renames?: readonly Rename[] | undefined;
}

export interface Rename {
  readonly from: string;
  readonly to: string;
}

/** The identity an account was matched to. */
export interface MatchedIdentity {
  readonly identityId: string;
  readonly status: IdentityStatus;
  readonly desired: DesiredAccount | undefined;
  /** What was left to look at; undefined: nothing. */
  readonly unreviewed: readonly string[] | undefined;
  /** What reasons have held up in the account, by its own id. @default nothing is remembered */
  readonly granted?: readonly GrantedAccess[] | undefined;
}

export interface JudgingContext {
  readonly application: Application;
  /** Whether the system can refuse sign-ins; else what the suspended hold is taken away. */
  readonly canDisable: boolean;
  readonly nowMs: number;
}

const DAY_MS = 86_400_000;
const SHOWN_GRANTS = 100;
const SHOWN_CANDIDATES = 10;
const SHOWN_LENGTH = 512;

/** An account that is nobody's, or may be several people's. */
export function judgeUnmatched(
  account: ObservedAccount,
  match: Exclude<Match, { found: 'one' }>,
  context: JudgingContext,
): readonly Finding[] {
  const held = { ...describe(account), ...describeGrants(account.grants, context.application) };
  const finding: Finding =
    match.found === 'none'
      ? { kind: 'orphan', ...held }
      : { kind: 'ambiguous', ...held, candidates: match.identityIds.slice(0, SHOWN_CANDIDATES) };
  return [finding, ...judgeUse(account, context)];
}

/** An account whose identity is known. Nothing found: it is as desired, and in use. */
export function judgeMatched(
  account: ObservedAccount,
  identity: MatchedIdentity,
  context: JudgingContext,
): readonly Finding[] {
  const { identityId, status } = identity;
  const employed = status === 'active' || status === 'suspended';
  const found = employed || !account.enabled ? compare(account, identity, context) : [orphanOf(account, context)];
  return [...found, ...judgeUse(account, context)].map((finding) => ({
    ...finding,
    identityId,
    identityStatus: status,
  }));
}

/** An account that should be there and was not in the whole listing. */
export function missingAccount({ identityId, status, desired }: MatchedIdentity, { application }: JudgingContext) {
  return {
    kind: 'missing',
    subject: subjectOf('identity', identityId),
    identityId,
    identityStatus: status,
    account: 'absent',
    ...describeGrants(wantedGrants({ application, desired }), application),
  } satisfies Finding;
}

/** An account of a retired application that is open by its record, whether or not the system could be listed. */
export function leftInRetired(
  { identityId, status }: Pick<MatchedIdentity, 'identityId' | 'status'>,
  account: Pick<ObservedAccount, 'accountId' | 'userName' | 'enabled' | 'grants'> | undefined,
  { application }: Pick<JudgingContext, 'application'>,
): Finding {
  const described = account === undefined ? { subject: subjectOf('identity', identityId) } : describe(account);
  const held = describeGrants(account?.grants ?? [], application);
  return { kind: 'extra', ...described, ...held, identityId, identityStatus: status, account: 'unjustified' };
}

function orphanOf(account: ObservedAccount, { application }: JudgingContext): Finding {
  return { kind: 'orphan', ...describe(account), ...describeGrants(account.grants, application) };
}

function compare(account: ObservedAccount, identity: MatchedIdentity, context: JudgingContext): readonly Finding[] {
  const { application, canDisable } = context;
  const { desired, granted = [] } = identity;
  const away = identity.status === 'suspended';
  // Nothing but the grants keeps somebody out: then all of them go.
  const emptied = away && !canDisable;
  const due = dueEntitlements(application, emptied ? [] : (desired?.entitlements ?? []));
  const held = heldGrants(account);
  const words = due.map(({ grant }) => grant);
  const matched = matchGrants(words, held, granted);
  const inPlace = new Set(matched.values());
  const surplus = held.filter((one) => !inPlace.has(one));
  const lacking = words.filter((grant) => !matched.has(grant));
  const unjustified = desired === undefined && (account.enabled || account.grants.length > 0);
  const tooUsable = away && account.enabled && canDisable;
  const found: Finding[] = [];
  if (surplus.length > 0 || unjustified || tooUsable) {
    const names = [...new Set(surplus.map(({ grant }) => grant))];
    const unreviewed = new Set(identity.unreviewed);
    const remembered = lookUpGrants(granted);
    const shownAs = groupBy(held, ({ grant }) => grant);
    const isRemembered = (grant: string) => remembered.findAny(shownAs.get(grant) ?? []) !== undefined;
    // Who is on leave must not get in, whoever has looked at what.
    const mayStay = !application.retired && identity.unreviewed !== undefined && !tooUsable && !emptied;
    found.push({
      kind: 'extra',
      ...describe(account),
      ...describeGrants(names, application, (grant) => emptied || isRemembered(grant)),
      account: unjustified || tooUsable ? 'unjustified' : undefined,
      unreviewed: (mayStay && names.every((grant) => unreviewed.has(grant))) || undefined,
    });
  }
  const disabled = desired?.enabled === true && !account.enabled;
  if (lacking.length > 0 || disabled) {
    const described = describeGrants(lacking, application);
    found.push({ kind: 'missing', ...describe(account), ...described, account: disabled ? 'disabled' : undefined });
  }
  const renames = [...matched].flatMap(([from, { grant: to }]) => (from === to ? [] : [{ from, to }]));
  if (renames.length > 0) found.push({ kind: 'renamed', ...describe(account), renames: shownRenames(renames) });
  return found;
}

function shownRenames(renames: readonly Rename[]): readonly Rename[] {
  const cut = (name: string) => name.slice(0, SHOWN_LENGTH);
  return renames.slice(0, SHOWN_GRANTS).map(({ from, to }) => ({ from: cut(from), to: cut(to) }));
}

function judgeUse(account: ObservedAccount, { application, nowMs }: JudgingContext): readonly Finding[] {
  const { dormantDays } = reconciliationOf(application);
  const { enabled, lastActiveMs } = account;
  if (!enabled || lastActiveMs === undefined || nowMs - lastActiveMs <= dormantDays * DAY_MS) return [];
  return [{ kind: 'dormant', ...describe(account) }];
}

function describe({
  accountId,
  userName,
  enabled,
  lastActiveMs,
}: Pick<ObservedAccount, 'accountId' | 'userName' | 'enabled' | 'lastActiveMs'>) {
  return {
    subject: subjectOf('account', accountId),
    accountId: accountId.slice(0, SHOWN_LENGTH),
    userName: userName.slice(0, SHOWN_LENGTH),
    enabled,
    lastActiveMs,
  };
}

/**
 * Systems put no bound on what an account holds; a finding does.
 *
 * @param isGoverned a grant that is not in the access model and is taken away all the same @default none
 */
function describeGrants(
  grants: readonly string[],
  { entitlements }: Application,
  isGoverned: (grant: string) => boolean = () => false,
) {
  const known = new Map(entitlements.map(({ grant, privileged }) => [grant, privileged]));
  const shown = (chosen: readonly string[]) => chosen.slice(0, SHOWN_GRANTS).map((name) => name.slice(0, SHOWN_LENGTH));
  const governed = (grant: string) => known.has(grant) || isGoverned(grant);
  return {
    grants: shown(grants.filter(governed)),
    unknownGrants: shown(grants.filter((grant) => !governed(grant))),
    privileged: grants.some((grant) => known.get(grant) === true),
  };
}

/** Of a fixed length, however long the system's ids are. */
export function subjectOf(what: 'account' | 'identity', id: string): string {
  return `${what}-${sha256Hex(id).slice(0, 32)}`;
}

/** What is kept of an account that is linked to its identity now; undefined: what is kept already says so. */
export interface KnownAccount {
  readonly accountId: string | undefined;
  readonly closed: boolean;
  /** A call is under way, which will read the account itself. */
  readonly busy: boolean;
  /** Whether it was there before could never be read. @default false */
  readonly unread?: boolean;
}

export type Link = 'adopt' | 'reopen' | 'none';

/**
 * `adopt`: the first contact with an account that was there before. `reopen`: Tenure knew of none, or had closed it,
 * and it is there all the same, so the next pass must visit it.
 */
export function linkFor(
  { enabled, grants }: Pick<ObservedAccount, 'enabled' | 'grants'>,
  known: KnownAccount | undefined,
  status: IdentityStatus,
): Link {
  if (status !== 'active' && status !== 'suspended') return 'none';
  if (known === undefined || (known.unread && !known.busy)) return 'adopt';
  // What was closed and still is keeps the moment at which it was.
  const inert = !enabled && grants.length === 0;
  return !known.busy && !inert && (known.accountId === undefined || known.closed) ? 'reopen' : 'none';
}

/** A second account of one identity belongs to nobody yet: a person must say which of the two is the right one. */
export function isSecondAccount(account: ObservedAccount, known: KnownAccount | undefined): boolean {
  return known?.accountId !== undefined && known.accountId !== account.accountId;
}

export interface RepairContext {
  /** The application is: nobody keeps anything in it, whatever was decided while it was in use. */
  readonly retired?: boolean | undefined;
  readonly configured: Answer;
  /** The last decision of a named person. */
  readonly decided: Answer | undefined;
}

/** Whether a run ends by converging. Who decided for the report only is not overruled by a setting. */
export function repairsAfterRun({ retired = false, configured, decided }: RepairContext): boolean {
  return retired || (configured === 'repair' && decided !== 'report');
}

/** Whether what was found at the first contact is kept: until somebody decided for repair. */
export function keepsUnreviewed(decided: Answer | undefined): boolean {
  return decided !== 'repair';
}

/** Whether converging the identity would change anything about this finding. */
export function isRepairable(finding: Finding, decided: Answer | undefined): boolean {
  const { kind, identityId, unreviewed, account, grants = [] } = finding;
  if (identityId === undefined || (kind !== 'extra' && kind !== 'missing')) return false;
  // Grants that the model does not know are taken away with the account alone.
  if (grants.length === 0 && account === undefined) return false;
  return unreviewed !== true || !keepsUnreviewed(decided);
}

/** What a first contact leaves to look at, for the account's record. */
export function unreviewedAtAdoption(
  application: Application,
  desired: DesiredAccount | undefined,
  { grants }: ObservedAccount,
): readonly string[] | undefined {
  if (application.retired) return undefined;
  return unreviewedGrants({ application, desired, held: grants, firstContact: true, unreviewed: undefined });
}

/** What a first contact finds that a reason holds up: it goes with that reason, whatever becomes of its names. */
export function grantedAtAdoption(
  application: Application,
  desired: DesiredAccount | undefined,
  account: ObservedAccount,
  nowMs: number,
): readonly GrantedAccess[] | undefined {
  const due = dueEntitlements(application, desired?.entitlements ?? []);
  return rememberGranted({ granted: undefined, due, held: heldGrants(account), inDoubt: false, nowMs });
}
