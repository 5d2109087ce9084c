// The difference that another access model, or what HR has to say, would make to a population before it comes: who would
// lose and gain what, and because of which profile. What `tenure plan` and `tenure simulate` print.
import type { AccessModel, Application } from '../access-model/access-model.ts';
import type { Whom } from '../duties/segregation.ts';
import { isLimited } from '../identity/ownership.ts';
import { type EmployedState, type IdentityState, isEmployed } from '../identity/timeline.ts';
import { compiled, type GivenAccount } from './compiled-model.ts';
import { type DesiredAccess, desiredAccessInState } from './desired-access.ts';
import { type AccessChange, changeOfAccounts, type DueGrant } from './model-change.ts';
import { type Person, stateOf } from './person.ts';

export interface ModelPlan {
  readonly population: number;
  /** Who would lose something; of those, who would be left without any access. */
  readonly losing: number;
  readonly emptied: number;
  /** Who would gain something; whoever loses something as well counts as both. */
  readonly gaining: number;
  /** By application and entitlement. */
  readonly changes: readonly EntitlementChange[];
  /** Application → how many would lose the account they have there. */
  readonly closes: Readonly<Record<string, number>>;
}

export interface EntitlementChange {
  readonly applicationId: string;
  readonly entitlement: string;
  readonly grant: string;
  readonly privileged: boolean;
  readonly direction: 'loses' | 'gains';
  /** For each reason whom it concerns. */
  readonly because: readonly { readonly reason: string; readonly identityIds: readonly string[] }[];
}

/** One identity as it is, and as it would be. */
export interface Case {
  readonly identityId: string;
  readonly before: IdentityState;
  readonly after: IdentityState;
}

/** What would change for one identity. */
export interface PersonChange {
  readonly identityId: string;
  readonly change: AccessChange;
  /** Rules of the segregation of duties of which reasons would hold up two sides, and did not. */
  readonly begun: readonly string[];
  readonly ended: readonly string[];
}

/** All who have the same access before, and the same after, for the same reasons: what changes for them is worked out once. */
export interface Group extends Omit<PersonChange, 'identityId'> {
  readonly identityIds: readonly string[];
  readonly isChanged: boolean;
  /** What they have before. */
  readonly had: readonly GivenAccount[];
  /** Of the first of them; the others differ in nothing that a condition asks about. */
  readonly before: IdentityState;
  readonly after: IdentityState;
}

export interface Comparison {
  readonly before: AccessModel;
  readonly after: AccessModel;
  readonly nowMs: number;
}

/** @param nowMs by which exceptions from the segregation of duties hold, and handovers last */
export function planModelChange(
  population: Iterable<Person>,
  before: AccessModel,
  after: AccessModel,
  nowMs: number,
): ModelPlan {
  const compared = { before, after, nowMs };
  return planOf(groupCases(withOwners(samePeople(population, nowMs)), compared), compared);
}

function* samePeople(population: Iterable<Person>, nowMs: number): Generator<Case> {
  for (const person of population) {
    const state = stateOf(person, nowMs);
    yield { identityId: person.identityId, before: state, after: state };
  }
}

const NOBODY_ELSE = () => undefined;

/**
 * Agents with who owns them, before and after.
 *
 * @param others the state of whoever is not among them @default nothing is known of them
 */
export function* withOwners(
  cases: Iterable<Case>,
  others: (identityId: string) => IdentityState | undefined = NOBODY_ELSE,
): Generator<Case> {
  const all = [...cases];
  const ownerIds = new Set(all.flatMap(({ before, after }) => [ownerOf(before) ?? [], ownerOf(after) ?? []].flat()));
  const owners = new Map(all.filter(({ identityId }) => ownerIds.has(identityId)).map((one) => [one.identityId, one]));
  for (const one of all) {
    const before = ownedBy(one.before, (ownerId) => owners.get(ownerId)?.before ?? others(ownerId));
    const isSame = one.before === one.after && isUnchanged(owners.get(ownerOf(one.before) ?? ''));
    yield {
      ...one,
      before,
      after: isSame ? before : ownedBy(one.after, (ownerId) => owners.get(ownerId)?.after ?? others(ownerId)),
    };
  }
}

/** Undefined: what it may hold depends on nobody. */
function ownerOf(state: IdentityState): string | undefined {
  return isLimited(state) ? (state.attributes.owner ?? '') : undefined;
}

function ownedBy(state: IdentityState, stateOfOwner: (ownerId: string) => IdentityState | undefined): IdentityState {
  const identityId = ownerOf(state);
  if (identityId === undefined || !isEmployed(state)) return state;
  const owner = stateOfOwner(identityId);
  return owner === undefined ? state : { ...state, ownedBy: { identityId, state: owner } };
}

function isUnchanged(owner: Case | undefined): boolean {
  return owner === undefined || owner.before === owner.after;
}

interface GrowingGroup extends Group {
  readonly identityIds: string[];
}

/** Access as a list that all who have the same profiles share; whoever is not employed has none by no profile. */
const NOBODYS: readonly GivenAccount[] = [];
const NOTHING = { change: { loses: [], gains: [], closes: [], keeps: 'all' }, begun: [], ended: [] } as const;

export function groupCases(cases: Iterable<Case>, { before, after, nowMs }: Comparison): readonly Group[] {
  const groups: GrowingGroup[] = [];
  const known = new Map<readonly GivenAccount[], Map<readonly GivenAccount[], GrowingGroup>>();
  for (const { identityId, before: was, after: is } of cases) {
    const had = accessIn(was, before, { identityId, nowMs });
    const has = was === is && before === after ? had : accessIn(is, after, { identityId, nowMs });
    const ofHad = known.get(had.accounts) ?? new Map<readonly GivenAccount[], GrowingGroup>();
    if (ofHad.size === 0) known.set(had.accounts, ofHad);
    const found = ofHad.get(has.accounts);
    if (found !== undefined) {
      found.identityIds.push(identityId);
      continue;
    }
    const isSame = had.accounts === has.accounts && before === after;
    const change = isSame ? NOTHING : changeBetweenTwo({ ...had, model: before }, { ...has, model: after });
    const isChanged = [change.change.loses, change.change.gains, change.begun, change.ended].some(
      ({ length }) => length > 0,
    );
    const group = { identityIds: [identityId], isChanged, ...change, had: had.accounts, before: was, after: is };
    ofHad.set(has.accounts, group);
    groups.push(group);
  }
  return groups;
}

type Access = Pick<DesiredAccess, 'accounts' | 'conflicts'>;

function accessIn(state: IdentityState, model: AccessModel, whom: Whom): Access {
  return isEmployed(state) ? desiredAccessInState(state, model, whom) : { accounts: NOBODYS, conflicts: [] };
}

interface AccessByModel extends Access {
  readonly model: AccessModel;
}

function changeBetweenTwo(had: AccessByModel, has: AccessByModel): Omit<PersonChange, 'identityId'> {
  const [ended, begun] = [had, has].map(({ conflicts }) => conflicts.map(({ rule }) => rule.id)) as [
    string[],
    string[],
  ];
  return {
    change: changeOfAccounts(had, has),
    begun: begun.filter((id) => !ended.includes(id)),
    ended: ended.filter((id) => !begun.includes(id)),
  };
}

export function planOf(groups: readonly Group[], { before, after }: Pick<Comparison, 'before' | 'after'>): ModelPlan {
  const changes = new Map<string, GatheredChange>();
  const closes = new Map<string, number>();
  const lacking = { loses: lackingIn(after), gains: lackingIn(before) };
  let losing = 0;
  let emptied = 0;
  let gaining = 0;
  for (const group of groups) {
    const { change, identityIds } = group;
    if (!group.isChanged) continue;
    const count = identityIds.length;
    if (change.loses.length > 0) losing += count;
    if (change.keeps === 'nothing') emptied += count;
    if (change.gains.length > 0) gaining += count;
    for (const id of change.closes) closes.set(id, (closes.get(id) ?? 0) + count);
    for (const grant of change.loses) gather(changes, 'loses', grant, about(group, group.after), lacking.loses);
    for (const grant of change.gains) gather(changes, 'gains', grant, about(group, group.before), lacking.gains);
  }
  const sorted = [...changes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, change]) => change);
  return {
    population: groups.reduce((sum, { identityIds }) => sum + identityIds.length, 0),
    losing,
    emptied,
    gaining,
    changes: sorted.map(({ because, ...change }) => ({
      ...change,
      because: [...because].map(([reason, identityIds]) => ({ reason, identityIds: identityIds.toSorted() })),
    })),
    closes: Object.fromEntries([...closes].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** By which attributes the other model, or the other state, does not give something. */
function about({ identityIds }: Group, state: IdentityState): Asked {
  return { identityIds, attributes: isEmployed(state) ? state.attributes : undefined };
}

interface Asked {
  readonly identityIds: readonly string[];
  /** Undefined: they are not employed. */
  readonly attributes: EmployedState['attributes'] | undefined;
}

interface GatheredChange extends Omit<EntitlementChange, 'because'> {
  readonly because: Map<string, string[]>;
}

/** The model that does not give something. */
interface Lacking {
  readonly model: AccessModel;
  /** Profile → its place among all. */
  readonly profiles: ReadonlyMap<string, number>;
  readonly applications: ReadonlyMap<string, Application>;
}

function lackingIn(model: AccessModel): Lacking {
  return {
    model,
    profiles: new Map(model.profiles.map(({ id }, index) => [id, index])),
    applications: new Map(model.applications.map((application) => [application.id, application])),
  };
}

function gather(
  changes: Map<string, GatheredChange>,
  direction: EntitlementChange['direction'],
  grant: DueGrant,
  asked: Asked,
  lacking: Lacking,
): void {
  const { applicationId, entitlement, grant: word, privileged } = grant;
  const key = JSON.stringify([direction === 'loses' ? 0 : 1, applicationId, entitlement, word]);
  const change = changes.get(key) ?? {
    applicationId,
    entitlement,
    grant: word,
    privileged,
    direction,
    because: new Map(),
  };
  changes.set(key, change);
  const reason = reasonFor(grant, asked, lacking, direction);
  const ids = change.because.get(reason) ?? [];
  for (const identityId of asked.identityIds) ids.push(identityId);
  change.because.set(reason, ids);
}

/** What it is about the other model that it does not give this grant to these people. */
function reasonFor(
  { applicationId, entitlement, grant, profiles }: DueGrant,
  { attributes }: Asked,
  lacking: Lacking,
  direction: EntitlementChange['direction'],
): string {
  const say = direction === 'loses' ? LOSING : GAINING;
  if (attributes === undefined) return say.notEmployed;
  const application = lacking.applications.get(applicationId);
  if (application === undefined) return say.noApplication(applicationId);
  if (application.retired) return say.retired(applicationId);
  const named = application.entitlements.find(({ id }) => id === entitlement);
  if (named === undefined) return say.noEntitlement(`${applicationId}:${entitlement}`);
  if (named.grant !== grant) return say.otherGrant(`${applicationId}:${entitlement}`, named.grant);
  if (profiles.length === 0) return say.notForTime;
  const met = compiled(lacking.model).givenTo(attributes).profiles;
  const because = profiles.map((id) => {
    const index = lacking.profiles.get(id);
    if (index === undefined) return say.noProfile(id);
    if (!met.includes(index)) return say.noMatch(id);
    // All that it gives is given, unless the owner of whom it is given to has to hold it as well.
    return isGivenBy(lacking.model, index, `${applicationId}:${entitlement}`) ? say.notOwner : say.notGiven(id);
  });
  return because.join('; ');
}

function isGivenBy({ profiles }: AccessModel, index: number, reference: string): boolean {
  return profiles[index]?.entitlements.includes(reference) === true;
}

const LOSING = {
  notEmployed: 'nobody employs them any more',
  noApplication: (id: string) => `there is no application ${id} any more`,
  retired: (id: string) => `application ${id} is retired`,
  noEntitlement: (reference: string) => `there is no entitlement ${reference} any more`,
  otherGrant: (reference: string, grant: string) => `${reference} now stands for ${grant}`,
  noProfile: (id: string) => `there is no profile ${id} any more`,
  notGiven: (id: string) => `profile ${id} no longer gives it`,
  noMatch: (id: string) => `the condition of profile ${id} no longer holds`,
  notOwner:
    'something else refuses it: their owner does not hold it, what it needs is not known, or a rule about duties',
  notForTime: 'nothing gives it for a time any more',
};

const GAINING: typeof LOSING = {
  notEmployed: 'they are employed from now on',
  noApplication: (id) => `application ${id} is new`,
  retired: (id) => `application ${id} is no longer retired`,
  noEntitlement: (reference) => `entitlement ${reference} is new`,
  otherGrant: (reference, grant) => `${reference} stood for ${grant}`,
  noProfile: (id) => `profile ${id} is new`,
  notGiven: (id) => `profile ${id} gives it now`,
  noMatch: (id) => `the condition of profile ${id} holds now`,
  notOwner: 'nothing refuses it any more: their owner holds it, what it needs is known, or no rule about duties does',
  notForTime: 'it is given for a time now',
};
