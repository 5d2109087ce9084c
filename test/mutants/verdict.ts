// What a suite's run says about a mutant. Only a test that ran and found something wrong has caught it: a suite that does
// not load or runs out of time would fail for any reason, and shows nothing.
export type Verdict =
  | { readonly kind: 'caught'; readonly by: string }
  | { readonly kind: 'passed' }
  /** The suite failed, but not as one that found something. */
  | { readonly kind: 'broken'; readonly why: string };

/** A test file that was run, as vitest tells it. */
export interface TestedFile {
  readonly state: string;
  /** Of the file itself, not of its tests. */
  readonly errors: readonly string[];
  readonly tests: readonly TestedCase[];
}

export interface TestedCase {
  readonly fullName: string;
  readonly state: string;
  /** The first one. */
  readonly error?: { readonly name: string; readonly message: string };
}

const OUT_OF_TIME = /^(Test|Hook) timed out in /;
/** Code that does not run at all: the mistake would not have compiled. */
const NO_CODE: ReadonlySet<string> = new Set(['ReferenceError', 'SyntaxError']);

/** @param hangs whether the mistake makes something wait for ever, so that running out of time is how it shows */
export function verdictOfTests(
  files: readonly TestedFile[],
  outside: readonly string[] = [],
  hangs: boolean | undefined = false,
): Verdict {
  const tests = files.flatMap((file) => file.tests);
  const failed = tests.filter(({ state }) => state === 'failed');
  const isFound = ({ error }: TestedCase) =>
    error !== undefined && !NO_CODE.has(error.name) && (hangs || !OUT_OF_TIME.test(error.message));
  const found = failed.find(isFound);
  if (found !== undefined) return { kind: 'caught', by: found.fullName };
  const [first] = failed;
  if (first !== undefined) return broken(`${first.fullName}: ${first.error?.name}: ${firstLine(first.error?.message)}`);
  const file = files.find(({ state, errors }) => state === 'failed' || errors.length > 0);
  if (file !== undefined) return broken(`did not run: ${firstLine(file.errors[0])}`);
  if (outside.length > 0) return broken(`failed outside its tests: ${firstLine(outside[0])}`);
  return tests.some(({ state }) => state === 'passed') ? { kind: 'passed' } : broken('has no test that ran');
}

/** Its time was up, and it was ended. */
export function verdictOfLate(hangs: boolean | undefined = false): Verdict {
  return hangs ? { kind: 'caught', by: 'its time limit' } : broken('ran out of time');
}

/** How a program ended. */
export interface Ended {
  /** Undefined: it was ended since its time was up. */
  readonly code: number | undefined;
  readonly output: string;
}

/** The simulator names the seed, and what did not hold. */
export const VIOLATION = /^seed (\d+): (.+)$/m;

export function verdictOfSimulator({ code, output }: Ended): Verdict {
  const [, seed, violation] = VIOLATION.exec(output) ?? [];
  if (violation !== undefined) return { kind: 'caught', by: `seed ${seed}: ${violation}` };
  if (code === 0) return { kind: 'passed' };
  return code === undefined ? verdictOfLate() : broken(`ended with ${code} and no violation`);
}

export function broken(why: string): Verdict {
  return { kind: 'broken', why };
}

function firstLine(text = ''): string {
  return text.split('\n', 1)[0] ?? '';
}
