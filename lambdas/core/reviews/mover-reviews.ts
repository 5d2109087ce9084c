// The review that a move opens: what the identity kept, gained and lost by it, and what of that somebody has to answer for.
// What comes of an answer, or of none: core/identity/access-reviews.ts.
import { desiredAccess, type Reason, reasonsFor } from '../access/desired-access.ts';
import type { AccessModel } from '../access-model/access-model.ts';
import { sha256Hex } from '../canonical-json.ts';
import { accessReviewsIn } from '../identity/access-reviews.ts';
import { type AccessReviewOpenedFact, ownFactBase, type ReviewItem } from '../identity/facts.ts';
import { type EmployedState, identityAt, isEmployed, type Timeline } from '../identity/timeline.ts';

const DAY_MS = 86_400_000;
/** Whoever was moved longer ago was so before anybody looked at that. */
const OPENED_WITHIN_MS = 2 * DAY_MS;
/** What is beyond ends by itself. */
const MAXIMUM_ITEMS = 200;

export interface Whose {
  readonly identityId: string;
  readonly timeline: Timeline;
  readonly model: AccessModel;
  /** Epoch ms. */
  readonly nowMs: number;
}

export interface ChangedEntitlement {
  /** `application:entitlement`. */
  readonly entitlement: string;
  readonly change: 'kept' | 'gained' | 'lost';
  /** Of what is lost those that held it up before, else those that do after. */
  readonly reasons: readonly Reason[];
}

/** What a move changed, between just before it and an instant after it, by that model. */
export function changesByMove(
  { identityId, timeline, model }: Omit<Whose, 'nowMs'>,
  movedMs: number,
  afterMs: number,
): readonly ChangedEntitlement[] {
  const held = (atMs: number) => heldAt({ identityId, timeline, model, nowMs: atMs });
  const [had, has] = [held(movedMs - 1), held(afterMs)];
  const lost = [...had].filter(([entitlement]) => !has.has(entitlement));
  return [
    ...[...has].map(([entitlement, reasons]): ChangedEntitlement => {
      return { entitlement, change: had.has(entitlement) ? 'kept' : 'gained', reasons };
    }),
    ...lost.map(([entitlement, reasons]): ChangedEntitlement => ({ entitlement, change: 'lost', reasons })),
  ];
}

function heldAt({ identityId, timeline, model, nowMs }: Whose): ReadonlyMap<string, readonly Reason[]> {
  const { joinedBy = '', accounts } = desiredAccess(timeline, model, nowMs, identityId);
  return new Map(
    accounts.flatMap(({ applicationId, entitlements }) =>
      entitlements.map((given) => [`${applicationId}:${given.entitlement}`, reasonsFor({ joinedBy }, given)] as const),
    ),
  );
}

/** The review that is to be opened now. Undefined: none is, since nothing moved, nothing changed by it, or one is open. */
export function moverReviewToOpen(whose: Whose): AccessReviewOpenedFact | undefined {
  const { identityId, timeline, model, nowMs } = whose;
  const rule = model.reviews?.movers;
  const state = rule && identityAt(timeline, nowMs);
  if (rule === undefined || state === undefined || !isEmployed(state)) return undefined;
  // Of several that took effect before anybody looked the last one tells of all.
  const move = state.moves?.each.at(-1);
  if (move === undefined) return undefined;
  const { receivedMs = 0 } = timeline.facts.find(({ factId }) => factId === move.factId) ?? {};
  if (nowMs - Math.max(move.atMs, receivedMs) > OPENED_WITHIN_MS) return undefined;
  const reviewId = reviewIdOf(identityId, move.factId);
  const base = ownFactBase(identityId, reviewEventId(reviewId), nowMs);
  if (timeline.facts.some(({ factId }) => factId === base.factId)) return undefined;
  const changes = changesByMove(whose, move.atMs, nowMs);
  const asked = changes.filter(({ change }) => change !== 'lost').flatMap((one) => asking(one, state, whose));
  const isChanged = changes.some(
    ({ change, reasons }) => change !== 'kept' || reasons.every(({ type }) => type === 'handover'),
  );
  if (!isChanged) return undefined;
  return {
    ...base,
    cause: move.factId,
    type: 'access-review-opened',
    reviewId,
    basis: 'mover',
    dueMs: nowMs + rule.answerDays * DAY_MS,
    items: asked.slice(0, MAXIMUM_ITEMS),
  };
}

/** What the job gives needs no answer, and neither does what was decided since, or is asked for elsewhere. */
function asking(
  { entitlement, reasons }: ChangedEntitlement,
  { grants = [], moves }: EmployedState,
  { timeline, model, nowMs }: Whose,
): readonly ReviewItem[] {
  const asksFor: readonly string[] = model.reviews?.movers?.asksFor ?? [];
  if (reasons.some(({ type }) => type === 'birthright')) return [];
  const movedMs = moves?.each.at(-1)?.atMs ?? 0;
  const isOlder = (fact: string) => grants.some(({ factId, sinceMs }) => factId === fact && sinceMs <= movedMs);
  const elsewhere = accessReviewsIn(timeline.facts)
    .filter(({ dueMs }) => dueMs > nowMs)
    .flatMap(({ items }) => items.filter((one) => one.entitlement === entitlement).flatMap(({ facts }) => facts));
  const facts = reasons
    .filter(({ type, fact }) => asksFor.includes(type) && (type === 'handover' || isOlder(fact)))
    .map(({ fact }) => fact)
    .filter((fact) => !elsewhere.includes(fact));
  return facts.length === 0 ? [] : [{ entitlement, facts: [...new Set(facts)] }];
}

/** One move, one review: opened twice it is the same. */
function reviewIdOf(identityId: string, factId: string): string {
  return sha256Hex(`${identityId} ${factId}`).slice(0, 32);
}

export function reviewEventId(reviewId: string): string {
  return `review/${reviewId}`;
}
