// The difference between what an account is and what it should be, as the steps that close it. No step is ever
// "because of an event": a mover cannot leave old access behind, since what no reason holds up is in the difference.
import type { Application } from '../access-model/access-model.ts';
import type { AccountState } from '../systems/account.ts';
import type { AccountProfile } from '../systems/account-profile.ts';
import type { Credential } from '../systems/credential.ts';
import type { DesiredAccount, Reason } from './desired-access.ts';

/** What a connector's system can do beyond finding, creating, granting and revoking. */
export interface Capabilities {
  readonly disable: boolean;
  readonly endSessions: boolean;
  readonly revokeCredentials: boolean;
  readonly transferOwnership: boolean;
  readonly archive: boolean;
  readonly update: boolean;
  readonly delete: boolean;
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
      readonly entitlement: string;
      readonly privileged: boolean;
      readonly reasons: readonly Reason[];
    }
  | {
      readonly action: 'revoke';
      readonly grant: string;
      /** Absent when the access model does not know this grant. */
      readonly entitlement?: string | undefined;
      readonly privileged: boolean;
    };

export interface DifferenceInput {
  readonly application: Application;
  /** Grants found at the first contact that nobody has looked at yet: they stay. Undefined: all was looked at. */
  readonly unreviewed?: ReadonlySet<string> | undefined;
  /** Credentials that a former owner may know and nobody replaced in time. @default none */
  readonly compromised?: ReadonlySet<string> | undefined;
  readonly desired: DesiredAccount | undefined;
  readonly observed: AccountState | undefined;
  readonly profile: AccountProfile | undefined;
  readonly capabilities: Capabilities;
  /** The account of a leaver has been kept for as long as the application asks for. */
  readonly retentionIsOver: boolean;
}

/**
 * The steps in the order in which they are taken: what opens nothing comes first. Privileged grants are revoked
 * before an account is disabled, since a system may let a disabled administrator's session act; grants come last,
 * and an account is enabled only when it holds nothing it should not.
 */
export function difference(input: DifferenceInput): readonly Step[] {
  if (input.desired !== undefined) return keepAccount(input, input.desired);
  return input.unreviewed === undefined ? closeAccount(input) : leaveUnreviewed(input, input.unreviewed);
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
  const { application, observed, capabilities } = input;
  if (observed === undefined) return [];
  const revokes = revokeSteps(application, observed.grants);
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

function keepAccount(input: DifferenceInput, desired: DesiredAccount): readonly Step[] {
  const { application, observed, profile, capabilities } = input;
  // Who is on leave must not get in, where nothing but the grants can keep them out.
  const unreviewed = desired.enabled || capabilities.disable ? input.unreviewed : undefined;
  // A system that cannot suspend an account has its grants taken instead; they come back with the return.
  const entitlements = desired.enabled || capabilities.disable ? desired.entitlements : [];
  if (observed === undefined && !desired.enabled) return [];
  const byId = new Map(application.entitlements.map((entitlement) => [entitlement.id, entitlement]));
  const wanted = new Map(
    entitlements.map(({ entitlement, reasons }) => {
      const known = byId.get(entitlement);
      if (known === undefined) {
        throw new Error(`application ${application.id} has no entitlement ${entitlement}: the model was not validated`);
      }
      return [known.grant, { ...known, reasons }] as const;
    }),
  );
  const held = new Set(observed?.grants ?? []);
  const unjustified = application.entitlements
    .map(({ grant }) => grant)
    .filter((grant) => held.has(grant) && !wanted.has(grant) && !unreviewed?.has(grant));
  const revokes = revokeSteps(application, unjustified);
  const grants = [...wanted.values()]
    .filter(({ grant }) => !held.has(grant))
    .map(
      ({ id, grant, privileged, reasons }): Step => ({ action: 'grant', grant, entitlement: id, privileged, reasons }),
    );
  const steps: Step[] = observed === undefined ? [{ action: 'create-account' }] : [];
  steps.push(...revokes.filter(isPrivileged));
  if (observed !== undefined && !desired.enabled) steps.push(...cutOffSteps(observed, capabilities));
  if (observed !== undefined) {
    const { compromised } = input;
    steps.push(
      ...revokeCredentialSteps(input, observed, ({ credentialId }) => compromised?.has(credentialId) === true),
    );
  }
  steps.push(...revokes.filter((step) => !isPrivileged(step)));
  steps.push(...updateSteps(observed, profile, capabilities));
  steps.push(...grants);
  if (observed?.enabled === false && desired.enabled) steps.push({ action: 'enable-account' });
  return steps;
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

/** The account stays, with what nobody has looked at yet. */
function leaveUnreviewed({ application, observed }: DifferenceInput, unreviewed: ReadonlySet<string>): readonly Step[] {
  const reviewed = observed?.grants.filter((grant) => !unreviewed.has(grant)) ?? [];
  return revokeSteps(application, reviewed);
}

function updateSteps(
  observed: AccountState | undefined,
  profile: AccountProfile | undefined,
  capabilities: Capabilities,
): readonly Step[] {
  if (observed === undefined || profile === undefined || !capabilities.update) return [];
  const stored = Object.keys(observed.attributes) as (keyof AccountProfile)[];
  const changed = stored.filter((name) => !isSame(name, observed.attributes[name], profile[name])).sort();
  return changed.length === 0 ? [] : [{ action: 'update-account', attributes: changed }];
}

/** Systems keep addresses and sign-in names in the case they like; all of them read them without it. */
const WITHOUT_CASE: ReadonlySet<keyof AccountProfile> = new Set(['email', 'userName']);

function isSame(name: keyof AccountProfile, found: string | undefined, wanted: string | undefined): boolean {
  return WITHOUT_CASE.has(name) ? found?.toLowerCase() === wanted?.toLowerCase() : found === wanted;
}

function revokeSteps({ entitlements }: Application, grants: readonly string[]): readonly Step[] {
  const byGrant = new Map(entitlements.map((entitlement) => [entitlement.grant, entitlement]));
  return grants.map((grant): Step => {
    const known = byGrant.get(grant);
    return { action: 'revoke', grant, entitlement: known?.id, privileged: known?.privileged ?? false };
  });
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
