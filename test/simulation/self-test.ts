// Each planted fault must be caught. What is not caught is a hole in the simulator.
import { PLANTS } from './plants.ts';
import type { WorkerPool } from './worker-pool.ts';

/** The rarest is met once in some five thousand. */
export const MAXIMUM_HISTORIES = 6_000;

/** Flag → the seed to begin with: those that are rare begin shortly before where they were met last, or it would take minutes. */
const FROM: Readonly<Record<string, number>> = {
  'exceptions-without-effect': 4_900,
  'deadlines-stay': 4_000,
  'survivor-keeps-duplicate': 1_100,
  'queues-of-the-departed': 860,
  'replacements-untold': 2_500,
  'links-work-twice': 1_100,
  // Agents whom it suspends plan for ever, which takes a minute each; there are none among these.
  'on-leave-takes-over': 165,
};

export interface Caught {
  readonly flag: string;
  readonly mistake: string;
  /** How many histories it took. Undefined: not caught. */
  readonly histories: number | undefined;
  readonly violation: string;
}

export function selfTest(pool: WorkerPool, onCaught: (caught: Caught) => void = () => {}): Promise<readonly Caught[]> {
  return Promise.all(
    PLANTS.map(async ({ flag, mistake }) => {
      const { [flag]: firstSeed = 1 } = FROM;
      const share = { firstSeed, lastSeed: firstSeed + MAXIMUM_HISTORIES - 1, flag, stopAtFirst: true };
      const [first] = (await pool.run(share)).violations;
      const histories = first && first.seed - firstSeed + 1;
      const caught = { flag, mistake, histories, violation: first?.message ?? 'NOT CAUGHT' };
      onCaught(caught);
      return caught;
    }),
  );
}

export function describeCaught({ flag, histories, violation }: Caught): string {
  return `${flag.padEnd(28)} ${String(histories ?? '-').padStart(6)}  ${violation.slice(0, 110)}`;
}
