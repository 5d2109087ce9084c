// Mistakes planted into what sequencing and sealing rest on, each of which the oracle has to see.
import type { LogObjects } from '../../../lambdas/stores/log/log-objects.ts';
import type { LogStore } from '../../../lambdas/stores/log/log-store.ts';
import type { MemoryLog, MemoryLogObjects } from '../../support/memory-log.ts';

export interface SealingPlant {
  readonly name: string;
  readonly log?: (log: MemoryLog) => Partial<LogStore>;
  readonly objects?: (objects: MemoryLogObjects) => Partial<LogObjects>;
}

export const SEALING_PLANTS: readonly SealingPlant[] = [
  {
    name: 'a commit writes though another entry of the subject came meanwhile',
    log: (log) => ({
      readPositions: async (ids, subjects) => ({ ...(await log.readPositions(ids, subjects)), counts: new Map() }),
      commit: async (commit) =>
        log.commit({
          ...commit,
          counts: await Promise.all(
            commit.counts.map(async (count) => {
              const { counts } = await log.readPositions([], [count.subject]);
              const before = counts.get(count.subject) ?? 0;
              return { ...count, before, after: before + count.after };
            }),
          ),
        }),
    }),
  },
  {
    name: 'an entry that the log has is not found in it, and written once more',
    log: (log) => ({
      readPositions: async (ids, subjects) => ({ ...(await log.readPositions(ids, subjects)), indexes: new Map() }),
      commit: (commit) => log.commit({ ...commit, entryIds: commit.entryIds.map((id) => `${id} ${commit.from}`) }),
    }),
  },
  {
    name: 'a commit that was refused counts as written',
    log: (log) => ({
      commit: async (commit) => {
        await log.commit(commit);
        return true;
      },
    }),
  },
  {
    name: 'an object is written over',
    objects: (objects) => ({
      create: async (path, bytes) => {
        const there = await objects.read(path);
        return await objects.replace(path, bytes, there?.tag);
      },
    }),
  },
  {
    name: 'the checkpoint is replaced by whoever comes, whatever is there',
    objects: (objects) => ({
      read: async (path) => (path === 'checkpoint' ? staleCheckpoint(objects) : await objects.read(path)),
      replace: async (path, bytes) => objects.replace(path, bytes, (await objects.read(path))?.tag),
    }),
  },
  {
    name: 'a key that another one followed meanwhile still signs',
    log: (log) => ({
      fixCheckpoint: async (checkpoint) => log.fixCheckpoint(checkpoint, (await log.readKeyEnds()).length + 1),
    }),
  },
  {
    name: 'the last batch is sealed without its last entry',
    log: (log) => ({
      readBatch: async (from) => {
        const batch = await log.readBatch(from);
        if (batch === undefined || batch.leaves.length < 3) return batch;
        return { ...batch, leaves: batch.leaves.slice(0, -1) };
      },
    }),
  },
];

/** Of two that were published, the first: as from a cache that lags behind. */
const seen = new WeakMap<
  MemoryLogObjects,
  { readonly at: number; readonly object: Awaited<ReturnType<LogObjects['read']>> }
>();

async function staleCheckpoint(objects: MemoryLogObjects) {
  const known = seen.get(objects);
  if (known !== undefined && known.at > Date.now() - 300_000) return known.object;
  const object = await objects.read('checkpoint');
  seen.set(objects, { at: Date.now(), object });
  return object;
}
