// The keys of a log: those that whoever verifies was given, and those that one of them and its successor announced. Each
// signs for the sizes between the announcement of its own and that of the next.
import { type KeySuccession, keyNumberAt, openSuccession, successionPath } from '../tlog/key-succession.ts';
import { type Checkpoint, NoteError, parseVerifierKey } from '../tlog/note.ts';
import type { Findings } from './findings.ts';
import type { Inventory, LogCopy } from './log-copy.ts';

/** A checkpoint that two keys signed, with the path of their announcement. */
interface AnnouncedAt extends Checkpoint {
  readonly place: string;
  readonly signed: boolean;
}

export interface KnownKeys {
  /** Verifier keys. Where one follows another, in their order; otherwise as they were given. */
  readonly vkeys: readonly string[];
  /** Of each key but the last, the size up to which it signs; empty where none follows another. */
  readonly ends: readonly number[];
  /** The checkpoints that the announcements are: what they say of the log holds, or it does not. */
  readonly announced: readonly AnnouncedAt[];
}

const MAXIMUM_NOTE_BYTES = 1_000_000;

export async function readKeys(
  copy: LogCopy,
  inventory: Inventory,
  given: readonly string[],
  findings: Findings,
): Promise<KnownKeys> {
  const successions = await readSuccessions(copy, inventory, findings);
  const chain = successions.flatMap(({ previous, next }, index) => (index === 0 ? [previous, next] : [next]));
  const isLinked = given.some((vkey) => chain.includes(vkey));
  if (successions.length > 0 && !isLinked) {
    const path = successionPath(2);
    const message = `${path} announces keys that are none of those given: nobody vouches for them`;
    findings.fault({ kind: 'key', path, message });
  }
  requireAnnounced(given, isLinked ? chain : [], findings);
  if (!isLinked) return { vkeys: given, ends: [], announced: [] };
  const announced = successions.map(({ number, checkpoint }) => ({
    ...checkpoint,
    place: successionPath(number),
    signed: true,
  }));
  return { vkeys: chain, ends: successions.map(({ checkpoint }) => checkpoint.size), announced };
}

/** The key that signs for so many entries, and its number; undefined: any of them does. */
export function keyAt(
  { vkeys, ends }: KnownKeys,
  size: number,
): { readonly number: number; readonly vkey: string } | undefined {
  if (ends.length === 0) return undefined;
  const number = keyNumberAt(ends, size);
  return { number, vkey: vkeys[number - 1] ?? '' };
}

/** What is wrong with who signed; undefined: nothing. */
export function wrongSigner(keys: KnownKeys, size: number, verifiedBy: readonly string[]): string | undefined {
  const due = keyAt(keys, size);
  const [signer] = verifiedBy;
  if (due === undefined || signer === undefined || verifiedBy.includes(due.vkey)) return undefined;
  const number = 1 + keys.vkeys.indexOf(signer);
  const why =
    number < due.number
      ? `which key ${number + 1} followed at ${keys.ends[number - 1]} entries`
      : `which signs only what comes after the first ${keys.ends[number - 2]} entries`;
  return `signed by key ${number} of the log, ${why}: expected key ${due.number}`;
}

/** Of those given, some may be other logs' keys; but of one log, each has to be announced beside the others. */
function requireAnnounced(given: readonly string[], chain: readonly string[], findings: Findings): void {
  const nameOf = (vkey: string) => parseVerifierKey(vkey).keyName;
  const known = new Map(chain.map((vkey) => [nameOf(vkey), chain]));
  for (const vkey of given) {
    const name = nameOf(vkey);
    const announced = known.get(name) ?? [vkey];
    known.set(name, announced);
    if (announced.includes(vkey)) continue;
    const message = `the key ${vkey} was given, and the copy does not announce it: it is older than that, or of another history`;
    findings.fault({ kind: 'key', message });
  }
}

/** As far as one leads to the next. */
async function readSuccessions(
  copy: LogCopy,
  { keyNumbers }: Inventory,
  findings: Findings,
): Promise<readonly KeySuccession[]> {
  const successions: KeySuccession[] = [];
  const last = Math.max(1, ...keyNumbers);
  for (let number = 2; number <= last; number += 1) {
    const path = successionPath(number);
    const succession = await readSuccession(copy, path, findings);
    if (succession === undefined) break;
    const before = successions.at(-1);
    const fits =
      succession.number === number &&
      (before === undefined ||
        (succession.previous === before.next && succession.checkpoint.size >= before.checkpoint.size)) &&
      successions.every(({ previous }) => previous !== succession.next);
    if (!fits) {
      const message = `${path} does not announce the key that follows key ${number - 1}`;
      findings.fault({ kind: 'key', path, message });
      break;
    }
    successions.push(succession);
  }
  return successions;
}

async function readSuccession(copy: LogCopy, path: string, findings: Findings): Promise<KeySuccession | undefined> {
  const bytes = await copy.read(path, MAXIMUM_NOTE_BYTES);
  if (bytes === undefined) {
    findings.fault({ kind: 'missing', path, message: `${path} is missing, and a later key is announced` });
    return undefined;
  }
  try {
    return openSuccession(new TextDecoder().decode(bytes));
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    findings.fault({ kind: 'key', path, message: `${path}: ${error.message}` });
    return undefined;
  }
}
