// What became of every item of a population: of what is settled why, of what was asked who said what, when it was taken away, and
// when the system itself was seen without it. A row of it goes from the decision to the removal to the reading back.
import type { AccessModel } from '../access-model/access-model.ts';
import { findEntitlement } from '../access-model/find-entitlement.ts';
import type { AccessReviewDecidedFact } from '../identity/facts.ts';
import { toIso } from '../moment.ts';
import type { AskedBecause, Peers, SettledBecause } from './campaign.ts';
import type { AnsweredStatus, CampaignItemState } from './campaign-answers.ts';
import type { ItemVerdict, VerdictLine } from './campaign-verdicts.ts';
import type { ReadBack } from './read-back.ts';

export interface CampaignOutcome {
  /** Their pseudonym in the population and in the sealed log. */
  readonly subject: string;
  /** Absent: what was known of them was erased since. */
  readonly identityId?: string | undefined;
  /** `application:entitlement` */
  readonly entitlement: string;
  /** What the system calls it. Absent: the access model has it no longer. */
  readonly grant?: string | undefined;
  readonly status: 'settled' | AnsweredStatus;
  readonly because: readonly (AskedBecause | SettledBecause)[];
  readonly useUnknown?: true | undefined;
  /** As it was known when the campaign began. Absent: nothing was. */
  readonly lastUsedAt?: string | undefined;
  /** That was when anything was used in its application. */
  readonly useApproximate?: true | undefined;
  readonly excluded?: { readonly reason: string; readonly by: string } | undefined;
  readonly peers?: Peers | undefined;
  /** In their order. */
  readonly decisions: readonly OutcomeDecision[];
  readonly removal?: OutcomeRemoval | undefined;
  /** Nobody held it: it was there to see whether a reviewer looks. */
  readonly planted?: true | undefined;
}

export interface OutcomeDecision {
  readonly answer: string;
  readonly by: string;
  readonly at: string;
  readonly reason: string;
  readonly stage: number;
  readonly until?: string | undefined;
  /** From when it was shown until it was answered, by what the page said. */
  readonly seconds?: number | undefined;
  /** So many were decided as one. */
  readonly batchSize: number;
}

export interface OutcomeRemoval {
  readonly askedAt: string;
  /** Nobody said so: it was due. */
  readonly bySilence: boolean;
  /** Absent: not yet. */
  readonly readBackAt?: string | undefined;
  /** Something else holds it up, so it stays. */
  readonly stillHeld?: true | undefined;
}

/** What is known of somebody by now. Undefined: nothing, since they were erased. */
export interface KnownOutcome {
  readonly identityId: string;
  readonly states: readonly CampaignItemState[];
  readonly readBack: (state: CampaignItemState, takenMs: number) => ReadBack;
}

export function outcomesOf(
  { subject, verdicts }: VerdictLine,
  known: KnownOutcome | undefined,
  model: AccessModel,
): readonly CampaignOutcome[] {
  const named = { subject, ...(known && { identityId: known.identityId }) };
  return verdicts.map((verdict): CampaignOutcome => {
    const { entitlement, peers, lastUsedMs, useApproximate } = verdict;
    const grant = findEntitlement(model, entitlement)?.entitlement.grant;
    const common = {
      ...named,
      entitlement,
      ...(grant !== undefined && { grant }),
      ...(peers && { peers }),
      ...(lastUsedMs !== undefined && { lastUsedAt: toIso(lastUsedMs) }),
      ...(useApproximate && { useApproximate }),
    };
    const state = known?.states.find(({ item }) => item.entitlement === entitlement);
    if ('settled' in verdict) return { ...common, status: 'settled', ...settledBy(verdict), decisions: [] };
    // When everybody was asked they held it no longer, or were gone themselves.
    if (state === undefined || known === undefined) {
      return { ...common, status: 'settled', because: [...verdict.asked, 'gone'], decisions: [] };
    }
    const { item, status } = state;
    const removal = removalOf(state, known.readBack);
    return {
      ...common,
      ...{ status, because: verdict.asked, decisions: item.answers.map(decisionOf) },
      ...(removal && { removal }),
      ...(item.planted && { planted: true }),
    };
  });
}

function settledBy(verdict: Extract<ItemVerdict, { readonly settled: SettledBecause }>) {
  const { settled, excluded, useUnknown } = verdict;
  return { because: [settled], ...(excluded && { excluded }), ...(useUnknown && { useUnknown }) };
}

function decisionOf(fact: AccessReviewDecidedFact): OutcomeDecision {
  const { answer, answeredBy: by, recordedMs, reason, stage = 0, endsMs, shownMs, batch } = fact;
  return {
    ...{ answer, by, at: toIso(recordedMs), reason, stage },
    ...(endsMs !== undefined && { until: toIso(endsMs) }),
    ...(shownMs !== undefined && shownMs <= recordedMs && { seconds: (recordedMs - shownMs) / 1_000 }),
    batchSize: batch?.size ?? 1,
  };
}

/** Undefined: it is not taken away now. */
export function removalOf(state: CampaignItemState, readBack: KnownOutcome['readBack']): OutcomeRemoval | undefined {
  const { taken, review, item } = state;
  if (taken === undefined || item.planted) return undefined;
  const back = readBack(state, taken.fromMs);
  return {
    askedAt: toIso(taken.fromMs),
    bySilence: taken.takenBy === review.opened.factId,
    ...(back.is === 'gone' && { readBackAt: toIso(back.atMs) }),
    ...(back.is === 'held' && { stillHeld: true }),
  };
}
