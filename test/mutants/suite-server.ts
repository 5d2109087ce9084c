// Runs test files over one copy, again and again in one process: what has not changed need not be read and compiled anew
// for each mutant. Its parent ends it when the time is up.
import '../support/node-20.ts';
import { createVitest, type TestModule } from 'vitest/node';
import type { TestedFile } from './verdict.ts';

export interface ToRun {
  readonly suites: readonly string[];
  /** Absolute paths of what is different from the last time. */
  readonly changed: readonly string[];
  /** Ends with the first test that fails. */
  readonly bail: boolean;
}

export interface Ran {
  readonly files: readonly TestedFile[];
  /** What went wrong outside all of them. */
  readonly outside: readonly string[];
}

const QUIET = {};
const vitest = await createVitest('test', {
  root: process.cwd(),
  watch: false,
  reporters: [QUIET],
  pool: 'threads',
  fileParallelism: false,
  // What is tried has changed since the last time.
  isolate: true,
});

process.on('message', (toRun: ToRun) => {
  run(toRun).then(
    (ran) => process.send?.(ran),
    (error: unknown) => process.send?.({ files: [], outside: [String(error)] } satisfies Ran),
  );
});
// Its parent is gone.
process.once('disconnect', () => process.exit(0));
process.send?.('ready');

async function run({ suites, changed, bail }: ToRun): Promise<Ran> {
  for (const path of changed) vitest.invalidateFile(path);
  vitest.config.bail = bail ? 1 : 0;
  for (const project of vitest.projects) project.config.bail = bail ? 1 : 0;
  // Nothing of the last run may pass for a result of this one.
  vitest.state.filesMap.clear();
  vitest.state.idMap.clear();
  vitest.state.clearErrors();
  const files = await vitest.globTestSpecifications([...suites]);
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(files);
  const asked = new Set(files.map(({ moduleId }) => moduleId));
  const answered = testModules.filter(({ moduleId }) => asked.has(moduleId));
  return { files: answered.map(toTestedFile), outside: unhandledErrors.map(String) };
}

function toTestedFile(module: TestModule): TestedFile {
  const tests = [...module.children.allTests()].map((test) => {
    const { state, errors } = test.result();
    const [error] = errors ?? [];
    return {
      fullName: test.fullName,
      state,
      ...(error !== undefined && { error: { name: error.name ?? 'Error', message: error.message } }),
    };
  });
  return { state: module.state(), errors: module.errors().map(({ message }) => message), tests };
}
