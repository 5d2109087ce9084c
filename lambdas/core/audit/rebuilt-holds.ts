// What waits for a person's decision, from the log: whoever was held is held again, whatever became of the hold meanwhile, as
// long as no decision about them was recorded.
import type { HoldReason } from '../hr/mass-error-guard.ts';
import type { Fact } from '../identity/facts.ts';
import type { LogEntry } from './log-entry.ts';

export interface RestoredHold {
  readonly holdId: string;
  readonly source: string;
  readonly openedMs: number;
  readonly reason: HoldReason;
  readonly identityIds: readonly string[];
}

export interface HeldIn {
  readonly identityId: string;
  readonly facts: readonly Fact[];
}

type Opened = Omit<RestoredHold, 'identityIds'>;

const RULES = ['number', 'share', 'unreadable-rows', 'incomplete-record'] as const;

export class RebuiltHolds {
  readonly #opened = new Map<string, Opened>();
  readonly #proposed = new Set<string>();

  /** @returns whether a hold follows from such an event */
  take(event: LogEntry['event'], at: string): boolean {
    if (event.type !== 'hold-opened') return event.type === 'hold-decided';
    const { holdId, source, rule, count, threshold } = event;
    // The name of an application is not told beside its rule, so that the number stands for it.
    const known = RULES.find((one) => one === rule) ?? 'number';
    this.#opened.set(String(holdId), {
      holdId: String(holdId),
      source: String(source),
      openedMs: Date.parse(at),
      reason: { rule: known, count: Number(count), threshold: Number(threshold) },
    });
    return true;
  }

  propose(holdId: string): void {
    this.#proposed.add(holdId);
  }

  /** Proposed, and named by no fact: neither carried out nor dropped. */
  openMerges(identities: readonly HeldIn[]): number {
    const decided = new Set(identities.flatMap(({ facts }) => facts.flatMap((fact) => decidedHold(fact) ?? [])));
    return [...this.#proposed].filter((holdId) => !decided.has(holdId)).length;
  }

  /** @param incomplete the hold of those of whom some facts cannot be read */
  open(identities: readonly HeldIn[], incomplete: Pick<Opened, 'holdId' | 'openedMs'>): readonly RestoredHold[] {
    const waiting = new Map<string, string[]>();
    for (const { identityId, facts } of identities) {
      const decided = new Set(facts.flatMap((fact) => decidedHold(fact) ?? []));
      const undecided = new Set(facts.flatMap(({ held = '' }) => (held === '' || decided.has(held) ? [] : held)));
      for (const holdId of undecided) waiting.set(holdId, [...(waiting.get(holdId) ?? []), identityId]);
    }
    return [...waiting].map(([holdId, identityIds]) => {
      const count = identityIds.length;
      const isIncomplete = holdId === incomplete.holdId;
      const unknown: Opened = {
        ...incomplete,
        holdId,
        source: isIncomplete ? 'restore' : sourceOf(holdId),
        reason: isIncomplete
          ? { rule: 'incomplete-record', count, threshold: 1 }
          : { rule: 'number', count, threshold: count },
      };
      return { ...(this.#opened.get(holdId) ?? unknown), identityIds };
    });
  }
}

function decidedHold(fact: Fact): string | undefined {
  return 'hold' in fact ? fact.hold : undefined;
}

/** `<instant>.<source>.<number>`. */
function sourceOf(holdId: string): string {
  return holdId.split('.')[1] ?? 'unknown';
}
