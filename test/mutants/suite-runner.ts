// The suites over one copy. Test files are run by a process that stays (suite-server.ts), and is replaced when it hangs.
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Suite } from './mutant.ts';
import { end, keep, run } from './processes.ts';
import type { Ran, ToRun } from './suite-server.ts';
import { broken, type Verdict, VIOLATION, verdictOfLate, verdictOfSimulator, verdictOfTests } from './verdict.ts';

const HISTORIES = '200';
const SIMULATOR = ['node_modules/tsx/dist/cli.mjs', 'test/simulation/main.ts', '--histories', HISTORIES];
const SERVER = fileURLToPath(new URL('./suite-server.ts', import.meta.url));

export interface SuiteOptions {
  readonly limitMs: number;
  /** What is different from how it was at first, as absolute paths. @default nothing */
  readonly changed?: readonly string[];
  readonly hangs?: boolean | undefined;
}

export class SuiteRunner {
  readonly #folder: string;
  #server: Promise<ChildProcess> | undefined;
  /** What was different the last time: by now it is as at first, and what runs the suites has read it as it was then. */
  #before: readonly string[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  async run(suite: Suite, { limitMs, changed = [], hangs }: SuiteOptions): Promise<Verdict> {
    if (suite === 'simulate') {
      const isEnough = (output: string) => VIOLATION.test(output);
      return verdictOfSimulator(await run(SIMULATOR, { folder: this.#folder, limitMs, isEnough }));
    }
    const toRun = { suites: [suite], changed: [...this.#before, ...changed], bail: true };
    this.#before = changed;
    return this.#ask(toRun, limitMs, hangs);
  }

  /** All of them, to the end, without a mistake. */
  async control(suites: readonly Suite[], limitMs: number): Promise<Verdict> {
    const files = suites.filter((suite) => suite !== 'simulate');
    const tests = await this.#ask({ suites: files, changed: [], bail: false }, limitMs);
    if (tests.kind !== 'passed' || files.length === suites.length) return tests;
    return this.run('simulate', { limitMs });
  }

  async #ask(toRun: ToRun, limitMs: number, hangs?: boolean): Promise<Verdict> {
    this.#server ??= this.#start();
    const server = await this.#server;
    const answer = await answerOf(server, toRun, limitMs);
    if (answer !== 'late' && answer !== 'ended') return verdictOfTests(answer.files, answer.outside, hangs);
    end(server);
    this.#server = undefined;
    return answer === 'late' ? verdictOfLate(hangs) : broken('ended the process that ran it');
  }

  #start(): Promise<ChildProcess> {
    const args = ['--import', 'tsx', SERVER];
    const stdio = ['ignore', 'ignore', 'ignore', 'ipc'] as const;
    const server = keep(spawn(process.execPath, args, { cwd: this.#folder, detached: true, stdio: [...stdio] }));
    return new Promise((resolve, reject) => {
      server.once('message', () => resolve(server));
      server.once('exit', (code) => reject(new Error(`what runs the suites did not start: ${code}`)));
    });
  }
}

function answerOf(server: ChildProcess, toRun: ToRun, limitMs: number): Promise<Ran | 'late' | 'ended'> {
  return new Promise((resolve) => {
    const settle = (answer: Ran | 'late' | 'ended') => {
      clearTimeout(timer);
      server.off('message', onMessage);
      server.off('exit', onExit);
      resolve(answer);
    };
    const onMessage = (ran: unknown) => settle(ran as Ran);
    const onExit = () => settle('ended');
    const timer = setTimeout(() => settle('late'), limitMs);
    server.on('message', onMessage);
    server.on('exit', onExit);
    server.send(toRun);
  });
}
