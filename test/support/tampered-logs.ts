// What somebody who can write in the bucket may do to a sealed log, and what a verifier must then say of it, by place. The
// log has 1,000 entries and was sealed at SIZES.
import { encodeLogEntry } from '../../lambdas/core/audit/log-entry.ts';
import { decodeBundle, encodeBundle } from '../../lambdas/core/audit/tlog/bundle.ts';
import { leafHash } from '../../lambdas/core/audit/tlog/hashing.ts';
import { growTree } from '../../lambdas/core/audit/tlog/tree.ts';
import {
  announcement,
  checkpointPath,
  type LogObjects,
  logEntry,
  logLeaves,
  rotatedLog,
  type SealingKey,
  sealedLog,
  sealingKey,
  signatureLine,
  signedCheckpoint,
} from './sealed-log.ts';

export const SIZES = [100, 255, 256, 700, 1000];
export const LEAVES = logLeaves(1000);

export interface Tampering {
  readonly name: string;
  readonly tamper: (log: LogObjects) => unknown;
  /** What our verifier says. */
  readonly says: RegExp;
  /** What the one in Go says: it stops at the first fault. */
  readonly goSays: RegExp;
  /** Found only by who kept the checkpoint of so many entries. */
  readonly since?: number;
}

const OTHER = encodeLogEntry(logEntry(300, { trigger: 'another' }));

export const TAMPERINGS: readonly Tampering[] = [
  {
    name: 'flips a bit of an entry',
    tamper: (log) => change(log, 'tile/entries/001', (entries) => entries.with(44, flipped(entries[44], 60))),
    says: /entry: entry 300: not what was sealed there/,
    goSays: /tile\/entries\/001: entry 300 is not what was sealed/,
  },
  {
    name: 'drops an entry',
    tamper: (log) => change(log, 'tile/entries/001', (entries) => entries.toSpliced(44, 1)),
    says: /tile\/entries\/001 has 255 entries: expected 256[\s\S]*entries 300 to 510: not what was sealed/,
    goSays: /tile\/entries\/001: entry 300 is not what was sealed/,
  },
  {
    name: 'swaps two entries',
    tamper: (log) =>
      change(log, 'tile/entries/001', (all) => all.with(44, all[45] ?? OTHER).with(45, all[44] ?? OTHER)),
    says: /entries 300 to 301: not what was sealed/,
    goSays: /tile\/entries\/001: entry 300 is not what was sealed/,
  },
  {
    name: 'inserts an entry',
    tamper: (log) => change(log, 'tile/entries/003.p/232', (entries) => entries.toSpliced(132, 0, OTHER)),
    says: /tile\/entries\/003\.p\/232 has 233 entries: expected 232[\s\S]*entries 900 to 999: not what was sealed/,
    goSays: /tile\/entries\/003\.p\/232: entry 900 is not what was sealed/,
  },
  {
    name: 'truncates a bundle',
    tamper: (log) => log.set('tile/entries/001', bytesOf(log, 'tile/entries/001').subarray(0, 5000)),
    says: /bundle: tile\/entries\/001 is a bundle cut within .*: entries 256 to 511 cannot be read/,
    goSays: /tile\/entries\/001: cut in entry 267/,
  },
  {
    name: 'truncates a tile',
    tamper: (log) => log.set('tile/0/002', bytesOf(log, 'tile/0/002').subarray(0, 8191)),
    says: /tile: tile\/0\/002 has not the 8192 bytes of 256 hashes/,
    goSays: /tile\/0\/002: 8191 bytes/,
  },
  {
    name: 'removes a bundle',
    tamper: (log) => log.delete('tile/entries/002'),
    says: /missing: tile\/entries\/002 is missing: it holds entries 512 to 767/,
    goSays: /tile\/entries\/002: .*no such file/,
  },
  {
    name: 'removes a tile',
    tamper: (log) => log.delete('tile/1/000.p/3'),
    says: /missing: tile\/1\/000\.p\/3 is missing: it holds the hashes of entries 0 to 767/,
    goSays: /tile\/1\/000\.p\/3: no such file/,
  },
  {
    name: 'replaces an entry in its bundle and in its tile',
    tamper: (log) => {
      change(log, 'tile/entries/001', (entries) => entries.with(44, OTHER));
      bytesOf(log, 'tile/0/001').set(leafHash(OTHER), 44 * 32);
    },
    says: /entries 256 to 511: not what was sealed there; neither tile\/entries\/001 nor tile\/0\/001 hashes to/,
    goSays: /tile\/0\/001: downloaded inconsistent tile/,
  },
  {
    name: 'replaces an entry in its bundle, its tile, and the tiles above',
    tamper: async (log) => {
      const forged = await sealedLog(LEAVES.with(300, OTHER), [1000]);
      for (const [path, bytes] of forged) if (path.startsWith('tile/')) log.set(path, bytes);
    },
    says: /neither the entries nor the tiles lead to the root of checkpoint .*those of checkpoints\/0*256.*entries 256 to 699/,
    goSays: /size 1000: the tiles do not lead to its root/,
  },
  {
    name: 'replaces an entry in its tile only',
    tamper: (log) => bytesOf(log, 'tile/0/001').set(leafHash(OTHER), 44 * 32),
    says: /tile: tile\/0\/001: its hash 44 is not that of entry 300/,
    goSays: /tile\/0\/001: downloaded inconsistent tile/,
  },
  {
    name: 'alters a hash above the leaves',
    tamper: (log) => bytesOf(log, 'tile/1/000.p/3').fill(0, 32, 64),
    says: /tile: tile\/1\/000\.p\/3: its hash 1 is not that of entries 256 to 511/,
    goSays: /size 1000: the tiles do not lead to its root/,
  },
  {
    name: 'signs with another key of the same name',
    tamper: async (log) => {
      for (const [path, bytes] of await sealedLog(LEAVES, SIZES, sealingKey(2))) log.set(path, bytes);
    },
    says: /signature: checkpoint: signed by none of the keys given/,
    goSays: /checkpoint: note has no verifiable signatures/,
  },
  {
    name: 'alters a size that was signed',
    tamper: (log) => log.set('checkpoint', Buffer.from(text(log, 'checkpoint').replace('\n1000\n', '\n1001\n'))),
    says: /signature: checkpoint: the signature of acme\.tenure\/123456789012\/eu-central-1 does not hold/,
    goSays: /checkpoint: .*invalid signature/,
  },
  {
    name: 'signs another log with the same key',
    tamper: async (log) => {
      const { root } = await growTree(0, LEAVES, async () => undefined);
      log.set('checkpoint', await signedCheckpoint(1000, root, undefined, 'other.tenure/123456789012/eu-central-1'));
    },
    says: /origin: checkpoint is of the log other\.tenure.*, not of acme\.tenure/,
    goSays: /checkpoint: origin other\.tenure/,
  },
  {
    name: 'forks: two roots for one size',
    tamper: async (log) => {
      const { root } = await growTree(0, LEAVES.with(999, OTHER), async () => undefined);
      log.set(checkpointPath(1000), await signedCheckpoint(1000, root));
    },
    says: /fork: two roots for 1000 entries: checkpoints\/0*1000 and checkpoint are of two histories/,
    goSays: /checkpoints\/0*1000: .*two roots for size 1000/,
  },
  {
    name: 'forks: an earlier size has another history',
    tamper: async (log) => {
      const { root } = await growTree(0, LEAVES.slice(0, 700).with(650, OTHER), async () => undefined);
      log.set(checkpointPath(700), await signedCheckpoint(700, root));
    },
    says: /fork: checkpoints\/0*700 is of another history: its root is not that of the first 700 entries/,
    goSays: /checkpoints\/0*700: .*not consistent/,
  },
  {
    name: 'puts an older checkpoint back',
    tamper: (log) => log.set('checkpoint', bytesOf(log, checkpointPath(700))),
    says: /stale: checkpoint covers 700 entries, and checkpoints\/0*1000 1000/,
    goSays: /checkpoint: .*older than checkpoints\/0*1000/,
  },
  {
    name: 'goes back to an older checkpoint, and removes what came after',
    tamper: (log) => {
      log.set('checkpoint', bytesOf(log, checkpointPath(700)));
      log.delete(checkpointPath(1000));
    },
    since: 1000,
    says: /stale: checkpoint covers 700 entries, and the log had 1000 before/,
    goSays: /kept: .*1000 .*700/,
  },
  {
    name: 'builds the whole log anew, and signs it with the same key',
    tamper: async (log) => {
      for (const [path, bytes] of await sealedLog(LEAVES.with(300, OTHER), SIZES)) log.set(path, bytes);
    },
    since: 700,
    says: /fork: \S*kept is of another history: its root is not that of the first 700 entries/,
    goSays: /kept: .*not consistent/,
  },
  {
    name: 'alters what an earlier partial tile held',
    tamper: (log) => bytesOf(log, 'tile/0/002.p/188').fill(7, 32, 64),
    says: /tile: tile\/0\/002\.p\/188: its hash 1 is not that of entry 513/,
    goSays: /tile\/0\/002\.p\/188: not what was sealed/,
  },
  {
    name: 'alters what an earlier partial bundle held',
    tamper: (log) => change(log, 'tile/entries/002.p/188', (entries) => entries.with(1, OTHER)),
    says: /bundle: tile\/entries\/002\.p\/188: its entry 513 is another than the one sealed/,
    goSays: /tile\/entries\/002\.p\/188: entry 513 is not what was sealed/,
  },
];

/** Of a log of 1,000 entries whose second key signs what comes after 256 entries, and the third after 700. */
export const [SECOND, THIRD] = [sealingKey(2), sealingKey(3)];
export const CHANGES = [
  { after: 256, key: SECOND },
  { after: 700, key: THIRD },
] as const;

export interface KeyTampering extends Tampering {
  /** Whoever verifies knows these. @default the log's first one */
  readonly given?: readonly SealingKey[];
}

const UNKNOWN = sealingKey(9);
const resign = (log: LogObjects, path: string, key: SealingKey) => {
  const body = text(log, path).split('\n\n')[0];
  log.set(path, Buffer.from(`${body}\n\n${signatureLine(`${body}\n`, key)}`));
};
const rootAt = async (size: number, leaves = LEAVES) =>
  (await growTree(0, leaves.slice(0, size), async () => undefined)).root;

export const KEY_TAMPERINGS: readonly KeyTampering[] = [
  {
    name: 'signs the latest checkpoint with a key that another one followed',
    tamper: (log) => resign(log, 'checkpoint', SECOND),
    says: /key: checkpoint is signed by key 2 of the log, which key 3 followed at 700 entries: expected key 3/,
    goSays: /checkpoint: not signed by key 3/,
  },
  {
    name: 'builds the log anew, and signs it with the first key, which was followed',
    tamper: async (log) => {
      for (const [path, bytes] of await sealedLog(LEAVES.with(999, OTHER), SIZES)) log.set(path, bytes);
    },
    says: /key: checkpoints\/0*700 is signed by key 1 of the log, which key 2 followed at 256 entries: expected key 2/,
    goSays: /checkpoint: not signed by key 3/,
  },
  {
    name: 'signs with a key that was never announced',
    tamper: (log) => resign(log, 'checkpoint', UNKNOWN),
    says: /signature: checkpoint: signed by none of the keys given, .*, nor by one that they announced/,
    goSays: /checkpoint: note has no verifiable signatures/,
  },
  {
    name: 'signs an early checkpoint with a key that came later',
    tamper: (log) => resign(log, checkpointPath(100), THIRD),
    says: /key: checkpoints\/0*100 is signed by key 3 of the log, which signs only what comes after the first 700 entries/,
    goSays: /checkpoints\/0*100: not signed by key 1/,
  },
  {
    name: 'removes an announcement',
    tamper: (log) => log.delete('keys/0002'),
    says: /missing: keys\/0002 is missing, and a later key is announced/,
    goSays: /keys\/0002: missing/,
  },
  {
    name: 'removes the last announcement',
    tamper: (log) => log.delete('keys/0003'),
    says: /signature: checkpoint: signed by none of the keys given.*, nor by one that they announced/,
    goSays: /checkpoint: note has no verifiable signatures/,
  },
  {
    name: 'moves the place where a key follows',
    tamper: (log) => log.set('keys/0003', Buffer.from(text(log, 'keys/0003').replace('\n700\n', '\n900\n'))),
    says: /key: keys\/0003: the signature of acme.* does not hold/,
    goSays: /keys\/0003: .*invalid signature/,
  },
  {
    name: 'announces a key that the one before it did not sign for',
    tamper: async (log) =>
      log.set(
        'keys/0002',
        announcement(2, { size: 256, root: await rootAt(256) }, [sealingKey(1), UNKNOWN], [UNKNOWN]),
      ),
    says: /key: keys\/0002: the announcement is not signed by the previous key/,
    goSays: /keys\/0002: not signed by both keys/,
  },
  {
    name: 'announces a key that did not sign itself',
    tamper: async (log) =>
      log.set(
        'keys/0002',
        announcement(2, { size: 256, root: await rootAt(256) }, [sealingKey(1), SECOND], [sealingKey(1)]),
      ),
    says: /key: keys\/0002: the announcement is not signed by the next key/,
    goSays: /keys\/0002: not signed by both keys/,
  },
  {
    name: 'announces a key for another history',
    tamper: async (log) => {
      const root = await rootAt(256, LEAVES.with(3, OTHER));
      log.set('keys/0002', announcement(2, { size: 256, root }, [sealingKey(1), SECOND]));
    },
    says: /fork: two roots for 256 entries: .*keys\/0002/,
    goSays: /keys\/0002: .*not consistent/,
  },
  {
    name: 'has a key followed earlier than the one before it',
    tamper: async (log) =>
      log.set('keys/0003', announcement(3, { size: 255, root: await rootAt(255) }, [SECOND, THIRD])),
    says: /key: keys\/0003 does not announce the key that follows key 2/,
    goSays: /keys\/0003: does not follow key 2/,
  },
  {
    name: 'has a former key announce another successor, whose key whoever verifies was not given',
    tamper: async (log) => {
      const forged = await rotatedLog(LEAVES.with(999, OTHER), SIZES, [{ after: 256, key: UNKNOWN }]);
      log.delete('keys/0003');
      for (const [path, bytes] of forged) log.set(path, bytes);
    },
    given: [sealingKey(1), SECOND],
    says: /key: the key acme\S* was given, and the copy does not announce it: it is older than that, or of another history/,
    goSays: /key: not one of those announced/,
  },
  {
    name: 'takes the announcements away, and goes on with the first key',
    tamper: async (log) => {
      for (const path of ['keys/0002', 'keys/0003']) log.delete(path);
      for (const [path, bytes] of await sealedLog(LEAVES.with(999, OTHER), SIZES)) log.set(path, bytes);
    },
    given: [sealingKey(1), THIRD],
    says: /key: the key acme\S* was given, and the copy does not announce it/,
    goSays: /key: not one of those announced/,
  },
  {
    name: 'announces keys of its own',
    tamper: async (log) => {
      const root = await rootAt(256);
      log.delete('keys/0003');
      log.set('keys/0002', announcement(2, { size: 256, root }, [UNKNOWN, sealingKey(8)]));
    },
    says: /key: keys\/0002 announces keys that are none of those given/,
    goSays: /key: not one of those announced/,
  },
];

export function bytesOf(log: LogObjects, path: string): Uint8Array {
  const bytes = log.get(path);
  if (bytes === undefined) throw new Error(`there is no ${path}`);
  return bytes;
}

export function change(log: LogObjects, path: string, by: (entries: Uint8Array[]) => Uint8Array[]): void {
  const entries = by(decodeBundle(bytesOf(log, path)));
  // Too many for a bundle is what some do.
  log.set(path, Buffer.concat(entries.map((entry) => encodeBundle([entry]))));
}

function flipped(bytes: Uint8Array | undefined, at: number): Uint8Array {
  return (bytes ?? OTHER).map((byte, index) => (index === at ? byte ^ 1 : byte));
}

function text(log: LogObjects, path: string): string {
  return Buffer.from(bytesOf(log, path)).toString('utf8');
}

/** Objects of their own, so that tampering with one log leaves the other as it is. */
export function copyOf(log: LogObjects): LogObjects {
  return new Map([...log].map(([path, bytes]) => [path, Uint8Array.from(bytes)]));
}
