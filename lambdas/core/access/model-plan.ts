// The difference that another access model, or what HR has to say, would make to a population before it comes: who would
// lose and gain what, and because of which profile. What `tenure plan` and `tenure simulate` print.
import type { AccessModel, Application } from '../access-model/access-model.ts';
import { CompiledPatterns } from '../access-model/compiled-patterns.ts';
import type { EmployedState, IdentityState } from '../identity/timeline.ts';
import type { GivenAccount } from './compiled-model.ts';
import { desiredAccessInState } from './desired-access.ts';
import { type AccessChange, changeOfAccounts, type DueGrant } from './model-change.ts';

export interface Person {
  readonly identityId: string;
  readonly status: EmployedState['status'];
  readonly attributes: EmployedState['attributes'];
  /** `application:entitlement`, each of what it holds for a time. @default nothing */
  readonly granted?: readonly string[] | undefined;
}

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

/** @param nowMs by which exceptions from the segregation of duties hold */
export function planModelChange(
  population: Iterable<Person>,
  before: AccessModel,
  after: AccessModel,
  nowMs: number,
): ModelPlan {
  return planChange(samePeople(population), { before, after, nowMs });
}

function* samePeople(population: Iterable<Person>): Generator<Case> {
  for (const person of population) {
    const state = stateOf(person);
    yield { identityId: person.identityId, before: state, after: state };
  }
}

export interface Comparison {
  readonly before: AccessModel;
  readonly after: AccessModel;
  readonly nowMs: number;
}

interface Watching {
  /** Told of each for whom something changes. */
  readonly onPerson?: (change: PersonChange) => void;
  /** Told of what each has before. */
  readonly onAccess?: (identityId: string, accounts: readonly GivenAccount[]) => void;
}

export function planChange(
  cases: Iterable<Case>,
  { before, after, nowMs }: Comparison,
  { onPerson = () => {}, onAccess = () => {} }: Watching = {},
): ModelPlan {
  const changes = new Map<string, GatheredChange>();
  const closes = new Map<string, number>();
  const lacking = { loses: lackingIn(after), gains: lackingIn(before) };
  const compare = comparing(before, after, nowMs);
  let counted = 0;
  let losing = 0;
  let emptied = 0;
  let gaining = 0;
  for (const one of cases) {
    counted += 1;
    const { change, begun, ended, had } = compare(one);
    onAccess(one.identityId, had);
    const isChanged = change.loses.length + change.gains.length + begun.length + ended.length > 0;
    if (!isChanged) continue;
    onPerson({ identityId: one.identityId, change, begun, ended });
    if (change.loses.length > 0) losing += 1;
    if (change.keeps === 'nothing') emptied += 1;
    if (change.gains.length > 0) gaining += 1;
    for (const id of change.closes) closes.set(id, (closes.get(id) ?? 0) + 1);
    for (const grant of change.loses) gather(changes, 'loses', grant, about(one, one.after), lacking.loses);
    for (const grant of change.gains) gather(changes, 'gains', grant, about(one, one.before), lacking.gains);
  }
  const sorted = [...changes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, change]) => change);
  return {
    population: counted,
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

interface Compared extends Pick<PersonChange, 'change' | 'begun' | 'ended'> {
  readonly had: readonly GivenAccount[];
}

const NOTHING = { change: { loses: [], gains: [], closes: [], keeps: 'all' }, begun: [], ended: [] } as const;

/** Most people have the access of somebody before them, in both: what that changes is worked out once. */
function comparing(before: AccessModel, after: AccessModel, nowMs: number): (one: Case) => Compared {
  const known = new WeakMap<object, WeakMap<object, Compared>>();
  return ({ identityId, before: was, after: is }) => {
    const whom = { identityId, nowMs };
    const had = desiredAccessInState(was, before, whom);
    if (was === is && before === after) return { ...NOTHING, had: had.accounts };
    const has = desiredAccessInState(is, after, whom);
    const ofHad = known.get(had.accounts) ?? new WeakMap<object, Compared>();
    known.set(had.accounts, ofHad);
    const found = ofHad.get(has.accounts);
    if (found !== undefined) return found;
    const rules = (conflicts: typeof had.conflicts) => conflicts.map(({ rule }) => rule.id);
    const [begun, ended] = [rules(has.conflicts), rules(had.conflicts)];
    const compared = {
      change: changeOfAccounts({ accounts: had.accounts, model: before }, { accounts: has.accounts, model: after }),
      begun: begun.filter((id) => !ended.includes(id)),
      ended: ended.filter((id) => !begun.includes(id)),
      had: had.accounts,
    };
    ofHad.set(has.accounts, compared);
    return compared;
  };
}

/** By which attributes the other model, or the other state, does not give something. */
function about({ identityId }: Case, state: IdentityState): Asked {
  return { identityId, attributes: 'joinedBy' in state ? state.attributes : undefined };
}

interface Asked {
  readonly identityId: string;
  /** Undefined: it is not employed. */
  readonly attributes: EmployedState['attributes'] | undefined;
}

/** Somebody as the export tells of them. */
export function stateOf({ status, attributes, granted }: Person): EmployedState {
  const state = { status, attributes, joinedMs: 0, joinedBy: 'export' };
  if (granted === undefined || granted.length === 0) return state;
  const told = { factId: 'export', basis: 'request', requestId: 'export', sinceMs: 0, untilMs: undefined } as const;
  return { ...state, grants: granted.map((entitlement) => ({ ...told, entitlement })) };
}

interface GatheredChange extends Omit<EntitlementChange, 'because'> {
  readonly because: Map<string, string[]>;
}

/** Of the values that conditions were asked about. */
const REMEMBERED_BYTES = 16 * 1024 * 1024;

/** The model that does not give something. */
interface Lacking {
  /** Profile → its place among the conditions. */
  readonly profiles: ReadonlyMap<string, number>;
  /** The conditions that somebody with these attributes meets, by their places. */
  readonly met: (attributes: EmployedState['attributes']) => ReadonlySet<number>;
  readonly applications: ReadonlyMap<string, Application>;
}

function lackingIn({ profiles, applications }: AccessModel): Lacking {
  const conditions = new CompiledPatterns(
    profiles.map(({ when }) => when),
    REMEMBERED_BYTES,
  );
  // Somebody is asked about for each grant in turn.
  let last: { readonly attributes: object; readonly met: ReadonlySet<number> } | undefined;
  return {
    profiles: new Map(profiles.map(({ id }, index) => [id, index])),
    met: (attributes) => {
      if (last?.attributes !== attributes) last = { attributes, met: new Set(conditions.matching(attributes)) };
      return last.met;
    },
    applications: new Map(applications.map((application) => [application.id, application])),
  };
}

function gather(
  changes: Map<string, GatheredChange>,
  direction: EntitlementChange['direction'],
  grant: DueGrant,
  person: Asked,
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
  const reason = reasonFor(grant, person, lacking, direction);
  const ids = change.because.get(reason) ?? [];
  ids.push(person.identityId);
  change.because.set(reason, ids);
}

/** What it is about the other model that it does not give this grant to this person. */
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
  const because = profiles.map((id) => {
    const index = lacking.profiles.get(id);
    if (index === undefined) return say.noProfile(id);
    return lacking.met(attributes).has(index) ? say.notGiven(id) : say.noMatch(id);
  });
  return because.join('; ');
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
};
