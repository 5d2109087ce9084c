// What is sealed is what RFC 6962 says it is; and whoever wrote where nobody writes is noticed before anything is built on it.
import { generateKeyPairSync, sign } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { noteText, openNote, signNote, verifierKey } from '../../../lambdas/core/audit/tlog/note.ts';
import { type SealDependencies, sealLog } from '../../../lambdas/handlers/audit/seal-log.ts';
import { logObjects, treeHash } from '../../reference/merkle.ts';
import { type MemoryLog, type MemoryLogObjects, memoryLog, memoryLogObjects } from '../../support/memory-log.ts';

const NOW_MS = Date.parse('2026-11-28T12:00:00Z');
const ORIGIN = 'tenure.tenure/123456789012/us-east-1';
const keys = () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32));
  return { raw, sign: async (message: Uint8Array) => new Uint8Array(sign(null, message, privateKey)) };
};
const signerOf = ({ raw, sign: by }: ReturnType<typeof keys>) => ({ publicKey: async () => raw, sign: by });
const own = keys();
let log: MemoryLog;
let bucket: MemoryLogObjects;
let published: Record<string, number>[];
let dependencies: SealDependencies;
let leaves: Uint8Array[];

beforeEach(() => {
  [log, bucket, published, leaves] = [memoryLog(), memoryLogObjects(), [], []];
  dependencies = {
    log,
    objects: bucket,
    signers: [signerOf(own)],
    retiredKeys: 0,
    origin: ORIGIN,
    publish: (measured) => void published.push(measured),
    clock: () => NOW_MS,
  };
});

async function commit(count: number, committedMs = NOW_MS): Promise<void> {
  const from = leaves.length;
  const added = Array.from({ length: count }, (_, offset) => new TextEncoder().encode(`leaf ${from + offset}`));
  leaves.push(...added);
  const entryIds = added.map((_, offset) => `${from + offset}`);
  expect(await log.commit({ from, leaves: added, entryIds, counts: [], nowMs: committedMs })).toBe(true);
}
const seal = () => sealLog(dependencies)();
const textOf = (path: string) => new TextDecoder().decode(bucket.objects.get(path)?.bytes);
const sizePublished = () => Number(textOf('checkpoint').split('\n')[1]);

async function noteOf(size: number, root: Uint8Array, by = own, origin = ORIGIN): Promise<Uint8Array> {
  return new TextEncoder().encode(await signNote(noteText({ origin, size, root }), ORIGIN, by.raw, by.sign));
}
const textBytes = (text: string) => new TextEncoder().encode(text);
const overwrite = (path: string, bytes: Uint8Array) =>
  bucket.objects.set(path, { bytes, tag: `"by somebody ${path}"` });

describe('what is sealed', () => {
  it('is the tree of RFC 6962, as tlog-tiles lays it out, whatever the sizes on the way', async () => {
    for (const count of [1, 47, 48, 159, 1, 256, 300]) {
      await commit(count);
      expect(await seal()).toEqual({ size: leaves.length });
    }
    for (const [path, bytes] of logObjects(leaves))
      expect(bucket.objects.get(path)?.bytes, path).toEqual(new Uint8Array(bytes));
    const { text } = openNote(textOf('checkpoint'), [verifierKey(ORIGIN, own.raw)]);
    expect(text).toBe(`${ORIGIN}\n812\n${treeHash(leaves).toString('base64')}\n`);
    expect(textOf('checkpoints/00000000000000000812')).toBe(textOf('checkpoint'));
    expect(textOf('log.vkey')).toBe(`${verifierKey(ORIGIN, own.raw)}\n`);
  });

  it('is not sealed once more when nothing came', async () => {
    await seal();
    expect([...bucket.objects.keys()]).toEqual(['log.vkey']);
    await commit(3);
    await seal();
    const before = new Map(bucket.objects);
    await seal();
    expect(bucket.objects).toEqual(before);
  });

  it('tells how long the oldest entry waited', async () => {
    await commit(1, NOW_MS - 12_000);
    await seal();
    await seal();
    expect(published).toEqual([{ unsealedSeconds: 12 }, { unsealedSeconds: 0 }]);
  });

  it('is left to the next run when it is too much for one', async () => {
    let nowMs = NOW_MS;
    dependencies = { ...dependencies, clock: () => (nowMs += 25_000) };
    for (let batch = 0; batch < 500; batch += 1) await commit(48);
    const { size } = await seal();
    expect(size).toBeGreaterThan(16_000);
    expect(size).toBeLessThan(24_000);
    expect(await seal()).toEqual({ size: 24_000 });
  });

  it('is sealed to one end by those who do so at the same time', async () => {
    await commit(30);
    await Promise.all([seal(), seal(), seal()]);
    await commit(30);
    await Promise.all([seal(), seal()]);
    expect(sizePublished()).toBe(60);
    expect(published.filter(({ tampered }) => tampered !== undefined)).toEqual([]);
  });
});

describe('a key that follows another', () => {
  const [second, third] = [keys(), keys()];
  const withKeys = (signing: readonly ReturnType<typeof keys>[], retiredKeys = 0) => {
    dependencies = { ...dependencies, signers: signing.map(signerOf), retiredKeys };
  };
  const isSignedBy = (path: string, key: ReturnType<typeof keys>) => {
    const vkey = verifierKey(ORIGIN, key.raw);
    try {
      return openNote(textOf(path), [vkey]).verifiedBy.includes(vkey);
    } catch {
      return false;
    }
  };
  const signersOf = (path: string) => [own, second, third].map((key) => isSignedBy(path, key));
  const at = (size: number) => `checkpoints/${String(size).padStart(20, '0')}`;

  beforeEach(async () => {
    await commit(5);
    await seal();
  });

  it('is announced by both, for the checkpoint that is published, and signs what comes after it', async () => {
    withKeys([own, second]);
    await commit(3);
    expect(await seal()).toEqual({ size: 8 });
    const root = treeHash(leaves.slice(0, 5)).toString('base64');
    const [previous, next] = [own, second].map(({ raw }) => verifierKey(ORIGIN, raw));
    expect(textOf('keys/0002')).toContain(`${ORIGIN}\n5\n${root}\nkey 2\nprevious ${previous}\nnext ${next}\n\n— `);
    expect(signersOf('keys/0002')).toEqual([true, true, false]);
    expect(signersOf(at(5))).toEqual([true, false, false]);
    // Who knows the first key alone still opens it, until that is retired.
    expect(signersOf(at(8))).toEqual([true, true, false]);
    withKeys([own, second], 1);
    await commit(1);
    await seal();
    expect(signersOf(at(9))).toEqual([false, true, false]);
    expect(signersOf('checkpoint')).toEqual([false, true, false]);
    expect(textOf('log.vkey')).toBe(`${previous}\n`);
    expect(published.filter(({ tampered }) => tampered !== undefined)).toEqual([]);
  });

  it('may be followed at once, and before anything is sealed', async () => {
    withKeys([own, second, third]);
    await seal();
    expect([signersOf('keys/0002'), signersOf('keys/0003')]).toEqual([
      [true, true, false],
      [false, true, true],
    ]);
    await commit(1);
    await seal();
    expect(signersOf(at(6))).toEqual([true, true, true]);
    [log, bucket, leaves] = [memoryLog(), memoryLogObjects(), []];
    dependencies = { ...dependencies, log, objects: bucket };
    await seal();
    await commit(1);
    await seal();
    expect(textOf('keys/0003')).toContain(`${ORIGIN}\n0\n`);
    expect(signersOf(at(1))).toEqual([true, true, true]);
  });

  it('follows only when what another sealer has in hand is published', async () => {
    await commit(2);
    const root = treeHash(leaves).toString('base64');
    await log.fixCheckpoint({ size: 7, root }, 1);
    withKeys([own, second]);
    await seal();
    expect([bucket.objects.has('keys/0002'), signersOf(at(7))]).toEqual([false, [true, false, false]]);
    await seal();
    expect(textOf('keys/0002')).toContain(`${ORIGIN}\n7\n`);
  });

  it('is announced to the end by whoever comes next, and by nobody’s word but the signed checkpoint’s', async () => {
    withKeys([own, second]);
    const { create } = bucket;
    Object.assign(bucket, { create: async () => Promise.reject(new Error('the function died')) });
    await expect(seal()).rejects.toThrow('died');
    expect(await log.readKeyEnds()).toEqual([5]);
    Object.assign(bucket, { create });
    await commit(1);
    const signed = bucket.objects.get(at(5));
    overwrite(at(5), await noteOf(5, treeHash(leaves.toReversed())));
    await expect(seal()).rejects.toThrow(`${at(5)} is not what a key was announced for`);
    overwrite(at(5), signed?.bytes ?? new Uint8Array());
    expect(await seal()).toEqual({ size: 6 });
    expect(signersOf('keys/0002')).toEqual([true, true, false]);
  });

  it('stops whoever has fewer keys, until they are deployed again', async () => {
    withKeys([own, second]);
    await seal();
    await commit(1);
    withKeys([own]);
    await expect(seal()).rejects.toThrow(/at its key 2, and this deployment has 1: .*sealedLog\.signingKeys/);
    expect(published.filter(({ tampered }) => tampered !== undefined)).toEqual([]);
    withKeys([own, second]);
    expect(await seal()).toEqual({ size: 6 });
  });

  it('cannot be announced by one that is retired', async () => {
    withKeys([own, second], 1);
    await commit(1);
    await expect(seal()).rejects.toThrow(/key 1 of the log is retired, and key 2 was never announced/);
    withKeys([own, second]);
    expect(await seal()).toEqual({ size: 6 });
  });

  it('is not followed by a sealer that read of the keys before', async () => {
    await commit(1);
    const { findRoot } = log;
    const both = { ...dependencies, signers: [own, second].map(signerOf) };
    // Between what this one read and what it fixes, another one has the key followed.
    Object.assign(log, {
      findRoot: async (size: number) => {
        Object.assign(log, { findRoot });
        await sealLog(both)();
        return findRoot(size);
      },
    });
    await expect(seal()).rejects.toThrow('another key of the log signs by now');
    expect(signersOf(at(6))).toEqual([true, true, false]);
  });

  it.each([
    ['the former key alone signed what is published', async () => noteOf(6, treeHash(leaves)), 'checkpoint'],
    [
      'a key was announced that nobody has',
      async () => textBytes(textOf('keys/0002').replace('key 2', 'key 3')),
      'keys/0003',
    ],
    ['another was announced', async () => bucket.objects.get(at(6))?.bytes ?? new Uint8Array(), 'keys/0002'],
  ])('stops the log and is told: %s', async (_, forged, path) => {
    withKeys([own, second]);
    await commit(1);
    await seal();
    overwrite(path, await forged());
    await expect(seal()).rejects.toThrow(expect.objectContaining({ name: 'LogTamperedError' }));
    expect(published).toContainEqual({ tampered: 1 });
  });
});

describe('what nobody but an intruder can have done', () => {
  beforeEach(async () => {
    await commit(5);
    await seal();
    await commit(4);
    await seal();
    published.length = 0;
  });

  it.each([
    ['a tile was written over', 'tile/0/000.p/9', Buffer.alloc(9 * 32), /tile/],
    ['a bundle was written over', 'tile/entries/000.p/9', Buffer.of(0, 1, 65), /entries/],
    [
      'what is to be sealed is there, and other',
      'tile/0/000.p/10',
      Buffer.alloc(320),
      /tile\/0\/000.p\/10 is not what/,
    ],
    ['another checkpoint has its name', 'checkpoints/00000000000000000010', Buffer.from('?'), /note/],
    ['the checkpoint is nobody’s', 'checkpoint', Buffer.from('Hello\n'), /note/],
  ])('stops the log and is told: %s', async (_, path, bytes, message) => {
    overwrite(path, new Uint8Array(bytes));
    await commit(1);
    await expect(seal()).rejects.toThrow(message);
    await expect(seal()).rejects.toThrow(expect.objectContaining({ name: 'LogTamperedError' }));
    expect(published.filter(({ tampered }) => tampered === 1)).toHaveLength(2);
    expect(await log.readSealed()).toMatchObject({ size: 9 });
  });

  it('stops the log where tiles and bundles were written over that fit each other', async () => {
    for (const [path, bytes] of logObjects(leaves.toReversed())) overwrite(path, new Uint8Array(bytes));
    await commit(1);
    await expect(seal()).rejects.toThrow('the tiles at 9 entries do not have the root that was sealed');
    expect(sizePublished()).toBe(9);
  });

  it.each([
    ['signed by another key', async () => noteOf(9, treeHash(leaves), keys())],
    ['of another log', async () => noteOf(9, treeHash(leaves), own, 'other')],
    ['of a fork, by the log’s own key', async () => noteOf(9, treeHash(leaves.toReversed()))],
    ['of more than there is', async () => noteOf(12, treeHash(leaves))],
    ['of a size that was never sealed', async () => noteOf(7, treeHash(leaves.slice(0, 7)))],
  ])('a checkpoint is published that is %s', async (_, forged) => {
    overwrite('checkpoint', await forged());
    await commit(1);
    await expect(seal()).rejects.toThrow(expect.objectContaining({ name: 'LogTamperedError' }));
    expect(published).toContainEqual({ tampered: 1 });
  });

  it.each([
    [
      'an old checkpoint was put back',
      () => overwrite('checkpoint', bucket.objects.get('checkpoints/00000000000000000005')?.bytes ?? new Uint8Array()),
    ],
    ['the checkpoint was taken away', () => bucket.objects.delete('checkpoint')],
  ])('is told, and put right: %s', async (_, tamper) => {
    tamper();
    expect(await seal()).toEqual({ size: 9 });
    expect(published).toContainEqual({ tampered: 1 });
    expect(textOf('checkpoint')).toBe(textOf('checkpoints/00000000000000000009'));
    published.length = 0;
    await seal();
    expect(published).toEqual([{ unsealedSeconds: 0 }]);
  });

  describe('in the log’s table, which those who sequence may write to', () => {
    it('no root is signed that only the table knows of', async () => {
      const root = treeHash(leaves.toReversed()).toString('base64');
      Object.assign(log, { readSealed: async () => ({ size: 9, root }), findRoot: async () => root });
      bucket.objects.delete('checkpoint');
      await expect(seal()).rejects.toThrow(/00009 is not what is to be sealed/);
      Object.assign(log, { readSealed: async () => ({ size: 8, root }) });
      await expect(seal()).rejects.toThrow(/00008 is not what is to be sealed/);
      expect(bucket.objects.has('checkpoint')).toBe(false);
    });

    it.each([
      ['a batch was taken away', async () => undefined, /0 entries were committed at 9/],
      [
        'a batch says more than was committed',
        async () => ({ leaves: Array(3).fill(Buffer.of(1)), committedMs: 0 }),
        /3 entries were committed at 9 of a log of 11/,
      ],
    ])('%s', async (_, readBatch, message) => {
      await commit(2);
      Object.assign(log, { readBatch });
      await expect(seal()).rejects.toThrow(message);
      expect(sizePublished()).toBe(9);
    });

    it('nothing is sealed that stands behind the log’s end', async () => {
      const real = log.readBatch;
      Object.assign(log, {
        readBatch: async (from: number) => (from === 9 ? { leaves: [Buffer.of(1)], committedMs: 0 } : await real(from)),
      });
      expect(await seal()).toEqual({ size: 9 });
      expect(sizePublished()).toBe(9);
    });

    it('the log ends earlier than what was sealed', async () => {
      Object.assign(log, { readHead: async () => ({ size: 6 }) });
      await expect(seal()).rejects.toThrow('has 9 entries, the log has 6');
    });
  });

  it('a root was fixed for what is to be sealed that is not its own', async () => {
    await log.fixCheckpoint({ size: 10, root: 'other' }, 1);
    await commit(1);
    await expect(seal()).rejects.toThrow('another root was fixed for 10 entries');
    expect(sizePublished()).toBe(9);
  });
});
