// What nobody said to be open must not stand in the log in the clear, whatever event it is in.
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AuditEntry, AuditEvent } from '../../../lambdas/core/audit/audit.ts';
import { decodeLogEntry, encodeLogEntry, MAXIMUM_LEAF_BYTES } from '../../../lambdas/core/audit/log-entry.ts';
import {
  isForgotten,
  type RedactedEntry,
  readLogEntry,
  type Subject,
  type Subjects,
  subjectsIn,
  toLogEntry,
} from '../../../lambdas/core/audit/redaction.ts';
import { auditKeyOf } from '../../../lambdas/core/audit/subject.ts';
import { canonicalJson, sha256Hex } from '../../../lambdas/core/canonical-json.ts';
import { EVENT_EXAMPLES } from './event-examples.ts';

const AT = '2026-11-28T17:00:00.000Z';
const MODEL = 'a'.repeat(64);

function subject(letter: string): Subject {
  return { pseudonym: letter.repeat(22), key: new Uint8Array(32).fill(letter.charCodeAt(0)) };
}

const SUBJECTS: Subjects = new Map([
  ['identity#Ada', subject('a')],
  ['identity#Bob', subject('b')],
  ['identity#Cid', subject('c')],
  ['operator#Cid', subject('o')],
]);
const ADA = SUBJECTS.get('identity#Ada') as Subject;
const BOB = SUBJECTS.get('identity#Bob') as Subject;
const CID = SUBJECTS.get('operator#Cid') as Subject;

function entryOf(event: AuditEvent, more: Partial<AuditEntry> = {}): AuditEntry {
  return {
    identityId: 'Ada',
    entryId: 'secret-entry:Ada:Bob',
    at: AT,
    actor: { type: 'operator', id: 'Cid' },
    trigger: 'secret-hr:secret-trigger',
    correlation: 'secret-hr:secret-correlation',
    version: 3,
    epoch: 4,
    modelHash: MODEL,
    event,
    ...more,
  };
}

/** Everything of it that anybody can read without a key. */
function readable({ entry, detail }: RedactedEntry): string {
  return new TextDecoder().decode(encodeLogEntry(entry)) + (detail ? new TextDecoder().decode(detail) : '');
}

function stringsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}

const NAMES = /Ada|Bob|Cid/;

describe.each(Object.values(EVENT_EXAMPLES))('of $type', (event) => {
  const redacted = toLogEntry(entryOf(event), SUBJECTS, 7);

  it('nothing stands in the open but what is meant to', () => {
    expect(readable(redacted)).not.toMatch(/secret/);
    expect(readable(redacted)).not.toMatch(NAMES);
    for (const open of stringsIn(event).filter((text) => text.startsWith('open-'))) {
      expect(readable(redacted)).toContain(`"${open}"`);
    }
  });

  it('all of it is there for whoever has the key, by pseudonyms', () => {
    const read = readLogEntry(decodeLogEntry(encodeLogEntry(redacted.entry)), ADA.key, redacted.detail);
    const names = subjectsIn(entryOf(event)).some(({ id }) => id === 'Bob');
    const byPseudonym = JSON.parse(JSON.stringify(event), (member, value) => {
      if (member === 'survivor' || member === 'duplicate') return value === 'Ada' ? ADA.pseudonym : BOB.pseudonym;
      return typeof value === 'string' && names ? value.replace('Bob', BOB.pseudonym) : value;
    });
    expect(read).toEqual({
      entryId: `secret-entry:Ada:${names ? BOB.pseudonym : 'Bob'}`,
      trigger: 'secret-hr:secret-trigger',
      correlation: 'secret-hr:secret-correlation',
      event: byPseudonym,
    });
  });

  it('the same is made of the same, and nothing can be read without the key', () => {
    expect(toLogEntry(entryOf(event), SUBJECTS, 7)).toEqual(redacted);
    expect(() => readLogEntry(redacted.entry, CID.key, redacted.detail)).toThrow();
    const read = readLogEntry(redacted.entry, undefined, redacted.detail);
    expect(JSON.stringify(read)).not.toMatch(/secret/);
  });
});

describe('an entry', () => {
  it('says what was decided by what, when and by whom', () => {
    const { entry } = toLogEntry(entryOf({ type: 'converged', openTasks: 3 }), SUBJECTS, 7);
    const { id, personal, correlation, ...rest } = entry;
    expect(rest).toEqual({
      format: 1,
      at: AT,
      subject: { kind: 'identity', id: ADA.pseudonym },
      sequence: 7,
      actor: { type: 'operator', id: CID.pseudonym },
      version: 3,
      epoch: 4,
      modelHash: MODEL,
      event: { type: 'converged', openTasks: 3 },
    });
    const digest = (text: string) => createHmac('sha256', ADA.key).update(text).digest().subarray(0, 16);
    expect(id).toBe(digest(`${AT}#secret-entry:Ada:Bob`).toString('base64url'));
    expect(correlation).toBe(digest('correlation#secret-hr:secret-correlation').toString('base64url'));
    expect(personal).toMatch(/^[A-Za-z0-9_-]+$/);
  });

  it.each([
    'instant:2026-11-28T17:00:00.000Z',
    'sweep:12',
    `model:${MODEL}`,
    'reconciliation:chat:0b7f1c3e-0000-4000-8000-000000000000',
  ])('names what Tenure itself set off by %s', (trigger) => {
    expect(toLogEntry(entryOf({ type: 'converged', openTasks: 0 }, { trigger }), SUBJECTS, 0).entry.trigger).toBe(
      trigger,
    );
  });

  it.each(['acme-hr:1234', 'tenure:merged/Bob/1', 'sweep:1234567', 'instant:Ada', 'model:Ada'])(
    'does not name what may be an id of an HR system: %s',
    (trigger) => {
      const { entry } = toLogEntry(entryOf({ type: 'converged', openTasks: 0 }, { trigger }), SUBJECTS, 0);
      expect(entry.trigger).toBeUndefined();
    },
  );

  it.each(['20261128T1200.merge.0123456789abcdef.1', '20261128T1200.undo-merge.0123456789abcdef.1', 'Ada'])(
    'does not name the hold %s, which tells of whom it is about',
    (holdId) => {
      const { entry } = toLogEntry(entryOf({ ...EVENT_EXAMPLES['merge-proposed'], holdId }), SUBJECTS, 0);
      expect(entry.event['holdId']).toBeUndefined();
    },
  );

  it('names the hold of a source', () => {
    const { entry } = toLogEntry(entryOf(EVENT_EXAMPLES['fact-recorded']), SUBJECTS, 0);
    expect(entry.event['holdId']).toBe('20261128T1200.acme-hr.1');
  });

  it('about an application is sealed under the key of the operator who did it', () => {
    const about = (id: string) =>
      entryOf(EVENT_EXAMPLES['reconciliation-decided'], { identityId: auditKeyOf({ kind: 'application', id }) });
    const redacted = toLogEntry(about('chat'), SUBJECTS, 0);
    expect(subjectsIn(about('chat'))).toEqual([{ kind: 'operator', id: 'Cid' }]);
    expect(redacted.entry.subject).toEqual({ kind: 'application', id: 'chat' });
    expect(readable(redacted)).not.toMatch(/secret|Cid/);
    expect(readLogEntry(redacted.entry, CID.key).event).toEqual(EVENT_EXAMPLES['reconciliation-decided']);
    expect(toLogEntry(about('crm'), SUBJECTS, 0).entry.id).not.toBe(redacted.entry.id);
  });

  it('that concerns nobody has no key: what is not open is left out', () => {
    const entry = entryOf(EVENT_EXAMPLES['reconciliation-decided'], {
      identityId: auditKeyOf({ kind: 'application', id: 'chat' }),
      actor: { type: 'tenure', id: 'reconcile' },
      entryId: 'run-1',
    });
    const redacted = toLogEntry(entry, new Map(), 0);
    expect(subjectsIn(entry)).toEqual([]);
    expect(redacted.entry.personal).toBeUndefined();
    expect(readable(redacted)).not.toMatch(/secret/);
    const expected = Buffer.from(sha256Hex(`application#chat#${AT}#run-1`), 'hex').subarray(0, 16);
    expect(redacted.entry.id).toBe(expected.toString('base64url'));
  });

  it('cannot be made without the pseudonym of one whom it names', () => {
    const withoutOperator = new Map([...SUBJECTS].filter(([key]) => key !== 'operator#Cid'));
    expect(() => toLogEntry(entryOf({ type: 'converged', openTasks: 0 }), withoutOperator, 0)).toThrow(/operator/);
    expect(() => toLogEntry(entryOf({ type: 'converged', openTasks: 0 }), new Map(), 0)).toThrow(/identity/);
  });

  it('takes the pseudonyms of all whom it names, each once', () => {
    expect(subjectsIn(entryOf(EVENT_EXAMPLES['merge-proposed']))).toEqual([
      { kind: 'identity', id: 'Ada' },
      { kind: 'operator', id: 'Cid' },
      { kind: 'identity', id: 'Bob' },
    ]);
  });

  it('names others by pseudonym under its own key, too: theirs may be destroyed before', () => {
    const entry = entryOf(EVENT_EXAMPLES['identity-conflict'], {
      trigger: 'tenure:merged/Bob/1',
      entryId: 'conflict:Bob',
    });
    const read = readLogEntry(toLogEntry(entry, SUBJECTS, 0).entry, ADA.key);
    expect(JSON.stringify(read)).not.toContain('Bob');
    expect(read).toMatchObject({ trigger: `tenure:merged/${'b'.repeat(22)}/1`, entryId: `conflict:${'b'.repeat(22)}` });
  });

  it('has what is neither in the table nor of a kind that can be open sealed', () => {
    const event = { type: 'converged', openTasks: { secret: 'secret-1' }, constructor: 'secret-2', note: 'secret-3' };
    const redacted = toLogEntry(entryOf(event as never), SUBJECTS, 0);
    expect(redacted.entry.event).toEqual({ type: 'converged' });
    expect(readable(redacted)).not.toMatch(/secret/);
    const tomorrow = toLogEntry(entryOf({ type: 'of-tomorrow', name: 'secret' } as never), SUBJECTS, 0);
    expect(tomorrow.entry.event).toEqual({ type: 'of-tomorrow' });
    expect(readLogEntry(tomorrow.entry, ADA.key).event).toEqual({ type: 'of-tomorrow', name: 'secret' });
  });

  it('of one who was forgotten is not told again, and one of later is', () => {
    const forgotten = new Map(SUBJECTS).set('identity#Ada', { ...ADA, forgottenAt: AT });
    const entry = entryOf({ type: 'converged', openTasks: 0 });
    expect(isForgotten(entry, SUBJECTS)).toBe(false);
    expect(isForgotten(entry, forgotten)).toBe(true);
    expect(isForgotten({ ...entry, at: '2026-11-28T17:00:00.001Z' }, forgotten)).toBe(false);
  });
});

describe('an entry too large for a leaf', () => {
  /** Of which the leaf has so many bytes more than it may with the longest sequence number. */
  function oversizedBy(bytes: number): AuditEntry {
    const event = { type: 'removal-proven', certificateId: 'secret', applications: [''] } as const;
    const { entry } = toLogEntry(entryOf(event), SUBJECTS, Number.MAX_SAFE_INTEGER);
    const length = MAXIMUM_LEAF_BYTES + bytes - encodeLogEntry(entry).length;
    return entryOf({ ...event, applications: ['x'.repeat(length)] });
  }

  it('begins past the bound, and not at it, whatever its sequence number', () => {
    for (const sequence of [0, Number.MAX_SAFE_INTEGER]) {
      expect(toLogEntry(oversizedBy(0), SUBJECTS, sequence).detail).toBeUndefined();
      expect(toLogEntry(oversizedBy(1), SUBJECTS, sequence).detail).toBeDefined();
    }
  });

  it('has what it says in a detail of its own, by its hash, which is as closed as the leaf', () => {
    const steps = Array.from({ length: 1_000 }, (_, index) => ({
      action: 'revoke-credential' as const,
      credentialId: `secret-${index}`,
      kind: 'access-key' as const,
    }));
    const event = { type: 'access-intended', applicationId: 'chat', callId: 'call', steps } as const;
    const redacted = toLogEntry(entryOf(event), SUBJECTS, 1);
    const { detail = new Uint8Array() } = redacted;
    expect(redacted.entry.event).toEqual({ type: 'access-intended' });
    expect(redacted.entry.personal).toBeUndefined();
    expect(redacted.entry.detail).toEqual({
      sha256: sha256Hex(new TextDecoder().decode(detail)),
      bytes: detail.length,
    });
    expect(readable(redacted)).not.toMatch(/secret|Ada/);
    expect(readLogEntry(decodeLogEntry(encodeLogEntry(redacted.entry)), ADA.key, detail).event).toEqual(event);
    expect(toLogEntry(entryOf(event), SUBJECTS, 2).detail).toEqual(detail);
  });
});

describe('whatever is written into an entry', () => {
  // Long enough not to come about by chance.
  const text = fc.string({ unit: 'binary', minLength: 8, maxLength: 200 }).map((part) => `~${part}~`);

  it('stays closed, comes back, and fits the form of the log', () => {
    const events = fc.constantFrom(...Object.values(EVENT_EXAMPLES));
    fc.assert(
      fc.property(events, text, fc.nat(), (event, secret, sequence) => {
        const planted = JSON.parse(JSON.stringify(event), (_, value) =>
          typeof value === 'string' && value.startsWith('secret') ? secret : value,
        ) as AuditEvent;
        const entry = entryOf(planted, { entryId: secret, trigger: secret, correlation: secret });
        const redacted = toLogEntry(entry, SUBJECTS, sequence);
        const leaf = decodeLogEntry(encodeLogEntry(redacted.entry));
        expect(readable(redacted)).not.toContain(JSON.stringify(secret).slice(1, -1));
        const read = readLogEntry(leaf, ADA.key, redacted.detail);
        expect(read.entryId).toBe(secret);
        expect(stringsIn(read.event).filter((one) => one === secret).length).toBe(
          stringsIn(planted).filter((one) => one === secret).length,
        );
      }),
      { numRuns: 500 },
    );
  });

  it('half a surrogate pair does not stop the log', () => {
    const entry = entryOf({ ...EVENT_EXAMPLES['reconciliation-decided'], reason: 'a\ud800b', runId: '\udc00' });
    const { entry: leaf } = toLogEntry({ ...entry, entryId: 'x\ud800' }, SUBJECTS, 0);
    const read = readLogEntry(decodeLogEntry(encodeLogEntry(leaf)), ADA.key);
    expect(canonicalJson(read.event)).toContain('a\ufffdb');
  });
});
