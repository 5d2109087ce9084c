// What the processes of the local cloud have computed so far, as Linux counts it: other than a duration, that hardly
// depends on what else the machine is doing.
import { readdirSync, readFileSync } from 'node:fs';

/** USER_HZ, which Linux has fixed for what it tells processes (proc(5)). */
const TICKS_A_SECOND = 100;
/** After the name in parentheses: ppid, utime and stime (proc(5), /proc/pid/stat). */
const [PARENT, USER, SYSTEM] = [1, 11, 12];

interface Process {
  readonly parent: number;
  readonly seconds: number;
  readonly name: string;
}

/** Part of the local cloud → CPU seconds of its processes that are alive, all of them descendants of this one. */
export function cpuSeconds(): ReadonlyMap<string, number> {
  const processes = new Map(
    readdirSync('/proc').flatMap((entry): [number, Process][] => {
      const read = /^\d+$/.test(entry) ? readProcess(entry) : undefined;
      return read === undefined ? [] : [[Number(entry), read]];
    }),
  );
  const descends = (id: number): boolean => {
    const parent = processes.get(id)?.parent;
    return parent !== undefined && (parent === process.pid || descends(parent));
  };
  const sums = new Map<string, number>();
  for (const [id, { name, seconds }] of processes) {
    if (descends(id)) sums.set(name, (sums.get(name) ?? 0) + seconds);
  }
  return sums;
}

export function cpuSecondsSince(before: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  return new Map([...cpuSeconds()].map(([name, took]) => [name, took - (before.get(name) ?? 0)]));
}

/** Undefined when it has ended meanwhile, or is somebody else's. */
function readProcess(id: string): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${id}/stat`, 'utf8');
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [parent = 0, user = 0, system = 0] = [PARENT, USER, SYSTEM].map((index) => fields[index]);
    const command = readFileSync(`/proc/${id}/cmdline`, 'utf8').split('\0');
    const environment = readFileSync(`/proc/${id}/environ`, 'utf8').split('\0');
    const named = environment.find((each) => each.startsWith('AWS_LAMBDA_FUNCTION_NAME='))?.split('=')[1];
    return { parent, seconds: (user + system) / TICKS_A_SECOND, name: nameOf(named, command) };
  } catch {
    return undefined;
  }
}

function nameOf(functionName: string | undefined, command: readonly string[]): string {
  if (functionName !== undefined) return `function ${shortNameOf(functionName)}`;
  const script = command.find((part) => /\.(py|ts)$/.test(part));
  return (
    script
      ?.split('/')
      .at(-1)
      ?.replace(/\.(py|ts)$/, '') ?? 'other'
  );
}

/** `Tenure-Lifecycle-WorkflowsSettleFunction5177FCA7-46537BEE1042F` → `WorkflowsSettle`; those with a name of their own keep it. */
function shortNameOf(functionName: string): string {
  const own = functionName.split('-').slice(2).join('-');
  return own.replace(/(Handler)?Function[0-9A-F]{8}.*$/, '') || functionName;
}
