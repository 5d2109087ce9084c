// Every reason that holds up what somebody has at an instant, since when and until when. What "until when" says is known
// now: facts may come in that change it.
import type { AccessModel } from '../access-model/access-model.ts';
import type { EventPattern } from '../access-model/event-pattern.ts';
import { identityAt, isEmployed, type Timeline } from '../identity/timeline.ts';
import { compiled } from './compiled-model.ts';
import { desiredAccessInState, type Reason, reasonsFor } from './desired-access.ts';
import { handoverEndMs } from './handover.ts';

export interface LedgerReason {
  readonly reason: Reason;
  /** Epoch ms. */
  readonly sinceMs: number;
  /** Epoch ms; undefined: no end is known. */
  readonly untilMs: number | undefined;
  /** Of an access profile: what the identity's attributes match. */
  readonly condition?: EventPattern | undefined;
}

export interface LedgerEntitlement {
  readonly applicationId: string;
  readonly entitlement: string;
  readonly reasons: readonly LedgerReason[];
}

/** In the order of desired access. */
export function reasonsAt(
  timeline: Timeline,
  model: AccessModel,
  atMs: number,
  identityId?: string,
): readonly LedgerEntitlement[] {
  const state = identityAt(timeline, atMs);
  if (!isEmployed(state)) return [];
  const { joinedBy = '', accounts } = desiredAccessInState(
    state,
    model,
    identityId === undefined ? undefined : { identityId, nowMs: atMs },
  );
  const stretches = new ProfileStretches(timeline, model, atMs);
  const grants = new Map(state.grants?.map((grant) => [grant.factId, grant]));
  const moves = new Map(state.moves?.each.map((move) => [move.factId, move.atMs]));
  const describe = (reason: Reason, reference: string): LedgerReason => {
    if (reason.type === 'birthright') return { reason, ...stretches.of(reason.profile) };
    if (reason.type === 'handover') {
      const sinceMs = moves.get(reason.fact) ?? atMs;
      return { reason, sinceMs, untilMs: earlier(handoverEndMs(model, reference, sinceMs), stretches.employedUntilMs) };
    }
    const grant = grants.get(reason.fact);
    if (grant === undefined) throw new Error(`nothing gives what rests on ${reason.fact}`);
    return { reason, sinceMs: grant.sinceMs, untilMs: earlier(grant.untilMs, stretches.employedUntilMs) };
  };
  return accounts.flatMap(({ applicationId, entitlements }) =>
    entitlements.map((given) => ({
      applicationId,
      entitlement: given.entitlement,
      reasons: reasonsFor({ joinedBy }, given).map((reason) =>
        describe(reason, `${applicationId}:${given.entitlement}`),
      ),
    })),
  );
}

function earlier(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Math.min(one, other);
}

/** For how long, around an instant, the condition of a profile holds without a break. */
class ProfileStretches {
  readonly employedUntilMs: number | undefined;
  readonly #timeline: Timeline;
  readonly #model: AccessModel;
  /** The place of the state at the instant among the changes, which is one of somebody employed. */
  readonly #at: number;
  readonly #known = new Map<string, Omit<LedgerReason, 'reason'>>();

  constructor(timeline: Timeline, model: AccessModel, atMs: number) {
    this.#timeline = timeline;
    this.#model = model;
    this.#at = timeline.changes.findLastIndex((change) => change.atMs <= atMs);
    const ends = timeline.changes.find(({ state }, index) => index > this.#at && !isEmployed(state));
    this.employedUntilMs = ends?.atMs;
  }

  of(profileId: string): Omit<LedgerReason, 'reason'> {
    const known = this.#known.get(profileId) ?? this.#measure(profileId);
    this.#known.set(profileId, known);
    return known;
  }

  #measure(profileId: string): Omit<LedgerReason, 'reason'> {
    const { changes } = this.#timeline;
    const { profiles } = this.#model;
    // A model that is made of two may have a profile twice, with two conditions.
    const matching = (index: number) => {
      const state = changes[index]?.state;
      if (state === undefined || !isEmployed(state)) return undefined;
      return compiled(this.#model)
        .givenTo(state.attributes)
        .profiles.map((place) => profiles[place])
        .find((profile) => profile?.id === profileId);
    };
    const holds = (index: number) => matching(index) !== undefined;
    let first = this.#at;
    while (holds(first - 1)) first -= 1;
    let next = this.#at + 1;
    while (holds(next)) next += 1;
    return {
      sinceMs: changes[first]?.atMs ?? 0,
      untilMs: changes[next]?.atMs,
      condition: matching(this.#at)?.when,
    };
  }
}
