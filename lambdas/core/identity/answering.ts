// Whether somebody answers for an identity that is no person. Its owner is asked until a time, and says so; where they do not, it
// is suspended from then on, by the passing of time alone, until whoever owns it by then does. What was asked counts in the
// employment in which it was. A pure function of the set of facts, as all states are (timeline.ts).
import { type IdentityKind, OWNED_KINDS } from './attributes.ts';
import type { AnswerAskedFact, Fact, OwnershipAcceptedFact } from './facts.ts';
import type { KeptOutWindow } from './kept-out.ts';

type AnsweringFact = AnswerAskedFact | OwnershipAcceptedFact;

function isAnswering(fact: Fact): fact is AnsweringFact {
  return fact.type === 'answer-asked' || fact.type === 'ownership-accepted';
}

/** How it stands with who answers for an identity. */
export interface Answering {
  /** The latest that was said. */
  readonly latest: AnsweringFact;
  /** The latest acceptance. */
  readonly accepted: OwnershipAcceptedFact | undefined;
  /** Until when somebody has to answer (epoch ms); undefined: nobody is asked. */
  readonly dueMs: number | undefined;
  /** The fact that set it. */
  readonly dueBy: string;
}

/** One employment (epoch ms): what was said before it is about another. */
export interface EmploymentSpan {
  readonly fromMs: number;
  readonly untilMs: number;
}

interface Said {
  /** Epoch ms. */
  readonly atMs: number;
  readonly factId: string;
}

/** Undefined: no owner ever said what it is for. @param facts that count, in recorded order */
export function purposesIn(facts: readonly Fact[]): SaidPurposes | undefined {
  const said = facts.flatMap((fact) =>
    fact.type === 'ownership-accepted' ? [{ atMs: fact.recordedMs, factId: fact.factId }] : [],
  );
  return said.length === 0 ? undefined : new SaidPurposes(said);
}

/** From when on an owner has said what it is for: whoever answers for it says that with it. */
export class SaidPurposes {
  readonly #said: readonly Said[];

  constructor(said: readonly Said[]) {
    this.#said = said;
  }

  /** In an employment that lasts from one instant until before another (epoch ms). */
  within(fromMs: number, untilMs: number): SaidPurposes {
    return new SaidPurposes(this.#said.filter(({ atMs }) => fromMs <= atMs && atMs < untilMs).slice(0, 1));
  }

  turnsBetween(afterMs: number, beforeMs: number): readonly Said[] {
    return this.#said.filter(({ atMs }) => afterMs < atMs && atMs < beforeMs);
  }

  at(instantMs: number, kind: IdentityKind): true | undefined {
    return (OWNED_KINDS.includes(kind) && this.#said.some(({ atMs }) => atMs <= instantMs)) || undefined;
  }
}

/** Undefined: nothing was said. @param facts that count, in recorded order */
export function answeringIn(facts: readonly Fact[], span: EmploymentSpan): Answering | undefined {
  return addUp(facts, span).answering;
}

/** When nobody answered in time, and until when. @param facts that count, in recorded order */
export function lapsesIn(facts: readonly Fact[], span: EmploymentSpan): readonly KeptOutWindow[] {
  const { answering, windows } = addUp(facts, span);
  const { dueMs, dueBy = '' } = answering ?? {};
  if (dueMs === undefined || dueMs >= span.untilMs) return windows;
  return [...windows, { fromMs: dueMs, factId: dueBy, untilMs: span.untilMs, endedBy: '' }];
}

function addUp(facts: readonly Fact[], { fromMs, untilMs }: EmploymentSpan) {
  const windows: KeptOutWindow[] = [];
  let answering: Answering | undefined;
  for (const fact of facts) {
    if (!isAnswering(fact) || fact.recordedMs < fromMs || fact.recordedMs >= untilMs) continue;
    answering = following(answering, fact, windows);
  }
  return { answering, windows };
}

function following(before: Answering | undefined, fact: AnsweringFact, windows: KeptOutWindow[]): Answering {
  const { factId, recordedMs } = fact;
  const isLapsed = before?.dueMs !== undefined && before.dueMs <= recordedMs;
  // Nothing is due before it was said.
  const dueMs = fact.dueMs === undefined ? undefined : Math.max(fact.dueMs, recordedMs);
  if (fact.type === 'answer-asked') {
    // Asking another owner does not let it in again.
    if (isLapsed) return { ...before, latest: fact };
    return { latest: fact, accepted: before?.accepted, dueMs, dueBy: factId };
  }
  if (isLapsed && before.dueMs !== undefined && before.dueMs < recordedMs) {
    windows.push({ fromMs: before.dueMs, factId: before.dueBy, untilMs: recordedMs, endedBy: factId });
  }
  return { latest: fact, accepted: fact, dueMs, dueBy: factId };
}
