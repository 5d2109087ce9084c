// Whether somebody may be let hold two sides of a rule, and for how long.
import type { AccessModel } from '../access-model/access-model.ts';
import { type IdentityState, isEmployed, type Timeline } from '../identity/timeline.ts';

const DAY_MS = 86_400_000;
/** No exception is there for good. */
const LONGEST_DAYS = 366;
/** Of one identity, in all its history: each is looked at whenever its access is judged. */
const MAXIMUM_EXCEPTIONS = 100;

export interface AskedException {
  readonly rule: string;
  /** Epoch ms. */
  readonly untilMs: number;
}

/** Why it cannot be granted now, as a sentence. Undefined: it can. */
export function whyNotExcepted(
  { rule: id, untilMs }: AskedException,
  { duties = [] }: AccessModel,
  { timeline, state, nowMs }: { readonly timeline: Timeline; readonly state: IdentityState; readonly nowMs: number },
): string | undefined {
  const mode = duties.find((rule) => rule.id === id)?.mode;
  if (mode === 'prevent') return 'The rule has no exceptions: it prevents.';
  if (mode !== 'require-exception') return 'The rule needs no exception: it only tells.';
  if (!isEmployed(state)) return 'Whom it is for is not employed.';
  if (untilMs <= nowMs) return 'It has ended before it begins.';
  if (untilMs > nowMs + LONGEST_DAYS * DAY_MS) return `It lasts too long: expected at most ${LONGEST_DAYS} days.`;
  const known = timeline.facts.filter(({ type }) => type === 'exception-granted').length;
  return known < MAXIMUM_EXCEPTIONS
    ? undefined
    : `${known} exceptions were granted to it: expected fewer than ${MAXIMUM_EXCEPTIONS}.`;
}
