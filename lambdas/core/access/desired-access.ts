// What an identity should be able to access now, and every reason that holds it up. The heart of Tenure: the same
// function answers "make it so", "why does she have this?" and "what would this policy change do?".
import type { AccessModel } from '../access-model/access-model.ts';
import type { Needed } from '../access-model/non-human-rules.ts';
import {
  type DutyConflict,
  exceptedAs,
  isLeft,
  isStanding,
  type Refusal,
  segregate,
  UNDISTURBED,
  type Whom,
} from '../duties/segregation.ts';
import {
  type EmployedState,
  type IdentityState,
  type IdentityStatus,
  identityAt,
  isEmployed,
  type Timeline,
} from '../identity/timeline.ts';
import {
  compiled,
  type GivenAccount,
  type GivenEntitlement,
  type HandoverReason,
  type ProfileReason,
  type TimedReason,
} from './compiled-model.ts';
import { handedOver, justifiedIn } from './handover.ts';
import { type BeyondOwner, limitingOwner, type WithinOwner, withinOwner } from './owner-ceiling.ts';

/** Why an identity holds an entitlement. When the last reason ends, so does the entitlement. */
export type Reason = BirthrightReason | TimedReason | HandoverReason;

export interface BirthrightReason extends ProfileReason {
  /** The fact that began the employment it rests on. */
  readonly fact: string;
}

export interface DesiredAccess {
  readonly status: IdentityStatus;
  /** A suspended identity keeps what it holds but cannot use it. */
  readonly enabled: boolean;
  /** The fact that began the employment on which all reasons rest. Undefined: it is not employed. */
  readonly joinedBy: string | undefined;
  /**
   * One per application in which the identity should have an account; none of the others is justified. One list for all
   * who have the same profiles, and nothing for a time or to hand over beside them. What the segregation of duties refuses is not among it.
   */
  readonly accounts: readonly GivenAccount[];
  /** Where reasons hold up two sides of a rule at once, and what became of that. */
  readonly conflicts: readonly DutyConflict[];
  /** What reasons hold up and it may not hold, since its owner does not. Absent: nothing. */
  readonly beyondOwner?: BeyondOwner | undefined;
  /** What is not known of it, so that it holds nothing, whatever reasons hold up. Absent: all that it takes is. */
  readonly lacks?: readonly Needed[] | undefined;
}

/** What an identity should have in one application. */
export interface DesiredAccount extends GivenAccount {
  readonly enabled: boolean;
  readonly joinedBy: string;
}

/** @param identityId whose exceptions from the segregation of duties count. @default nobody's */
export function desiredAccess(
  timeline: Timeline,
  model: AccessModel,
  nowMs: number,
  identityId?: string,
): DesiredAccess {
  const whom = identityId === undefined ? undefined : { identityId, nowMs };
  return desiredAccessInState(identityAt(timeline, nowMs), model, whom);
}

/** So many of its newest states are asked; who changed more often in between was visited for each of them. */
const MAXIMUM_STATES = 100;

/**
 * The applications in which a reason would have held up access at some time until now, by the access model as it is. Who
 * left before Tenure had looked at them may have an account there from before.
 */
export function everDue({ changes }: Timeline, model: AccessModel, nowMs: number): ReadonlySet<string> {
  const employed = changes.filter(({ atMs, state }) => atMs <= nowMs && isEmployed(state)).slice(-MAXIMUM_STATES);
  const accounts = employed.flatMap(({ state }) => (isEmployed(state) ? justifiedBy(state, model) : []));
  return new Set(accounts.map(({ applicationId }) => applicationId));
}

/** @param whom whose exceptions count, and when. @default no exception does */
export function desiredAccessInState(state: IdentityState, model: AccessModel, whom?: Whom): DesiredAccess {
  if (!isEmployed(state))
    return { status: state.status, enabled: false, joinedBy: undefined, accounts: [], conflicts: [] };
  const { status, joinedBy } = state;
  const enabled = status === 'active';
  const lacks = lackedBy(state, model);
  if (lacks !== undefined) return { status, enabled, joinedBy, accounts: [], conflicts: [], lacks };
  const held = withinWhatOwnerHolds(state, model, whom);
  const { accounts, conflicts } = segregated(held.accounts, model, exceptedAs(whom, state));
  const desired = { status, enabled, joinedBy, accounts, conflicts };
  return held.beyondOwner === undefined ? desired : { ...desired, beyondOwner: held.beyondOwner };
}

/** What of an identity that is no person has to be known before it holds anything. Undefined: nothing is lacking. */
function lackedBy({ attributes, purposeSaid }: EmployedState, { nonHuman }: AccessModel): DesiredAccess['lacks'] {
  const needs = nonHuman?.[attributes.kind]?.needs;
  if (needs === undefined) return undefined;
  const isKnown: Readonly<Record<Needed, boolean>> = {
    purpose: purposeSaid === true || attributes.purpose !== undefined,
    end: attributes.endsAt !== undefined && attributes.endsAt !== null,
  };
  const lacks = needs.filter((one) => !isKnown[one]);
  return lacks.length === 0 ? undefined : lacks;
}

/** What reasons hold up, as far as an owner has to answer for it. */
function withinWhatOwnerHolds(state: EmployedState, model: AccessModel, whom: Whom | undefined): WithinOwner {
  const justified = withoutTaken(justifiedBy(state, model), state, model);
  const accounts = withHandovers(justified, { state, model, whom: exceptedAs(whom, state) });
  const owner = limitingOwner(state, model);
  if (owner === undefined) return { accounts };
  const { identityId } = owner;
  const ofOwner = whom === undefined ? undefined : { identityId, nowMs: whom.nowMs };
  return withinOwner(accounts, { identityId, held: desiredAccessInState(owner.state, model, ofOwner).accounts }, model);
}

/** All that reasons hold up, whatever may not be held together, without what is only handed over. */
function justifiedBy({ attributes, grants }: EmployedState, model: AccessModel): readonly GivenAccount[] {
  const known = compiled(model);
  const { accounts } = known.givenTo(attributes);
  return grants === undefined ? accounts : known.withGrants(accounts, grants);
}

/** What a review took away no access profile gives. Whatever else does was decided since, or ends by itself. */
function withoutTaken(
  accounts: readonly GivenAccount[],
  { taken }: EmployedState,
  model: AccessModel,
): readonly GivenAccount[] {
  const birthrights = taken?.filter(({ birthright }) => birthright) ?? [];
  if (birthrights.length === 0) return accounts;
  const known = compiled(model);
  const gone = new Set(birthrights.flatMap(({ entitlement }) => known.placesOf(entitlement)));
  const left = accounts.map((account): GivenAccount => {
    const { applicationId, entitlements } = account;
    const isTaken = ({ entitlement }: GivenEntitlement) => gone.has(`${applicationId}:${entitlement}`);
    if (!entitlements.some(isTaken)) return account;
    const kept = entitlements.flatMap((given) => (isTaken(given) ? withoutBirthright(given) : [given]));
    return { applicationId, entitlements: kept };
  });
  return left.filter(({ entitlements }) => entitlements.length > 0);
}

function withoutBirthright(given: GivenEntitlement): readonly GivenEntitlement[] {
  const reasons = given.reasons.filter(({ type }) => type !== 'birthright');
  return reasons.length === 0 ? [] : [{ ...given, reasons }];
}

function withHandovers(
  accounts: readonly GivenAccount[],
  asked: { readonly state: EmployedState; readonly model: AccessModel; readonly whom: Whom | undefined },
): readonly GivenAccount[] {
  const { state, model, whom } = asked;
  if (state.moves === undefined) return accounts;
  const accessBefore = (before: EmployedState, by: AccessModel, nowMs: number) =>
    desiredAccessInState(before, by, whom && { identityId: whom.identityId, nowMs }).accounts;
  const handed = handedOver({ ...asked, accounts, accessBefore });
  return handed.length === 0 ? accounts : compiled(model).withMore(accounts, handed);
}

type Segregated = Pick<DesiredAccess, 'accounts' | 'conflicts'>;

/** By the very lists: one for all who have the same profiles, and no exception. */
const withoutExceptions = new WeakMap<AccessModel, WeakMap<readonly GivenAccount[], Segregated>>();

function segregated(accounts: readonly GivenAccount[], model: AccessModel, whom: Whom | undefined): Segregated {
  const { duties = [] } = model;
  if (duties.length === 0) return { accounts, conflicts: [] };
  const isExcepted =
    whom !== undefined &&
    (whom.exceptions !== undefined ||
      duties.some(({ exceptions }) => exceptions.some((one) => one.identityId === whom.identityId)));
  if (isExcepted) return segregatedFor(accounts, model, whom);
  const known = withoutExceptions.get(model) ?? new WeakMap();
  withoutExceptions.set(model, known);
  const found = known.get(accounts) ?? segregatedFor(accounts, model, undefined);
  known.set(accounts, found);
  return found;
}

function segregatedFor(accounts: readonly GivenAccount[], model: AccessModel, whom: Whom | undefined): Segregated {
  const segregation = segregate(model, accounts.flatMap(justifiedIn), whom);
  if (segregation === UNDISTURBED) return { accounts, conflicts: [] };
  const left = accounts.map((account) => withoutRefused(account, segregation.refusal));
  return { accounts: left.filter(({ entitlements }) => entitlements.length > 0), conflicts: segregation.conflicts };
}

function withoutRefused(account: GivenAccount, refusal: Refusal): GivenAccount {
  const { applicationId } = account;
  const entitlements = account.entitlements
    .filter(({ entitlement, reasons }) => isLeft({ reference: `${applicationId}:${entitlement}`, reasons }, refusal))
    .map((given) => ({ ...given, reasons: given.reasons.filter((reason) => isStanding(reason, refusal.profiles)) }));
  return { applicationId, entitlements };
}

export function desiredAccountIn(
  applicationId: string,
  state: IdentityState,
  model: AccessModel,
  whom?: Whom,
): DesiredAccount | undefined {
  const { enabled, joinedBy, accounts } = desiredAccessInState(state, model, whom);
  const given = accounts.find((account) => account.applicationId === applicationId);
  return given === undefined || joinedBy === undefined ? undefined : { ...given, enabled, joinedBy };
}

/** The reasons of one entitlement as they are recorded and shown. */
export function reasonsFor(
  { joinedBy }: Pick<DesiredAccount, 'joinedBy'>,
  { reasons }: Pick<GivenEntitlement, 'reasons'>,
): readonly Reason[] {
  return reasons.map((reason) => (reason.type === 'birthright' ? { ...reason, fact: joinedBy } : reason));
}
