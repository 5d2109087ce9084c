// What would happen to everybody, were another access model deployed or HR to say this: worked out by the functions that
// decide once it happens, before any of it does.
import {
  type Case,
  type Group,
  groupCases,
  type ModelPlan,
  type PersonChange,
  planOf,
  withOwners,
} from '../access/model-plan.ts';
import { movesOf, type Person, stateOf, takenFrom } from '../access/person.ts';
import type { AccessModel } from '../access-model/access-model.ts';
import { groupBy } from '../group-by.ts';
import { TEMPORARY_KINDS } from '../identity/attributes.ts';
import { type EffectiveFact, type Fact, factIdOf } from '../identity/facts.ts';
import { buildTimeline, type IdentityState, identityAt, instantOf, isEmployed } from '../identity/timeline.ts';
import { DEFAULT_TIME_ZONE } from '../moment.ts';
import { followOwnership, type StateAfter } from './followed-ownership.ts';
import {
  disablingOf,
  type HoldReason,
  judge,
  type LosingPerson,
  lossInState,
  type MassErrorGuardSettings,
  type Population,
  takingOf,
} from './mass-error-guard.ts';
import {
  countSeen,
  type ModelChangeSettings,
  NOTHING_COUNTED,
  reasonToReport,
  type Seen,
  type WalkCounts,
} from './population-walk.ts';

export interface WhatIf {
  readonly population: readonly Person[];
  readonly before: AccessModel;
  readonly after: AccessModel;
  /** What HR would say, of anybody. */
  readonly facts: readonly Fact[];
  /** All that is on record of somebody, where it is at hand. @default what adds up to what the export says of them */
  readonly known?: ReadonlyMap<string, readonly Fact[]>;
  /** All that is on record of people whom it is not about, who may take something over or limit what it is about. @default nothing */
  readonly others?: ReadonlyMap<string, readonly Fact[]>;
  /** Rows of a file that lacks somebody of which nobody can tell whom they name. @default none */
  readonly unreadableRows?: number;
  readonly guard: MassErrorGuardSettings;
  readonly modelChange: ModelChangeSettings;
  /** Epoch ms. */
  readonly nowMs: number;
}

export interface WhatWouldHappen {
  /** By when all that is said has taken effect (epoch ms): the answer is for then. */
  readonly atMs: number;
  readonly plan: ModelPlan;
  /** By id. */
  readonly people: readonly PersonChange[];
  /** Who would go on leave, so that their accounts are disabled and keep what they hold, and who would be back. By id. */
  readonly suspended: readonly string[];
  readonly resumed: readonly string[];
  /** What the mass-error guard would hold of it; absent: nothing. */
  readonly held: { readonly model?: HoldReason; readonly events?: HoldReason };
}

const NOTHING_KNOWN: ReadonlyMap<string, readonly Fact[]> = new Map();
/** Before anything that anybody says: the export tells what is so now, not since when. */
const SINCE = '1970-01-01T00:00:00Z';
const EXPORT = 'export';

export function whatIf(asked: WhatIf): WhatWouldHappen {
  const { before, after, facts, nowMs } = asked;
  const atMs = facts.reduce((latestMs, fact) => Math.max(latestMs, effectiveMs(fact)), nowMs);
  const suspended: string[] = [];
  const resumed: string[] = [];
  const followed: Case[] = [];
  const told = new Set(facts.map(({ identityId }) => identityId));
  const noting = function* (cases: Iterable<Case>): Generator<Case> {
    for (const one of cases) {
      const [was, is] = [one.before.status, one.after.status];
      if (was === 'active' && is === 'suspended') suspended.push(one.identityId);
      if (was === 'suspended' && is === 'active') resumed.push(one.identityId);
      if (one.before !== one.after && !told.has(one.identityId)) followed.push(one);
      yield one;
    }
  };
  const others = statesOf(asked, atMs);
  const cases = casesOf(asked, atMs);
  const owning = facts.length === 0 ? cases : followOwnership([...cases], others, facts);
  const groups = groupCases(noting(withOwners(owning, others)), { before, after, nowMs: atMs });
  const plan = planOf(groups, { before, after });
  const people = groups.flatMap(changesIn).sort((one, other) => (one.identityId < other.identityId ? -1 : 1));
  const counts = countSeen(NOTHING_COUNTED, groups.flatMap(seenIn));
  const model = before.hash === after.hash ? undefined : modelHeld(asked, counts);
  const events = facts.length === 0 ? undefined : eventsHeld(asked, counts, followed);
  const held = { ...(model && { model }), ...(events && { events }) };
  return { atMs, plan, people, suspended: suspended.sort(), resumed: resumed.sort(), held };
}

function changesIn({ isChanged, identityIds, change, begun, ended }: Group): readonly PersonChange[] {
  return isChanged ? identityIds.map((identityId) => ({ identityId, change, begun, ended })) : [];
}

/** As the walk over the population would see them. */
function seenIn({ isChanged, identityIds, before, had, change }: Group): readonly Seen[] {
  if (!isEmployed(before)) return [];
  const applications = had.map(({ applicationId }) => applicationId);
  return [{ people: identityIds.length, isEmployed: true, applications, change: isChanged ? change : undefined }];
}

/** Whoever loses or gains most, the first of them by id. */
export function mostAffected(people: readonly PersonChange[], limit: number): readonly PersonChange[] {
  const weight = ({ change, begun }: PersonChange) => change.loses.length + change.gains.length + begun.length;
  return people.toSorted((one, other) => weight(other) - weight(one)).slice(0, limit);
}

/** Of those whom it is not about. */
function statesOf({ others = NOTHING_KNOWN }: WhatIf, atMs: number): StateAfter {
  return (identityId) => {
    const facts = others.get(identityId);
    return facts && identityAt(buildTimeline(facts), atMs);
  };
}

function* casesOf({ population, known = NOTHING_KNOWN, facts }: WhatIf, atMs: number): Generator<Case> {
  const stateAt = (all: readonly Fact[]) => identityAt(buildTimeline(all), atMs);
  const told = new Map(groupBy(facts, ({ identityId }) => identityId));
  for (const person of population) {
    const { identityId } = person;
    const said = told.get(identityId);
    told.delete(identityId);
    if (said === undefined) {
      const state = stateOf(person, atMs);
      yield { identityId, before: state, after: state };
      continue;
    }
    const onRecord = known.get(identityId);
    if (onRecord !== undefined) {
      yield { identityId, before: stateAt(onRecord), after: stateAt([...onRecord, ...said]) };
      continue;
    }
    const exported = knownOf(person);
    const also = (state: IdentityState) => withTold(state, person, atMs);
    yield { identityId, before: also(stateAt(exported)), after: also(stateAt([...exported, ...said])) };
  }
  for (const [identityId, said] of told) {
    const before = known.get(identityId) ?? [];
    yield { identityId, before: stateAt(before), after: stateAt([...before, ...said]) };
  }
}

/** Moves before the export, and what reviews took, count as long as the employment of then does. */
function withTold(state: IdentityState, person: Person, atMs: number): IdentityState {
  if (!isEmployed(state) || state.joinedMs !== Date.parse(SINCE)) return state;
  const each = [...movesOf(person), ...(state.moves?.each ?? [])];
  return { ...state, ...takenFrom(person), ...(each.length > 0 && { moves: { seenMs: atMs, each } }) };
}

/**
 * The facts that add up to what the export says of somebody, who was employed ever since.
 *
 * @param source who would have said so. @default the export
 */
export function knownOf(person: Person, source = EXPORT): readonly Fact[] {
  const { identityId, status, attributes, granted = [], purposeKnown, exceptions = [] } = person;
  const base = { identityId, source, recordedMs: 0, receivedMs: 0, effectiveAt: SINCE };
  const named = (sourceEventId: string) => ({ factId: factIdOf(source, sourceEventId), sourceEventId });
  const joined = { ...base, ...named('joined'), type: 'joiner', attributes } as Fact;
  const away = { ...base, ...named('away'), type: 'suspension', recordedMs: 1 } as Fact;
  // When it ends is not told. That it has an end is certain of whoever may have nothing without one.
  const endsMs = TEMPORARY_KINDS.includes(attributes.kind) ? Number.POSITIVE_INFINITY : undefined;
  const given = granted.map((entitlement): Fact => {
    const decided = {
      basis: 'request',
      requestId: EXPORT,
      requestedBy: identityId,
      approvedBy: [],
      startsMs: 0,
    } as const;
    return { ...base, ...named(`granted:${entitlement}`), type: 'access-granted', entitlement, ...decided, endsMs };
  });
  const said: Fact = {
    ...base,
    ...named('purpose'),
    type: 'ownership-accepted',
    owner: attributes.owner ?? '',
    acceptedBy: attributes.owner ?? '',
    purpose: EXPORT,
  };
  const excepted = exceptions.map(({ rule, until }): Fact => {
    const granted = { rule, owner: '', reason: EXPORT, approvedBy: '', endsMs: Date.parse(until) };
    return { ...base, ...named(`excepted:${rule}`), type: 'exception-granted', ...granted };
  });
  const also = [...(status === 'suspended' ? [away] : []), ...(purposeKnown ? [said] : [])];
  return [joined, ...also, ...given, ...excepted];
}

function effectiveMs(fact: Fact): number {
  return 'effectiveAt' in fact || fact.type === 'leaver'
    ? instantOf(fact as EffectiveFact, DEFAULT_TIME_ZONE)
    : Number.NEGATIVE_INFINITY;
}

function modelHeld({ guard, modelChange }: WhatIf, counts: WalkCounts): HoldReason | undefined {
  return reasonToReport(counts, guard, modelChange);
}

/** As intake would judge them, were they one delivery. */
function eventsHeld(
  { population, facts, unreadableRows = 0, before, guard, nowMs }: WhatIf,
  { employed, accounts }: WalkCounts,
  followed: readonly Case[],
): HoldReason | undefined {
  const told = groupBy(facts, ({ identityId }) => identityId);
  const losing = population.flatMap((person): LosingPerson[] => {
    const said = told.get(person.identityId);
    const taking = said && takingOf(knownOf(person), said, before, nowMs);
    return taking === undefined ? [] : [{ identityId: person.identityId, ...taking.loss }];
  });
  const owned = followed.flatMap(({ identityId, before: was, after: is }): LosingPerson[] => {
    const loss = lossInState(was, is, before);
    return loss === undefined ? [] : [{ identityId, ...loss }];
  });
  if (unreadableRows > 0 && losing.length > 0) return { rule: 'unreadable-rows', count: unreadableRows, threshold: 1 };
  const everybody: Population = { employed, applications: accounts };
  const judgement = judge(disablingOf('what-if', nowMs, [...losing, ...owned]), guard, everybody);
  return judgement.verdict === 'hold' ? judgement.reason : undefined;
}
