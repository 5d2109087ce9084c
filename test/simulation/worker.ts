// Runs shares of the seeds in a process of its own, one share after the other, and reports each violation.
import '../support/node-20.ts';
import { addCounts, type Counts, countOnce } from './coverage.ts';
import { PLANTS } from './plants.ts';
import { simulate } from './simulate.ts';
import { RestlessError } from './virtual-time.ts';

export interface Share {
  readonly firstSeed: number;
  readonly lastSeed: number;
  readonly flag?: string | undefined;
  readonly stopAtFirst: boolean;
}

export type Report =
  | { readonly type: 'progress'; readonly histories: number; readonly systemCalls: number; readonly counts: Counts }
  /** What is under way: should the worker die, this is of what. */
  | { readonly type: 'begun'; readonly seed: number }
  | { readonly type: 'violation'; readonly seed: number; readonly message: string }
  | { readonly type: 'done' };

const REPORT_EVERY = 200;
/** Without anybody to report to there is nothing left to do. */
const report = (message: Report) => process.send?.(message, (error: Error | null) => error && process.exit(1));

// Its parent is gone, in whatever it is just then.
process.once('disconnect', () => process.exit());
process.on('message', async (share: Share) => {
  await runShare(share);
  report({ type: 'done' });
});

async function runShare({ firstSeed, lastSeed, flag, stopAtFirst }: Share): Promise<void> {
  const plant = PLANTS.find((candidate) => candidate.flag === flag);
  let histories = 0;
  let systemCalls = 0;
  let counts: Counts = {};
  const flush = () => {
    report({ type: 'progress', histories, systemCalls, counts });
    histories = 0;
    systemCalls = 0;
    counts = {};
  };
  for (let seed = firstSeed; seed <= lastSeed; seed += 1) {
    report({ type: 'begun', seed });
    const outcome = await simulate({ seed, plant }).catch((error: unknown) => {
      if (!(error instanceof RestlessError)) throw error;
      report({ type: 'violation', seed, message: error.message });
    });
    histories += 1;
    if (outcome === undefined) {
      if (stopAtFirst) break;
      continue;
    }
    systemCalls += outcome.systemCalls;
    counts = addCounts(counts, countOnce(outcome.happened));
    if (outcome.violation !== undefined) {
      report({ type: 'violation', seed, message: outcome.violation.message });
      if (stopAtFirst) break;
    }
    if (histories === REPORT_EVERY) flush();
  }
  flush();
}
