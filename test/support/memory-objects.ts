// A bucket in memory, with the conditions of S3's and with failures where a test wants them.
import type { LakeFolder, LakeObjects } from '../../lambdas/stores/lake/lake-objects.ts';

export interface MemoryObjects extends LakeObjects, LakeFolder {
  readonly objects: Map<string, Uint8Array>;
  put(path: string, bytes: Uint8Array): void;
  readonly writes: () => number;
}

/** `fails`: asked before and after each write, by how many there were before it. */
export function memoryObjects(
  fails: (write: number, when: 'before' | 'after') => boolean = () => false,
): MemoryObjects {
  const objects = new Map<string, Uint8Array>();
  const tags = new Map<string, string>();
  let writes = 0;
  const put = (path: string, bytes: Uint8Array) => {
    objects.set(path, bytes);
    tags.set(path, `"${tags.size}-${Math.random()}"`);
  };
  return {
    objects,
    put,
    writes: () => writes,
    async list(prefix, after = '', limit) {
      const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after);
      return keys.sort().slice(0, limit);
    },
    async remove(paths) {
      for (const path of paths) {
        objects.delete(path);
        tags.delete(path);
      }
    },
    async read(path) {
      const bytes = objects.get(path);
      return bytes && { bytes, tag: tags.get(path) as string };
    },
    async replace(path, bytes, tag) {
      const write = writes;
      writes += 1;
      if (fails(write, 'before')) throw new Error('crashed before a write');
      if (tags.get(path) !== tag) return false;
      put(path, bytes);
      if (fails(write, 'after')) throw new Error('crashed after a write');
      return true;
    },
  };
}
