// A mutant is the code with one mistake planted in it. A mistake is found by its text, which must be in its file just once:
// where the code has moved on, the table must too.
export interface Mutant {
  /** Short and lasting: what `--only` takes. */
  readonly id: string;
  /** From the root of the repository. */
  readonly file: string;
  /** The text as it stands. */
  readonly find: string;
  readonly replace: string;
  /** What goes wrong for somebody, in plain words. */
  readonly breaks: string;
  /** Who is asked, in this order: test files, or the simulator. */
  readonly suites: readonly Suite[];
  /** Nobody can tell it from the right code, and why. It is run all the same: whoever catches it shows that to be wrong. */
  readonly equivalent?: string;
  /** A hole that is known: nobody catches it yet. It counts, but a sample, which looks for new ones, leaves it out. */
  readonly uncaught?: true;
  /** The mistake makes something wait for ever, so a test that runs out of time has caught it. @default false */
  readonly hangs?: true;
}

export type Suite = `test/${string}.test.ts` | 'simulate';

/** Mutants of one file. */
export function inFile(file: string, ...mutants: readonly Omit<Mutant, 'file'>[]): readonly Mutant[] {
  return mutants.map((mutant) => ({ file, ...mutant }));
}

/** The file's text with the mistake in it. Throws when the text to replace is not there just once. */
export function plant(text: string, { id, file, find, replace }: Mutant): string {
  const parts = text.split(find);
  if (parts.length === 2) return parts.join(replace);
  const found = parts.length === 1 ? 'is not there' : `is there ${parts.length - 1} times`;
  throw new Error(`the table is stale: of ${id}, the text to replace ${found} in ${file}:\n${find}`);
}
