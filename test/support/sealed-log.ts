// A log as the sealer leaves it in its bucket, written by the same code; for those who verify it.
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { encodeLogEntry, type LogEntry } from '../../lambdas/core/audit/log-entry.ts';
import { noteText, signNote, verifierKey } from '../../lambdas/core/audit/tlog/note.ts';
import { growTree } from '../../lambdas/core/audit/tlog/tree.ts';

export const ORIGIN = 'acme.tenure/123456789012/eu-central-1';

export interface SealingKey {
  readonly privateKey: KeyObject;
  /** The raw 32 bytes. */
  readonly publicKey: Uint8Array;
}

/** The same seed, the same key. */
export function sealingKey(seed: number): SealingKey {
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, seed)]);
  const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return { privateKey, publicKey: new Uint8Array(spki.subarray(-32)) };
}

export const KEY = sealingKey(1);
export const VKEY = verifierKey(ORIGIN, KEY.publicKey);

export type LogObjects = Map<string, Uint8Array>;

export const checkpointPath = (size: number) => `checkpoints/${String(size).padStart(20, '0')}`;

export async function signedCheckpoint(
  size: number,
  root: Uint8Array,
  key = KEY,
  origin = ORIGIN,
): Promise<Uint8Array> {
  const text = noteText({ origin, size, root });
  const note = await signNote(text, ORIGIN, key.publicKey, async (bytes) => sign(null, bytes, key.privateKey));
  return Buffer.from(note);
}

/** Sealed at each of the sizes, of which the last has all entries. */
export async function sealedLog(
  leaves: readonly Uint8Array[],
  sizes: readonly number[],
  key = KEY,
): Promise<LogObjects> {
  const objects: LogObjects = new Map();
  let size = 0;
  for (const next of sizes) {
    const grown = await growTree(size, leaves.slice(size, next), async (path) => objects.get(path));
    for (const { path, bytes } of grown.objects) objects.set(path, bytes);
    objects.set(checkpointPath(next), await signedCheckpoint(next, grown.root, key));
    objects.set('checkpoint', await signedCheckpoint(next, grown.root, key));
    size = next;
  }
  objects.set('log.vkey', Buffer.from(`${verifierKey(ORIGIN, key.publicKey)}\n`));
  return objects;
}

export interface KeyChange {
  /** The last size that the key before it signs; the log is sealed at it. */
  readonly after: number;
  readonly key: SealingKey;
}

/** As docs/reference/audit-log.md has it: signed by all that are given. */
export function announcement(
  number: number,
  { size, root }: { readonly size: number; readonly root: Uint8Array },
  [previous, next]: readonly [SealingKey, SealingKey],
  signers: readonly SealingKey[] = [previous, next],
): Uint8Array {
  const vkeyOf = ({ publicKey }: SealingKey) => verifierKey(ORIGIN, publicKey);
  const text = [
    ORIGIN,
    size,
    Buffer.from(root).toString('base64'),
    `key ${number}`,
    `previous ${vkeyOf(previous)}`,
    `next ${vkeyOf(next)}`,
    '',
  ].join('\n');
  return Buffer.from(`${text}\n${signers.map((key) => signatureLine(text, key)).join('')}`);
}

/** C2SP signed-note, from the specification. */
export function signatureLine(text: string, { privateKey, publicKey }: SealingKey): string {
  const id = createHash('sha256')
    .update(`${ORIGIN}\n`)
    .update(Buffer.of(1, ...publicKey))
    .digest()
    .subarray(0, 4);
  return `— ${ORIGIN} ${Buffer.concat([id, sign(null, Buffer.from(text), privateKey)]).toString('base64')}\n`;
}

/** Sealed as above, by one key after another; each signs beside the ones behind it if they overlap. */
export async function rotatedLog(
  leaves: readonly Uint8Array[],
  sizes: readonly number[],
  changes: readonly KeyChange[],
  overlaps = false,
): Promise<LogObjects> {
  const objects = await sealedLog(leaves, sizes);
  const keys = [KEY, ...changes.map(({ key }) => key)];
  for (const size of sizes) {
    const number = changes.filter(({ after }) => size > after).length;
    const text = Buffer.from(objects.get(checkpointPath(size)) ?? [])
      .toString()
      .split('\n\n')[0];
    const signers = overlaps ? keys.slice(0, number + 1).reverse() : keys.slice(number, number + 1);
    const note = Buffer.from(`${text}\n\n${signers.map((key) => signatureLine(`${text}\n`, key)).join('')}`);
    objects.set(checkpointPath(size), note);
    objects.set('checkpoint', note);
  }
  for (const [index, { after, key }] of changes.entries()) {
    const { root } = await growTree(0, leaves.slice(0, after), async () => undefined);
    const path = `keys/${String(index + 2).padStart(4, '0')}`;
    objects.set(path, announcement(index + 2, { size: after, root }, [keys[index] ?? KEY, key]));
  }
  return objects;
}

const SUBJECTS = 37;
const idOf = (text: string) => createHash('sha256').update(text).digest('base64url').slice(0, 22);

/** Entry `index` of a log about a few identities, each with a sequence of its own. */
export function logEntry(index: number, change: Partial<LogEntry> = {}, subjects = SUBJECTS): LogEntry {
  return {
    format: 1,
    id: idOf(`entry ${index}`),
    at: new Date(Date.UTC(2026, 10, 1) + index * 1000).toISOString(),
    subject: { kind: 'identity', id: idOf(`subject ${index % subjects}`) },
    sequence: Math.floor(index / subjects),
    actor: { type: 'tenure', id: 'converge' },
    trigger: `fact-${index}`,
    correlation: `event-${index % subjects}`,
    version: 1 + Math.floor(index / subjects),
    modelHash: 'f'.repeat(64),
    event: { type: 'access-granted', application: 'crm', entitlement: 'crm:sales-user', outcome: 'done' },
    ...change,
  };
}

export function logLeaves(
  count: number,
  change: (index: number) => Partial<LogEntry> = () => ({}),
): readonly Uint8Array[] {
  return Array.from({ length: count }, (_, index) => encodeLogEntry(logEntry(index, change(index))));
}

export function writeObjects(folder: string, objects: LogObjects): void {
  for (const [path, bytes] of objects) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
}
