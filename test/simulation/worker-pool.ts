// A worker process per core, started once: each runs one share of seeds at a time.
import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { addCounts, type Counts } from './coverage.ts';
import type { Report, Share } from './worker.ts';

export interface ShareRun {
  readonly histories: number;
  readonly systemCalls: number;
  /** In how many histories each kind of thing occurred. */
  readonly counts: Counts;
  readonly violations: readonly Violated[];
}

export interface Violated {
  readonly seed: number;
  readonly message: string;
}

/** Where the built worker is put: below the repository, so that it finds the packages. */
const BUILT_WORKER = '.local/simulation-worker.mjs';

/** What functions log of faults that the simulated world makes is none of a run's output. */
const QUIET = { ...process.env, POWERTOOLS_LOG_LEVEL: 'SILENT' };
/** Each core has a worker of its own: collecting garbage on further threads takes from the others. */
const GARBAGE_COLLECTION = ['--single-threaded-gc', '--max-semi-space-size=64'];
/**
 * Its compiler's threads take from the others, too: what runs in few histories is compiled for good only once it has run
 * six times as often as by default (67,584 bytecodes), and what has not run for a while is not thrown away.
 */
const COMPILATION = ['--interrupt-budget=400000', '--no-flush-bytecode'];
const SEEDS_AT_A_TIME = 250;
/** A history takes a hundredth of a second, one of months that is much told a few. */
const SLOW_MS = 60_000;

interface Listening {
  readonly progress?: ((done: number) => void) | undefined;
  readonly violation?: ((violated: Violated) => void) | undefined;
  /** Told of a history that has not come to its end for a minute. */
  readonly slow?: ((seed: number) => void) | undefined;
}

export class WorkerPool {
  readonly size: number;
  readonly #idle: ChildProcess[];
  readonly #waiting: ((worker: ChildProcess) => void)[] = [];

  /** Built once: loading TypeScript as it goes would slow each worker down by a third. */
  static async start(): Promise<WorkerPool> {
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(new URL('./worker.ts', import.meta.url))],
      outfile: BUILT_WORKER,
      write: false,
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      target: 'node20',
      supported: { 'object-rest-spread': false },
      logLevel: 'error',
    });
    mkdirSync(dirname(BUILT_WORKER), { recursive: true });
    writeFileSync(BUILT_WORKER, withPlainSpreads(outputFiles[0]?.text ?? ''));
    return new WorkerPool(availableParallelism());
  }

  private constructor(size: number) {
    this.size = size;
    this.#idle = Array.from({ length: size }, () =>
      fork(BUILT_WORKER, { execArgv: [...GARBAGE_COLLECTION, ...COMPILATION], env: QUIET }),
    );
  }

  async run(share: Share, on: Omit<Listening, 'violation'> = {}): Promise<ShareRun> {
    const worker = this.#idle.pop() ?? (await new Promise<ChildProcess>((resolve) => this.#waiting.push(resolve)));
    try {
      return await runOn(worker, share, on);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#idle.push(worker);
      else next(worker);
    }
  }

  /** Spreads seeds over all workers, a few at a time: one that is slow holds up nobody. */
  async runSeeds(firstSeed: number, histories: number, flag?: string, on: Listening = {}): Promise<ShareRun> {
    const lastSeed = firstSeed + histories - 1;
    let done = 0;
    const shares = Array.from({ length: Math.ceil(histories / SEEDS_AT_A_TIME) }, async (_, index) => {
      const from = firstSeed + index * SEEDS_AT_A_TIME;
      const to = Math.min(lastSeed, from + SEEDS_AT_A_TIME - 1);
      const progress = (more: number) => {
        done += more;
        on.progress?.(done);
      };
      const share = { firstSeed: from, lastSeed: to, flag, stopAtFirst: false };
      const run = await this.run(share, { progress, slow: on.slow });
      for (const violated of run.violations) on.violation?.(violated);
      return run;
    });
    const runs = await Promise.all(shares);
    return {
      histories: runs.reduce((sum, run) => sum + run.histories, 0),
      systemCalls: runs.reduce((sum, run) => sum + run.systemCalls, 0),
      counts: runs.reduce((sum, run) => addCounts(sum, run.counts), {}),
      violations: runs.flatMap(({ violations }) => violations).sort((a, b) => a.seed - b.seed),
    };
  }

  close(): void {
    for (const worker of this.#idle) worker.disconnect();
  }
}

/**
 * Node 20's engine makes a new map for each object that `{ ...some, more }` makes, at ten times the cost of an assignment;
 * all that reads such an object is slow as well. What esbuild writes in the place of spreads becomes that assignment.
 */
function withPlainSpreads(built: string): string {
  const helpers = /var __spreadValues = .*?\n\};\nvar __spreadProps = .*?;\n/s;
  if (!helpers.test(built)) throw new Error('esbuild writes object spreads in another way than this expects');
  return built.replace(helpers, 'var __spreadValues = Object.assign;\nvar __spreadProps = Object.assign;\n');
}

function runOn(
  worker: ChildProcess,
  share: Share,
  { progress, slow }: Omit<Listening, 'violation'>,
): Promise<ShareRun> {
  return new Promise((resolve, reject) => {
    const violations: Violated[] = [];
    let histories = 0;
    let systemCalls = 0;
    let counts: Counts = {};
    let seed = share.firstSeed;
    let watch: NodeJS.Timeout | undefined;
    const settle = () => {
      clearTimeout(watch);
      worker.removeAllListeners();
    };
    const fail = (error: unknown) => {
      settle();
      reject(error instanceof Error ? error : new Error(`the worker ended (${error}) in the history of seed ${seed}`));
    };
    worker.on('error', fail);
    worker.on('exit', fail);
    worker.on('message', (report: Report) => {
      if (report.type === 'begun') {
        seed = report.seed;
        clearTimeout(watch);
        watch = setTimeout(() => slow?.(report.seed), SLOW_MS);
      }
      if (report.type === 'violation') violations.push({ seed: report.seed, message: report.message });
      if (report.type === 'progress') {
        histories += report.histories;
        systemCalls += report.systemCalls;
        counts = addCounts(counts, report.counts);
        progress?.(report.histories);
      }
      if (report.type === 'done') {
        settle();
        resolve({ histories, systemCalls, counts, violations });
      }
    });
    worker.send(share);
  });
}
