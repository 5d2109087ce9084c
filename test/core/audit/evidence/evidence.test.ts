import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { EvidenceCollector, type EvidenceScope } from '../../../../lambdas/core/audit/evidence/collect.ts';
import { CONTROL_IDS, CONTROLS } from '../../../../lambdas/core/audit/evidence/controls.ts';
import {
  POPULATION_NAMES,
  POPULATIONS,
  ROW_COLUMNS,
  rowOf,
} from '../../../../lambdas/core/audit/evidence/populations.ts';
import { drawSample } from '../../../../lambdas/core/audit/evidence/sample.ts';
import type { LogEntry } from '../../../../lambdas/core/audit/log-entry.ts';
import { csvLine } from '../../../../lambdas/core/csv.ts';
import { EVENTS, logEntry, pseudonym } from '../../../support/log-entries.ts';

const SCOPE: EvidenceScope = {
  from: '2026-11-01T00:00:00.000Z',
  until: '2026-12-01T00:00:00.000Z',
  populations: POPULATION_NAMES,
};
const ADA = pseudonym('ada');
const BOB = pseudonym('bob');

function collected(entries: readonly LogEntry[], scope: Partial<EvidenceScope> = {}) {
  const collector = new EvidenceCollector({ ...SCOPE, ...scope });
  for (const [index, entry] of entries.entries()) collector.add(index, entry);
  return collector.finish();
}

type Rest = Partial<LogEntry> & { readonly about?: string };

function entry(type: string, members: Record<string, unknown> = {}, { about = ADA, ...rest }: Rest = {}): LogEntry {
  return logEntry({ subject: { kind: 'identity', id: about }, ...rest, event: { type, ...members } });
}

const fact = (factType: string, version: number, rest: Rest = {}) =>
  entry('fact-recorded', { factType }, { version, ...rest });
const changed = (step: Record<string, unknown>, rest: Rest = {}) =>
  entry('access-changed', { applicationId: 'chat', callId: 'c1', step }, rest);
const BY_OPERATOR: Rest = { actor: { type: 'operator', id: pseudonym('otto') } };
const GRANT = {
  action: 'grant',
  grant: 'sales',
  entitlement: 'member',
  privileged: false,
  reasons: [{ profile: 'sales' }],
};
const indexes = (rows: readonly { readonly index: number }[] | undefined) => rows?.map(({ index }) => index);

describe('a population', () => {
  it('has every entry that it should, and no other', () => {
    const { rows } = collected([
      fact('joiner', 1),
      changed({ action: 'create-account' }),
      changed(GRANT),
      changed({ ...GRANT, privileged: true }),
      fact('mover', 2),
      changed({ ...GRANT, action: 'revoke' }),
      fact('leaver', 3),
      changed({ action: 'disable-account' }),
      changed({ action: 'end-sessions' }),
      changed({ action: 'update-account', attributes: ['email'] }),
      entry('removal-proven', { applications: ['chat'] }, { version: 3 }),
      entry('task-opened', { applicationId: 'badge' }),
      fact('task-attested', 4),
      entry('escalated'),
      entry('personal-data-read', { operation: 'get-identity' }),
      entry('authentication-failed', { operation: 'receive-hr-event' }),
    ]);
    expect(Object.fromEntries(Object.entries(rows).map(([name, found]) => [name, indexes(found)]))).toEqual({
      joiners: [0],
      movers: [4],
      leavers: [6],
      given: [1, 2, 3],
      privileged: [3],
      taken: [5, 7, 8],
      proven: [10],
      escalated: [13],
      tasks: [11, 12],
      decisions: [],
      adopted: [],
      reads: [14],
      refusals: [15],
    });
  });

  it('begins with the first instant of the period and ends before its last, and tells of the subject alone', () => {
    const at = (instant: string, about = ADA) => fact('mover', 1, { at: instant, about });
    const entries = [
      at('2026-10-31T23:59:59.999Z'),
      at('2026-11-01T00:00:00.000Z'),
      at('2026-11-30T23:59:59.999Z', BOB),
      at('2026-12-01T00:00:00.000Z'),
    ];
    expect(indexes(collected(entries).rows.movers)).toEqual([1, 2]);
    const { rows, ...whole } = collected(entries, { subject: BOB });
    expect(indexes(rows.movers)).toEqual([2]);
    expect(whole).toMatchObject({ entries: 1, firstIndex: 2, lastIndex: 2 });
  });

  it('can be made of whatever the log has, though all that it said tells of a person', () => {
    const entries = Object.entries(EVENTS).flatMap(([type, event]) => [
      logEntry({ event }),
      logEntry({ event: { type } }),
    ]);
    expect(collected(entries).entries).toBe(entries.length);
    for (const [index, one] of entries.entries())
      for (const column of ROW_COLUMNS)
        expect(['string', 'number', 'boolean']).toContain(typeof rowOf(index, one)[column]);
  });

  it('is whole or refused: at its bound, and past it', () => {
    const collector = new EvidenceCollector(SCOPE, 2);
    for (const index of [0, 1]) collector.add(index, fact('mover', 1));
    expect(indexes(collector.finish().rows.movers)).toEqual([0, 1]);
    expect(() => collector.add(2, fact('mover', 1))).toThrow('movers has more than 2 entries');
  });

  it('is one that every control has', () => {
    for (const id of CONTROL_IDS) {
      expect(CONTROLS[id].populations.length).toBeGreaterThan(0);
      for (const name of CONTROLS[id].populations) expect(POPULATIONS).toHaveProperty(name);
    }
  });
});

describe('what is missing', () => {
  it('is the proof of a leaver, until it comes', () => {
    const leaver = fact('leaver', 2);
    expect(collected([leaver]).missing).toEqual([
      {
        index: 0,
        at: leaver.at,
        subject: ADA,
        expected: 'a removal that is proven',
        because: 'nothing follows in the log',
      },
    ]);
    expect(collected([leaver, entry('removal-proven', {}, { version: 2 })]).missing).toEqual([]);
    // It comes after the period.
    expect(
      collected([leaver, entry('removal-proven', {}, { version: 2, at: '2026-12-02T00:00:00.000Z' })]).missing,
    ).toEqual([]);
  });

  it('is still missing when what was proven is an earlier departure, or that of somebody else', () => {
    const proofs = [
      entry('removal-proven', {}, { version: 1 }),
      entry('removal-proven', {}, { version: 2, about: BOB }),
    ];
    for (const proof of proofs) expect(indexes(collected([fact('leaver', 2), proof]).missing)).toEqual([0]);
  });

  it.each([
    [entry('escalated'), 'escalated, entry 1'],
    [entry('residual-window', { until: '2026-12-01T00:00:00Z' }), 'residual-window, entry 1'],
    [entry('task-opened', { applicationId: 'badge' }), 'task-opened, entry 1'],
    [fact('rescind', 3, { actor: { type: 'hr-source', id: 'acme-hr' } }), 'HR spoke again: rescind, entry 1'],
    [fact('hold-dropped', 3, BY_OPERATOR), 'an operator decided: hold-dropped, entry 1'],
    [fact('hold-released', 3, BY_OPERATOR), 'an operator decided: hold-released, entry 1'],
    [fact('task-attested', 3, BY_OPERATOR), 'an operator decided: task-attested, entry 1'],
    [fact('handed-over', 3, { actor: { type: 'tenure', id: 'sweep' } }), 'Tenure went on: handed-over, entry 1'],
  ])('says what the log has in its place (%#)', (next, because) => {
    expect(collected([fact('leaver', 2), next]).missing).toMatchObject([{ index: 0, because }]);
  });

  it('says of a leaver that was held that it was', () => {
    const held = entry('fact-recorded', { factType: 'leaver', holdId: '20261128T1700.acme-hr.1' }, { version: 2 });
    expect(collected([held]).missing).toMatchObject([{ because: 'it was held by the mass-error guard' }]);
  });

  it('is what a system shows after a call, of the same identity and call alone', () => {
    const intended = entry('access-intended', { applicationId: 'chat', callId: 'c1', steps: [] });
    const readBack = (callId: string, about = ADA) =>
      entry('access-read-back', { applicationId: 'chat', callId }, { about });
    expect(indexes(collected([intended]).missing)).toEqual([0]);
    expect(indexes(collected([intended, readBack('c2'), readBack('c1', BOB)]).missing)).toEqual([0]);
    expect(collected([intended, readBack('c1')]).missing).toEqual([]);
  });

  it('is a reason for a grant, and not for what is taken', () => {
    const steps = [{ ...GRANT, reasons: [] }, { action: 'revoke', grant: 'sales' }, GRANT].map((step) => changed(step));
    expect(collected(steps).missing).toMatchObject([{ index: 0, expected: 'a reason for the grant' }]);
  });
});

describe('a sample', () => {
  const rows = Array.from({ length: 50 }, (_, index) => ({ id: pseudonym(`entry-${index}`), index }));
  const drawn = (seed: string, size = 5) => drawSample(rows, { seed, population: 'leavers', size });

  it('can be drawn again by hash alone', () => {
    const rank = (id: string) => createHash('sha256').update(`auditor-7 leavers ${id}`, 'utf8').digest('hex');
    const smallest = rows.map(({ id }) => [rank(id), id] as const).sort(([one], [other]) => one.localeCompare(other));
    expect(drawn('auditor-7').map(({ id }) => id)).toEqual(smallest.slice(0, 5).map(([, id]) => id));
  });

  it('is another with another seed, and the same whatever the order of the rows', () => {
    expect(drawn('auditor-7')).not.toEqual(drawn('auditor-8'));
    const reversed = drawSample(rows.toReversed(), { seed: 'auditor-7', population: 'leavers', size: 5 });
    expect(reversed).toEqual(drawn('auditor-7'));
  });

  it('is everything where there is less, and draws an entry of several rows once', () => {
    expect(drawn('auditor-7', 100)).toHaveLength(50);
    expect(drawSample([...rows, ...rows], { seed: 's', population: 'p', size: 100 })).toHaveLength(50);
  });
});

describe('a line of CSV', () => {
  it('quotes what RFC 4180 asks to be quoted, and lets no name be a formula', () => {
    expect(csvLine([1, 'a', 'b,c', 'say "no"', 'two\nlines', '=1+1', '-1+1', '-pseudonym_', true])).toBe(
      '1,a,"b,c","say ""no""","two\nlines",\'=1+1,\'-1+1,-pseudonym_,true\r\n',
    );
  });
});
