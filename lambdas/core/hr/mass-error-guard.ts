// The mass-error guard: an HR system that goes wrong (half a file, a filter that slipped, a department renamed) must not
// lock a company out. What would take access from more identities within a window than is plausible is held until a named
// person decides. Who loses access is told by desired access, not by the kind of event. This decides alone; counting is
// the stores' and holding the timeline's. A leaver flagged `immediate` is never judged: it is how access is cut off on
// purpose, and for many at once where that is meant.
import * as z from 'zod';
import { type DesiredAccess, desiredAccessInState } from '../access/desired-access.ts';
import type { AccessModel } from '../access-model/access-model.ts';
import type { Fact } from '../identity/facts.ts';
import type { MergeChange } from '../identity/planned-merge.ts';
import {
  buildTimeline,
  type EmployedState,
  type IdentityState,
  identityAt,
  isEmployed,
  type Timeline,
} from '../identity/timeline.ts';

export const massErrorGuardSchema = z.strictObject({
  /** How far back what took access away counts together. */
  windowMinutes: z.int().min(1).max(1_440).default(60),
  /** More than so many identities within the window are held, however large the company. */
  maximumIdentities: z.int().min(1).max(10_000).default(25),
  /** More than this share of all employed identities is held. */
  maximumShare: z.number().gt(0).max(1).default(0.1),
  /** This share, or more, of those with an account in one application is held. */
  applicationShare: z.number().gt(0).max(1).default(0.5),
  /** A file of everybody that lacks more than this share of its people is refused as a whole. */
  missingShare: z.number().gt(0).max(1).default(0.5),
  /** So many or fewer are never held: shares say little about a small company. */
  neverHeld: z.int().min(0).max(1_000).default(5),
});
export type MassErrorGuardSettings = z.infer<typeof massErrorGuardSchema>;

/**
 * From whom one delivery would take access. Delivered again it is the same delivery, and counts once. Who keeps some of
 * it is counted apart: a day's transfers, which each lose something, leave the leavers' allowance alone, and the other
 * way round.
 */
export interface Disabling {
  readonly deliveryId: string;
  readonly atMs: number;
  /** Who can use nothing any more. */
  readonly identities: number;
  /** Who loses entitlements and keeps others. @default 0 */
  readonly reduced?: number | undefined;
  /** Application id → how many of them lose the account they have there. */
  readonly applications: Readonly<Record<string, number>>;
  /** Who they are, so that one person is counted once in a window; absent where they are many. */
  readonly people?: readonly LosingPerson[] | undefined;
}

export interface LosingPerson {
  readonly identityId: string;
  readonly extent: Loss['extent'];
  readonly applications: readonly string[];
}

/** More lie beyond what most settings let pass; their ids and applications fit into one item of the table. */
const MAXIMUM_LISTED = 100;

/** What is noted of one delivery. */
export function disablingOf(deliveryId: string, atMs: number, people: readonly LosingPerson[]): Disabling {
  return {
    deliveryId,
    atMs,
    ...countOf(people),
    ...(people.length <= MAXIMUM_LISTED && { people }),
  };
}

/** Each person once; once in each count who loses all by one delivery and some by another. */
function countOf(people: readonly LosingPerson[]): Pick<Disabling, 'identities' | 'reduced' | 'applications'> {
  const idsOf = (those: readonly LosingPerson[]) => new Set(those.map(({ identityId }) => identityId)).size;
  const applications = [...new Set(people.flatMap((one) => one.applications))].sort();
  return {
    identities: idsOf(people.filter(({ extent }) => extent === 'all')),
    reduced: idsOf(people.filter(({ extent }) => extent === 'some')),
    applications: Object.fromEntries(
      applications.map((id) => [id, idsOf(people.filter((one) => one.applications.includes(id)))]),
    ),
  };
}

export interface Population {
  readonly employed: number;
  readonly applications: Readonly<Record<string, number>>;
}

export type HoldReason = {
  readonly count: number;
  /** The number from which on it would not have been held is one below. */
  readonly threshold: number;
} & (
  | { readonly rule: 'number' | 'share' }
  | { readonly rule: 'application'; readonly applicationId: string }
  /** Rows of a file could not be read at all, so that whoever is missing from it may be in one of them. */
  | { readonly rule: 'unreadable-rows' }
  /** Restored from a record of which not every fact could be read. */
  | { readonly rule: 'incomplete-record' }
  /** Nobody decides alone that two ids are one person, or that they no longer are. */
  | { readonly rule: MergeChange }
  /** Nor that what is known of somebody is destroyed. */
  | { readonly rule: 'erasure' }
  /** A deployed access model gives so many less than the one before. */
  | { readonly rule: 'model-change' }
);

export type Judgement = { readonly verdict: 'pass' } | { readonly verdict: 'hold'; readonly reason: HoldReason };

const PASS: Judgement = { verdict: 'pass' };

/** Whether the fact is of a kind that can take access away from somebody who did nothing but stay. */
export function mayTakeAccess(fact: Fact): boolean {
  switch (fact.type) {
    case 'leaver':
      return !fact.immediate;
    case 'suspension':
    case 'rescind':
    case 'joiner':
    case 'mover':
      return true;
    default:
      return false;
  }
}

export interface Loss {
  /** `all`: cut off, or employed without any access; `some`: other entitlements are kept or gained. */
  readonly extent: 'all' | 'some';
  /** The applications in which the account goes, by desired access alone. */
  readonly applications: readonly string[];
}

/**
 * What there is, at some instant now or to come, of access before and not after. Employment itself counts as access,
 * since there may be accounts that no profile gives.
 */
export function lossBetween(before: Timeline, after: Timeline, model: AccessModel, nowMs: number): Loss | undefined {
  const instants = [before, after].flatMap(({ changes }) => changes.map(({ atMs }) => atMs));
  const losses = [nowMs, ...instants.filter((atMs) => atMs > nowMs)].flatMap(
    (atMs) => lossInState(identityAt(before, atMs), identityAt(after, atMs), model) ?? [],
  );
  if (losses.length === 0) return undefined;
  return {
    extent: losses.some(({ extent }) => extent === 'all') ? 'all' : 'some',
    applications: [...new Set(losses.flatMap(({ applications }) => applications))].sort(),
  };
}

/** At one instant. */
export function lossInState(before: IdentityState, after: IdentityState, model: AccessModel): Loss | undefined {
  if (!isEmployed(before)) return undefined;
  const had = accessWithoutHandover(before, model);
  if (!isEmployed(after) || (before.status === 'active' && after.status === 'suspended')) {
    return { extent: 'all', applications: had.map(({ applicationId }) => applicationId) };
  }
  if (before.attributes === after.attributes && before.ownedBy?.state === after.ownedBy?.state) return undefined;
  const has = new Map(
    accessWithoutHandover(after, model).map(({ applicationId, entitlements }) => [
      applicationId,
      new Set(entitlements.map(({ entitlement }) => entitlement)),
    ]),
  );
  const reduced = had.filter(({ applicationId, entitlements }) =>
    entitlements.some(({ entitlement }) => has.get(applicationId)?.has(entitlement) !== true),
  );
  if (reduced.length === 0) return undefined;
  return {
    extent: has.size === 0 ? 'all' : 'some',
    applications: reduced.map(({ applicationId }) => applicationId).filter((id) => !has.has(id)),
  };
}

/** What a move takes counts when it takes it, although it may be kept for a while to hand it over. */
function accessWithoutHandover(state: EmployedState, model: AccessModel): DesiredAccess['accounts'] {
  return desiredAccessInState({ ...state, moves: undefined }, model).accounts;
}

/** What one identity would lose by what is told of it, and by which of it; the rest may be recorded at once. */
export interface Taking {
  readonly loss: Loss;
  readonly facts: readonly Fact[];
}

/**
 * `known`, `told`: as they count for the identity, with their authority and none of them twice.
 *
 * @param owners by the ids that are named of it, those who limit what it may hold @default nobody does
 */
export function takingOf(
  known: readonly Fact[],
  told: readonly Fact[],
  model: AccessModel,
  nowMs: number,
  owners?: Timeline['owners'],
): Taking | undefined {
  if (!told.some(mayTakeAccess)) return undefined;
  const owned = (facts: readonly Fact[]): Timeline => {
    const timeline = buildTimeline(facts);
    return owners === undefined ? timeline : { ...timeline, owners };
  };
  const after = owned([...known, ...told]);
  const loss = lossBetween(owned(known), after, model, nowMs);
  if (loss === undefined) return undefined;
  // What an immediate leaver of the same delivery cuts off anyway is not the others' doing.
  let passing = [...known, ...told.filter((fact) => !mayTakeAccess(fact))];
  const deliberate = owned(passing);
  if (lossBetween(deliberate, after, model, nowMs) === undefined) return undefined;
  const facts: Fact[] = [];
  for (const fact of told.filter(mayTakeAccess)) {
    const also = [...passing, fact];
    if (lossBetween(deliberate, owned(also), model, nowMs) === undefined) passing = also;
    else facts.push(fact);
  }
  return { loss, facts };
}

/** All that was delivered within the window, each delivery once, and each person once where it is known who they were. */
export function sumOf(deliveries: readonly Disabling[], settings: MassErrorGuardSettings, nowMs: number): Disabling {
  const sinceMs = nowMs - settings.windowMinutes * 60_000;
  const known = new Map<string, Disabling>();
  for (const delivery of deliveries) {
    if (delivery.atMs < sinceMs) continue;
    const same = known.get(delivery.deliveryId);
    // Delivered again, less may be left to do than the first time.
    if (same === undefined || allOf(same) < allOf(delivery)) known.set(delivery.deliveryId, delivery);
  }
  const listed = [...known.values()].flatMap(({ people = [] }) => people);
  const counted = [...known.values()].filter(({ people }) => people === undefined);
  const applications: Record<string, number> = {};
  let identities = 0;
  let reduced = 0;
  for (const delivery of [countOf(listed), ...counted]) {
    identities += delivery.identities;
    reduced += delivery.reduced ?? 0;
    for (const [id, count] of Object.entries(delivery.applications)) {
      applications[id] = (Object.hasOwn(applications, id) ? (applications[id] ?? 0) : 0) + count;
    }
  }
  return { deliveryId: 'window', atMs: nowMs, identities, reduced, applications };
}

function allOf({ identities, reduced = 0 }: Pick<Disabling, 'identities' | 'reduced'>): number {
  return identities + reduced;
}

/** Whether it takes the population to judge; most days nothing comes near. */
export function needsPopulation(sum: Disabling, { neverHeld, maximumIdentities }: MassErrorGuardSettings): boolean {
  return allOf(sum) > neverHeld && Math.max(sum.identities, sum.reduced ?? 0) <= maximumIdentities;
}

/** `sum`: everything in the window, the delivery that is judged included. */
export function judge(sum: Disabling, settings: MassErrorGuardSettings, population: Population | undefined): Judgement {
  const { maximumIdentities, maximumShare, applicationShare, neverHeld } = settings;
  if (allOf(sum) <= neverHeld) return PASS;
  const count = Math.max(sum.identities, sum.reduced ?? 0);
  if (count > neverHeld && count > maximumIdentities) {
    return hold({ rule: 'number', count, threshold: maximumIdentities + 1 });
  }
  if (population === undefined) return PASS;
  const share = Math.max(neverHeld, Math.floor(population.employed * maximumShare));
  if (count > share) return hold({ rule: 'share', count, threshold: share + 1 });
  const losses = Object.entries(sum.applications).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [applicationId, lost] of losses) {
    const holders = Object.hasOwn(population.applications, applicationId)
      ? (population.applications[applicationId] ?? 0)
      : 0;
    const threshold = Math.max(neverHeld + 1, Math.ceil(holders * applicationShare));
    if (lost >= threshold) return hold({ rule: 'application', applicationId, count: lost, threshold });
  }
  return PASS;
}

function hold(reason: HoldReason): Judgement {
  return { verdict: 'hold', reason };
}
