// What must hold of the sealed log, whatever crashed on the way: judged from what was recorded, from every write to the bucket,
// and from RFC 6962 itself. Knows nothing of how sequencing and sealing work.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { logObjects, treeHash } from './merkle.ts';

export interface Recorded {
  /** Of the audit entry, unique. */
  readonly key: string;
  /** Entries of one shard come through the stream in the order of this list. */
  readonly shard: number;
  /** Whether anything could make it an entry of the log. */
  readonly canBeSealed: boolean;
  /** Whether the stream told of it at all. */
  readonly wasDelivered: boolean;
}

export interface Written {
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface SealedWorld {
  readonly recorded: readonly Recorded[];
  /** As they were sequenced; each has the key of its audit entry in `event.key`. */
  readonly leaves: readonly Uint8Array[];
  /** Whatever was put into the bucket, in that order. */
  readonly puts: readonly Written[];
  /** Keys of audit entries that somebody was told of. */
  readonly setAside: readonly string[];
  /** Whether the stream kept each shard's order. */
  readonly streamKeptOrder: boolean;
  readonly origin: string;
  /** The raw 32 bytes of each key that the log could have, in their order. */
  readonly publicKeys: readonly Uint8Array[];
}

interface Leaf {
  readonly subject: { readonly kind: string; readonly id: string };
  readonly sequence: number;
  readonly event: { readonly key: string };
  readonly detail?: { readonly sha256: string; readonly bytes: number };
}

const SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const LAST = 'checkpoint';

/** Everything that is wrong, in words; empty: nothing. */
export function faultsOfSealedLog(world: SealedWorld): readonly string[] {
  const leaves = world.leaves.map((bytes) => JSON.parse(Buffer.from(bytes).toString('utf8')) as Leaf);
  return [
    ...faultsOfEntries(world, leaves),
    ...faultsOfSequences(leaves),
    ...faultsOfOrder(world, leaves),
    ...faultsOfObjects(world, leaves),
    ...faultsOfCheckpoints(world),
    ...faultsOfKeys(world),
  ];
}

function faultsOfEntries({ recorded, setAside }: SealedWorld, leaves: readonly Leaf[]): readonly string[] {
  const times = new Map<string, number>();
  for (const { event } of leaves) times.set(event.key, (times.get(event.key) ?? 0) + 1);
  const known = new Set(recorded.map(({ key }) => key));
  return [
    ...recorded.flatMap(({ key, canBeSealed, wasDelivered }) => {
      const count = times.get(key) ?? 0;
      if (canBeSealed && count !== 1) return `${key} is in the log ${count} times`;
      if (!canBeSealed && count > 0) return `${key} is in the log, though it cannot be`;
      if (!canBeSealed && wasDelivered && !setAside.includes(key)) return `nobody was told of ${key}`;
      return [];
    }),
    ...[...times.keys()].filter((key) => !known.has(key)).map((key) => `${key} was never recorded`),
    ...setAside.filter((key) => times.has(key)).map((key) => `${key} was set aside, and is in the log`),
  ];
}

function faultsOfSequences(leaves: readonly Leaf[]): readonly string[] {
  const next = new Map<string, number>();
  return leaves.flatMap(({ subject, sequence }, index) => {
    const of = `${subject.kind} ${subject.id}`;
    const expected = next.get(of) ?? 0;
    next.set(of, expected + 1);
    return sequence === expected ? [] : `entry ${index} of ${of} has number ${sequence}, expected ${expected}`;
  });
}

/** What the stream told of first stands first; what it lost stands wherever it was found. */
function faultsOfOrder({ recorded, streamKeptOrder }: SealedWorld, leaves: readonly Leaf[]): readonly string[] {
  if (!streamKeptOrder) return [];
  const places = new Map(leaves.map(({ event }, index) => [event.key, index]));
  const last = new Map<number, number>();
  return recorded.flatMap(({ key, shard, wasDelivered }) => {
    const place = places.get(key);
    if (place === undefined || !wasDelivered) return [];
    const before = last.get(shard) ?? -1;
    last.set(shard, Math.max(before, place));
    return place > before ? [] : `${key} stands at ${place}, before one that was recorded earlier`;
  });
}

function faultsOfObjects({ puts, leaves: bytes }: SealedWorld, leaves: readonly Leaf[]): readonly string[] {
  const seen = new Set<string>();
  const twice = puts.filter(({ path }) => path !== LAST && (seen.has(path) || !seen.add(path)));
  const objects = new Map(puts.map((put) => [put.path, put.bytes]));
  const due = logObjects(bytes);
  const missing = [...due].filter(([path, content]) => !content.equals(objects.get(path) ?? Buffer.of()));
  // A partial one says the beginning of what is there in the end.
  const whole = new Map([...due].map(([path, content]) => [path.replace(/\.p\/\d+$/, ''), content]));
  const astray = [...objects].filter(([path, content]) => {
    if (!path.startsWith('tile/')) return false;
    const grown = whole.get(path.replace(/\.p\/\d+$/, ''));
    return grown === undefined || !grown.subarray(0, content.length).equals(content);
  });
  const details = leaves.flatMap(({ detail }) => {
    const content = detail && objects.get(`details/${detail.sha256}`);
    if (detail === undefined) return [];
    const isThere = content !== undefined && createHash('sha256').update(content).digest('hex') === detail.sha256;
    return isThere && content.length === detail.bytes ? [] : `the detail ${detail.sha256} is not there`;
  });
  return [
    ...twice.map(({ path }) => `${path} was written twice`),
    ...missing.map(([path]) => `${path} is not what RFC 6962 says`),
    ...astray.map(([path]) => `${path} is no part of the log`),
    ...details,
  ];
}

function faultsOfCheckpoints({ puts, leaves, origin, publicKeys }: SealedWorld): readonly string[] {
  const faults: string[] = [];
  const roots = new Map<number, string>();
  const trees = new Map<number, string>();
  let last = 0;
  for (const { path, bytes } of puts.filter((put) => put.path.startsWith(LAST))) {
    const note = Buffer.from(bytes).toString('utf8');
    const [name, count, root = ''] = note.split('\n');
    const size = Number(count);
    if (name !== origin) faults.push(`${path} is of ${name}`);
    const number = 1 + endsIn(puts).filter((end) => size > end).length;
    if (!isSigned(note, publicKeys[number - 1])) faults.push(`${path} is not signed by key ${number}`);
    if ((roots.get(size) ?? root) !== root) faults.push(`two roots for ${size} entries`);
    roots.set(size, root);
    const tree = trees.get(size) ?? treeHash(leaves.slice(0, size)).toString('base64');
    trees.set(size, tree);
    if (size > leaves.length || root !== tree)
      faults.push(`${path} of ${size} entries has another root than they have`);
    if (path !== LAST && Number(path.split('/')[1]) !== size) faults.push(`${path} is of ${size} entries`);
    if (path === LAST && size < last) faults.push(`the checkpoint went back from ${last} to ${size}`);
    if (path === LAST) last = size;
  }
  if (last !== leaves.length) faults.push(`${last} of ${leaves.length} entries are sealed`);
  return faults;
}

/** Each key but the first is announced by the one before it, and by itself, before anything is signed by it alone. */
function faultsOfKeys({ puts, leaves, publicKeys }: SealedWorld): readonly string[] {
  const ends = endsIn(puts);
  const announcements = puts.filter(({ path }) => path.startsWith('keys/'));
  const faults = announcements.flatMap(({ path, bytes }, index) => {
    const note = Buffer.from(bytes).toString('utf8');
    const [, size = '', root = ''] = note.split('\n');
    const isNamed = path === `keys/${String(index + 2).padStart(4, '0')}` && note.includes(`\nkey ${index + 2}\n`);
    const isBySame = isSigned(note, publicKeys[index]) && isSigned(note, publicKeys[index + 1]);
    const isSealed = root === treeHash(leaves.slice(0, Number(size))).toString('base64');
    return isNamed && isBySame && isSealed ? [] : [`${path} is not the announcement of key ${index + 2}`];
  });
  const early = puts.filter(({ path, bytes }, place) => {
    if (!path.startsWith(LAST)) return false;
    const size = Number(Buffer.from(bytes).toString('utf8').split('\n')[1]);
    const due = ends.filter((end) => size > end).length;
    return puts.slice(0, place).filter((put) => put.path.startsWith('keys/')).length < due;
  });
  return [...faults, ...early.map(({ path }) => `${path} was there before its key was announced`)];
}

/** Up to which sizes the keys sign, as was announced. */
function endsIn(puts: readonly Written[]): readonly number[] {
  const announced = puts.filter(({ path }) => path.startsWith('keys/'));
  return announced.map(({ bytes }) => Number(Buffer.from(bytes).toString('utf8').split('\n')[1]));
}

/** By whomever else, too. */
function isSigned(note: string, publicKey: Uint8Array | undefined): boolean {
  if (publicKey === undefined) return false;
  const end = note.lastIndexOf('\n\n') + 1;
  const key = createPublicKey({ key: Buffer.concat([SPKI, publicKey]), format: 'der', type: 'spki' });
  return note
    .slice(end)
    .trim()
    .split('\n')
    .some((line) => {
      const signature = Buffer.from(line.split(' ')[2] ?? '', 'base64').subarray(4);
      return verify(null, Buffer.from(note.slice(0, end)), key, signature);
    });
}
