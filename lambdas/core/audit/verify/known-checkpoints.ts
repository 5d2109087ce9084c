// The checkpoints of a copy, and the one that its tree is judged by.
import { equalBytes } from '../tlog/hashing.ts';
import { type Checkpoint, NoteError, openNote, parseNoteText, parseVerifierKey } from '../tlog/note.ts';
import { parseWitnessedPath } from '../tlog/witnessed.ts';
import type { Findings } from './findings.ts';
import { type KnownKeys, wrongSigner } from './known-keys.ts';
import type { Inventory, LogCopy } from './log-copy.ts';

export interface KnownCheckpoint extends Checkpoint {
  /** Where it was read: a path in the copy, or what the auditor kept. */
  readonly place: string;
  readonly signed: boolean;
}

const MAXIMUM_NOTE_BYTES = 1_000_000;

/** All that can be read, those that nobody signed among them: what they say is a fault, and still tells what is there. */
export async function readCheckpoints(
  copy: LogCopy,
  inventory: Inventory,
  keys: KnownKeys,
  findings: Findings,
): Promise<readonly KnownCheckpoint[]> {
  const known: KnownCheckpoint[] = [];
  for (const place of [...inventory.checkpointPaths, ...inventory.witnessedPaths, 'checkpoint']) {
    const bytes = await copy.read(place, MAXIMUM_NOTE_BYTES);
    if (bytes === undefined) {
      findings.fault({ kind: 'missing', path: place, message: `${place} is missing, or no checkpoint by its length` });
      continue;
    }
    const checkpoint = readCheckpoint(bytes, place, keys, findings);
    if (checkpoint !== undefined) known.push(checkpoint);
  }
  return known;
}

export function readCheckpoint(
  bytes: Uint8Array,
  place: string,
  keys: KnownKeys,
  findings: Findings,
): KnownCheckpoint | undefined {
  const note = new TextDecoder().decode(bytes);
  let checkpoint: KnownCheckpoint | undefined;
  try {
    const { text, verifiedBy } = openNote(note, keys.vkeys);
    checkpoint = { ...parseNoteText(text), place, signed: true };
    const names = verifiedBy.map((vkey) => parseVerifierKey(vkey).keyName);
    if (!names.includes(checkpoint.origin)) {
      const message = `${place} is of the log ${checkpoint.origin}, not of ${names.join(', ')}`;
      findings.fault({ kind: 'origin', path: place, checkpoint: checkpoint.size, message });
      checkpoint = { ...checkpoint, signed: false };
    }
    const wrong = wrongSigner(keys, checkpoint.size, verifiedBy);
    if (wrong !== undefined) {
      findings.fault({ kind: 'key', path: place, checkpoint: checkpoint.size, message: `${place} is ${wrong}` });
      checkpoint = { ...checkpoint, signed: false };
    }
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    const nor = keys.ends.length === 0 ? '' : ', nor by one that they announced';
    findings.fault({ kind: 'signature', path: place, message: `${place}: ${error.message}${nor}` });
    checkpoint = readUnsigned(note, place);
  }
  if (checkpoint === undefined || isNamedBySize(checkpoint)) return checkpoint;
  const { size } = checkpoint;
  const message = `${place} says ${size} entries: its name says otherwise`;
  findings.fault({ kind: 'checkpoint', path: place, checkpoint: size, message });
  return checkpoint;
}

function readUnsigned(note: string, place: string): KnownCheckpoint | undefined {
  try {
    return { ...parseNoteText(note.slice(0, note.lastIndexOf('\n\n') + 1)), place, signed: false };
  } catch {
    return undefined;
  }
}

function isNamedBySize({ place, size }: KnownCheckpoint): boolean {
  if (place.startsWith('witnessed/')) return parseWitnessedPath(place) === size;
  return !place.startsWith('checkpoints/') || place === checkpointPath(size);
}

export function checkpointPath(size: number): string {
  return `checkpoints/${String(size).padStart(20, '0')}`;
}

/** Of a replica the largest of which all is here: objects come in no order, so what is missing behind it is on its way. */
export function chooseReplicaHead(
  known: readonly KnownCheckpoint[],
  announced: readonly KnownCheckpoint[],
  inventory: Inventory,
  findings: Findings,
): KnownCheckpoint | undefined {
  const signed = known.filter((checkpoint) => checkpoint.signed).toSorted((one, other) => other.size - one.size);
  const head = signed.find(({ size }) => inventory.isComplete(size));
  nameForks([...signed, ...announced], findings);
  const [latest] = signed;
  if (latest === undefined) return head;
  if (head === undefined) {
    const message = `the replica has all entries of none of its checkpoints, the latest of ${latest.size} entries`;
    findings.fault({ kind: 'missing', path: latest.place, checkpoint: latest.size, message });
  } else if (latest.size > head.size) {
    findings.remark(
      `the replica is behind: ${latest.place} covers ${latest.size} entries, of which all of the first ${head.size} are here`,
    );
  }
  return head;
}

/**
 * The one that covers most of those signed, or of all if none is. An older one in the place of the latest is a fault, and
 * so are two of one size that say different roots; those that announce a key are of what is published, and not published.
 */
export function chooseHead(
  known: readonly KnownCheckpoint[],
  announced: readonly KnownCheckpoint[],
  findings: Findings,
): KnownCheckpoint | undefined {
  const signed = known.filter((checkpoint) => checkpoint.signed);
  const candidates = signed.length > 0 ? signed : known;
  const latest = candidates.find(({ place }) => place === 'checkpoint');
  const size = Math.max(...candidates.map((checkpoint) => checkpoint.size));
  const head = latest?.size === size ? latest : candidates.find((checkpoint) => checkpoint.size === size);
  if (latest !== undefined && head !== undefined && latest !== head) {
    const message =
      `checkpoint covers ${latest.size} entries, and ${head.place} ${size}: an older one was put back,` +
      ' or the copy was taken while the log grew';
    findings.fault({ kind: 'stale', path: 'checkpoint', checkpoint: latest.size, message });
  }
  nameForks([...candidates, ...announced], findings);
  return head;
}

function nameForks(known: readonly KnownCheckpoint[], findings: Findings): void {
  const bySize = new Map<number, KnownCheckpoint>();
  for (const checkpoint of known) {
    const { size, place } = checkpoint;
    const other = bySize.get(size) ?? checkpoint;
    bySize.set(size, other);
    if (equalBytes(other.root, checkpoint.root)) continue;
    const message = `two roots for ${size} entries: ${other.place} and ${place} are of two histories`;
    findings.fault({ kind: 'fork', path: place, checkpoint: size, message });
  }
}
