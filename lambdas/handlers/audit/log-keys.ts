// The keys of the log's own, as a sealer has them: which of them signs how many entries, and how the next one follows. Up to
// where a key signs is fixed in the log's table, on the condition that whatever was fixed with it has come to its end.

import type { Checkpoint } from '../../core/audit/sealing/checkpoint.ts';
import { LogTamperedError } from '../../core/audit/sealing/tampering.ts';
import { EMPTY_ROOT } from '../../core/audit/tlog/hashing.ts';
import {
  type KeySuccession,
  keyNumberAt,
  MAXIMUM_KEYS,
  openSuccession,
  successionPath,
  successionText,
} from '../../core/audit/tlog/key-succession.ts';
import { alsoSigned, noteText, openNote, parseNoteText, signNote, verifierKey } from '../../core/audit/tlog/note.ts';
import { PermanentError } from '../../core/errors.ts';
import type { LogObjects } from '../../stores/log/log-objects.ts';
import type { LogSigner } from '../../stores/log/log-signer.ts';
import type { LogStore } from '../../stores/log/log-store.ts';

export interface LogKeysDependencies {
  readonly log: Pick<LogStore, 'endKey' | 'findRoot' | 'fixCheckpoint' | 'readKeyEnds' | 'saveSealed'>;
  readonly objects: LogObjects;
  /** The first key first: at least one. */
  readonly signers: readonly LogSigner[];
  /** How many of them, from the first on, sign beside a later one no longer. */
  readonly retiredKeys: number;
  /** C2SP tlog-checkpoint: the log's name, and that of its keys. */
  readonly origin: string;
}

interface SigningKey {
  readonly signer: LogSigner;
  readonly publicKey: Uint8Array;
  readonly vkey: string;
}

export class LogKeys {
  readonly #dependencies: LogKeysDependencies;
  readonly #keys: readonly SigningKey[];
  #ends: readonly number[] = [];

  private constructor(dependencies: LogKeysDependencies, keys: readonly SigningKey[]) {
    this.#dependencies = dependencies;
    this.#keys = keys;
  }

  /**
   * Whatever was announced by halves is announced to its end.
   *
   * @throws LogTamperedError when something else was announced
   * @throws PermanentError when the log has a key that this deployment has not
   */
  static async read(dependencies: LogKeysDependencies): Promise<LogKeys> {
    const { signers, origin, log, objects } = dependencies;
    const signing = await Promise.all(
      signers.map(async (signer) => {
        const publicKey = await signer.publicKey();
        return { signer, publicKey, vkey: verifierKey(origin, publicKey) };
      }),
    );
    const keys = new LogKeys(dependencies, signing);
    // Before the table is: what is announced later is in neither.
    const announced = await readAnnouncements(objects);
    keys.#ends = await log.readKeyEnds();
    await keys.#requireSame(announced);
    return keys;
  }

  get first(): string {
    return this.#at(1).vkey;
  }

  numberAt(size: number): number {
    return keyNumberAt(this.#ends, size);
  }

  /** By the key that signs so many entries, and by those before it that are not retired. */
  async sign(checkpoint: Checkpoint): Promise<string> {
    const { origin, retiredKeys } = this.#dependencies;
    const number = this.numberAt(checkpoint.size);
    const text = noteText({ origin, ...inBytes(checkpoint) });
    let note = await this.#signedBy(number, text);
    for (let earlier = number - 1; earlier > retiredKeys; earlier -= 1) note = await this.#alsoSignedBy(earlier, note);
    return note;
  }

  /** Throws NoteError when it is not by the log's keys, and LogTamperedError when it is not of this log, or by one whose turn it was not. */
  open(bytes: Uint8Array): Checkpoint {
    const { origin } = this.#dependencies;
    const vkeys = this.#keys.map(({ vkey }) => vkey);
    const { text, verifiedBy } = openNote(new TextDecoder().decode(bytes), vkeys);
    const { size, root, origin: named } = parseNoteText(text);
    if (named !== origin) throw new LogTamperedError(`a checkpoint of ${named} is published`);
    const number = this.numberAt(size);
    if (!verifiedBy.includes(this.#at(number).vkey))
      throw new LogTamperedError(`a checkpoint of ${size} entries is not signed by key ${number} of the log`);
    return { size, root: Buffer.from(root).toString('base64') };
  }

  /**
   * The next key follows, if there is one, from the checkpoint on that is published; undefined: nothing is sealed yet. While
   * another sealer has more than that in hand, it does not yet.
   */
  async follow(published: Checkpoint | undefined): Promise<void> {
    const { log, retiredKeys } = this.#dependencies;
    const at = published ?? { size: 0, root: Buffer.from(EMPTY_ROOT).toString('base64') };
    while (this.#keys.length > this.#ends.length + 1) {
      const number = this.#ends.length + 1;
      if (retiredKeys >= number)
        throw new PermanentError(
          `key ${number} of the log is retired, and key ${number + 1} was never announced, which it has to sign: ` +
            'deploy with the setting sealedLog.retiredKeys as it was, and wait for the announcement',
        );
      if (published !== undefined) {
        if ((await log.fixCheckpoint(published, number)) !== 'fixed') return;
        await log.saveSealed(published);
      }
      if (!(await log.endKey(this.#ends, at.size))) return;
      this.#ends = [...this.#ends, at.size];
      await this.#announce(number + 1, at);
    }
  }

  async #requireSame(announced: readonly KeySuccession[]): Promise<void> {
    if (announced.length > this.#ends.length)
      throw new LogTamperedError(`${successionPath(announced.length + 1)} announces a key that the log does not have`);
    if (this.#ends.length >= this.#keys.length)
      throw new PermanentError(
        `the log is at its key ${this.#ends.length + 1}, and this deployment has ${this.#keys.length}: ` +
          'deploy with the setting sealedLog.signingKeys as it was',
      );
    for (const succession of announced) {
      const { number, previous, next, checkpoint } = succession;
      const isOurs =
        checkpoint.origin === this.#dependencies.origin &&
        checkpoint.size === this.#ends[number - 2] &&
        previous === this.#at(number - 1).vkey &&
        next === this.#at(number).vkey;
      if (!isOurs) throw new LogTamperedError(`${successionPath(number)} is not what this log announced`);
    }
    for (let number = announced.length + 2; number <= this.#ends.length + 1; number += 1) {
      await this.#announce(number, await this.#sealedAt(this.#ends[number - 2] ?? 0));
    }
  }

  /** Not by the table's word: it was signed before. */
  async #sealedAt(size: number): Promise<Checkpoint> {
    const { log, objects } = this.#dependencies;
    if (size === 0) return { size, root: Buffer.from(EMPTY_ROOT).toString('base64') };
    const path = checkpointPath(size);
    const object = await objects.read(path);
    const sealed = object && this.open(object.bytes);
    if (sealed?.size !== size || sealed.root !== (await log.findRoot(size)))
      throw new LogTamperedError(`${path} is not what a key was announced for`);
    return sealed;
  }

  async #announce(number: number, checkpoint: Checkpoint): Promise<void> {
    const { origin, objects } = this.#dependencies;
    const [previous, next] = [this.#at(number - 1).vkey, this.#at(number).vkey];
    const text = successionText({ number, previous, next, checkpoint: { origin, ...inBytes(checkpoint) } });
    const note = await this.#alsoSignedBy(number, await this.#signedBy(number - 1, text));
    // Another sealer may have been there first. What lies there was opened before, or is by the next run.
    await objects.create(successionPath(number), new TextEncoder().encode(note));
  }

  #signedBy(number: number, text: string): Promise<string> {
    const { publicKey, signer } = this.#at(number);
    return signNote(text, this.#dependencies.origin, publicKey, (message) => signer.sign(message));
  }

  #alsoSignedBy(number: number, note: string): Promise<string> {
    const { publicKey, signer } = this.#at(number);
    return alsoSigned(note, this.#dependencies.origin, publicKey, (message) => signer.sign(message));
  }

  #at(number: number): SigningKey {
    const key = this.#keys[number - 1];
    if (key === undefined) throw new PermanentError(`this deployment has no key ${number} of the log`);
    return key;
  }
}

export function checkpointPath(size: number): string {
  return `checkpoints/${String(size).padStart(SIZE_DIGITS, '0')}`;
}

const SIZE_DIGITS = 20;

/** From the second key on, each with its number. Throws NoteError for one that its keys did not sign. */
async function readAnnouncements(objects: LogObjects): Promise<readonly KeySuccession[]> {
  const announced: KeySuccession[] = [];
  for (let number = 2; number <= MAXIMUM_KEYS; number += 1) {
    const path = successionPath(number);
    const object = await objects.read(path);
    if (object === undefined) break;
    const succession = openSuccession(new TextDecoder().decode(object.bytes));
    if (succession.number !== number) throw new LogTamperedError(`${path} announces key ${succession.number}`);
    announced.push(succession);
  }
  return announced;
}

function inBytes({ size, root }: Checkpoint): { readonly size: number; readonly root: Uint8Array } {
  return { size, root: Buffer.from(root, 'base64') };
}
