// Grants that wait until the other side of a rule is gone. Whoever moves from one side of a rule to another has the one
// revoked first, in whichever system, and the other granted once a reading shows the first gone: absence of an answer is
// not absence of access.
//
// Two calls never grant two sides at once: each writes what it is about to grant before it does (openCallId, granted),
// and looks at what the others have written after that. So of two that act at the same time one at least sees the other.
import type { AccessModel, Application } from '../access-model/access-model.ts';
import type { DutyRule, DutySide } from '../access-model/duty-rule.ts';
import { isEnforced, type Whom } from '../duties/segregation.ts';
import type { ObservedAccount } from '../systems/account.ts';
import type { AccountRecord } from './account-record.ts';
import type { DesiredAccess } from './desired-access.ts';
import { type GrantedAccess, heldGrants, isSameGrant } from './granted-access.ts';
import type { TaskRecord } from './task-record.ts';

/** An entitlement of one application that is not granted while another side of a rule is held, or may be. */
export interface Bar {
  readonly rule: string;
  readonly entitlement: string;
  /** Other applications in which the other side may be held, by what is on record of them. */
  readonly elsewhere: readonly string[];
  /** Until when a call may still take effect where the other side may be held (epoch ms): it is not known before. */
  readonly doubtUntilMs?: number | undefined;
  /** Entitlements of the same application that are of the other side: what is read tells whether they are held. */
  readonly here: readonly string[];
  /** The same, of its profiles: they count where a reason once held them up. */
  readonly hereByProfile: readonly string[];
}

export interface BarringInput {
  readonly model: AccessModel;
  readonly whom: Whom;
  readonly desired: Pick<DesiredAccess, 'accounts'>;
  readonly accounts: readonly AccountRecord[];
  readonly tasks: readonly TaskRecord[];
}

/** What a side stands for in an application: what it names, and what only its profiles give. */
interface Element {
  readonly applicationId: string;
  readonly entitlement: string;
  readonly by: 'name' | 'profile';
}

export function barsIn(applicationId: string, input: BarringInput): readonly Bar[] {
  return enforcedIn(input).flatMap((rule) =>
    rule.sides.flatMap((side) => {
      const own = ownOf(side, input).filter((element) => element.applicationId === applicationId);
      if (own.length === 0) return [];
      const others = rule.sides.filter((one) => one !== side).flatMap((one) => othersOf(one, side, input));
      const here = others.filter((element) => element.applicationId === applicationId);
      const held = others.filter((one) => one.applicationId !== applicationId && mayBeHeld(one, input));
      const elsewhere = [...new Set(held.map((one) => one.applicationId))].sort();
      const named = (by: Element['by']) => here.filter((one) => one.by === by).map(({ entitlement }) => entitlement);
      // A reading of the application itself does not show what a call to it may still bring about.
      const places = here.length > 0 ? [...elsewhere, applicationId] : elsewhere;
      const doubtUntilMs = lastDoubtMs(places, input);
      const bar = { rule: rule.id, elsewhere, doubtUntilMs, here: named('name'), hereByProfile: named('profile') };
      return own.map(({ entitlement }) => ({ ...bar, entitlement }));
    }),
  );
}

function lastDoubtMs(applicationIds: readonly string[], { accounts }: BarringInput): number | undefined {
  const doubts = accounts.flatMap((account) =>
    applicationIds.includes(account.applicationId) ? (account.doubtUntilMs ?? []) : [],
  );
  return doubts.length === 0 ? undefined : Math.max(...doubts);
}

/**
 * Applications of which nobody knows whether the other side of what is due is held in them, since they were never read
 * for this identity: they are visited for that.
 */
export function unreadOthers(input: BarringInput): ReadonlySet<string> {
  const known = new Set(input.accounts.map(({ applicationId }) => applicationId));
  const due = new Set(
    input.desired.accounts.flatMap(({ applicationId, entitlements }) =>
      entitlements.map(({ entitlement }) => `${applicationId}:${entitlement}`),
    ),
  );
  const unread = enforcedIn(input).flatMap((rule) => {
    const isDue = (side: DutySide) =>
      ownOf(side, input).some(({ applicationId, entitlement }) => due.has(`${applicationId}:${entitlement}`));
    const sides = rule.sides.filter(isDue);
    const others = rule.sides.filter((other) => sides.some((side) => side !== other));
    return others.flatMap(({ entitlements }) => entitlements.map((reference) => elementOf(reference).applicationId));
  });
  return new Set(unread.filter((applicationId) => !known.has(applicationId)));
}

/** Of the entitlements of the application, those that are not granted by what was just read of it. */
export function barredBy(
  bars: readonly Bar[],
  application: Application,
  {
    account,
    granted = [],
  }: {
    readonly account: Pick<ObservedAccount, 'grants' | 'grantIds'> | undefined;
    readonly granted?: readonly GrantedAccess[] | undefined;
  },
): readonly Bar[] {
  const held = account === undefined ? [] : heldGrants(account);
  const wasGranted = (entitlement: string) => granted.some((one) => one.entitlement === entitlement);
  const isHeld = (entitlement: string) => {
    const grant = application.entitlements.find(({ id }) => id === entitlement)?.grant;
    return wasGranted(entitlement) || held.some((one) => one.grant === grant);
  };
  return bars.filter(
    ({ elsewhere, here, hereByProfile }) => elsewhere.length > 0 || here.some(isHeld) || hereByProfile.some(wasGranted),
  );
}

/** In words, for whoever looks into why it is not granted. */
export function describeBar({ rule, entitlement, elsewhere }: Bar, applicationId: string): string {
  const where = elsewhere.length === 0 ? applicationId : elsewhere.join(', ');
  return `${entitlement} is not granted while the other side of the rule ${rule} is held, or may be, in ${where}`;
}

function enforcedIn({ model: { duties = [] }, whom }: BarringInput): readonly DutyRule[] {
  return duties.filter((rule) => isEnforced(rule, whom));
}

function elementOf(reference: string): Element {
  const [applicationId = '', entitlement = ''] = reference.split(':');
  return { applicationId, entitlement, by: 'name' };
}

/** What would bring the side about: what it names, and what is due by its profiles alone. */
function ownOf(side: DutySide, { desired }: BarringInput): readonly Element[] {
  const named = side.entitlements.map(elementOf);
  if (side.profiles.length === 0) return named;
  const profiles = new Set(side.profiles);
  const byProfile = desired.accounts.flatMap(({ applicationId, entitlements }) =>
    entitlements
      .filter(({ reasons }) => reasons.every((one) => 'profile' in one && profiles.has(one.profile)))
      .map(({ entitlement }): Element => ({ applicationId, entitlement, by: 'profile' })),
  );
  return [...named, ...byProfile];
}

/** What shows that another side is held still: of what its profiles give, that which nothing holds up any more. */
function othersOf(other: DutySide, side: DutySide, { model, desired }: BarringInput): readonly Element[] {
  const named = other.entitlements.map(elementOf);
  if (other.profiles.length === 0) return named;
  const given = model.profiles
    .filter(({ id }) => other.profiles.includes(id))
    .flatMap(({ entitlements }) => entitlements)
    .filter((reference) => !side.entitlements.includes(reference) && !other.entitlements.includes(reference));
  const isDue = ({ applicationId, entitlement }: Element) =>
    desired.accounts.some(
      (account) =>
        account.applicationId === applicationId && account.entitlements.some((one) => one.entitlement === entitlement),
    );
  const byProfile = given.map((reference): Element => ({ ...elementOf(reference), by: 'profile' }));
  return [...named, ...byProfile.filter((element) => !isDue(element))];
}

function mayBeHeld({ applicationId, entitlement, by }: Element, { model, accounts, tasks }: BarringInput): boolean {
  const application = model.applications.find(({ id }) => id === applicationId);
  const grant = application?.entitlements.find(({ id }) => id === entitlement)?.grant ?? entitlement;
  // Whoever was asked to give it may have done so.
  const isAsked = tasks.some(
    (task) =>
      task.applicationId === applicationId &&
      task.status === 'open' &&
      task.steps.some((step) => step.action === 'grant' && step.grant === grant),
  );
  if (isAsked) return true;
  const record = accounts.find((one) => one.applicationId === applicationId);
  if (record === undefined) return by === 'name';
  const { account, granted = [], byHand, lastError } = record;
  if (granted.some((one) => one.entitlement === entitlement || isSameGrant(one, { grant }))) return true;
  if (by === 'profile' && byHand !== true) return false;
  // Never read. Where it was, whatever went wrong since is about what it showed, or what is among `granted`.
  if (account === undefined) return lastError !== undefined;
  return heldGrants(account).some((one) => one.grant === grant);
}
