// A worker thread per core, started once: each runs one share of seeds at a time.
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Report, Share } from './worker.ts';

export interface ShareRun {
  readonly histories: number;
  readonly systemCalls: number;
  readonly violations: readonly Violated[];
}

export interface Violated {
  readonly seed: number;
  readonly message: string;
}

export class WorkerPool {
  readonly size = availableParallelism();
  readonly #idle: Worker[];
  readonly #waiting: ((worker: Worker) => void)[] = [];

  constructor() {
    this.#idle = Array.from({ length: this.size }, () => new Worker(new URL('./start-worker.mjs', import.meta.url)));
  }

  async run(share: Share, onProgress: (histories: number) => void = () => {}): Promise<ShareRun> {
    const worker = this.#idle.pop() ?? (await new Promise<Worker>((resolve) => this.#waiting.push(resolve)));
    try {
      return await runOn(worker, share, onProgress);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#idle.push(worker);
      else next(worker);
    }
  }

  /** Spreads seeds over all workers. */
  async runSeeds(
    firstSeed: number,
    histories: number,
    flag?: string,
    onProgress?: (done: number) => void,
  ): Promise<ShareRun> {
    const lastSeed = firstSeed + histories - 1;
    let done = 0;
    const shares = Array.from({ length: this.size }, (_, offset) => {
      const share = { firstSeed: firstSeed + offset, lastSeed, stride: this.size, flag, stopAtFirst: false };
      return this.run(share, (more) => {
        done += more;
        onProgress?.(done);
      });
    });
    const runs = await Promise.all(shares);
    return {
      histories: runs.reduce((sum, run) => sum + run.histories, 0),
      systemCalls: runs.reduce((sum, run) => sum + run.systemCalls, 0),
      violations: runs.flatMap(({ violations }) => violations).sort((a, b) => a.seed - b.seed),
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.#idle.map((worker) => worker.terminate()));
  }
}

function runOn(worker: Worker, share: Share, onProgress: (histories: number) => void): Promise<ShareRun> {
  return new Promise((resolve, reject) => {
    const violations: Violated[] = [];
    let histories = 0;
    let systemCalls = 0;
    const settle = () => worker.removeAllListeners();
    worker.on('error', (error) => {
      settle();
      reject(error);
    });
    worker.on('message', (report: Report) => {
      if (report.type === 'violation') violations.push({ seed: report.seed, message: report.message });
      if (report.type === 'progress') {
        histories += report.histories;
        systemCalls += report.systemCalls;
        onProgress(report.histories);
      }
      if (report.type === 'done') {
        settle();
        resolve({ histories, systemCalls, violations });
      }
    });
    worker.postMessage(share);
  });
}
