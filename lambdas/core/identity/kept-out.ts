// Windows in which somebody is kept out whatever HR says of them: merged where they overlap, and asked from instant to instant.

export interface KeptOutWindow {
  /** Epoch ms. */
  readonly fromMs: number;
  /** The fact by which it begins. */
  readonly factId: string;
  /** Epoch ms; infinite: nothing ends it yet. */
  readonly untilMs: number;
  /** The fact that ends it; empty: none. */
  readonly endedBy: string;
}

/** An instant at which somebody begins or ceases to be kept out, and the fact that says so. */
export interface KeptOutTurn {
  readonly atMs: number;
  readonly factId: string;
  readonly keepsOut: boolean;
}

/** Asked from instant to instant, never back. */
export class KeptOut {
  /** In turn: kept out, let in again, kept out, ... */
  readonly #turns: readonly KeptOutTurn[];
  #passed = 0;

  /** @param windows by their beginning */
  constructor(windows: readonly KeptOutWindow[]) {
    const turns: KeptOutTurn[] = [];
    for (const { fromMs, factId, untilMs, endedBy } of windows) {
      const last = turns.at(-1);
      // One that begins while another keeps out prolongs that.
      const isProlonging = last !== undefined && fromMs <= last.atMs;
      if (isProlonging && untilMs <= last.atMs) continue;
      if (isProlonging) turns.pop();
      else turns.push({ atMs: fromMs, factId, keepsOut: true });
      turns.push({ atMs: untilMs, factId: endedBy, keepsOut: false });
    }
    this.#turns = turns;
  }

  isKeptOut(instantMs: number): boolean {
    for (let turn = this.#turns[this.#passed]; turn !== undefined && turn.atMs <= instantMs; ) {
      this.#passed += 1;
      turn = this.#turns[this.#passed];
    }
    return this.#turns[this.#passed]?.keepsOut === false;
  }

  /** Each instant after one, which was asked about, and before another. */
  turnsBetween(afterMs: number, beforeMs: number): readonly KeptOutTurn[] {
    const turns: KeptOutTurn[] = [];
    for (let turn = this.#turns[this.#passed]; turn !== undefined && turn.atMs < beforeMs; ) {
      if (turn.atMs > afterMs) turns.push(turn);
      this.#passed += 1;
      turn = this.#turns[this.#passed];
    }
    return turns;
  }
}
