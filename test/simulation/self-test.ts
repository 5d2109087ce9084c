// Each planted fault must be caught. What is not caught is a hole in the simulator.
import { PLANTS } from './plants.ts';
import type { WorkerPool } from './worker-pool.ts';

/** The rarest is met once in some five thousand. */
export const MAXIMUM_HISTORIES = 6_000;

export interface Caught {
  readonly flag: string;
  readonly mistake: string;
  /** The first seed that catches it, counted from 1: how many histories it took. Undefined: not caught. */
  readonly histories: number | undefined;
  readonly violation: string;
}

export function selfTest(pool: WorkerPool, onCaught: (caught: Caught) => void = () => {}): Promise<readonly Caught[]> {
  return Promise.all(
    PLANTS.map(async ({ flag, mistake }) => {
      const share = { firstSeed: 1, lastSeed: MAXIMUM_HISTORIES, flag, stopAtFirst: true };
      const [first] = (await pool.run(share)).violations;
      const caught = { flag, mistake, histories: first?.seed, violation: first?.message ?? 'NOT CAUGHT' };
      onCaught(caught);
      return caught;
    }),
  );
}

export function describeCaught({ flag, histories, violation }: Caught): string {
  return `${flag.padEnd(28)} ${String(histories ?? '-').padStart(6)}  ${violation.slice(0, 110)}`;
}
