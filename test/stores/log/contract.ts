// What every log promises before it is sealed, and what the bucket does that it is sealed into.
import { describe, expect, it } from 'vitest';
import { MAXIMUM_COMMIT_ENTRIES } from '../../../lambdas/core/audit/sealing/sequencing.ts';
import type { LogObjects } from '../../../lambdas/stores/log/log-objects.ts';
import type { CommitEntries, LogStore } from '../../../lambdas/stores/log/log-store.ts';
import { NOW_MS } from '../identities/examples.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const textOf = (value: Uint8Array | undefined) => value && new TextDecoder().decode(value);

/** Entries of one subject, with the ids given. */
function commitOf(from: number, ids: readonly string[], before = 0, more: Partial<CommitEntries> = {}): CommitEntries {
  return {
    from,
    leaves: ids.map((id) => bytes(`leaf ${id}`)),
    entryIds: ids,
    counts: [{ subject: 'identity#a', before, after: before + ids.length }],
    nowMs: NOW_MS,
    ...more,
  };
}

export function describeLog(open: () => Promise<LogStore>): void {
  it('begins empty', async () => {
    const log = await open();
    expect(await log.readHead()).toEqual({ size: 0 });
    const { head, indexes, counts } = await log.readPositions(['a', 'a'], ['identity#a', 'identity#a']);
    expect([head, indexes.size, counts.size]).toEqual([{ size: 0 }, 0, 0]);
    expect(await log.readBatch(0)).toBeUndefined();
    expect(await log.findRoot(0)).toBeUndefined();
    expect(await log.readSealed()).toBeUndefined();
  });

  it('gives each entry its place, and tells where it is', async () => {
    const log = await open();
    expect(await log.commit(commitOf(0, ['a', 'b'], 0, { wakeMs: NOW_MS + 1 }))).toBe(true);
    expect(await log.commit(commitOf(2, ['c'], 2))).toBe(true);
    const { head, indexes, counts } = await log.readPositions(['a', 'b', 'c', 'd'], ['identity#a', 'identity#b']);
    // What was asked for is remembered by a commit that asks for nothing.
    expect(head).toEqual({ size: 3, wakeMs: NOW_MS + 1 });
    expect(await log.readHead()).toEqual(head);
    expect(Object.fromEntries(indexes)).toEqual({ a: 0, b: 1, c: 2 });
    expect(Object.fromEntries(counts)).toEqual({ 'identity#a': 3 });
    const batch = await log.readBatch(0);
    expect(batch?.leaves.map(textOf)).toEqual(['leaf a', 'leaf b']);
    expect(batch?.committedMs).toBe(NOW_MS);
    expect((await log.readBatch(2))?.leaves.map(textOf)).toEqual(['leaf c']);
    expect(await log.readBatch(1)).toBeUndefined();
  });

  it.each([
    ['the log ends elsewhere', commitOf(1, ['x'], 2)],
    ['the log was empty when it was read', commitOf(0, ['x'], 2)],
    ['the log ends before that', commitOf(3, ['x'], 2)],
    ['one of the entries is there', { ...commitOf(2, ['x', 'a'], 2) }],
    ['another entry of the subject came', commitOf(2, ['x'], 1)],
    ['the first entry of the subject came', commitOf(2, ['x'], 0)],
  ])('writes nothing at all when %s', async (_, commit) => {
    const log = await open();
    await log.commit(commitOf(0, ['a', 'b']));
    expect(await log.commit({ ...commit, wakeMs: 7 })).toBe(false);
    const { head, indexes, counts } = await log.readPositions(['x', 'a'], ['identity#a']);
    expect(head).toEqual({ size: 2 });
    expect(Object.fromEntries(indexes)).toEqual({ a: 0 });
    expect(counts.get('identity#a')).toBe(2);
    expect(await log.readBatch(2)).toBeUndefined();
  });

  it('lets one alone of those who write at once have the position', async () => {
    const log = await open();
    const writing = ['a', 'b', 'c', 'd'].map((id) =>
      log.commit(commitOf(0, [id], 0, { counts: [{ subject: `identity#${id}`, before: 0, after: 1 }] })),
    );
    expect((await Promise.all(writing)).filter(Boolean)).toHaveLength(1);
    expect((await log.readHead()).size).toBe(1);
  });

  it('takes as many as a commit may have, each of another subject, as large as they may be together', async () => {
    const log = await open();
    const ids = Array.from({ length: MAXIMUM_COMMIT_ENTRIES }, (_, index) => `entry-${index}`);
    const counts = ids.map((id) => ({ subject: `identity#${id}`, before: 0, after: 1 }));
    const leaves = ids.map(() => new Uint8Array(350_000 / MAXIMUM_COMMIT_ENTRIES).fill(7));
    expect(await log.commit({ ...commitOf(0, ids), leaves, counts })).toBe(true);
    const kept = (await log.readBatch(0))?.leaves ?? [];
    expect(kept.map(({ length }) => length)).toEqual(leaves.map(({ length }) => length));
    expect(Buffer.concat(kept).equals(Buffer.concat(leaves))).toBe(true);
    const positions = await log.readPositions(
      ids,
      counts.map(({ subject }) => subject),
    );
    expect(positions.indexes.size).toBe(ids.length);
    expect(positions.counts.size).toBe(ids.length);
  });

  it('has one root for a size, for ever', async () => {
    const log = await open();
    const fixing = ['r1', 'r2', 'r3'].map((root) => log.fixCheckpoint({ size: 5, root }, 1));
    const fixed = (await Promise.all(fixing)).indexOf('fixed');
    const root = await log.findRoot(5);
    expect(root).toBe(['r1', 'r2', 'r3'][fixed]);
    expect(await log.fixCheckpoint({ size: 5, root: root ?? '' }, 1)).toBe('fixed');
    expect(await log.fixCheckpoint({ size: 5, root: 'another' }, 1)).toBe('other-root');
    expect(await log.fixCheckpoint({ size: 50, root: 'another' }, 1)).toBe('fixed');
    expect(await log.findRoot(5)).toBe(root);
    // Behind what another fixed meanwhile.
    expect(await log.fixCheckpoint({ size: 20, root: 'late' }, 1)).toBe('fixed');
    expect(await log.findRoot(20)).toBe('late');
  });

  it('fixes nothing by a key that signs no longer, or not yet', async () => {
    const log = await open();
    expect(await log.readKeyEnds()).toEqual([]);
    expect(await log.fixCheckpoint({ size: 5, root: 'r' }, 2)).toBe('other-key');
    await log.fixCheckpoint({ size: 5, root: 'r' }, 1);
    await log.fixCheckpoint({ size: 3, root: 'r' }, 1);
    expect(await log.endKey([], 5)).toBe(true);
    expect(await log.readKeyEnds()).toEqual([5]);
    for (const size of [4, 5, 6]) expect(await log.fixCheckpoint({ size, root: 'r' }, 1)).toBe('other-key');
    expect([await log.findRoot(4), await log.findRoot(6)]).toEqual([undefined, undefined]);
    expect(await log.fixCheckpoint({ size: 6, root: 'r' }, 2)).toBe('fixed');
    expect(await log.fixCheckpoint({ size: 6, root: 'other' }, 2)).toBe('other-root');
    expect(await log.endKey([5], 6)).toBe(true);
    expect(await log.endKey([5, 6], 6)).toBe(true);
    expect(await log.readKeyEnds()).toEqual([5, 6, 6]);
    expect(await log.fixCheckpoint({ size: 7, root: 'r' }, 4)).toBe('fixed');
  });

  it('ends no key while somebody may still sign with it, and each once', async () => {
    const log = await open();
    await log.fixCheckpoint({ size: 5, root: 'r' }, 1);
    await log.fixCheckpoint({ size: 9, root: 'r' }, 1);
    for (const size of [0, 5, 10]) expect(await log.endKey([], size)).toBe(false);
    expect(await log.endKey([5], 9)).toBe(false);
    const ending = [1, 2, 3].map(() => log.endKey([], 9));
    expect((await Promise.all(ending)).filter(Boolean)).toHaveLength(1);
    expect(await log.readKeyEnds()).toEqual([9]);
  });

  it('may have another key before anything is sealed', async () => {
    const log = await open();
    expect(await log.endKey([], 1)).toBe(false);
    expect(await log.endKey([], 0)).toBe(true);
    expect(await log.endKey([0], 0)).toBe(true);
    expect(await log.readKeyEnds()).toEqual([0, 0]);
    expect(await log.fixCheckpoint({ size: 1, root: 'r' }, 1)).toBe('other-key');
    expect(await log.fixCheckpoint({ size: 1, root: 'r' }, 3)).toBe('fixed');
  });

  it('says what was published last, and never goes back', async () => {
    const log = await open();
    for (const size of [4, 9, 7]) await log.saveSealed({ size, root: `root ${size}` });
    expect(await log.readSealed()).toEqual({ size: 9, root: 'root 9' });
  });

  it('keeps one walk, and lets nobody write who has not seen the last writing', async () => {
    const log = await open();
    const walk = { revision: 1, pass: 1, passStartedMs: NOW_MS, isThrough: false, after: 'x' };
    expect(await log.findCatchUp()).toBeUndefined();
    expect(await log.saveCatchUp(walk, 1)).toBe(false);
    expect(await log.saveCatchUp(walk, 0)).toBe(true);
    expect(await log.saveCatchUp({ ...walk, pass: 2 }, 0)).toBe(false);
    const { after: _after, ...through } = walk;
    expect(await log.saveCatchUp({ ...through, revision: 2, isThrough: true }, 1)).toBe(true);
    expect(await log.findCatchUp()).toEqual({ ...through, revision: 2, isThrough: true });
  });
}

export function describeLogObjects(open: () => Promise<LogObjects>): void {
  describe('an object', () => {
    it('is created once, and then stays', async () => {
      const objects = await open();
      expect(await objects.read('tile/0/000.p/1')).toBeUndefined();
      const creating = ['a', 'b', 'c'].map((text) => objects.create('tile/0/000.p/1', bytes(text)));
      const created = (await Promise.all(creating)).filter(Boolean);
      expect(created).toHaveLength(1);
      const first = textOf((await objects.read('tile/0/000.p/1'))?.bytes);
      expect(await objects.create('tile/0/000.p/1', bytes('other'))).toBe(false);
      expect(textOf((await objects.read('tile/0/000.p/1'))?.bytes)).toBe(first);
      // Beside one whose path it begins with.
      expect(await objects.create('tile/0/000', new Uint8Array())).toBe(true);
      expect((await objects.read('tile/0/000'))?.bytes).toHaveLength(0);
    });

    it('is replaced only by who has seen what is there', async () => {
      const objects = await open();
      expect(await objects.replace('checkpoint', bytes('1'), '"nothing"')).toBe(false);
      expect(await objects.replace('checkpoint', bytes('1'), undefined)).toBe(true);
      expect(await objects.replace('checkpoint', bytes('2'), undefined)).toBe(false);
      const { tag } = (await objects.read('checkpoint')) ?? {};
      expect(await objects.replace('checkpoint', bytes('2'), tag)).toBe(true);
      expect(await objects.replace('checkpoint', bytes('3'), tag)).toBe(false);
      expect(textOf((await objects.read('checkpoint'))?.bytes)).toBe('2');
    });
  });
}
