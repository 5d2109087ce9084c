// Kills workers of functions, as a host that fails would.
import type { LocalCloud } from '../../local/local-cloud.ts';
import { aliveProcesses } from './alive-processes.ts';

/** MiniStack runs each function's environment as a process whose program lies in the run's own folder. */
export function killWorkers({ folder }: Pick<LocalCloud, 'folder'>, choose: () => boolean = () => true): number {
  const workers = aliveProcesses(`${folder}/tmp`).filter(choose);
  for (const line of workers) {
    try {
      process.kill(Number(line.split(' ')[0]), 'SIGKILL');
    } catch {
      // It was faster.
    }
  }
  return workers.length;
}
