// What comes of reviews of access: what somebody decided not to keep ends then, and what nobody answered in time ends when it
// was due. A pure function of the set of facts, as all states are (timeline.ts): no answer is not waited for by any function.
// Whatever opens a review, a move or a campaign, its items and its answers are the same facts. Of a move what is taken away
// once stays so. Of a campaign the last answer counts until the last stage is due; after that what was taken away can be
// undone for a time, and what is only suspended can still be answered.
import type {
  AccessReviewDecidedFact,
  AccessReviewMovedFact,
  AccessReviewOpenedFact,
  CampaignReviewItem,
  CampaignReviewOpenedFact,
  Fact,
  ReviewItem,
  ReviewSilence,
  ReviewStage,
} from './facts.ts';

export interface ReviewState {
  readonly opened: AccessReviewOpenedFact;
  /** From when on it is too late to answer (epoch ms), as it was moved last. */
  readonly dueMs: number;
  /** Of a campaign, as they were moved last; of a move the one that there is. */
  readonly stages: readonly ReviewStage[];
  /** In recorded order, those that counted. */
  readonly moved: readonly AccessReviewMovedFact[];
  readonly items: readonly ReviewItemState[];
}

export interface ReviewItemState {
  /** `application:entitlement`. */
  readonly entitlement: string;
  /** Of the reasons that end with it, where it is not kept. */
  readonly facts: readonly string[];
  /** Whether what access profiles give ends with it. */
  readonly birthright: boolean;
  readonly planted: boolean;
  readonly ifNobodyAnswers: ReviewSilence;
  /** The one that counts: of a move the first removal, of a campaign the last one that changed anything. Absent: none does. */
  readonly answer: AccessReviewDecidedFact | undefined;
  /** In recorded order, those that counted when they were said, questions among them. */
  readonly answers: readonly AccessReviewDecidedFact[];
  /** When it is not held, ascending and apart from each other. */
  readonly taken: readonly TakenAway[];
}

/** From when to when something is not held. */
export interface TakenAway {
  /** Epoch ms. */
  readonly fromMs: number;
  /** The fact that says so: an answer, or the opening about which nobody said anything. */
  readonly takenBy: string;
  /** Epoch ms. Absent: nobody has given it back. */
  readonly untilMs?: number | undefined;
  /** The fact that gave it back. */
  readonly restoredBy?: string | undefined;
  /** The last instant at which it can be undone, exclusive (epoch ms). Absent: always, since it is only suspended. */
  readonly undoUntilMs?: number | undefined;
}

/** When a reason does not count. */
export interface ReviewEnd extends TakenAway {
  /** `application:entitlement`. */
  readonly entitlement: string;
  /** The fact that it rests on. */
  readonly fact: string;
  /** Of a campaign that may still be answered: whoever holds it need not be told that it ends. */
  readonly isUnsaid: boolean;
}

/** When an entitlement is not held that access profiles give, or that an account was only seen to have. */
export interface TakenEntitlement extends TakenAway {
  /** `application:entitlement`. */
  readonly entitlement: string;
  /** When the review was opened (epoch ms): it is about the employment of that time. */
  readonly openedMs: number;
  /** Whether access profiles give it no longer. Else only the account was seen to have it: what a reason gives since stays. */
  readonly birthright: boolean;
}

const NONE: readonly ReviewState[] = [];

/** Those that stand: of a move that was taken back there is nothing to review. @param facts that count, in recorded order */
export function accessReviewsIn(facts: readonly Fact[]): readonly ReviewState[] {
  const opened = facts.filter((fact): fact is AccessReviewOpenedFact => fact.type === 'access-review-opened');
  if (opened.length === 0) return NONE;
  const ids = new Set(facts.map(({ factId }) => factId));
  const answers = new Map<string, AccessReviewDecidedFact[]>();
  const moves = new Map<string, AccessReviewMovedFact[]>();
  for (const fact of facts) {
    if (fact.type === 'access-review-decided') add(answers, keyOf(fact), fact);
    if (fact.type === 'access-review-moved') add(moves, fact.reviewId, fact);
  }
  return opened
    .filter(({ cause }) => cause === undefined || ids.has(cause))
    .map((one) => {
      const said = (entitlement: string) => answers.get(keyOf({ reviewId: one.reviewId, entitlement })) ?? [];
      if (one.basis === 'mover') return ofMove(one, said);
      return ofCampaign(one, moves.get(one.reviewId) ?? [], said);
    });
}

function add<Of>(to: Map<string, Of[]>, key: string, one: Of): void {
  const known = to.get(key);
  if (known === undefined) to.set(key, [one]);
  else known.push(one);
}

function keyOf({ reviewId, entitlement }: Pick<AccessReviewDecidedFact, 'reviewId' | 'entitlement'>): string {
  return `${reviewId} ${entitlement}`;
}

type SaidOf = (entitlement: string) => readonly AccessReviewDecidedFact[];

function ofMove(opened: AccessReviewOpenedFact, saidOf: SaidOf): ReviewState {
  const { dueMs } = opened;
  const items = opened.items.map(({ entitlement, facts }: ReviewItem): ReviewItemState => {
    // What comes when it is due, or after that, comes too late.
    const answers = saidOf(entitlement).filter(
      (one) => one.recordedMs < dueMs && (one.answer === 'keep' || one.answer === 'remove'),
    );
    const answer = answers.find((one) => one.answer === 'remove') ?? answers.at(-1);
    const [fromMs, takenBy] = answer === undefined ? [dueMs, opened.factId] : [answer.recordedMs, answer.factId];
    const taken = answer?.answer === 'keep' ? [] : [{ fromMs, takenBy, undoUntilMs: fromMs }];
    return { entitlement, facts, birthright: false, planted: false, ifNobodyAnswers: 'remove', answer, answers, taken };
  });
  return { opened, dueMs, stages: [{ dueMs }], moved: [], items };
}

function ofCampaign(
  opened: CampaignReviewOpenedFact,
  moves: readonly AccessReviewMovedFact[],
  saidOf: SaidOf,
): ReviewState {
  const moved: AccessReviewMovedFact[] = [];
  let { stages } = opened;
  let dueMs = lastDueMs(stages) ?? opened.dueMs;
  for (const move of moves) {
    // What was due already has had its effect; and nothing is due before somebody says so.
    if (move.recordedMs >= dueMs || move.stages.length === 0) continue;
    moved.push(move);
    stages = move.stages.map((stage) => ({ dueMs: Math.max(stage.dueMs, move.recordedMs) }));
    dueMs = lastDueMs(stages) ?? dueMs;
  }
  const within = { openedBy: opened.factId, dueMs, undoMs: opened.undoMs };
  const items = opened.items.map((item) => itemOf(item, within, saidOf(item.entitlement)));
  return { opened, dueMs, stages, moved, items };
}

function lastDueMs(stages: readonly ReviewStage[]): number | undefined {
  return stages.at(-1)?.dueMs;
}

interface Within {
  readonly openedBy: string;
  readonly dueMs: number;
  readonly undoMs: number;
}

/** From an instant on: whether it is taken away, and by what. */
interface Turn {
  readonly atMs: number;
  readonly by: string;
  readonly isTaken: boolean;
  readonly isSuspended: boolean;
}

function itemOf(item: CampaignReviewItem, within: Within, said: readonly AccessReviewDecidedFact[]): ReviewItemState {
  const { openedBy, dueMs } = within;
  const { entitlement, facts, birthright = false, planted = false, ifNobodyAnswers } = item;
  const answers: AccessReviewDecidedFact[] = [];
  let answer: AccessReviewDecidedFact | undefined;
  let turns: readonly Turn[] = [];
  const take = (one: AccessReviewDecidedFact) => {
    answers.push(one);
    if (one.answer === 'ask') return;
    answer = one;
    turns = [...turns.filter(({ atMs }) => atMs <= one.recordedMs), ...turnsBy(one)];
  };
  const [inTime, late] = [
    said.filter(({ recordedMs }) => recordedMs < dueMs),
    said.filter(({ recordedMs }) => recordedMs >= dueMs),
  ];
  for (const one of inTime) take(one);
  if (answer === undefined) {
    turns = [...turns, { atMs: dueMs, by: openedBy, isTaken: true, isSuspended: ifNobodyAnswers === 'suspend' }];
  }
  for (const one of late) if (mayChange(turns, one, within)) take(one);
  const taken = takenBetween(turns, within);
  return { entitlement, facts, birthright, planted, ifNobodyAnswers, answer, answers, taken };
}

function turnsBy({ factId: by, answer, recordedMs, endsMs }: AccessReviewDecidedFact): readonly Turn[] {
  const held = { atMs: recordedMs, by, isTaken: false, isSuspended: false };
  if (answer === 'remove') return [{ ...held, isTaken: true }];
  if (answer !== 'shorten' || endsMs === undefined) return [held];
  const ends = { ...held, atMs: Math.max(endsMs, recordedMs), isTaken: true };
  return endsMs <= recordedMs ? [ends] : [held, ends];
}

/** What is said after all is due. */
function mayChange(
  turns: readonly Turn[],
  { answer, recordedMs }: AccessReviewDecidedFact,
  { undoMs }: Within,
): boolean {
  const last = turns.at(-1);
  if (last === undefined || !last.isTaken || answer === 'ask') return false;
  // Of what was shortened the end may be yet to come.
  if (last.isSuspended) return last.atMs <= recordedMs;
  return answer === 'undo' && recordedMs < last.atMs + undoMs;
}

function takenBetween(turns: readonly Turn[], { undoMs }: Within): readonly TakenAway[] {
  const taken: TakenAway[] = [];
  for (const { atMs, by, isTaken, isSuspended } of turns) {
    const last = taken.at(-1);
    const isOpen = last !== undefined && last.untilMs === undefined;
    const undoUntilMs = isSuspended ? undefined : atMs + undoMs;
    if (isTaken && isOpen) taken.splice(-1, 1, { ...last, undoUntilMs });
    else if (isTaken) taken.push({ fromMs: atMs, takenBy: by, undoUntilMs });
    else if (isOpen) taken.splice(-1, 1, { ...last, untilMs: atMs, restoredBy: by });
  }
  return taken.filter(({ fromMs, untilMs }) => untilMs === undefined || fromMs < untilMs);
}

/** @param facts that count, in recorded order */
export function reviewEndsIn(facts: readonly Fact[]): readonly ReviewEnd[] {
  return accessReviewsIn(facts).flatMap(({ opened, items }) =>
    items.flatMap(({ entitlement, facts: ended, planted, taken }) =>
      planted
        ? []
        : taken.flatMap((one) => {
            const isUnsaid = opened.basis === 'campaign' && one.takenBy === opened.factId;
            return ended.map((fact) => ({ ...one, entitlement, fact, isUnsaid }));
          }),
    ),
  );
}

/** @param facts that count, in recorded order */
export function takenEntitlementsIn(facts: readonly Fact[]): readonly TakenEntitlement[] {
  return accessReviewsIn(facts).flatMap(({ opened, items }) =>
    items
      .filter(({ birthright, facts: ended, planted }) => !planted && (birthright || ended.length === 0))
      .flatMap(({ entitlement, birthright, taken }) =>
        taken.map((one) => ({ ...one, entitlement, birthright, openedMs: opened.recordedMs })),
      ),
  );
}
