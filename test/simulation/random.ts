// One seed decides everything that is left to chance.
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

export class Random {
  readonly #generator;

  constructor(seed: number) {
    this.#generator = xoroshiro128plus(seed);
  }

  /** A whole number from 0 up to, and without, `bound`. */
  below(bound: number): number {
    return uniformInt(this.#generator, 0, bound - 1);
  }

  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** True this often: a share from 0 to 1. */
  chance(share: number): boolean {
    return share > 0 && this.below(1_000_000) < share * 1_000_000;
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item;
  }

  /** A share from 0 up to, and without, 1. */
  share(): number {
    return this.below(2 ** 30) / 2 ** 30;
  }
}

/**
 * A stream of its own beside that of a seed, for what came to the world later: the histories of old seeds stay as they were.
 * Streams of seeds next to one another begin nearly alike; these do not.
 */
export function streamBeside(seed: number, stream: number): Random {
  return new Random(Math.imul(seed, 0x9e3779b1) ^ stream);
}
