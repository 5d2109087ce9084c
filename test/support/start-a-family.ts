// Started by local-cloud-processes.test.ts as a process of its own, to be killed: starts what must end with it.
import { baseEnvironment, Processes } from '../../local/processes.ts';

const [folder = '', script = ''] = process.argv.slice(2);
const processes = new Processes(folder, () => {});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
await processes.start({
  name: 'Family',
  command: process.execPath,
  arguments: ['-e', script, process.env['MARK'] ?? '', '2'],
  environment: { ...baseEnvironment(), FAMILY: script },
  timeoutMs: 20_000,
  isReady: async () => true,
});
