// The log and its bucket in memory, on the same conditions as in DynamoDB and S3: test/stores/log holds both to one contract.
import type { CatchUp } from '../../lambdas/core/audit/sealing/catching-up.ts';
import type { Checkpoint } from '../../lambdas/core/audit/sealing/checkpoint.ts';
import type { LogHead } from '../../lambdas/core/audit/sealing/sequencing.ts';
import type { LogObject, LogObjects } from '../../lambdas/stores/log/log-objects.ts';
import type { LogBatch, LogStore } from '../../lambdas/stores/log/log-store.ts';
import { keep, through } from './memory-table.ts';

type Before = (method: string) => Promise<void>;

export interface MemoryLog extends LogStore {
  /** What was committed, by the position of its first entry. */
  readonly batches: ReadonlyMap<number, LogBatch>;
  /** Entry id → position. */
  readonly indexes: ReadonlyMap<string, number>;
  readonly roots: ReadonlyMap<number, string>;
}

export function memoryLog(before?: Before): MemoryLog {
  let head: LogHead = { size: 0 };
  let sealed: Checkpoint | undefined;
  let walk: CatchUp | undefined;
  let ends: readonly number[] = [];
  let fixed = 0;
  const batches = new Map<number, LogBatch>();
  const indexes = new Map<string, number>();
  const counts = new Map<string, number>();
  const roots = new Map<number, string>();
  const some = <Value>(keys: readonly string[], known: ReadonlyMap<string, Value>) =>
    new Map(keys.flatMap((key): [string, Value][] => (known.has(key) ? [[key, known.get(key) as Value]] : [])));
  const store: LogStore = {
    async readHead() {
      return head;
    },
    async readPositions(entryIds, subjects) {
      return { head, indexes: some(entryIds, indexes), counts: some(subjects, counts) };
    },
    async commit(commit) {
      const { from, leaves, entryIds, wakeMs, nowMs } = commit;
      const holds =
        from === head.size &&
        !entryIds.some((id) => indexes.has(id)) &&
        commit.counts.every(({ subject, before: read }) => (counts.get(subject) ?? 0) === read);
      if (!holds) return false;
      head = keep({ size: from + leaves.length, wakeMs: wakeMs ?? head.wakeMs });
      batches.set(from, keep({ leaves, committedMs: nowMs }));
      for (const [offset, id] of entryIds.entries()) indexes.set(id, from + offset);
      for (const { subject, after } of commit.counts) counts.set(subject, after);
      return true;
    },
    async readBatch(from) {
      return batches.get(from);
    },
    async findRoot(size) {
      return roots.get(size);
    },
    async fixCheckpoint({ size, root }, keyNumber) {
      if ((roots.get(size) ?? root) !== root) return 'other-root';
      if (ends.length !== keyNumber - 1) return 'other-key';
      roots.set(size, root);
      fixed = Math.max(fixed, size);
      return 'fixed';
    },
    async readKeyEnds() {
      return ends;
    },
    async endKey(known, size) {
      if (known.join() !== ends.join() || size !== fixed) return false;
      ends = [...ends, size];
      return true;
    },
    async readSealed() {
      return sealed;
    },
    async saveSealed(checkpoint) {
      if ((sealed?.size ?? -1) < checkpoint.size) sealed = keep(checkpoint);
    },
    async findCatchUp() {
      return walk;
    },
    async saveCatchUp(next, expectedRevision) {
      if ((walk?.revision ?? 0) !== expectedRevision) return false;
      walk = keep(next);
      return true;
    },
  };
  return { ...through(store, before), batches, indexes, roots };
}

export interface MemoryLogObjects extends LogObjects {
  /** Path → what is there now. Whoever tampers writes here. */
  readonly objects: Map<string, LogObject>;
}

export function memoryLogObjects(before?: Before): MemoryLogObjects {
  const objects = new Map<string, LogObject>();
  let writes = 0;
  const put = (path: string, bytes: Uint8Array, isAsExpected: boolean) => {
    if (!isAsExpected) return false;
    writes += 1;
    objects.set(path, { bytes: Uint8Array.from(bytes), tag: `"${writes}"` });
    return true;
  };
  const store: LogObjects = {
    read: async (path) => objects.get(path),
    create: async (path, bytes) => put(path, bytes, !objects.has(path)),
    replace: async (path, bytes, tag) => put(path, bytes, objects.get(path)?.tag === tag),
  };
  return { ...through(store, before), objects };
}
