// Which mutants are tried, and whether enough of them were caught.
import { Random } from '../simulation/random.ts';
import type { Mutant } from './mutant.ts';

const LEAST_SHARE = 0.95;

export type Result =
  | { readonly kind: 'caught'; readonly suite: string; readonly by: string }
  | { readonly kind: 'survived' }
  | { readonly kind: 'broken'; readonly why: string };

export interface Tried {
  readonly mutant: Mutant;
  readonly result: Result;
}

export interface Score {
  readonly caught: number;
  /** Without those that are named as equivalent. */
  readonly of: number;
  /** Named as equivalent, and caught all the same. */
  readonly notEquivalent: readonly Mutant[];
  readonly isEnough: boolean;
}

/** The same seed chooses the same ones, none of which is known to be caught by nobody. */
export function sampleOf(mutants: readonly Mutant[], count: number, seed: number): readonly Mutant[] {
  const random = new Random(seed);
  const left = mutants.filter(({ uncaught }) => uncaught === undefined);
  const chosen: Mutant[] = [];
  while (chosen.length < count && left.length > 0) chosen.push(...left.splice(random.below(left.length), 1));
  return chosen;
}

export function scoreOf(tried: readonly Tried[]): Score {
  const counted = tried.filter(({ mutant }) => mutant.equivalent === undefined);
  const caught = counted.filter(({ result }) => result.kind === 'caught').length;
  const notEquivalent = tried
    .filter(({ mutant, result }) => mutant.equivalent !== undefined && result.kind === 'caught')
    .map(({ mutant }) => mutant);
  const isEnough = counted.length > 0 && caught >= LEAST_SHARE * counted.length && notEquivalent.length === 0;
  return { caught, of: counted.length, notEquivalent, isEnough };
}
