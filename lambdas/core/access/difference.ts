// The difference between what an account is and what it should be, as the steps that close it. No step is ever
// "because of an event": a mover cannot leave old access behind, since what no reason holds up is in the difference.
import type { Application, Entitlement } from '../access-model/access-model.ts';
import { groupBy } from '../group-by.ts';
import type { AccountState } from '../systems/account.ts';
import type { AccountProfile } from '../systems/account-profile.ts';
import type { Credential, CredentialKind } from '../systems/credential.ts';
import { type DesiredAccount, type Reason, reasonsFor } from './desired-access.ts';
import {
  dueEntitlements,
  type GrantedAccess,
  type HeldGrant,
  heldGrants,
  lookUpGrants,
  matchGrants,
} from './granted-access.ts';
import type { LeaveRecord } from './leave.ts';

/** What a connector's system can do beyond finding, creating, granting and revoking. */
export interface Capabilities {
  readonly disable: boolean;
  readonly endSessions: boolean;
  readonly revokeCredentials: boolean;
  readonly transferOwnership: boolean;
  readonly archive: boolean;
  readonly update: boolean;
  readonly delete: boolean;
  /** An account without any grant lets its holder in all the same. @default false */
  readonly admitsAlone?: boolean | undefined;
}

export const STEP_ACTIONS = [
  'create-account',
  'enable-account',
  'disable-account',
  'end-sessions',
  'revoke-credential',
  'transfer-ownership',
  'archive-account',
  'delete-account',
  'update-account',
  'grant',
  'revoke',
] as const;

export type Step =
  | { readonly action: 'create-account' }
  | { readonly action: 'enable-account' }
  | { readonly action: 'disable-account' }
  | { readonly action: 'end-sessions' }
  | ({ readonly action: 'revoke-credential' } & Credential)
  /** To the successor's account in the same system, or to the custodian that the application's settings name. */
  | { readonly action: 'transfer-ownership' }
  | { readonly action: 'archive-account' }
  | { readonly action: 'delete-account' }
  | { readonly action: 'update-account'; readonly attributes: readonly string[] }
  | {
      readonly action: 'grant';
      readonly grant: string;
      /** Absent for what was held before a leave and is given back without a reason. */
      readonly entitlement?: string | undefined;
      readonly privileged: boolean;
      readonly reasons: readonly Reason[];
    }
  | {
      readonly action: 'revoke';
      readonly grant: string;
      /** Absent when the access model does not know this grant, and no reason ever held it up. */
      readonly entitlement?: string | undefined;
      readonly privileged: boolean;
    };

export interface DifferenceInput {
  readonly application: Application;
  /** Grants found at the first contact that nobody has looked at yet: they stay. Undefined: all was looked at. */
  readonly unreviewed?: ReadonlySet<string> | undefined;
  /** What reasons have held up here, by its own id. @default nothing is remembered */
  readonly granted?: readonly GrantedAccess[] | undefined;
  /** Somebody on leave must not get in, whether or not a reason holds up the account. @default as `desired` says */
  readonly onLeave?: boolean | undefined;
  /** The account as the leave found it, until all of that is given back. */
  readonly leave?: LeaveRecord | undefined;
  /** Credentials that a former owner may know and nobody replaced in time. @default none */
  readonly compromised?: ReadonlySet<string> | undefined;
  readonly desired: DesiredAccount | undefined;
  readonly observed: AccountState | undefined;
  readonly profile: AccountProfile | undefined;
  readonly capabilities: Capabilities;
  /** The account of a leaver has been kept for as long as the application asks for. */
  readonly retentionIsOver: boolean;
  /** Entitlements that are not granted yet, since another side of a rule is held (barred-grants.ts). @default none */
  readonly barred?: ReadonlySet<string> | undefined;
}

/**
 * The steps in the order in which they are taken: what opens nothing comes first. Privileged grants are revoked
 * before an account is disabled, since a system may let a disabled administrator's session act; grants come last,
 * and an account is enabled only when it holds nothing it should not.
 */
export function difference(input: DifferenceInput): readonly Step[] {
  if (isClosing(input)) return closeAccount(input);
  const steps = keepAccount(input);
  return awaitsDecision(input) ? steps.filter(({ action }) => !LETTING_IN.has(action)) : steps;
}

/** What whoever should have it does not get while nobody has looked at the privileged grants of the account. */
export function withheld(input: DifferenceInput): readonly Step[] {
  if (isClosing(input) || !awaitsDecision(input)) return [];
  return keepAccount(input).filter(({ action }) => LETTING_IN.has(action));
}

/** Entitlements that would be granted, were another side of a rule not held still. */
export function barredGrants(input: DifferenceInput): readonly string[] {
  const { application, barred = new Set() } = input;
  if (isClosing(input) || barred.size === 0) return [];
  const wanted = keepAccount({ ...input, barred: undefined });
  const grants = new Set(wanted.flatMap((step) => (step.action === 'grant' ? step.grant : [])));
  return application.entitlements.filter(({ id, grant }) => barred.has(id) && grants.has(grant)).map(({ id }) => id);
}

/** What would keep somebody on leave out and is not in the system's power: a person has to see to it. */
export function beyondReach(input: DifferenceInput): readonly Step['action'][] {
  const { observed, capabilities } = input;
  if (observed === undefined || !isAway(input)) return [];
  const { openSessions = 0, credentials = [] } = observed;
  const admits = observed.enabled && !capabilities.disable && capabilities.admitsAlone === true;
  return [
    ...(admits ? (['disable-account'] as const) : []),
    ...(openSessions > 0 && !capabilities.endSessions ? (['end-sessions'] as const) : []),
    ...(credentials.some(isUsedAlone) && !capabilities.revokeCredentials ? (['revoke-credential'] as const) : []),
  ];
}

/** Whether nothing holds up the account any more: neither a reason nor that nobody has looked at it yet. */
export function isClosing({ desired, unreviewed }: Pick<DifferenceInput, 'desired' | 'unreviewed'>): boolean {
  return desired === undefined && unreviewed === undefined;
}

export function isAway({ desired, onLeave }: Pick<DifferenceInput, 'desired' | 'onLeave'>): boolean {
  return onLeave ?? desired?.enabled === false;
}

/** How what an account holds compares with what reasons hold up, apart from any leave. */
export interface Holdings {
  readonly lacking: readonly Entitlement[];
  /** Held, and to be taken away. */
  readonly surplus: readonly HeldGrant[];
  /** Held without a reason, and left: nobody has looked yet, or the access model has never known of it. */
  readonly left: readonly HeldGrant[];
}

export function compareHoldings(input: DifferenceInput): Holdings {
  const { application, desired, observed, unreviewed, granted = [] } = input;
  const due = dueEntitlements(application, desired?.entitlements ?? []);
  const held = observed === undefined ? [] : heldGrants(observed);
  const words = due.map(({ grant }) => grant);
  const matched = matchGrants(words, held, granted);
  const inPlace = new Set(matched.values());
  const rank = new Map(application.entitlements.map(({ grant }, index) => [grant, index]));
  const rankOf = ({ grant }: HeldGrant) => rank.get(grant) ?? rank.size;
  const remembered = lookUpGrants(granted);
  const isConcerned = (one: HeldGrant) => desired === undefined || rank.has(one.grant) || remembered.has(one);
  const without = held.filter((one) => !inPlace.has(one)).sort((one, other) => rankOf(one) - rankOf(other));
  const goes = (one: HeldGrant) => unreviewed?.has(one.grant) !== true && isConcerned(one);
  return {
    lacking: due.filter(({ grant }) => !matched.has(grant)),
    surplus: without.filter(goes),
    left: without.filter((one) => !goes(one)),
  };
}

/** Of what was taken for a leave, what the account does not hold yet, and no reason is to decide on. */
export function owedAfterLeave(input: DifferenceInput): readonly HeldGrant[] {
  const { application, desired, observed, unreviewed, leave } = input;
  if (isClosing(input) || isAway(input) || observed === undefined) return [];
  const held = lookUpGrants(heldGrants(observed));
  const known = new Set(application.entitlements.map(({ grant }) => grant));
  const mayReturn = ({ grant }: HeldGrant) =>
    unreviewed?.has(grant) === true || (desired !== undefined && !known.has(grant));
  return (leave?.taken ?? []).filter((one) => mayReturn(one) && !held.has(one));
}

/**
 * Only what cuts access off at once: the first answer to a leaver, before anything is cleaned up. A system that
 * cannot disable an account is cut off by its grants instead.
 */
export function lockDown(input: DifferenceInput): readonly Step[] {
  return difference(input).filter(
    (step) =>
      step.action === 'disable-account' ||
      step.action === 'end-sessions' ||
      step.action === 'revoke-credential' ||
      (step.action === 'revoke' && (step.privileged || !input.capabilities.disable)),
  );
}

function closeAccount(input: DifferenceInput): readonly Step[] {
  const { observed, capabilities } = input;
  if (observed === undefined) return [];
  const revokes = revokeSteps(input, heldGrants(observed));
  // A shared secret is rotated as its grant is taken back.
  const credentials = revokeCredentialSteps(input, observed, ({ kind }) => kind !== 'shared-secret');
  return [
    ...revokes.filter(isPrivileged),
    ...cutOffSteps(observed, capabilities, capabilities.delete),
    ...credentials,
    ...revokes.filter((step) => !isPrivileged(step)),
    ...putAwaySteps(input, observed),
  ];
}

/** What nobody can get in to any more: its belongings go to the heir, and it is archived or, at its time, deleted. */
function putAwaySteps({ capabilities, retentionIsOver }: DifferenceInput, observed: AccountState): readonly Step[] {
  const steps: Step[] = [];
  const owns = (observed.owns ?? []).length > 0;
  if (owns && capabilities.transferOwnership) steps.push({ action: 'transfer-ownership' });
  // A system that cannot disable an account is cut off by deleting it.
  const deletes = capabilities.delete && (retentionIsOver || !capabilities.disable);
  if (deletes) steps.push({ action: 'delete-account' });
  else if (capabilities.archive && observed.archived === false) steps.push({ action: 'archive-account' });
  return steps;
}

/** The steps that let somebody on to an account. */
const LETTING_IN: ReadonlySet<Step['action']> = new Set(['grant', 'enable-account']);

/** Privileged grants that were there before: nobody is let on to them before somebody has decided. */
function awaitsDecision({ application, unreviewed }: DifferenceInput): boolean {
  return application.entitlements.some(({ grant, privileged }) => privileged && unreviewed?.has(grant) === true);
}

function keepAccount(input: DifferenceInput): readonly Step[] {
  const { desired, observed } = input;
  if (observed === undefined) return isAway(input) ? [] : createSteps(input);
  if (isAway(input)) return keepOutSteps(input, observed);
  const { lacking, surplus } = compareHoldings(input);
  const revokes = revokeSteps(input, surplus);
  const isOff = !observed.enabled && (desired === undefined ? input.leave?.disabled === true : desired.enabled);
  return [
    ...revokes.filter(isPrivileged),
    ...revokeCompromised(input, observed),
    ...revokes.filter((step) => !isPrivileged(step)),
    ...updateSteps(input),
    ...grantSteps(input, lacking),
    ...owedSteps(input),
    ...(isOff ? [{ action: 'enable-account' } as const] : []),
  ];
}

function createSteps(input: DifferenceInput): readonly Step[] {
  if (input.desired === undefined) return [];
  const { lacking } = compareHoldings(input);
  const grants = grantSteps(input, lacking);
  // An account comes with its first entitlement: not before one may be granted.
  return grants.length === 0 && lacking.length > 0 ? [] : [{ action: 'create-account' }, ...grants];
}

/** What a leave took is given back without a reason. */
function owedSteps(input: DifferenceInput): readonly Step[] {
  const { application, barred } = input;
  const barredGrant = new Set(application.entitlements.filter(({ id }) => barred?.has(id)).map(({ grant }) => grant));
  return owedAfterLeave(input)
    .filter(({ grant }) => !barredGrant.has(grant))
    .map(({ grant }) => ({ action: 'grant', grant, privileged: false, reasons: [] }));
}

/**
 * Somebody on leave keeps what they hold and cannot use it. Where an account cannot be disabled nothing but its grants
 * lets anybody in: then all of them go, those that the access model does not know as well.
 */
function keepOutSteps(input: DifferenceInput, observed: AccountState): readonly Step[] {
  const { capabilities } = input;
  const { disable, endSessions } = capabilities;
  const { lacking, surplus } = compareHoldings(input);
  const revokes = revokeSteps(input, disable ? surplus : heldGrants(observed));
  // Once nothing is left that a new session could be for.
  const endsLate = !disable && endSessions && (revokes.length > 0 || (observed.openSessions ?? 0) > 0);
  return [
    ...revokes.filter(isPrivileged),
    ...(disable ? cutOffSteps(observed, capabilities) : []),
    ...revokeCompromised(input, observed, isUsedAlone),
    ...revokes.filter((step) => !isPrivileged(step)),
    ...(endsLate ? [{ action: 'end-sessions' } as const] : []),
    ...updateSteps(input),
    ...(disable ? grantSteps(input, lacking) : []),
  ];
}

function grantSteps({ desired, barred }: DifferenceInput, lacking: readonly Entitlement[]): readonly Step[] {
  const given = new Map(desired?.entitlements.map((one) => [one.entitlement, reasonsFor(desired, one)]));
  return lacking
    .filter(({ id }) => barred?.has(id) !== true)
    .map(({ id, grant, privileged }): Step => {
      return { action: 'grant', grant, entitlement: id, privileged, reasons: given.get(id) ?? [] };
    });
}

/**
 * Ending sessions is a step of its own: in many systems whoever is signed in stays so. An account that cannot be
 * disabled but will be deleted has its sessions ended before that.
 */
function cutOffSteps(observed: AccountState, capabilities: Capabilities, deletes = false): readonly Step[] {
  const disables = capabilities.disable && observed.enabled;
  const steps: Step[] = disables ? [{ action: 'disable-account' }] : [];
  const ends = disables || (deletes && !capabilities.disable) || (observed.openSessions ?? 0) > 0;
  if (capabilities.endSessions && ends) steps.push({ action: 'end-sessions' });
  return steps;
}

/** Nothing that tells whose an account is changes before somebody has looked at it: that would hand over what it holds. */
function updateSteps({ observed, profile, capabilities, unreviewed }: DifferenceInput): readonly Step[] {
  if (observed === undefined || profile === undefined || !capabilities.update || unreviewed !== undefined) return [];
  const stored = Object.keys(observed.attributes) as (keyof AccountProfile)[];
  const changed = stored.filter((name) => !isSame(name, observed.attributes[name], profile[name])).sort();
  return changed.length === 0 ? [] : [{ action: 'update-account', attributes: changed }];
}

/** Systems keep addresses and sign-in names in the case they like; all of them read them without it. */
const WITHOUT_CASE: ReadonlySet<keyof AccountProfile> = new Set(['email', 'userName']);

function isSame(name: keyof AccountProfile, found: string | undefined, wanted: string | undefined): boolean {
  return WITHOUT_CASE.has(name) ? found?.toLowerCase() === wanted?.toLowerCase() : found === wanted;
}

/** One for each name. */
function revokeSteps({ application, granted = [] }: DifferenceInput, held: readonly HeldGrant[]): readonly Step[] {
  const before = lookUpGrants(granted);
  const described = groupBy(application.entitlements, ({ grant }) => grant);
  return [...groupBy(held, ({ grant }) => grant)].map(([grant, shown]): Step => {
    const remembered = before.findAny(shown);
    const [known] = described.get(grant) ?? [];
    const privileged = remembered?.privileged === true || known?.privileged === true;
    return { action: 'revoke', grant, entitlement: remembered?.entitlement ?? known?.id, privileged };
  });
}

/** What gets somebody in without the sign-in that disabling an account refuses. */
const USED_ALONE: ReadonlySet<CredentialKind> = new Set(['access-key', 'token', 'ssh-key', 'certificate']);

function isUsedAlone({ kind }: Credential): boolean {
  return USED_ALONE.has(kind);
}

function revokeCompromised(
  input: DifferenceInput,
  observed: AccountState,
  alsoGoes: (credential: Credential) => boolean = () => false,
): readonly Step[] {
  const goes = (credential: Credential) =>
    alsoGoes(credential) || input.compromised?.has(credential.credentialId) === true;
  return revokeCredentialSteps(input, observed, goes);
}

function revokeCredentialSteps(
  { capabilities }: DifferenceInput,
  { credentials = [] }: AccountState,
  goes: (credential: Credential) => boolean,
): readonly Step[] {
  if (!capabilities.revokeCredentials) return [];
  return credentials
    .filter(goes)
    .map(({ credentialId, kind }): Step => ({ action: 'revoke-credential', credentialId, kind }));
}

function isPrivileged(step: Step): boolean {
  return step.action === 'revoke' && step.privileged;
}
