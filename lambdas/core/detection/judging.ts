// What detections ask again and again of a record and of what is known beside it.
import type { AccountRecord } from '../access/account-record.ts';
import type { GivenAccount } from '../access/compiled-model.ts';
import type { Application, Entitlement } from '../access-model/access-model.ts';
import { OWNED_KINDS } from '../identity/attributes.ts';
import { type ActivityRecord, type Party, USING_ACTIONS } from './activity.ts';
import type { DetectionContext, DetectionSettings, Joined, KnownIdentity } from './context.ts';
import { kindOf } from './known-identity.ts';
import { isWithin, networkKey } from './network.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

export function identityIn(joined: Joined | undefined): KnownIdentity | undefined {
  return joined?.found === 'one' ? joined.identity : undefined;
}

/** Whom a change was about: whoever it names, else whoever made it. */
export function concerned(context: DetectionContext): {
  readonly about: 'actor' | 'target';
  readonly identity: KnownIdentity | undefined;
} {
  return context.target === undefined
    ? { about: 'actor', identity: identityIn(context.actor) }
    : { about: 'target', identity: identityIn(context.target) };
}

/** Access was used, and the system let them. What a source does not tell the outcome of counts as done, but for signing in. */
export function isUse({ action, outcome }: ActivityRecord): boolean {
  if (!USING_ACTIONS.includes(action)) return false;
  return outcome === 'success' || (outcome === 'unknown' && action !== 'sign-in');
}

export function isDone({ outcome }: ActivityRecord): boolean {
  return outcome !== 'failure';
}

export function isMachine({ thenState, nowState }: KnownIdentity): boolean {
  const kind = kindOf(thenState) ?? kindOf(nowState);
  return OWNED_KINDS.some((owned) => owned === kind);
}

export function isAgent({ thenState, nowState }: KnownIdentity): boolean {
  return (kindOf(thenState) ?? kindOf(nowState)) === 'ai-agent';
}

/** Done by Tenure, through one of its own accounts: its own log says why. */
export function isOwnDoing({ who }: ActivityRecord, { ownAccounts }: DetectionSettings): boolean {
  return isAmong(who, ownAccounts);
}

/** @param accounts `application:value` */
export function isAmong({ clues }: Party, accounts: readonly string[]): boolean {
  return (
    accounts.length > 0 &&
    clues.some(({ by, applicationId, value }) => by !== 'email' && accounts.includes(`${applicationId}:${value}`))
  );
}

/** Whether the two name the same account, by anything that both are called. */
export function isSameParty(one: Party, other: Party): boolean {
  return one.clues.some(({ by, value, applicationId }) =>
    other.clues.some((each) => each.by === by && each.value === value && each.applicationId === applicationId),
  );
}

export function isOneself(record: ActivityRecord, context: DetectionContext): boolean {
  if (record.target === undefined || isSameParty(record.who, record.target)) return true;
  const [actor, target] = [identityIn(context.actor), identityIn(context.target)];
  return actor !== undefined && actor.identityId === target?.identityId;
}

/** Of which application the accounts are that a record is about. */
export function accountsApplication({ who, target }: ActivityRecord, about: 'actor' | 'target'): string | undefined {
  const party = about === 'target' ? target : who;
  return (party?.clues ?? []).find(({ applicationId }) => applicationId !== undefined)?.applicationId;
}

export function accountIn(identity: KnownIdentity, applicationId: string | undefined): AccountRecord | undefined {
  return identity.accounts.find((account) => account.applicationId === applicationId);
}

/** What reasons hold up of an application, then or now: a record that is judged late may be about what is held up by now. */
export function desiredIn(identity: KnownIdentity, applicationId: string): readonly GivenAccount[] {
  return [...identity.desiredThen, ...identity.desiredNow].filter((account) => account.applicationId === applicationId);
}

export interface NamedGrant {
  readonly entitlement: Entitlement;
  /** A reason holds it up, then or now. */
  readonly held: boolean;
}

/** What the record names, as the access model has it; what the model does not know is left out. */
export function namedGrants(
  { change }: ActivityRecord,
  application: Application,
  identity: KnownIdentity | undefined,
): readonly NamedGrant[] {
  const names = new Set((change?.grants ?? []).map((name) => name.toLowerCase()));
  if (names.size === 0) return [];
  const account = identity && accountIn(identity, application.id);
  const byId = [...(account?.granted ?? [])].filter(
    ({ grantId }) => grantId !== undefined && names.has(grantId.toLowerCase()),
  );
  const held = new Set(
    identity === undefined
      ? []
      : desiredIn(identity, application.id).flatMap(({ entitlements }) =>
          entitlements.map(({ entitlement }) => entitlement),
        ),
  );
  return application.entitlements
    .filter(
      ({ id, grant }) =>
        names.has(grant.toLowerCase()) ||
        names.has(id.toLowerCase()) ||
        byId.some(({ entitlement }) => entitlement === id),
    )
    .map((entitlement) => ({ entitlement, held: held.has(entitlement.id) }));
}

export function applicationIn(context: DetectionContext, id: string | undefined): Application | undefined {
  return context.applications.find((application) => application.id === id);
}

/** From there nothing is told of where somebody is, or whose network it is. */
export function isKnownEgress(
  { network }: Pick<ActivityRecord, 'network'>,
  { egressNetworks }: DetectionSettings,
): boolean {
  if (network?.anonymous === true || isWithin(network?.ip, egressNetworks)) return true;
  const key = network === undefined ? undefined : networkKey(network);
  return key !== undefined && egressNetworks.some((one) => one.toLowerCase() === key);
}

/** Enough was remembered before the record that something can be called new. */
export function hasLearned(
  { memory }: KnownIdentity,
  { timeMs, clockDoubted }: ActivityRecord,
  { learningDays }: DetectionSettings,
): boolean {
  return clockDoubted !== true && memory !== undefined && memory.firstMs <= timeMs - learningDays * DAY_MS;
}

/** Just after something ended in HR's word, systems still come to it. */
export function isUnderWay(
  sinceMs: number | undefined,
  timeMs: number,
  { departureGraceMinutes }: DetectionSettings,
): boolean {
  return sinceMs !== undefined && timeMs < sinceMs + departureGraceMinutes * MINUTE_MS;
}

/** What may have outlasted the closing of an account, a token already issued say, still explains a use. */
export function isResidual(account: AccountRecord | undefined, timeMs: number): boolean {
  return account?.residual !== undefined && timeMs < account.residual.untilMs;
}

export function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}
