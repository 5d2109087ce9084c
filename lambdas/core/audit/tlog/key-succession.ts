// How one signing key of a log follows another. What announces it is a signed note by both: the checkpoint up to which the
// one signs, and as its extension lines (C2SP tlog-checkpoint) which key it is and which follows. So whoever trusts either
// key learns of the other, and the place where they change is bound to one history.
import { type Checkpoint, NoteError, noteText, openNote, parseNoteText, parseVerifierKey, textOfNote } from './note.ts';

export interface KeySuccession {
  /** Of the key that follows: the first key of a log is its number 1, so this is 2 or more. */
  readonly number: number;
  /** Verifier keys; both have the log's name. */
  readonly previous: string;
  readonly next: string;
  /** The last one that the previous key signs for; whatever covers more entries is the next key's. */
  readonly checkpoint: Checkpoint;
}

/** More than any deployment may have (lib/config.ts). */
export const MAXIMUM_KEYS = 100;
const NUMBER_DIGITS = 4;

export function successionPath(number: number): string {
  return `keys/${String(number).padStart(NUMBER_DIGITS, '0')}`;
}

/** Where an announcement lies, the number of the key that it announces; undefined: none lies at such a path. */
export function parseSuccessionPath(path: string): number | undefined {
  const number = Number(/^keys\/(\d{4})$/.exec(path)?.[1] ?? 0);
  return number >= 2 && number <= MAXIMUM_KEYS ? number : undefined;
}

/** What both keys sign. */
export function successionText({ number, previous, next, checkpoint }: KeySuccession): string {
  return `${noteText(checkpoint)}key ${number}\nprevious ${previous}\nnext ${next}\n`;
}

/** The announcement, when both of the keys that it names signed it. Throws a NoteError otherwise. */
export function openSuccession(note: string): KeySuccession {
  const text = textOfNote(note);
  const [, head, number, previous, next] = EXTENDED.exec(text) ?? [];
  if (head === undefined || previous === undefined || next === undefined)
    throw new NoteError('no announcement of a key: expected a checkpoint and the lines key, previous and next');
  const succession = { number: Number(number), previous, next, checkpoint: parseNoteText(head) };
  const { origin } = succession.checkpoint;
  for (const vkey of [previous, next]) {
    const { keyName } = parseVerifierKey(vkey);
    if (keyName !== origin) throw new NoteError(`a key of ${keyName} is announced for the log ${origin}`);
  }
  if (previous === next) throw new NoteError('a key is announced as its own successor');
  const { verifiedBy } = openNote(note, [previous, next]);
  for (const [name, vkey] of [
    ['previous', previous],
    ['next', next],
  ] as const) {
    if (!verifiedBy.includes(vkey)) throw new NoteError(`the announcement is not signed by the ${name} key`);
  }
  return succession;
}

const EXTENDED = /^([^\n]+\n\d+\n[^\n]+\n)key ([1-9]\d*)\nprevious (\S+)\nnext (\S+)\n$/u;

/** Which key signs for so many entries, by the sizes up to which each key before the last one does. The first is 1. */
export function keyNumberAt(begins: readonly number[], size: number): number {
  return 1 + begins.filter((begin) => size > begin).length;
}
