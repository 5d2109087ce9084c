// What sealing and verifying a log take, by how many entries it has: the tree grown as the sealer grows it, into a folder,
// and that folder verified whole. Seconds are of the CPU of this machine, which other work disturbs less than a clock.
// Making up the entries does not count.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { copyIn } from '../../bin/audit-verify-files.ts';
import { encodeLogEntry } from '../../lambdas/core/audit/log-entry.ts';
import { growTree } from '../../lambdas/core/audit/tlog/tree.ts';
import { verifyLog } from '../../lambdas/core/audit/verify/verify-log.ts';
import { checkpointPath, logEntry, signedCheckpoint, VKEY } from '../support/sealed-log.ts';

const SIZES = [10_000, 100_000, 1_000_000];
/** As many entries as a minute brings at about 17 a second. */
const SEALED_AT_ONCE = 1000;
const SUBJECTS = 50_000;
/** Every one as large as a joiner's, whose fact is in it whole and encrypted; all others are smaller. */
const LEAF_BYTES = 1_373;

/** `sizes` as they stand behind `npm run bench -- audit`. */
export async function printSealedLogs(sizes: readonly string[]): Promise<void> {
  console.log(
    `What does it take to seal a log, and to verify it whole, in seconds of CPU? Entries of ${LEAF_BYTES} bytes.`,
  );
  for (const size of sizes.length === 0 ? SIZES : sizes.map(Number)) {
    const folder = mkdtempSync(join(tmpdir(), 'tenure-bench-'));
    try {
      const sealing = await seal(folder, size);
      const start = performance.now();
      const before = process.cpuUsage();
      const { faultCount, checked } = await verifyLog(copyIn(folder), { vkeys: [VKEY] });
      const verifying = cpuSecondsSince(before);
      if (faultCount > 0 || checked.entries !== size)
        throw new Error(`${faultCount} faults, ${checked.entries} entries`);
      const { rss } = process.memoryUsage();
      console.log(
        `  ${String(size).padStart(9)} entries  seal ${figure(sealing)} s  verify ${figure(verifying)} s` +
          ` (${((performance.now() - start) / 1000).toFixed(1)} s by the clock), ${figure((verifying / size) * 1e6)} µs an entry,` +
          ` ${checked.checkpoints} checkpoints, ${checked.objects} objects, ${Math.round(rss / 1e6)} MB`,
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

async function seal(folder: string, entries: number): Promise<number> {
  let seconds = 0;
  for (let size = 0; size < entries; ) {
    const count = Math.min(SEALED_AT_ONCE, entries - size);
    const leaves = Array.from({ length: count }, (_, index) => leafOf(size + index));
    const before = process.cpuUsage();
    const grown = await growTree(size, leaves, async (path) => readFileSync(join(folder, path)));
    for (const { path, bytes } of grown.objects) put(folder, path, bytes);
    size = grown.size;
    const checkpoint = await signedCheckpoint(size, grown.root);
    for (const path of [checkpointPath(size), 'checkpoint']) put(folder, path, checkpoint);
    seconds += cpuSecondsSince(before);
  }
  return seconds;
}

function leafOf(index: number): Uint8Array {
  const without = encodeLogEntry(logEntry(index, { personal: 'x' }, SUBJECTS)).length - 1;
  const leaf = encodeLogEntry(logEntry(index, { personal: 'x'.repeat(LEAF_BYTES - without) }, SUBJECTS));
  if (leaf.length !== LEAF_BYTES) throw new Error(`a leaf of ${leaf.length} bytes`);
  return leaf;
}

function put(folder: string, path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), bytes);
}

function cpuSecondsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function figure(seconds: number): string {
  return seconds.toFixed(1).padStart(6);
}
