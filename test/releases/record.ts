// Keeps what the version at hand is like for tests of the versions after it: `npx tsx test/releases/record.ts 0.2.0`.
// Its state machines are copied; what they send to functions is taken from simulated histories; and of its templates it
// keeps what a later deployment must leave as it is.
import '../support/node-20.ts';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { simulate } from '../simulation/simulate.ts';
import { deploymentOf } from './deployment.ts';
import { shapeOf } from './shape.ts';

const HISTORIES = 600;

const [release] = process.argv.slice(2);
if (release === undefined) throw new Error('expected a name for the version, such as 0.2.0');
const folder = join('test', 'releases', release);
mkdirSync(folder, { recursive: true });
cpSync('statemachines', join(folder, 'statemachines'), { recursive: true });
write('payloads.json', await recordPayloads());
write('deployment.json', deploymentOf({ 'tenure.hrSources': '["acme-hr"]' }));

async function recordPayloads(): Promise<Record<string, readonly unknown[]>> {
  const found = new Map<string, Map<string, unknown>>();
  const onInvoked = (name: string, payload: unknown) => {
    const stem = name.startsWith('connector-') ? 'call-application' : name;
    const shapes = found.get(stem) ?? new Map<string, unknown>();
    const shape = shapeOf(payload);
    if (!shapes.has(shape)) shapes.set(shape, structuredClone(payload));
    found.set(stem, shapes);
  };
  for (let seed = 1; seed <= HISTORIES; seed += 1) await simulate({ seed, onInvoked });
  const byName = [...found].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    byName.map(([name, shapes]) => [name, [...shapes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)]),
  );
}

function write(file: string, content: object): void {
  writeFileSync(join(folder, file), `${JSON.stringify(content, null, 2)}\n`);
}
