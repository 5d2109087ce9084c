// Whether something may be asked for at all, by the rules of the access model and by how whom it is for stands.
import type { AccessModel } from '../access-model/access-model.ts';
import type { RequestRule } from '../access-model/request-rules.ts';
import { canonicalJson, sha256Hex } from '../canonical-json.ts';
import { type IdentityKind, TEMPORARY_KINDS } from '../identity/attributes.ts';
import { MAXIMUM_FACTS } from '../identity/history-bound.ts';
import { type IdentityState, isEmployed, type Timeline } from '../identity/timeline.ts';
import { type RequestState, requestsIn } from './request-state.ts';

const DAY_MS = 86_400_000;
/** For one identity. */
export const MAXIMUM_OPEN_REQUESTS = 20;
/** What one identity may hold for a time, at a time: well beyond what anybody has use for. */
export const MAXIMUM_TIMED_GRANTS = 100;
/** Of the facts that an identity may have, so many are left to HR. */
const FACTS_LEFT = 1_000;

export interface Asked {
  /** `application:entitlement`. */
  readonly entitlement: string;
  /** Epoch ms; undefined: at once, when it is approved. */
  readonly startsMs: number | undefined;
  /** Epoch ms; undefined: as long as the employment lasts. */
  readonly endsMs: number | undefined;
}

export function askedIn({ asked: { entitlement, startsMs, endsMs } }: Pick<RequestState, 'asked'>): Asked {
  return { entitlement, startsMs, endsMs };
}

/** The rule for an entitlement that is there. Undefined: it may not be asked for. */
export function ruleFor({ requests = [], applications }: AccessModel, entitlement: string): RequestRule | undefined {
  const isThere = applications.some(
    ({ id, retired, entitlements }) => !retired && entitlements.some((one) => `${id}:${one.id}` === entitlement),
  );
  return isThere ? requests.find(({ entitlements }) => entitlements.includes(entitlement)) : undefined;
}

export function ruleHashOf(rule: RequestRule): string {
  return sha256Hex(canonicalJson(rule));
}

/** When nobody can decide any more (epoch ms): what has ended by then is given to nobody. */
export function expiryOf({ expiresDays }: RequestRule, { endsMs }: Asked, nowMs: number): number {
  return Math.min(nowMs + expiresDays * DAY_MS, endsMs ?? Number.POSITIVE_INFINITY);
}

/** Why it cannot be asked for now, as a sentence. Undefined: it can. */
export function whyNotAsked(
  rule: RequestRule,
  asked: Asked,
  { timeline, state, nowMs }: { readonly timeline: Timeline; readonly state: IdentityState; readonly nowMs: number },
): string | undefined {
  if (!isEmployed(state)) return 'Whom it is for is not employed.';
  const known = requestsIn(timeline.facts, nowMs).filter(({ status }) => status === 'open');
  if (known.some((one) => one.asked.entitlement === asked.entitlement)) return 'A request for it is open already.';
  if (known.length >= MAXIMUM_OPEN_REQUESTS) {
    return `${known.length} requests are open: expected fewer than ${MAXIMUM_OPEN_REQUESTS}.`;
  }
  if (timeline.facts.length >= MAXIMUM_FACTS - FACTS_LEFT) return 'Its history is as long as it may be.';
  return whyNotGiven(rule, asked, state, nowMs);
}

/** The same of what was asked for, once it is decided on. */
export function whyNotGiven(rule: RequestRule, asked: Asked, state: IdentityState, nowMs: number): string | undefined {
  if (!isEmployed(state)) return 'Whom it is for is not employed.';
  if ((state.grants?.length ?? 0) >= MAXIMUM_TIMED_GRANTS) {
    return `It holds ${MAXIMUM_TIMED_GRANTS} entitlements for a time: expected fewer.`;
  }
  return whyNotFor(rule, asked, state.attributes.kind, nowMs);
}

function whyNotFor(
  { longestDays }: RequestRule,
  { startsMs = 0, endsMs }: Asked,
  kind: IdentityKind,
  nowMs: number,
): string | undefined {
  const fromMs = Math.max(startsMs, nowMs);
  if (endsMs === undefined) {
    if (longestDays !== undefined) return `It needs an end: at most ${longestDays} days.`;
    if (TEMPORARY_KINDS.includes(kind)) return 'An identity of this kind needs an end.';
    return undefined;
  }
  if (endsMs <= fromMs) return 'It ends before it starts, or has ended.';
  if (longestDays !== undefined && endsMs - fromMs > longestDays * DAY_MS) {
    return `It lasts too long: expected at most ${longestDays} days.`;
  }
  return undefined;
}
