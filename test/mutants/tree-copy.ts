// A copy of the checkout for one worker to plant mistakes in: the checkout itself is never changed. The packages and the
// Python environment are linked, since nothing is planted there.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Mutant, plant } from './mutant.ts';

export const ROOT = join(import.meta.dirname, '..', '..');

const LINKED = ['node_modules', '.local/python'];

export class TreeCopy {
  readonly folder = mkdtempSync(join(tmpdir(), 'tenure-mutants-'));

  /** What Git has and what it will have, as it is now. It goes with the process. */
  constructor() {
    process.once('exit', () => rmSync(this.folder, { recursive: true, force: true }));
    const list = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
    const files = execFileSync('git', list, { cwd: ROOT, encoding: 'utf8' }).split('\0');
    for (const file of files.filter((each) => each !== '' && existsSync(join(ROOT, each)))) {
      cpSync(join(ROOT, file), join(this.folder, file), { recursive: true });
    }
    for (const path of LINKED) {
      mkdirSync(dirname(join(this.folder, path)), { recursive: true });
      symlinkSync(join(ROOT, path), join(this.folder, path));
    }
  }

  /** Runs `work` while the mistake is in the copy. */
  async withMistake<Result>(mutant: Mutant, work: () => Promise<Result>): Promise<Result> {
    const path = join(this.folder, mutant.file);
    const original = readFileSync(path, 'utf8');
    writeFileSync(path, plant(original, mutant));
    try {
      return await work();
    } finally {
      writeFileSync(path, original);
    }
  }
}

/** What is wrong with mutants that the code as it stands has outgrown. */
export function staleIn(mutants: readonly Mutant[]): readonly string[] {
  return mutants.flatMap((mutant) => {
    try {
      if (!existsSync(join(ROOT, mutant.file))) return `the table is stale: of ${mutant.id}, ${mutant.file} is gone`;
      plant(readFileSync(join(ROOT, mutant.file), 'utf8'), mutant);
      return [];
    } catch (error) {
      return (error as Error).message;
    }
  });
}
