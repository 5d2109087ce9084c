// Checkpoints before a witness that nobody here wrote: it cosigns what grew, tells what it knows, and refuses a fork; and what it
// signed the verifier takes.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { copyIn } from '../../bin/audit-verify-files.ts';
import { parseWitnessKey } from '../../lambdas/core/audit/tlog/cosignature.ts';
import { verifierKey } from '../../lambdas/core/audit/tlog/note.ts';
import { verifyLog } from '../../lambdas/core/audit/verify/verify-log.ts';
import { witnessLog } from '../../lambdas/handlers/audit/witness-log.ts';
import { askWitness } from '../../lambdas/outbound/witness-client.ts';
import { memoryLogObjects } from '../support/memory-log.ts';
import {
  type LogObjects,
  logLeaves,
  ORIGIN,
  rotatedLog,
  sealedLog,
  sealingKey,
  VKEY,
  writeObjects,
} from '../support/sealed-log.ts';
import { type Litewitness, startLitewitness } from './servers/litewitness.ts';

const NAME = 'witness.example/tenure';
const LEAVES = logLeaves(1_200);
const SECOND = sealingKey(2);
let witness: Litewitness;
let folder: string;
const bucket = memoryLogObjects();
const published: Record<string, number>[] = [];
const warned: unknown[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tenure-witnessed-'));
  witness = await startLitewitness(NAME);
});
afterAll(async () => {
  await witness?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function publish(log: LogObjects): void {
  for (const [path, bytes] of log) bucket.objects.set(path, { bytes, tag: path });
}

/** As a function that has just started. */
const run = () =>
  witnessLog({
    objects: bucket,
    ask: askWitness,
    witnesses: [{ url: witness.url, key: witness.vkey }],
    quorum: 1,
    publish: (measured) => void published.push(measured),
    clock: Date.now,
    warn: (_, told) => void warned.push(told['error']),
  });

async function verify() {
  rmSync(folder, { recursive: true, force: true });
  writeObjects(folder, new Map([...bucket.objects].map(([path, { bytes }]) => [path, bytes])));
  return await verifyLog(copyIn(folder), { vkeys: [VKEY], witnesses: { vkeys: [witness.vkey], quorum: 1 } });
}

it('a witness that nobody here wrote cosigns a log as it grows, over a change of its key too, and no fork of it', async () => {
  expect(parseWitnessKey(witness.vkey).keyName).toBe(NAME);
  publish(await sealedLog(LEAVES, [1]));
  await run()();
  expect(warned.splice(0)).toEqual([expect.objectContaining({ message: 'it refused (403)' })]);

  await witness.trust(ORIGIN, VKEY);
  const growing = run();
  for (const sizes of [[1], [1, 255], [1, 255, 256], [1, 255, 256, 700]]) {
    publish(await sealedLog(LEAVES, sizes));
    expect(await growing()).toEqual({ size: sizes.at(-1), cosigned: 1 });
    const { faults, remarks, checked } = await verify();
    expect([faults, remarks]).toEqual([[], []]);
    expect(checked.witnessed).toMatchObject({ size: sizes.at(-1), witnesses: 1 });
  }
  expect(warned).toEqual([]);

  // Another key signs from here on: beside the first, and then alone, for which its operator has to know it.
  const change = [{ after: 700, key: SECOND }];
  publish(await rotatedLog(LEAVES, [1, 255, 256, 700, 900], change, true));
  expect(await run()()).toEqual({ size: 900, cosigned: 1 });
  publish(await rotatedLog(LEAVES, [1, 255, 256, 700, 900, 1_000], change));
  expect(await run()()).toEqual({ size: 1_000, cosigned: 0 });
  expect(warned.splice(0)).toEqual([expect.objectContaining({ message: 'it refused (403)' })]);
  await witness.trust(ORIGIN, verifierKey(ORIGIN, SECOND.publicKey));
  expect(await run()()).toEqual({ size: 1_000, cosigned: 1 });
  expect((await verify()).faults).toEqual([]);

  // A fork, signed as it must be: it is published, and nobody cosigns it.
  published.length = 0;
  const forged = LEAVES.with(3, LEAVES[4] ?? Buffer.of());
  publish(await rotatedLog(forged, [1, 255, 256, 700, 900, 1_000, 1_200], change));
  expect(await run()()).toEqual({ size: 1_200, cosigned: 0 });
  expect(published).toEqual([{ witnessesMissing: 1, witnessConflicts: 1 }]);
  expect((await verify()).faults.map(({ kind }) => kind)).toContain('fork');
}, 120_000);
