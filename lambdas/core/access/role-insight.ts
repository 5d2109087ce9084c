// What a population says about its access model: where it could be simpler, and what it does not say though people keep asking
// for it. Candidates for people to look at: nothing here changes anything.
import type { AccessModel } from '../access-model/access-model.ts';
import type { AttributeName } from '../identity/attributes.ts';
import { compiled, type Given } from './compiled-model.ts';
import type { Person } from './person.ts';

/** What an attribute is, for everybody whom a condition would find. */
export type PlainCondition = Partial<Readonly<Record<AttributeName, string>>>;

export interface Explanation {
  readonly when: PlainCondition;
  /** Of those who have it by a decision, how many the condition finds. */
  readonly explains: number;
  /** Whom else it finds, who have it by a profile already. */
  readonly alreadyHave: number;
  /** Whom else it finds, who do not have it: they would gain it. */
  readonly wouldGain: readonly string[];
}

export interface AskedEntitlement {
  /** `application:entitlement`. */
  readonly entitlement: string;
  /** Who has it by a decision of people, and by no profile. */
  readonly holders: number;
  /** Whether some profile gives it to somebody. */
  readonly isGivenToOthers: boolean;
  /** Attributes that would give it to most of them, and hardly anybody else. Absent: none do. */
  readonly explanation?: Explanation | undefined;
}

/** Profiles that exactly the same people have. */
export interface ProfilesTogether {
  /** In the order of the model. */
  readonly profiles: readonly string[];
  readonly people: number;
}

export interface Outlier {
  readonly identityId: string;
  readonly peers: PlainCondition;
  readonly peerCount: number;
  readonly held: number;
  /** What half of the peers hold no more of. */
  readonly median: number;
  /** Of what it holds, what fewest of the peers do, those first. */
  readonly rare: readonly string[];
}

export interface RoleInsight {
  readonly population: number;
  /** Profiles that nobody has. */
  readonly unheld: readonly string[];
  readonly together: readonly ProfilesTogether[];
  readonly asked: readonly AskedEntitlement[];
  readonly outliers: readonly Outlier[];
}

/** Fewer are no pattern. */
const MINIMUM_HOLDERS = 5;
const MINIMUM_PEERS = 5;
/** Of those whom a condition finds, so many have it. */
const PRECISION = 0.9;
/** Of those who have it by a decision, so many the condition finds. */
const COVERAGE = 0.5;
/** An outlier holds so many times what half of its peers hold, and so many more. */
const TIMES = 2;
const MORE = 5;
const MAXIMUM_RARE = 5;
/** Looked into, those with the most holders first; what comes after them another run finds. */
const MAXIMUM_ASKED = 500;
const MAXIMUM_OUTLIERS = 1_000;
/** By what people are found, alone or two together: what says where somebody works, and no name. */
const EXPLAINING = ['kind', 'department', 'title', 'location', 'company', 'costCenter'] as const;
const PEERS = ['kind', 'department', 'title'] as const;

type Explaining = (typeof EXPLAINING)[number];

export function roleInsight(population: readonly Person[], model: AccessModel): RoleInsight {
  const groups = groupByProfiles(population, model);
  return {
    population: population.length,
    unheld: unheldIn(groups, model),
    together: togetherIn(groups, model),
    asked: askedIn(groups, model),
    outliers: outliersIn(groups),
  };
}

/** All who have the same profiles. */
interface Group {
  readonly given: Given;
  /** `application:entitlement`, of all that the profiles give. */
  readonly held: ReadonlySet<string>;
  readonly people: Person[];
}

function groupByProfiles(population: readonly Person[], model: AccessModel): readonly Group[] {
  const groups = new Map<string, Group>();
  const known = compiled(model);
  for (const person of population) {
    const given = known.givenTo(person.attributes);
    const key = given.profiles.join(' ');
    const group = groups.get(key) ?? { given, held: heldBy(given), people: [] };
    if (group.people.length === 0) groups.set(key, group);
    group.people.push(person);
  }
  return [...groups.values()];
}

function heldBy({ accounts }: Given): ReadonlySet<string> {
  return new Set(
    accounts.flatMap(({ applicationId, entitlements }) =>
      entitlements.map(({ entitlement }) => `${applicationId}:${entitlement}`),
    ),
  );
}

function unheldIn(groups: readonly Group[], { profiles }: AccessModel): readonly string[] {
  const held = new Set(groups.flatMap(({ given }) => given.profiles));
  return profiles.filter((_, index) => !held.has(index)).map(({ id }) => id);
}

function togetherIn(groups: readonly Group[], { profiles }: AccessModel): readonly ProfilesTogether[] {
  const groupsOf = new Map<number, number[]>();
  for (const [index, { given }] of groups.entries()) {
    for (const profile of given.profiles) {
      const known = groupsOf.get(profile);
      if (known === undefined) groupsOf.set(profile, [index]);
      else known.push(index);
    }
  }
  const byGroups = new Map<string, number[]>();
  for (const profile of [...groupsOf.keys()].sort((one, other) => one - other)) {
    const key = (groupsOf.get(profile) ?? []).join(' ');
    byGroups.set(key, [...(byGroups.get(key) ?? []), profile]);
  }
  const together = [...byGroups.values()].filter(({ length }) => length > 1);
  return (
    together
      .map((places): ProfilesTogether => {
        const ofFirst = groupsOf.get(places[0] ?? 0) ?? [];
        const people = ofFirst.reduce((sum, index) => sum + (groups[index]?.people.length ?? 0), 0);
        return { profiles: places.map((place) => profiles[place]?.id ?? ''), people };
      })
      // One person who has several profiles is no pattern.
      .filter(({ people }) => people >= MINIMUM_HOLDERS)
      .sort((one, other) => other.people - one.people)
  );
}

interface Looked {
  readonly entitlement: string;
  /** By a decision, and by no profile. */
  readonly holders: readonly Person[];
  /** Condition → what is known of whom it finds. */
  readonly conditions: Map<string, Counted>;
}

interface Counted {
  readonly when: PlainCondition;
  explains: number;
  found: number;
  alreadyHave: number;
  readonly lacking: string[];
}

function askedIn(groups: readonly Group[], model: AccessModel): readonly AskedEntitlement[] {
  const holders = holdersByDecision(groups, model);
  const looked = [...holders]
    .filter(([, people]) => people.length >= MINIMUM_HOLDERS)
    .sort(([a, one], [b, other]) => other.length - one.length || (a < b ? -1 : 1))
    .slice(0, MAXIMUM_ASKED)
    .map(([entitlement, people]): Looked => {
      return { entitlement, holders: people, conditions: conditionsAmong(people) };
    });
  countWhomTheyFind(looked, groups);
  return looked.map(({ entitlement, holders: people, conditions }): AskedEntitlement => {
    const isGivenToOthers = groups.some(({ held }) => held.has(entitlement));
    const asked = { entitlement, holders: people.length, isGivenToOthers };
    const explanation = bestOf([...conditions.values()]);
    return explanation === undefined ? asked : { ...asked, explanation };
  });
}

function holdersByDecision(
  groups: readonly Group[],
  { applications }: AccessModel,
): ReadonlyMap<string, readonly Person[]> {
  const known = new Set(
    applications.flatMap(({ id, retired, entitlements }) =>
      retired ? [] : entitlements.map((entitlement) => `${id}:${entitlement.id}`),
    ),
  );
  const holders = new Map<string, Person[]>();
  for (const { held, people } of groups) {
    for (const person of people) {
      for (const entitlement of new Set(person.granted ?? [])) {
        if (held.has(entitlement) || !known.has(entitlement)) continue;
        const others = holders.get(entitlement);
        if (others === undefined) holders.set(entitlement, [person]);
        else others.push(person);
      }
    }
  }
  return holders;
}

/** Each that finds enough of them. */
function conditionsAmong(people: readonly Person[]): Map<string, Counted> {
  const counted = new Map<string, Counted>();
  for (const { attributes } of people) {
    for (const names of COMBINATIONS) {
      const when = whenOf(names, attributes);
      if (when === undefined) continue;
      const key = JSON.stringify(when);
      const known = counted.get(key) ?? { when, explains: 0, found: 0, alreadyHave: 0, lacking: [] };
      known.explains += 1;
      counted.set(key, known);
    }
  }
  const enough = Math.max(MINIMUM_HOLDERS, COVERAGE * people.length);
  return new Map([...counted].filter(([, { explains }]) => explains >= enough));
}

/** One attribute, or two. */
const COMBINATIONS: readonly (readonly Explaining[])[] = EXPLAINING.flatMap((name, index) => [
  [name],
  ...EXPLAINING.slice(index + 1).map((other) => [name, other] as const),
]);

function whenOf(names: readonly Explaining[], attributes: Person['attributes']): PlainCondition | undefined {
  const when: Partial<Record<Explaining, string>> = {};
  for (const name of names) {
    const value = attributes[name];
    if (typeof value !== 'string') return undefined;
    when[name] = value;
  }
  return when;
}

function countWhomTheyFind(looked: readonly Looked[], groups: readonly Group[]): void {
  const asking = new Map<string, { readonly entitlement: string; readonly counted: Counted }[]>();
  const combinations = new Map<string, readonly Explaining[]>();
  for (const { entitlement, conditions } of looked) {
    for (const [key, counted] of conditions) {
      asking.set(key, [...(asking.get(key) ?? []), { entitlement, counted }]);
      const names = Object.keys(counted.when) as Explaining[];
      combinations.set(names.join(' '), names);
    }
  }
  for (const { held, people } of groups) {
    for (const person of people) {
      for (const names of combinations.values()) {
        const when = whenOf(names, person.attributes);
        for (const { entitlement, counted } of (when && asking.get(JSON.stringify(when))) ?? []) {
          count(counted, entitlement, person, held);
        }
      }
    }
  }
}

function count(counted: Counted, entitlement: string, person: Person, held: ReadonlySet<string>): void {
  counted.found += 1;
  if (held.has(entitlement)) counted.alreadyHave += 1;
  // Beyond this the condition does not explain it: who they are does not matter.
  else if (person.granted?.includes(entitlement) !== true && isFew(counted)) counted.lacking.push(person.identityId);
}

function isFew({ lacking, explains }: Counted): boolean {
  return lacking.length <= explains;
}

/** What finds most of them, then fewest others, by the fewest attributes. */
function bestOf(conditions: readonly Counted[]): Explanation | undefined {
  const good = conditions.filter(({ found, explains, alreadyHave }) => explains + alreadyHave >= PRECISION * found);
  const [best] = good.sort(
    (one, other) =>
      other.explains - one.explains ||
      one.lacking.length - other.lacking.length ||
      Object.keys(one.when).length - Object.keys(other.when).length ||
      (JSON.stringify(one.when) < JSON.stringify(other.when) ? -1 : 1),
  );
  if (best === undefined) return undefined;
  const { when, explains, alreadyHave, lacking } = best;
  return { when, explains, alreadyHave, wouldGain: lacking.toSorted() };
}

interface Holding {
  readonly person: Person;
  readonly held: readonly string[];
}

function outliersIn(groups: readonly Group[]): readonly Outlier[] {
  const peers = new Map<string, Holding[]>();
  for (const { held, people } of groups) {
    const ofProfiles = [...held];
    for (const person of people) {
      const { granted = [] } = person;
      const all = granted.length === 0 ? ofProfiles : [...new Set([...ofProfiles, ...granted])];
      const key = JSON.stringify(PEERS.map((name) => person.attributes[name] ?? null));
      const others = peers.get(key);
      if (others === undefined) peers.set(key, [{ person, held: all }]);
      else others.push({ person, held: all });
    }
  }
  return [...peers.values()]
    .filter(({ length }) => length > MINIMUM_PEERS)
    .flatMap(outliersAmong)
    .sort((one, other) => other.held - one.held || (one.identityId < other.identityId ? -1 : 1))
    .slice(0, MAXIMUM_OUTLIERS);
}

function outliersAmong(holdings: readonly Holding[]): readonly Outlier[] {
  const counts = holdings.map(({ held }) => held.length).sort((one, other) => one - other);
  const median = counts[Math.floor(counts.length / 2)] ?? 0;
  const beyond = holdings.filter(({ held }) => held.length >= TIMES * median && held.length >= median + MORE);
  if (beyond.length === 0) return [];
  const common = new Map<string, number>();
  for (const { held } of holdings) for (const one of held) common.set(one, (common.get(one) ?? 0) + 1);
  const among = (one: string) => common.get(one) ?? 0;
  return beyond.map(({ person: { identityId, attributes }, held }): Outlier => {
    const rare = held.toSorted((one, other) => among(one) - among(other) || (one < other ? -1 : 1));
    return {
      identityId,
      peers: Object.fromEntries(PEERS.flatMap((name) => (attributes[name] ? [[name, attributes[name]]] : []))),
      peerCount: holdings.length - 1,
      held: held.length,
      median,
      rare: rare.slice(0, MAXIMUM_RARE),
    };
  });
}
