// The tree against RFC 6962's test leaves, and against a naive reference that has all of it at once.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EMPTY_ROOT, leafHash, nodeHash } from '../../../../lambdas/core/audit/tlog/hashing.ts';
import { growTree, TreeError } from '../../../../lambdas/core/audit/tlog/tree.ts';
import { logObjects, treeHash } from '../../../reference/merkle.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** Of certificate-transparency's own tests: the root of the first n leaves. */
const RFC_LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const RFC_ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

const leavesOf = (count: number) => Array.from({ length: count }, (_, index) => Buffer.from(`entry ${index}`));

function memoryLog() {
  const objects = new Map<string, Uint8Array>();
  const reads: string[] = [];
  let [size, root]: [number, Uint8Array] = [0, EMPTY_ROOT];
  return {
    objects,
    reads,
    async append(leaves: readonly Uint8Array[]) {
      reads.length = 0;
      const grown = await growTree(size, leaves, async (path) => {
        reads.push(path);
        return objects.get(path);
      });
      expect(hex(grown.previousRoot)).toBe(hex(root));
      for (const { path, bytes } of grown.objects) {
        expect(objects.has(path), path).toBe(false);
        objects.set(path, bytes);
      }
      ({ size, root } = grown);
      return grown;
    },
  };
}

describe('hashing', () => {
  it('keeps leaves and nodes apart', () => {
    const [left, right] = [leafHash(Buffer.from('a')), leafHash(Buffer.from('b'))];
    expect(hex(leafHash(Buffer.concat([left, right])))).not.toBe(hex(nodeHash(left, right)));
    expect(hex(nodeHash(left, right))).not.toBe(hex(nodeHash(right, left)));
  });

  it('refuses to make a node of anything but two hashes', () => {
    expect(() => nodeHash(new Uint8Array(31), EMPTY_ROOT)).toThrow(/31 and 32/);
    expect(() => nodeHash(EMPTY_ROOT, new Uint8Array(33))).toThrow(/32 and 33/);
  });
});

describe('growing a tree', () => {
  it.each(RFC_ROOTS.map((root, size) => ({ size, root })))('has the published root at $size entries', async (known) => {
    const leaves = RFC_LEAVES.slice(0, known.size).map((leaf) => Buffer.from(leaf, 'hex'));
    expect(hex((await growTree(0, leaves, async () => undefined)).root)).toBe(known.root);
    expect(hex(treeHash(leaves))).toBe(known.root);
  });

  it.each([0, 1, 2, 255, 256, 257, 511, 512, 65_535, 65_537])(
    'has the objects and the root of the reference at %i entries, written at once',
    async (size) => {
      const leaves = leavesOf(size);
      const log = memoryLog();
      const grown = await log.append(leaves);
      const expected = logObjects(leaves);
      expect(grown.size).toBe(size);
      expect(hex(grown.root)).toBe(hex(treeHash(leaves)));
      expect([...log.objects.keys()].sort()).toEqual([...expected.keys()].sort());
      for (const [path, bytes] of expected) expect(Buffer.compare(bytes, log.objects.get(path) ?? EMPTY_ROOT)).toBe(0);
    },
  );

  it('comes to the same in steps of any size, and what it put before stays', async () => {
    const step = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom(45, 254, 255, 256, 257, 700));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
        const leaves = leavesOf(steps.reduce((sum, each) => sum + each, 0));
        const log = memoryLog();
        let size = 0;
        for (const each of steps) {
          const grown = await log.append(leaves.slice(size, size + each));
          size += each;
          const sealed = leaves.slice(0, size);
          expect(hex(grown.root)).toBe(hex(treeHash(sealed)));
          for (const [path, bytes] of logObjects(sealed))
            expect(hex(log.objects.get(path) ?? EMPTY_ROOT)).toBe(hex(bytes));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('reads only what lies at the right edge, however long the log', async () => {
    const log = memoryLog();
    await log.append(leavesOf(65_536 + 256 + 7));
    await log.append(leavesOf(3));
    expect(log.reads.sort()).toEqual(['tile/0/257.p/7', 'tile/1/001.p/1', 'tile/2/000.p/1', 'tile/entries/257.p/7']);
  });

  it('puts nothing for nothing, and entries before the tiles that hash them', async () => {
    const log = memoryLog();
    await log.append(leavesOf(3));
    expect((await log.append([])).objects).toEqual([]);
    const paths = (await log.append(leavesOf(254))).objects.map(({ path }) => path);
    expect(paths).toEqual([
      'tile/entries/000',
      'tile/entries/001.p/1',
      'tile/0/000',
      'tile/0/001.p/1',
      'tile/1/000.p/1',
    ]);
  });

  describe('rests on objects that', () => {
    const grow = async (change: (objects: Map<string, Uint8Array>) => void) => {
      const log = memoryLog();
      await log.append(leavesOf(260));
      change(log.objects);
      return growTree(260, leavesOf(1), async (path) => log.objects.get(path));
    };

    it.each([
      [
        'are missing: hashes',
        (all: Map<string, Uint8Array>) => all.delete('tile/1/000.p/1'),
        'tile/1/000.p/1 is missing',
      ],
      ['are missing: entries', (all) => all.delete('tile/entries/001.p/4'), 'tile/entries/001.p/4 is missing'],
      ['are cut', (all) => all.set('tile/0/001.p/4', new Uint8Array(127)), 'tile/0/001.p/4 has 127 bytes'],
      [
        'do not fit one another',
        (all) => all.set('tile/0/001.p/4', new Uint8Array(128)),
        'tile/entries/001.p/4 differs at its entry 0',
      ],
      [
        'have an entry too few',
        (all) => all.set('tile/entries/001.p/4', all.get('tile/entries/001.p/4')?.subarray(0, 33) ?? EMPTY_ROOT),
        'tile/entries/001.p/4 differs at its entry 3',
      ],
    ])('%s: it says which', async (_what, change, message) => {
      const grown = grow(change);
      await expect(grown).rejects.toThrow(message);
      await expect(grown).rejects.toBeInstanceOf(TreeError);
    });
  });

  it('tells by the root before that another edge was put in place of the sealed one', async () => {
    const [log, other] = [memoryLog(), memoryLog()];
    const sealed = await log.append(leavesOf(4));
    await other.append(leavesOf(5).slice(1));
    const grown = await growTree(4, leavesOf(1), async (path) => other.objects.get(path));
    expect(hex(grown.previousRoot)).not.toBe(hex(sealed.root));
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 53])('refuses the size %d', async (size) => {
    await expect(growTree(size, [], async () => new Uint8Array(0))).rejects.toThrow();
  });
});
