// npm run simulate -- --sealing: many lives of the sealed log. A failure names its seed; `--seed N` replays one.
import '../../support/node-20.ts';
import '../../support/quiet-logs.ts';
import { SEALING_PLANTS } from './plants.ts';
import { type SealingOutcome, simulateSealing } from './simulate.ts';

const SHOWN_FAULTS = 5;

/** @returns the exit code */
export async function runSealing(firstSeed: number, histories: number): Promise<number> {
  const startedMs = performance.now();
  const counts = new Map<string, number>();
  let [entries, checkpoints, failed] = [0, 0, 0];
  for (let seed = firstSeed; seed < firstSeed + histories; seed += 1) {
    const outcome = await simulateSealing(seed);
    entries += outcome.entries;
    checkpoints += outcome.checkpoints;
    for (const [name, count] of outcome.counts) counts.set(name, (counts.get(name) ?? 0) + count);
    if (outcome.faults.length > 0) {
      failed += 1;
      show(seed, outcome);
    }
  }
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
  console.log(
    `${histories} lives of the log from seed ${firstSeed}: ${entries} entries, ${checkpoints} checkpoints, ${failed} failed, ${seconds} s`,
  );
  const died = [...counts].filter(([name]) => name.includes(' dies ')).sort();
  console.log(`functions died at: ${died.map(([name, count]) => `${name} ${count}`).join(', ')}`);
  return failed === 0 ? 0 : 1;
}

/** How many lives it takes until each planted mistake is seen. */
export async function runSealingPlants(histories: number): Promise<number> {
  let missed = 0;
  for (const plant of SEALING_PLANTS) {
    let seed = 1;
    while (seed <= histories && (await simulateSealing(seed, plant)).faults.length === 0) seed += 1;
    missed += seed > histories ? 1 : 0;
    console.log(`${plant.name}: ${seed > histories ? 'not seen' : `seen after ${seed}`}`);
  }
  return missed === 0 ? 0 : 1;
}

function show(seed: number, { faults }: SealingOutcome): void {
  console.log(`\nseed ${seed}: ${faults.length} faults\n  npm run simulate -- --sealing --seed ${seed}`);
  for (const fault of faults.slice(0, SHOWN_FAULTS)) console.log(`  ${fault}`);
}
