// What a mover keeps for a time to hand it over: entitlements with a handover window that a profile gave until a move, and
// none gives since. A function of the states before, the access model and the instant, as all access is: so any order of
// arrival ends in the same handover, and a move that is taken back leaves none.
import type { AccessModel } from '../access-model/access-model.ts';
import { isEnforced, type Justified, type Whom } from '../duties/segregation.ts';
import { type HandoverEnd, turnsOfEnds } from '../identity/moves.ts';
import type { EmployedState } from '../identity/timeline.ts';
import { compiled, type GivenAccount, type GivenEntitlement, type HandoverReason } from './compiled-model.ts';

const DAY_MS = 86_400_000;

/** What somebody had in a state by a model, and when that is asked. */
export type AccessBefore = (state: EmployedState, model: AccessModel, atMs: number) => readonly GivenAccount[];

export interface HandingOver {
  readonly state: EmployedState;
  readonly model: AccessModel;
  /** Undefined: nobody of whom the model has any exceptions. */
  readonly whom: Whom | undefined;
  /** What reasons hold up beside. */
  readonly accounts: readonly GivenAccount[];
  readonly accessBefore: AccessBefore;
}

/** Whoever is away hands nothing over: a handover is no reason while somebody is suspended, and ends all the same. */
export function handedOver(asked: HandingOver): readonly GivenAccount[] {
  const { state, model } = asked;
  const models = (model.handsOverAs ?? [model]).filter((one) => handoverDays(one).size > 0);
  if (models.length === 0 || state.moves === undefined || state.status !== 'active') return [];
  const found = new Map<string, GivenAccount>();
  for (const one of models) for (const [reference, handed] of handedOverBy(one, asked)) found.set(reference, handed);
  const handed = [...found.values()];
  return handed.length === 0 ? handed : handed.filter((one) => !isKeptApart(one, asked));
}

/** By `application:entitlement`. */
function handedOverBy(
  by: AccessModel,
  { state: { attributes, moves }, model, accessBefore }: HandingOver,
): ReadonlyMap<string, GivenAccount> {
  const days = handoverDays(by);
  const given = new Set(compiled(model).givenTo(attributes).accounts.flatMap(referencesIn));
  const found = new Map<string, GivenAccount>();
  const { seenMs = 0 } = moves ?? {};
  // Of several moves that took the same away, the last one says until when.
  for (const { before, atMs, factId, ends } of moves?.each ?? []) {
    for (const { applicationId, entitlements } of accessBefore(before, by, atMs - 1)) {
      for (const one of entitlements) {
        const reference = `${applicationId}:${one.entitlement}`;
        const lastsMs = (days.get(reference) ?? 0) * DAY_MS;
        const reasons = handoverReasons(one, factId);
        if (given.has(reference) || seenMs - atMs >= lastsMs || reasons.length === 0) continue;
        const isEnded = ends.some((end) => end.entitlement === reference && isWithin(end, seenMs));
        if (isEnded) found.delete(reference);
        else found.set(reference, { applicationId, entitlements: [{ entitlement: one.entitlement, reasons }] });
      }
    }
  }
  return found;
}

/** A move brings nobody in conflict with what they do now: what must not be held beside that goes at once. */
function isKeptApart(
  handed: GivenAccount,
  { model: { duties = [] }, whom, accounts }: Pick<HandingOver, 'model' | 'whom' | 'accounts'>,
): boolean {
  const justified = accounts.flatMap(justifiedIn);
  const mine = justifiedIn(handed);
  return duties
    .filter((rule) => isEnforced(rule, whom))
    .some(({ sides }) =>
      sides.some((side) => isOf(side, mine) && sides.some((other) => other !== side && isOf(other, justified))),
    );
}

function isOf(
  { entitlements, profiles }: { readonly entitlements: readonly string[]; readonly profiles: readonly string[] },
  held: readonly Justified[],
): boolean {
  return held.some(
    ({ reference, reasons }) =>
      entitlements.includes(reference) ||
      reasons.some(({ profile }) => profile !== undefined && profiles.includes(profile)),
  );
}

export function justifiedIn({ applicationId, entitlements }: GivenAccount): readonly Justified[] {
  return entitlements.map(({ entitlement, reasons }) => ({ reference: `${applicationId}:${entitlement}`, reasons }));
}

function referencesIn({ applicationId, entitlements }: GivenAccount): readonly string[] {
  return entitlements.map(({ entitlement }) => `${applicationId}:${entitlement}`);
}

function handoverReasons({ reasons }: GivenEntitlement, fact: string): readonly HandoverReason[] {
  return reasons.flatMap((reason) =>
    reason.type === 'birthright' ? { type: 'handover', profile: reason.profile, fact } : [],
  );
}

function isWithin({ fromMs, untilMs = Number.POSITIVE_INFINITY }: HandoverEnd, instantMs: number): boolean {
  return fromMs <= instantMs && instantMs < untilMs;
}

/** Instants at which handovers end, or would have, ascending (epoch ms): more than do, since not all that was given is kept. */
export function handoverEnds(state: EmployedState, model: AccessModel): readonly number[] {
  const days = handoverDays(model);
  if (days.size === 0) return [];
  const ends = (state.moves?.each ?? []).flatMap(({ before, atMs }) =>
    compiled(model)
      .givenTo(before.attributes)
      .accounts.flatMap(referencesIn)
      .flatMap((reference) => {
        const lasting = days.get(reference);
        return lasting === undefined ? [] : [atMs + lasting * DAY_MS];
      }),
  );
  return [...new Set([...ends, ...turnsOfEnds(state.moves)])].sort((one, other) => one - other);
}

/** When the handover of an entitlement ends that began then (epoch ms). */
export function handoverEndMs(model: AccessModel, reference: string, sinceMs: number): number {
  return sinceMs + (handoverDays(model).get(reference) ?? 0) * DAY_MS;
}

const daysOf = new WeakMap<AccessModel, ReadonlyMap<string, number>>();

/** By `application:entitlement`. */
function handoverDays(model: AccessModel): ReadonlyMap<string, number> {
  const known = daysOf.get(model);
  if (known !== undefined) return known;
  const days = new Map(
    model.applications.flatMap(({ id, entitlements }) =>
      entitlements.flatMap((one): [string, number][] =>
        one.handover === undefined ? [] : [[`${id}:${one.id}`, one.handover.days]],
      ),
    ),
  );
  daysOf.set(model, days);
  return days;
}
