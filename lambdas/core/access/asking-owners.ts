// Whether an owner has to be asked to answer for what they own, and until when: a new owner within the days that the model sets
// for the kind, and whoever has owned it since before anybody asked by the time at which they would have to say so again.
import type { NonHumanRule, NonHumanRules } from '../access-model/non-human-rules.ts';
import type { AnswerAskedFact, OwnershipAcceptedFact } from '../identity/facts.ts';
import { ownerNeededBy } from '../identity/ownership.ts';
import { answeringAt, type IdentityState, isEmployed, type Timeline } from '../identity/timeline.ts';

const DAY_MS = 86_400_000;

export interface Asked {
  readonly timeline: Timeline;
  readonly state: IdentityState;
  readonly nowMs: number;
  /** When Tenure last had all done for it (epoch ms). */
  readonly settledMs: number | undefined;
}

/** Undefined: nobody is to be asked now. */
export function answerToAsk(
  rules: NonHumanRules | undefined,
  { timeline, state, nowMs, settledMs = 0 }: Asked,
): Pick<AnswerAskedFact, 'owner' | 'dueMs'> | undefined {
  const owner = ownerNeededBy(state);
  // On leave, or suspended because nobody answers for it: whoever ends that is asked then, or has said so.
  if (owner === undefined || !isEmployed(state) || state.status !== 'active') return undefined;
  const { acceptWithinDays, attestEveryDays } = rules?.[state.attributes.kind] ?? {};
  const within = (days: number | undefined) => days && { owner, dueMs: nowMs + days * DAY_MS };
  const answering = answeringAt(timeline, nowMs);
  if (answering === undefined) {
    return within(settledMs > state.joinedMs ? attestEveryDays : (acceptWithinDays ?? attestEveryDays)) || undefined;
  }
  if (answering.latest.owner !== owner) return within(acceptWithinDays) || undefined;
  return (answering.dueMs === undefined && within(attestEveryDays)) || undefined;
}

/** When it is to be said again (epoch ms); undefined: never. */
export function nextAnswerMs(rule: NonHumanRule | undefined, nowMs: number): number | undefined {
  return rule?.attestEveryDays === undefined ? undefined : nowMs + rule.attestEveryDays * DAY_MS;
}

/** Whether saying so now changes nothing: the same owner has said it within a day. */
export function isSaid(
  latest: AnswerAskedFact | OwnershipAcceptedFact | undefined,
  owner: string,
  nowMs: number,
): boolean {
  return latest?.type === 'ownership-accepted' && latest.owner === owner && nowMs - latest.recordedMs < DAY_MS;
}
