// What the segregation of duties says to a request: which rules would find two sides together once it is given, at any
// time while it lasts, by all that is known to come (a move, the end of a contract, what was given for a time).
import { desiredAccessInState } from '../access/desired-access.ts';
import type { AccessModel } from '../access-model/access-model.ts';
import type { ConflictingSide, DutyConflict } from '../duties/segregation.ts';
import type { TimedGrant } from '../identity/timed-grants.ts';
import { identityAt, isEmployed, type Timeline } from '../identity/timeline.ts';
import { toIso } from '../moment.ts';
import type { Asked } from './asking.ts';

export interface ForeseenConflict extends DutyConflict {
  /** Since when (epoch ms): now, the start of what is asked for, or what is to come while it lasts. */
  readonly fromMs: number;
}

export interface Beneficiary {
  readonly identityId: string;
  readonly timeline: Timeline;
  readonly nowMs: number;
}

/** The next so many are looked at. What comes after those is kept apart when it comes. */
const MAXIMUM_INSTANTS = 200;
const MAXIMUM_NAMED = 5;

/** One for each rule, as they come: where it is prevented at some time, that. */
export function foreseenConflicts(asked: Asked, whom: Beneficiary, model: AccessModel): readonly ForeseenConflict[] {
  const isSide = (model.duties ?? []).some(({ sides }) => sides.some((side) => isOf(side, asked)));
  if (!isSide) return [];
  const found = new Map<string, ForeseenConflict>();
  for (const fromMs of instantsOf(asked, whom, model)) {
    for (const conflict of conflictsAt(fromMs, asked, whom, model)) {
      const known = found.get(conflict.rule.id);
      const isWorse = known?.outcome !== 'prevented' && conflict.outcome === 'prevented';
      if (known === undefined || isWorse) found.set(conflict.rule.id, { ...conflict, fromMs });
    }
  }
  return [...found.values()];
}

/** Why it cannot be given, as a sentence. Undefined: the rules about duties have nothing against it. */
export function whyKeptApart(asked: Asked, whom: Beneficiary, model: AccessModel): string | undefined {
  const conflict = foreseenConflicts(asked, whom, model).find(({ outcome }) => outcome === 'prevented');
  if (conflict === undefined) return undefined;
  const { rule, sides, fromMs } = conflict;
  const others = sides.filter((side) => !isOf(side, asked)).map(describeSide);
  const since = fromMs > whom.nowMs ? ` from ${toIso(fromMs)} on` : '';
  const exception = rule.mode === 'require-exception' ? ' It needs an exception that lasts as long as it.' : '';
  return `By the rule ${rule.id} (${rule.name}) it is not held together with ${others.join(' or ')}${since}.${exception}`;
}

function isOf({ entitlements }: { readonly entitlements: readonly string[] }, { entitlement }: Asked): boolean {
  return entitlements.includes(entitlement);
}

function describeSide({ name, entitlements, profiles }: ConflictingSide): string {
  const held = [...entitlements, ...profiles.map((profile) => `the profile ${profile}`)];
  const more = held.length > MAXIMUM_NAMED ? ', …' : '';
  return `the side "${name}" (${held.slice(0, MAXIMUM_NAMED).join(', ')}${more})`;
}

/** The start, and each instant after it at which the access may change, within the employment. */
function instantsOf(
  { startsMs = 0, endsMs = Number.POSITIVE_INFINITY }: Asked,
  { identityId, timeline, nowMs }: Beneficiary,
  { duties = [] }: AccessModel,
): readonly number[] {
  const fromMs = Math.max(startsMs, nowMs);
  const isLeft = timeline.changes.find(({ atMs, state }) => atMs > nowMs && !isEmployed(state));
  const untilMs = Math.min(endsMs, isLeft?.atMs ?? Number.POSITIVE_INFINITY);
  const changes = timeline.changes.map(({ atMs }) => atMs);
  const ends = duties.flatMap(({ exceptions }) =>
    exceptions.filter((one) => one.identityId === identityId).map(({ untilMs: atMs }) => atMs),
  );
  const later = [...new Set([...changes, ...ends])].filter((atMs) => atMs > fromMs).sort((one, other) => one - other);
  return [fromMs, ...later].filter((atMs) => atMs < untilMs).slice(0, MAXIMUM_INSTANTS);
}

function conflictsAt(
  nowMs: number,
  asked: Asked,
  { identityId, timeline }: Beneficiary,
  model: AccessModel,
): readonly DutyConflict[] {
  const state = identityAt(timeline, nowMs);
  if (!isEmployed(state)) return [];
  const { conflicts } = desiredAccessInState(
    { ...state, grants: [...(state.grants ?? []), givenBy(asked, nowMs)] },
    model,
    { identityId, nowMs },
  );
  return conflicts.filter(({ sides }) => sides.some((side) => isOf(side, asked)));
}

function givenBy({ entitlement, endsMs }: Asked, sinceMs: number): TimedGrant {
  return { factId: '', entitlement, basis: 'request', requestId: '', sinceMs, untilMs: endsMs };
}
