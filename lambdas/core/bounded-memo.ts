// What was worked out once, for as long as there is room. Attributes come from outside and have no end of values, so
// whatever remembers by them has a bound.

/**
 * Two generations of at most half the weight each. A full generation becomes the old one, and the one that was old is
 * forgotten, but for what was asked for since: so no entry is looked for, and what is common stays.
 */
export class BoundedMemo<Key, Value extends object> {
  readonly #halfWeight: number;
  readonly #weigh: (value: Value, key: Key) => number;
  #young = new Map<Key, Value>();
  #old = new Map<Key, Value>();
  #youngWeight = 0;
  #oldWeight = 0;

  /** `weigh` says what an entry takes of the bound, its key included; an entry above half of it is not remembered. */
  constructor(maximumWeight: number, weigh: (value: Value, key: Key) => number) {
    this.#halfWeight = maximumWeight / 2;
    this.#weigh = weigh;
  }

  /** Of all that is remembered: at most the bound. */
  get weight(): number {
    return this.#youngWeight + this.#oldWeight;
  }

  get(key: Key): Value | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.remember(key, old);
    return old;
  }

  /** For a key that nothing is remembered of. */
  remember(key: Key, value: Value): void {
    const weight = this.#weigh(value, key);
    if (weight > this.#halfWeight) return;
    if (this.#youngWeight + weight > this.#halfWeight) {
      this.#old = this.#young;
      this.#oldWeight = this.#youngWeight;
      this.#young = new Map();
      this.#youngWeight = 0;
    }
    this.#young.set(key, value);
    this.#youngWeight += weight;
  }
}
