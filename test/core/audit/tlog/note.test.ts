// Notes against one that Go's x/mod/sumdb/note publishes, and against node's own Ed25519.
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  NoteError,
  noteText,
  openNote,
  parseNoteText,
  parseVerifierKey,
  signNote,
  verifierKey,
} from '../../../../lambdas/core/audit/tlog/note.ts';

const ORIGIN = 'acme.tenure/123456789012/eu-central-1';
const TEXT = `${ORIGIN}\n7\n${Buffer.alloc(32, 7).toString('base64')}\n`;

function signer() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32));
  return { publicKey: raw, sign: async (bytes: Uint8Array) => sign(null, bytes, privateKey) };
}

const ours = signer();
const other = signer();
const VKEY = verifierKey(ORIGIN, ours.publicKey);
const noteBy = (key: ReturnType<typeof signer>, text = TEXT, name = ORIGIN) =>
  signNote(text, name, key.publicKey, key.sign);
const signatureOf = (note: string) => note.slice(note.indexOf('\n\n') + 2);

describe('a note that others signed', () => {
  // The example in the documentation of golang.org/x/mod/sumdb/note.
  const vkey = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
  const text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
  const note = `${text}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n`;

  it('opens with their key, which is written as they write it', () => {
    expect(openNote(note, [vkey])).toEqual({ text, verifiedBy: [vkey] });
    const { keyName, publicKey } = parseVerifierKey(vkey);
    expect(verifierKey(keyName, publicKey)).toBe(vkey);
  });
});

describe('a checkpoint', () => {
  const checkpoint = { origin: ORIGIN, size: 7, root: new Uint8Array(32).fill(7) };

  it('is three lines, and read back from them', () => {
    expect(noteText(checkpoint)).toBe(TEXT);
    expect(parseNoteText(TEXT)).toEqual(checkpoint);
  });

  it.each([
    ['no origin', { origin: '' }],
    ['an origin of two lines', { origin: 'a\nb' }],
    ['a negative size', { size: -1 }],
    ['half an entry', { size: 0.5 }],
    ['a size beyond numbers', { size: 2 ** 53 }],
    ['half a root', { root: new Uint8Array(16) }],
  ])('is refused with %s', (_what, change) => {
    expect(() => noteText({ ...checkpoint, ...change })).toThrow(NoteError);
  });

  it.each([
    ['a leading zero', TEXT.replace('\n7\n', '\n07\n')],
    ['a size in another form', TEXT.replace('\n7\n', '\n7e0\n')],
    ['an empty size', TEXT.replace('\n7\n', '\n\n')],
    ['an extension line', `${TEXT}extension\n`],
    ['a cut root', `${TEXT.slice(0, -5)}\n`],
    ['white space behind the root', TEXT.replace(/\n$/, ' \n')],
    ['no end of line', TEXT.trimEnd()],
  ])('is not read with %s', (_what, text) => {
    expect(() => parseNoteText(text)).toThrow(NoteError);
  });
});

describe('signing a note', () => {
  it('puts one line behind the text: name, and key id with signature', async () => {
    const note = await noteBy(ours);
    expect(note.startsWith(`${TEXT}\n— ${ORIGIN} `)).toBe(true);
    const bytes = Buffer.from(note.trimEnd().split(' ').at(-1) ?? '', 'base64');
    const hashed = createHash('sha256')
      .update(`${ORIGIN}\n`)
      .update(Buffer.of(1, ...ours.publicKey))
      .digest();
    expect(bytes.subarray(0, 4)).toEqual(hashed.subarray(0, 4));
    expect(bytes.subarray(4)).toEqual(await ours.sign(Buffer.from(TEXT)));
  });

  it('publishes no signature that nobody could verify', async () => {
    await expect(signNote(TEXT, ORIGIN, ours.publicKey, other.sign)).rejects.toThrow(/not by the key/);
    await expect(signNote(TEXT, ORIGIN, ours.publicKey, async () => new Uint8Array(63))).rejects.toThrow(NoteError);
  });

  it.each(['', 'a b', 'a+b', 'a\tb', 'a b', 'a b', 'a\nb'])('refuses the key name "%s"', async (name) => {
    expect(() => verifierKey(name, ours.publicKey)).toThrow(NoteError);
    await expect(noteBy(ours, TEXT, name)).rejects.toThrow(/key name/);
  });

  it.each([
    ['no end of line', 'text'],
    ['a control character', 'te\u0007xt\n'],
    ['half a character', 'te\ud800xt\n'],
  ])('refuses a text with %s', async (_what, text) => {
    await expect(noteBy(ours, text)).rejects.toThrow(NoteError);
  });
});

describe('opening a note', () => {
  it('gives the text and whose signature holds', async () => {
    expect(openNote(await noteBy(ours), [VKEY])).toEqual({ text: TEXT, verifiedBy: [VKEY] });
  });

  it('counts a signature by an unknown key as absent', async () => {
    const [note, witness] = [await noteBy(ours), signatureOf(await noteBy(other, TEXT, 'witness.example'))];
    expect(openNote(note + witness, [VKEY]).verifiedBy).toEqual([VKEY]);
    const both = [verifierKey('witness.example', other.publicKey), VKEY];
    expect(openNote(note + witness, both).verifiedBy).toEqual(both);
    expect(() => openNote(`${TEXT}\n${witness}`, [VKEY])).toThrow(/none of the keys given, but by witness\.example\+/);
  });

  it('is refused by another key of the same name', async () => {
    expect(() => openNote(signatureOf(''), [VKEY])).toThrow(NoteError);
    await expect(noteBy(other).then((note) => openNote(note, [VKEY]))).rejects.toThrow(/none of the keys/);
  });

  it('is refused when a byte of the text or of the signature has changed', async () => {
    const note = await noteBy(ours);
    expect(() => openNote(note.replace('\n7\n', '\n8\n'), [VKEY])).toThrow(/does not hold/);
    const [, base64 = ''] = / ([^ ]+)\n$/.exec(note) ?? [];
    const bytes = Buffer.from(base64, 'base64');
    bytes[40] = (bytes[40] ?? 0) ^ 1;
    expect(() => openNote(note.replace(base64, bytes.toString('base64')), [VKEY])).toThrow(/does not hold/);
    expect(() => openNote(note.replace(base64, bytes.subarray(0, 60).toString('base64')), [VKEY])).toThrow(NoteError);
  });

  it('is refused when a second signature under our key id does not hold', async () => {
    const note = await noteBy(ours);
    const forged = signatureOf(await noteBy(ours, TEXT.replace('\n7\n', '\n8\n')));
    expect(() => openNote(note + forged, [VKEY])).toThrow(/does not hold/);
  });

  it('is refused when it is no note', async () => {
    const note = await noteBy(ours);
    const signature = signatureOf(note);
    const many = note + signature.repeat(99);
    expect(openNote(many, [VKEY]).text).toBe(TEXT);
    const broken = ['', TEXT, `${TEXT}\n`, note.trimEnd(), note + signature.repeat(100), `${note}\n`, `${note}x\n`];
    const forms = [note.replace('— ', '- '), note.replace(/\n$/, ' \n'), note.replace(/=?\n$/, '!\n'), `\r${note}`];
    for (const each of [...broken, ...forms, 'x'.repeat(1_000_001)])
      expect(() => openNote(each, [VKEY])).toThrow(NoteError);
  });

  it.each([
    ['nothing', ''],
    ['no base64', `${ORIGIN}+00000000+!`],
    ['another key id', VKEY.replace(/\+[0-9a-f]{8}\+/, '+00000000+')],
    ['another kind of key', `${ORIGIN}+00000000+${Buffer.alloc(33, 4).toString('base64')}`],
    ['half a key', VKEY.slice(0, -8)],
  ])('refuses a key that is %s', (_what, vkey) => {
    expect(() => openNote(TEXT, [vkey])).toThrow(NoteError);
    expect(() => parseVerifierKey(vkey)).toThrow(NoteError);
  });
});
