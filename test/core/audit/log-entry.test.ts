import { describe, expect, it } from 'vitest';
import {
  decodeLogEntry,
  encodeLogEntry,
  type LogEntry,
  MAXIMUM_LEAF_BYTES,
} from '../../../lambdas/core/audit/log-entry.ts';

const ENTRY: LogEntry = {
  format: 1,
  id: 'AAAAAAAAAAAAAAAAAAAAAA',
  at: '2026-11-28T17:00:00.000Z',
  subject: { kind: 'identity', id: 'BBBBBBBBBBBBBBBBBBBBBB' },
  sequence: 3,
  actor: { type: 'tenure', id: 'converge' },
  version: 2,
  event: { type: 'converged', openTasks: 0 },
};
const encoded = (text: string) => new TextEncoder().encode(text);

describe('a log entry', () => {
  it('is the same after encoding and decoding', () => {
    expect(decodeLogEntry(encodeLogEntry(ENTRY))).toEqual(ENTRY);
  });

  it('has its members in canonical order, whatever the order it was made in', () => {
    const { at, ...rest } = ENTRY;
    expect(new TextDecoder().decode(encodeLogEntry({ ...rest, at }))).toBe(
      '{"actor":{"id":"converge","type":"tenure"},"at":"2026-11-28T17:00:00.000Z","event":{"openTasks":0,"type":"converged"},' +
        '"format":1,"id":"AAAAAAAAAAAAAAAAAAAAAA","sequence":3,"subject":{"id":"BBBBBBBBBBBBBBBBBBBBBB","kind":"identity"},"version":2}',
    );
  });

  it('is refused past the bound of a leaf, and taken at it', () => {
    const room = MAXIMUM_LEAF_BYTES - encodeLogEntry({ ...ENTRY, event: { type: 'x', pad: '' } }).length;
    const padded = (length: number) => ({ ...ENTRY, event: { type: 'x', pad: 'a'.repeat(length) } });
    expect(encodeLogEntry(padded(room))).toHaveLength(MAXIMUM_LEAF_BYTES);
    expect(() => encodeLogEntry(padded(room + 1))).toThrow(/65536 bytes of at most 65535/);
  });

  it.each([
    ['another format', { ...ENTRY, format: 2 }, /format/],
    ['an unknown member', { ...ENTRY, note: 'x' }, /note/],
    ["a subject by the identity's own id", { ...ENTRY, subject: { kind: 'identity', id: 'E1001' } }, /subject/],
    ['a negative sequence', { ...ENTRY, sequence: -1 }, /sequence/],
    ['a time without milliseconds', { ...ENTRY, at: '2026-11-28T17:00:00Z' }, /at/],
  ])('is refused with %s', (_what, entry, message) => {
    expect(() => decodeLogEntry(encoded(JSON.stringify(entry)))).toThrow(message);
  });

  it('is refused in any other form of the same JSON', () => {
    const text = new TextDecoder().decode(encodeLogEntry(ENTRY));
    expect(() => decodeLogEntry(encoded(text.replace('{', '{ ')))).toThrow(/canonical/);
    expect(() => decodeLogEntry(encoded(`\uFEFF${text}`))).toThrow();
    expect(() => decodeLogEntry(Uint8Array.of(0xff))).toThrow();
  });
});
