// Functions of the sealed log as they run in the simulation: each call they make takes time, and may be the one at which the
// function dies or the network fails, before the call has its effect or after.
import { RetryableError } from '../../../lambdas/core/errors.ts';
import type { Random } from '../random.ts';
import type { VirtualTime } from '../virtual-time.ts';

export class FunctionDiedError extends Error {
  override readonly name = 'FunctionDiedError';
}

export type Fate = 'works' | 'dies before' | 'dies after' | 'fails before' | 'fails after';

export interface Hazard {
  /** Of a hundred calls, how many are each function's last. */
  readonly dying: number;
  /** Of a hundred calls, how many fail and may be tried again. */
  readonly failing: number;
}

const SLOWEST_MS = 40;

export class Processes {
  /** `<call> <fate>` → how often. */
  readonly counts = new Map<string, number>();
  hazard: Hazard = { dying: 0, failing: 0 };
  readonly #time: VirtualTime;
  readonly #random: Random;

  constructor(time: VirtualTime, random: Random) {
    this.#time = time;
    this.#random = random;
  }

  /**
   * A function that begins; all that it is given belongs to it, and is dead when it is.
   *
   * @param times as dangerous as the others' lives: there are fewer of it
   */
  start(times = 1) {
    const process = { isDead: false };
    const call = async <Answer>(name: string, effect: () => Promise<Answer>): Promise<Answer> => {
      await this.#time.sleep(1 + this.#random.below(SLOWEST_MS));
      if (process.isDead) throw new FunctionDiedError();
      const fate = this.#fate(times);
      this.counts.set(`${name} ${fate}`, (this.counts.get(`${name} ${fate}`) ?? 0) + 1);
      if (fate === 'dies before' || fate === 'fails before') this.#end(process, fate);
      const answer = await effect();
      if (fate === 'dies after' || fate === 'fails after') this.#end(process, fate);
      return answer;
    };
    /** The same store, whose every call may be the last. */
    const through = <Store extends object>(name: string, store: Store): Store =>
      new Proxy(store, {
        get: (target, property) => {
          const method: unknown = Reflect.get(target, property);
          if (typeof method !== 'function') return method;
          return (...input: readonly unknown[]) =>
            call(`${name}.${String(property)}`, () => Reflect.apply(method, target, input) as Promise<unknown>);
        },
      });
    return { call, through };
  }

  #fate(times: number): Fate {
    const { dying, failing } = this.hazard;
    const drawn = this.#random.below(1_000) / 10;
    if (drawn < times * dying) return this.#random.below(2) === 0 ? 'dies before' : 'dies after';
    if (drawn < times * (dying + failing)) return this.#random.below(2) === 0 ? 'fails before' : 'fails after';
    return 'works';
  }

  #end(process: { isDead: boolean }, fate: Fate): never {
    if (fate.startsWith('fails')) throw new RetryableError('the network failed');
    process.isDead = true;
    throw new FunctionDiedError();
  }
}
