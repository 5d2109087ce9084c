// Which processes are there, zombies not counted: those have ended and only wait for somebody to take notice.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** The command lines that contain this text. */
export function aliveProcesses(text: string): readonly string[] {
  const lines = existsSync('/proc/self/cmdline') ? fromProc() : fromPs();
  return lines.filter((line) => line.includes(text));
}

function fromProc(): readonly string[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return [];
    try {
      // A zombie's command line is empty.
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      return line === '' ? [] : [`${pid} ${line}`];
    } catch {
      return [];
    }
  });
}

function fromPs(): readonly string[] {
  const lines = execFileSync('ps', ['-axo', 'pid=,stat=,command='], { encoding: 'utf8' }).split('\n');
  return lines.filter((line) => !/^\s*\d+\s+Z/.test(line));
}
