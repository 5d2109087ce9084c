// A fact is in the sealed log as it was recorded, for whoever has the key of whom it is about, and for nobody else.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../../lambdas/core/audit/audit.ts';
import { decodeLogEntry, encodeLogEntry, MAXIMUM_LEAF_BYTES } from '../../../lambdas/core/audit/log-entry.ts';
import {
  readLogEntry,
  type Subject,
  subjectKey,
  subjectsIn,
  toLogEntry,
} from '../../../lambdas/core/audit/redaction.ts';
import { factHashOf } from '../../../lambdas/core/identity/fact-content.ts';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import { factsAbout } from '../../support/every-fact.ts';
import { joiner, mover } from '../../support/facts.ts';

const WHO = 'Ada';
const OTHER_KEY = new Uint8Array(32).fill(255);

function entryOf({ factId, recordedMs, type: factType }: Fact): AuditEntry {
  return {
    identityId: WHO,
    entryId: `fact:${factId}`,
    at: '2026-11-28T12:00:00.000Z',
    actor: { type: 'hr-source', id: 'acme-hr' },
    version: 1,
    event: { type: 'fact-recorded', factType, factId, payloadHash: 'a hash', recordedMs, factHash: 'another' },
  };
}

/** A pseudonym and a key for each name, told by the name alone. */
function subjectFor(name: string): Subject {
  const digest = createHash('sha256').update(name).digest();
  return { pseudonym: digest.subarray(0, 16).toString('base64url'), key: Uint8Array.from(digest) };
}

function sealed(fact: Fact) {
  const names = subjectsIn(entryOf(fact), fact);
  const subjects = new Map(names.map((name) => [subjectKey(name), subjectFor(subjectKey(name))]));
  const { entry, detail } = toLogEntry(entryOf(fact), subjects, 0, fact);
  return { leaf: encodeLogEntry(entry), detail, names, key: subjectFor('identity#Ada').key };
}

function openedText({ leaf, detail, names, key }: ReturnType<typeof sealed>): string {
  const read = readLogEntry(decodeLogEntry(leaf), key, detail);
  let text = JSON.stringify(read.fact);
  for (const name of names) text = text.replaceAll(subjectFor(subjectKey(name)).pseudonym, name.id);
  return text;
}

/** Members in one order, without those that are undefined. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, one]) => [name, sorted(one)]),
  );
}

describe('a fact of any type', () => {
  it('is told by the log as it was recorded, whatever it says', () => {
    fc.assert(
      fc.property(factsAbout(WHO), (fact) => {
        expect(sorted(JSON.parse(openedText(sealed(fact))))).toEqual(sorted(JSON.parse(JSON.stringify(fact))));
      }),
      { numRuns: 600 },
    );
  });

  it('is there for every type', () => {
    const types = new Set(fc.sample(factsAbout(WHO), { numRuns: 500, seed: 1 }).map(({ type }) => type));
    expect(types.size).toBe(29);
  });

  it('stands nowhere in the open, and opens under no other key', () => {
    const fact = mover('2026-11-01', { department: 'Secret department', manager: 'Boss' }, { id: 'secret-event' });
    const { leaf, key } = sealed({ ...fact, identityId: WHO });
    expect(new TextDecoder().decode(leaf)).not.toMatch(/secret|department|"(Boss|Ada)"/i);
    const entry = decodeLogEntry(leaf);
    expect(readLogEntry(entry).fact).toBeUndefined();
    expect(readLogEntry(entry, key).fact).toBeDefined();
    expect(() => readLogEntry(entry, OTHER_KEY)).toThrow();
  });

  it('names others by their pseudonyms, under the key of whom it is about too', () => {
    const fact = { ...joiner('2026-11-01', { manager: 'Boss' }), identityId: WHO };
    const { leaf, key } = sealed(fact);
    const { fact: read } = readLogEntry(decodeLogEntry(leaf), key);
    expect(read).toMatchObject({ attributes: { manager: subjectFor('identity#Boss').pseudonym, givenName: 'Ada' } });
    expect(JSON.stringify(read)).not.toContain('Boss');
  });

  it('that is too large for a leaf lies in a detail, and is opened from there', () => {
    const facts = Array.from({ length: 300 }, (_, index) => mover('2026-11-01', { title: `${index}`.repeat(200) }));
    const { type: _type, ...base } = { ...joiner('2026-11-01'), identityId: WHO };
    const fact = {
      ...base,
      type: 'absorbed',
      duplicate: 'E1',
      facts,
      decidedBy: 'op-1',
      reason: 'one',
    } as unknown as Fact;
    const whole = sealed(fact);
    expect(whole.leaf.length).toBeLessThanOrEqual(MAXIMUM_LEAF_BYTES);
    expect(whole.detail?.length).toBeGreaterThan(MAXIMUM_LEAF_BYTES);
    expect(sorted(JSON.parse(openedText(whole)))).toEqual(sorted(JSON.parse(JSON.stringify(fact))));
  });
});

describe('the hash of a fact', () => {
  it('is of its canonical JSON, and of every member', () => {
    const fact = joiner('2026-11-01', { title: 'Engineer' }, { id: 'one' });
    const text = JSON.stringify(sorted(JSON.parse(JSON.stringify(fact))));
    expect(factHashOf(fact)).toBe(createHash('sha256').update(text).digest('hex'));
    expect(factHashOf({ ...fact, receivedMs: fact.receivedMs + 1 })).not.toBe(factHashOf(fact));
  });

  it('stops nothing where somebody sent half a character', () => {
    expect(factHashOf(joiner('2026-11-01', { title: '\ud800' }))).toMatch(/^[0-9a-f]{64}$/);
  });
});
