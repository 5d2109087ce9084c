// How far enough witnesses have seen the log grow. A checkpoint that they cosigned, and that is not of the log, is a fork; what
// came after the last one is seen by nobody yet.
import { decodeLogEntry } from '../log-entry.ts';
import { decodeBundle } from '../tlog/bundle.ts';
import { findCosignature, parseWitnessKey, type WitnessKey } from '../tlog/cosignature.ts';
import { NoteError, signaturesOf, textOfNote } from '../tlog/note.ts';
import { TILE_WIDTH } from '../tlog/paths.ts';
import type { Findings } from './findings.ts';
import type { KnownCheckpoint } from './known-checkpoints.ts';
import type { Inventory, LogCopy } from './log-copy.ts';
import { MAXIMUM_BUNDLE_BYTES } from './tree-pass.ts';

export interface WitnessPolicy {
  /** Their verifier keys. */
  readonly vkeys: readonly string[];
  /** How many of them are enough. */
  readonly quorum: number;
}

export interface Witnessed {
  /** So many entries, of the log as it is here. */
  readonly size: number;
  readonly witnesses: number;
  /** When the last that was needed said so (RFC 3339). */
  readonly at: string;
}

interface Checked {
  readonly copy: LogCopy;
  readonly inventory: Inventory;
  readonly known: readonly KnownCheckpoint[];
  readonly head: KnownCheckpoint;
  readonly findings: Findings;
}

const MAXIMUM_NOTE_BYTES = 1_000_000;
/** What is sealed is cosigned within a minute or two; an hour is for a witness that was down. */
const MAXIMUM_BEHIND_MS = 3_600_000;

/** Undefined: no checkpoint has enough cosignatures, which is a fault. */
export async function checkWitnesses(
  checked: Checked,
  { vkeys, quorum }: WitnessPolicy,
): Promise<Witnessed | undefined> {
  const { head, findings } = checked;
  const keys = vkeys.map(parseWitnessKey);
  const bySize = await cosignedSizes(checked, keys);
  const [size, times] = [...bySize]
    .filter(([, witnesses]) => witnesses.size >= quorum)
    .reduce<readonly [number, ReadonlyMap<string, number>]>(
      (largest, one) => (one[0] > largest[0] ? one : largest),
      [-1, new Map()],
    );
  if (size === -1) {
    const most = Math.max(0, ...[...bySize.values()].map((witnesses) => witnesses.size));
    const message =
      `no checkpoint has the cosignatures of ${quorum} of the ${keys.length} witnesses given` +
      (most === 0 ? ': none has any' : `: at most ${most}`);
    findings.fault({ kind: 'witness', message });
    return undefined;
  }
  const atMs = [...times.values()].toSorted((one, other) => other - one)[quorum - 1] ?? 0;
  await judgeRest(checked, size, atMs);
  return { size: Math.min(size, head.size), witnesses: times.size, at: new Date(atMs).toISOString() };
}

/** Size → witness → when it cosigned that. Only of checkpoints that the log signed. */
async function cosignedSizes({ copy, known, findings }: Checked, keys: readonly WitnessKey[]) {
  const bySize = new Map<number, Map<string, number>>();
  for (const { place, size } of known.filter(({ signed }) => signed)) {
    const bytes = await copy.read(place, MAXIMUM_NOTE_BYTES);
    if (bytes === undefined) continue;
    const note = new TextDecoder().decode(bytes);
    for (const key of keys) {
      try {
        const found = findCosignature(textOfNote(note), signaturesOf(note), key);
        if (found === undefined) continue;
        const witnesses = bySize.get(size) ?? new Map<string, number>();
        bySize.set(size, witnesses.set(key.keyId + key.keyName, found.timeMs));
      } catch (error) {
        if (!(error instanceof NoteError)) throw error;
        findings.fault({ kind: 'witness', path: place, checkpoint: size, message: `${place}: ${error.message}` });
      }
    }
  }
  return bySize;
}

/** What came after the last cosigned checkpoint is new, or nobody has looked for longer than that may take. */
async function judgeRest({ copy, inventory, head, findings }: Checked, size: number, atMs: number): Promise<void> {
  if (head.size <= size) return;
  const rest = `entries ${size} to ${head.size - 1} are behind the last checkpoint that enough witnesses cosigned`;
  const lastMs = await timeOfLast(copy, inventory, head.size);
  // What has no time that can be read is a fault of its own.
  if (lastMs === undefined || lastMs - atMs <= MAXIMUM_BEHIND_MS) {
    findings.remark(`${rest}: no witness has seen them yet`);
    return;
  }
  const minutes = Math.round((lastMs - atMs) / 60_000);
  const message = `${rest}, and the last of them is ${minutes} minutes younger than their word`;
  findings.fault({ kind: 'witness', checkpoint: head.size, entry: size, lastEntry: head.size - 1, message });
}

async function timeOfLast(copy: LogCopy, inventory: Inventory, size: number): Promise<number | undefined> {
  const index = size - 1;
  const block = Math.floor(index / TILE_WIDTH);
  const path = inventory.pathFor('entries', block, size - block * TILE_WIDTH);
  const bytes = path === undefined ? undefined : await copy.read(path, MAXIMUM_BUNDLE_BYTES);
  try {
    const leaf = bytes && decodeBundle(bytes)[index % TILE_WIDTH];
    return leaf && Date.parse(decodeLogEntry(leaf).at);
  } catch {
    return undefined;
  }
}
