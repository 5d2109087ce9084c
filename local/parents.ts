// `npm start` is a chain: npm, a shell, tsx, and at its end the process that does the work. When a link of it is killed
// outright, nobody tells the end; so the end looks.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const LOOK_MS = 1_000;
const MAXIMUM_LINKS = 5;

/** Calls back once when a process between npm and this one is gone. Does nothing when npm did not start this. */
export function watchParents(onGone: () => void): void {
  const chain = chainToNpm();
  if (chain.length < 2) return;
  const timer = setInterval(() => {
    // A dead parent's children are given another, so this holds even while nobody has buried the dead.
    if (chain.slice(0, -1).every((pid, link) => parentOf(pid) === chain[link + 1])) return;
    clearInterval(timer);
    onGone();
  }, LOOK_MS);
  timer.unref();
}

/** This process, its parent, ... up to npm; empty when npm is not among them. */
function chainToNpm(): readonly number[] {
  const chain = [process.pid];
  for (let link = 0; link < MAXIMUM_LINKS; link += 1) {
    const parent = parentOf(chain.at(-1) ?? 0);
    if (parent === undefined || parent <= 1) return [];
    chain.push(parent);
    if (/^npm |\bnpm(?:-cli\.js)?\s/.test(commandOf(parent))) return chain;
  }
  return [];
}

function parentOf(pid: number): number | undefined {
  if (pid === process.pid) return process.ppid;
  const found = existsSync('/proc/self/stat') ? statOf(pid) : ask(pid, 'ppid=');
  return found === undefined ? undefined : Number(found);
}

/** `pid (name) state ppid ...`; the name may hold anything, blanks and brackets too. */
function statOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
  } catch {
    return undefined;
  }
}

function commandOf(pid: number): string {
  try {
    return `${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')} `;
  } catch {
    return `${ask(pid, 'command=') ?? ''} `;
  }
}

function ask(pid: number, column: string): string | undefined {
  try {
    return execFileSync('ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}
