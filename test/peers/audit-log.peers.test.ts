// What Tenure seals, before verifiers that nobody here wrote: Go's own x/mod/sumdb (audit-log/main.go only names the
// places) and tessera's fsck. fsck hangs on some faults and exits with 0 on others, so its last line is what counts.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifierKey } from '../../lambdas/core/audit/tlog/note.ts';
import {
  checkpointPath,
  KEY,
  type LogObjects,
  logLeaves,
  ORIGIN,
  rotatedLog,
  type SealingKey,
  sealedLog,
  writeObjects,
} from '../support/sealed-log.ts';
import {
  bytesOf,
  CHANGES,
  copyOf,
  KEY_TAMPERINGS,
  LEAVES,
  SECOND,
  SIZES,
  TAMPERINGS,
  THIRD,
} from '../support/tampered-logs.ts';
import { buildGo } from './go.ts';

const MODULE = join(import.meta.dirname, 'audit-log');
/** Where it ends at all. */
const FSCK_TIMEOUT_MS = 120_000;
/** Of a log that it has never been seen to end on. */
const FSCK_HANGS_MS = 15_000;
const LARGEST = 70_000;

let folder: string;
let verifier: string;
let fsck: string;
let sealed: LogObjects;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tenure-audit-log-'));
  verifier = await buildGo(MODULE, '.', 'audit-log');
  fsck = await buildGo(MODULE, 'github.com/transparency-dev/tessera/cmd/fsck', 'fsck');
  sealed = await sealedLog(LEAVES, SIZES);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function written(name: string, log: LogObjects): string {
  const path = join(folder, name);
  rmSync(path, { recursive: true, force: true });
  writeObjects(path, log);
  return path;
}

function run(program: string, args: readonly string[], timeoutMs: number) {
  return new Promise<{ readonly code: number | undefined; readonly output: string }>((resolve) => {
    execFile(program, args, { timeout: timeoutMs, killSignal: 'SIGKILL' }, (error, out, err) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : undefined;
      resolve({ code, output: out + err });
    });
  });
}

const verify = (log: string, kept: readonly string[] = [], given: readonly SealingKey[] = [KEY]) =>
  run(verifier, [log, given.map(vkeyOf).join(','), ...kept], 120_000);
const vkeyOf = ({ publicKey }: SealingKey) => verifierKey(ORIGIN, publicKey);

async function isAcceptedByFsck(log: string, timeoutMs = FSCK_TIMEOUT_MS, by = KEY): Promise<boolean> {
  const key = join(folder, 'vkey');
  writeFileSync(key, vkeyOf(by));
  const flags = [`--storage_url=file://${log}/`, `--public_key=${key}`, `--origin=${ORIGIN}`, '--ui=false'];
  const { output } = await run(fsck, flags, timeoutMs);
  return output.includes("Successfully fsck'd log");
}

describe('a log as Tenure seals it', () => {
  it.each([1, 255, 256, 1000, LARGEST])(
    'is accepted by Go and by fsck at %i entries',
    async (size) => {
      const half = Math.floor(size / 2);
      const log = written('log', await sealedLog(logLeaves(size), half === 0 ? [size] : [half, size]));
      expect(await verify(log)).toEqual({ code: 0, output: `verified ${size} entries of ${ORIGIN}\n` });
      expect(await isAcceptedByFsck(log)).toBe(true);
    },
    300_000,
  );

  it('is not accepted by fsck when an entry was flipped', async () => {
    const log = copyOf(sealed);
    await TAMPERINGS[0]?.tamper(log);
    expect(await isAcceptedByFsck(written('flipped', log), FSCK_HANGS_MS)).toBe(false);
  });
});

describe('a log whose keys followed one another', () => {
  it('is accepted by Go for who knows any of them, and by fsck for who knows the last', async () => {
    const log = written('rotated', await rotatedLog(LEAVES, SIZES, CHANGES));
    for (const given of [[KEY], [SECOND], [THIRD], [KEY, SECOND, THIRD]])
      expect(await verify(log, [], given)).toEqual({ code: 0, output: `verified 1000 entries of ${ORIGIN}\n` });
    expect(await isAcceptedByFsck(log, FSCK_TIMEOUT_MS, THIRD)).toBe(true);
  });

  it('is accepted by fsck for who knows the first, while that signs as well', async () => {
    const log = written('overlapping', await rotatedLog(LEAVES, SIZES, CHANGES, true));
    expect(await verify(log)).toMatchObject({ code: 0 });
    for (const key of [KEY, SECOND, THIRD]) expect(await isAcceptedByFsck(log, FSCK_TIMEOUT_MS, key)).toBe(true);
  });
});

describe('who', () => {
  it.each(KEY_TAMPERINGS)('$name is found by Go, by place', async ({ tamper, goSays, given }) => {
    const log = await rotatedLog(LEAVES, SIZES, CHANGES);
    await tamper(log);
    const { code, output } = await verify(written('tampered', log), [], given);
    expect(output).toMatch(goSays);
    expect(code).toBe(3);
  });

  it.each(TAMPERINGS)('$name is found by Go, by place', async ({ tamper, goSays, since }) => {
    const log = copyOf(sealed);
    await tamper(log);
    const path = written('tampered', log);
    const kept = join(folder, 'kept');
    if (since !== undefined) writeFileSync(kept, bytesOf(sealed, checkpointPath(since)));
    if (since !== undefined) expect(await verify(path)).toMatchObject({ code: 0 });
    const { code, output } = await verify(path, since === undefined ? [] : [kept]);
    expect(output).toMatch(goSays);
    expect(code).toBe(3);
  });
});
