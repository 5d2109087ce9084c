// What a snapshot of one person comes to, given what is known: given / when / then, and then any history of snapshots.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Comparison,
  compareGone,
  compareSnapshot,
  type PersonSnapshot,
  readSnapshot,
} from '../../../lambdas/core/hr/person-snapshot.ts';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import { buildTimeline, identityAt } from '../../../lambdas/core/identity/timeline.ts';
import { joiner, leaver, mover, suspension } from '../../support/facts.ts';

const DAY_MS = 86_400_000;
const NOW_MS = Date.parse('2026-11-23T09:00:00Z');
const ADA = { kind: 'employee', givenName: 'Ada', familyName: 'Lovelace', email: 'ada@acme.example' } as const;
const hired = joiner('2026-01-01T00:00:00Z');

type Employment = NonNullable<PersonSnapshot['employment']>;
function snapshot(employment: Employment | undefined, rest: Partial<PersonSnapshot> = {}): PersonSnapshot {
  return { identityId: 'E1', attributes: ADA, ...(employment && { employment }), ...rest };
}

function compare(known: readonly Fact[], said: PersonSnapshot, atMs = NOW_MS, source = 'acme-hr'): Comparison {
  const origin = { source, feedId: `${known.length}`.padStart(16, '0'), writtenMs: atMs };
  return compareSnapshot(said, buildTimeline(known), origin, atMs);
}

const eventsOf = (compared: ReturnType<typeof compareGone>): readonly Fact[] =>
  compared.outcome === 'changed' ? compared.events.map(({ fact }) => fact) : [];
const typesOf = (compared: ReturnType<typeof compareGone>) => eventsOf(compared).map(({ type }) => type);
const stateOf = (facts: readonly Fact[], atMs = NOW_MS) => identityAt(buildTimeline(facts), atMs).status;

/** The status at a time once what differs has been recorded; a second comparison must find nothing more. */
function stateAfter(known: readonly Fact[], said: PersonSnapshot, atMs = NOW_MS) {
  const facts = [...known, ...eventsOf(compare(known, said))];
  expect(['unchanged', 'departed']).toContain(compare(facts, said, NOW_MS + 1_000).outcome);
  return stateOf(facts, atMs);
}

describe('somebody unknown', () => {
  it('is hired from the day that is told, though it is to come', () => {
    const said = snapshot({ status: 'employed' }, { effectiveAt: '2026-12-01' });
    expect(typesOf(compare([], said))).toEqual(['joiner']);
    expect(stateAfter([], said)).toBe('pending');
    expect(stateAfter([], said, Date.parse('2026-12-01T00:00:00Z'))).toBe('active');
  });

  it('who has left already is nobody', () => {
    expect(compare([], snapshot({ status: 'ended', leavesAt: '2026-11-01' }))).toEqual({ outcome: 'unchanged' });
  });

  it('joins, is on leave and leaves, if all that is told at once', () => {
    const said = snapshot({ status: 'suspended', leavesAt: '2026-12-24' }, { effectiveAt: '2026-11-01' });
    expect(typesOf(compare([], said))).toEqual(['joiner', 'leaver', 'suspension']);
    expect(stateAfter([], said)).toBe('suspended');
    expect(stateAfter([], said, Date.parse('2026-12-25T00:00:00Z'))).toBe('departed');
  });

  it('is refused without what a joiner needs, each lack by name and no value', () => {
    const compared = compare([], snapshot({ status: 'employed' }, { attributes: { kind: 'contractor' } }));
    expect(compared.outcome).toBe('faulty');
    expect(JSON.stringify(compared)).toMatch(/\/email.*\/endsAt/);
  });
});

describe('somebody employed', () => {
  it('is not news', () => {
    expect(compare([hired], snapshot({ status: 'employed', leavesAt: null }, { effectiveAt: '2026-01-01' }))).toEqual({
      outcome: 'unchanged',
    });
  });

  it('is told by the same events whenever one reading is compared: a run that died is begun again', () => {
    const origin = { source: 'acme-hr', feedId: '0123456789abcdef', writtenMs: NOW_MS };
    const said = snapshot({ status: 'ended' }, { attributes: { ...ADA, department: 'Legal' } });
    const idsAt = (atMs: number) =>
      eventsOf(compareSnapshot(said, buildTimeline([hired]), origin, atMs)).map(({ sourceEventId }) => sourceEventId);
    expect(idsAt(NOW_MS)).not.toEqual([]);
    expect(idsAt(NOW_MS + 60_000)).toEqual(idsAt(NOW_MS));
  });

  it('moves by what changed and nothing else, and what is not told stays', () => {
    const said = snapshot({ status: 'employed' }, { attributes: { ...ADA, department: 'Legal' } });
    expect(eventsOf(compare([hired], said))).toMatchObject([{ type: 'mover', attributes: { department: 'Legal' } }]);
    expect(compare([hired], snapshot({ status: 'employed' }, { attributes: {} })).outcome).toBe('unchanged');
  });

  it.each([
    ['without a day', undefined, '2026-11-23T09:00:00.000Z'],
    ['on a day that is over', '2026-11-20', '2026-11-20'],
    ['on a day to come, which is a contradiction', '2027-11-20', '2026-11-23T09:00:00.000Z'],
    ['on a day before this employment began', '2025-06-30', '2026-11-23T09:00:00.000Z'],
  ])('who has left %s is gone', (_when, leavesAt, effectiveAt) => {
    const said = snapshot({ status: 'ended', ...(leavesAt !== undefined && { leavesAt }) });
    expect(eventsOf(compare([hired], said))).toMatchObject([{ type: 'leaver', effectiveAt }]);
    expect(stateAfter([hired], said)).toBe('departed');
  });

  it('who has left by today keeps access to the end of the day where they work', () => {
    const berlin = joiner('2026-01-01T00:00:00Z', { timeZone: 'Europe/Berlin' });
    const said = snapshot({ status: 'ended', leavesAt: '2026-11-23' });
    expect(stateAfter([berlin], said)).toBe('active');
    expect(stateAfter([berlin], said, Date.parse('2026-11-23T22:59:59Z'))).toBe('active');
    expect(stateAfter([berlin], said, Date.parse('2026-11-23T23:00:00Z'))).toBe('departed');
  });

  it('leaves on a day to come, which may be moved and withdrawn', () => {
    const planned = compare([hired], snapshot({ status: 'employed', leavesAt: '2026-11-30' }));
    expect(typesOf(planned)).toEqual(['leaver']);
    const facts = [hired, ...eventsOf(planned)];
    const later = snapshot({ status: 'employed', leavesAt: '2026-12-31' });
    expect(typesOf(compare(facts, later, NOW_MS + 1))).toEqual(['rescind', 'leaver']);
    expect(typesOf(compare(facts, snapshot({ status: 'employed' }), NOW_MS + 1))).toEqual(['rescind']);
    expect(stateAfter(facts, later, Date.parse('2026-12-01T00:00:00Z'))).toBe('active');
    expect(stateAfter(facts, later, Date.parse('2027-01-01T00:00:00Z'))).toBe('departed');
  });

  it('leaves and is hired again, both to come or just over', () => {
    const said = snapshot({ status: 'employed', leavesAt: '2026-11-20' }, { effectiveAt: '2026-12-15' });
    expect(stateAfter([hired], said)).toBe('departed');
    expect(stateAfter([hired], said, Date.parse('2026-12-15T00:00:00Z'))).toBe('active');
    const both = snapshot({ status: 'employed', leavesAt: '2026-11-30' }, { effectiveAt: '2026-12-15' });
    expect(stateAfter([hired], both)).toBe('active');
    expect(stateAfter([hired], both, Date.parse('2026-12-05T00:00:00Z'))).toBe('departed');
    expect(stateAfter([hired], both, Date.parse('2026-12-15T00:00:00Z'))).toBe('active');
  });

  it('goes on leave and returns; a leave that another source announced stays', () => {
    expect(stateAfter([hired], snapshot({ status: 'suspended' }))).toBe('suspended');
    const away = suspension('2026-11-01T00:00:00Z');
    expect(stateAfter([hired, away], snapshot({ status: 'employed' }))).toBe('active');
    const others = { ...away, source: 'leave-system', factId: 'leave-system:1' };
    expect(stateAfter([hired, others], snapshot({ status: 'employed' }))).toBe('suspended');
  });

  it('whose end waits for a person is not announced once more', () => {
    const held = { ...leaver('2026-11-23T08:00:00Z'), held: 'hold-1' };
    expect(compare([hired, held], snapshot({ status: 'ended' })).outcome).toBe('unchanged');
    const decided = { type: 'hold-dropped', hold: 'hold-1', decidedBy: 'E9', reason: 'no' } as const;
    const dropped: Fact = { ...hired, ...decided, factId: 'tenure:1', source: 'tenure', sourceEventId: '1' };
    expect(typesOf(compare([hired, held, dropped], snapshot({ status: 'ended' })))).toEqual(['leaver']);
  });

  it('whose change waits for a person is not announced once more, and is when it was dropped', () => {
    const said = snapshot({ status: 'employed' }, { attributes: { ...ADA, department: 'Legal' } });
    const held = { ...mover('2026-11-22T08:00:00Z', { department: 'Legal' }), held: 'hold-1' };
    expect(compare([hired, held], said).outcome).toBe('unchanged');
    const decided = { type: 'hold-dropped', hold: 'hold-1', decidedBy: 'E9', reason: 'no' } as const;
    const dropped: Fact = { ...hired, ...decided, factId: 'tenure:1', source: 'tenure', sourceEventId: '1' };
    expect(typesOf(compare([hired, held, dropped], said))).toEqual(['mover']);
  });
});

describe('somebody hired from a day to come', () => {
  const planned = joiner('2026-12-01T00:00:00Z', {}, { recorded: '2026-11-01T00:00:00Z' });

  it('is hired from another day', () => {
    const said = snapshot({ status: 'employed' }, { effectiveAt: '2027-01-04' });
    expect(typesOf(compare([planned], said))).toEqual(['rescind', 'joiner']);
    expect(stateAfter([planned], said, Date.parse('2027-01-03T00:00:00Z'))).toBe('pending');
    expect(stateAfter([planned], said, Date.parse('2027-01-04T00:00:00Z'))).toBe('active');
  });

  it('never comes', () => {
    expect(stateAfter([planned], snapshot({ status: 'ended' }), Date.parse('2026-12-02T00:00:00Z'))).toBe('unknown');
  });

  it('never comes, though another source had announced it', () => {
    const others = { ...planned, source: 'recruiting', factId: 'recruiting:1' };
    expect(stateAfter([others], snapshot({ status: 'ended' }), Date.parse('2026-12-02T00:00:00Z'))).toBe('departed');
  });
});

describe('somebody departed', () => {
  const left = leaver('2026-11-10T00:00:00Z');

  it('is hired again by a later first day alone', () => {
    expect(stateAfter([hired, left], snapshot({ status: 'employed' }, { effectiveAt: '2026-11-16' }))).toBe('active');
    const others = { ...left, source: 'other', factId: 'other:1' };
    expect(compare([hired, others], snapshot({ status: 'employed' }, { effectiveAt: '2026-01-01' }))).toEqual({
      outcome: 'departed',
    });
    // A file only repeats whom it lists.
    expect(compare([hired, left], snapshot(undefined, { effectiveAt: '2026-01-01' }))).toEqual({ outcome: 'departed' });
  });

  it('stays after all where the source takes back what it had said', () => {
    const said = snapshot({ status: 'employed', leavesAt: '2026-12-31' }, { effectiveAt: '2026-01-01' });
    expect(typesOf(compare([hired, left], said))).toEqual(['rescind', 'leaver']);
    expect(stateAfter([hired, left], said)).toBe('active');
  });

  it('and to be hired again is not, once that is taken back', () => {
    const again = joiner('2026-12-01T00:00:00Z', {}, { recorded: '2026-11-20T00:00:00Z' });
    const said = snapshot({ status: 'ended', leavesAt: '2026-11-09' });
    expect(stateAfter([hired, left, again], said, Date.parse('2026-12-02T00:00:00Z'))).toBe('departed');
  });

  it('by the end of a contract goes on with another end', () => {
    const contract = joiner('2026-01-01T00:00:00Z', { kind: 'contractor', endsAt: '2026-10-31' });
    const attributes = { ...ADA, kind: 'contractor', endsAt: '2027-03-31' } as const;
    expect(stateAfter([contract], snapshot({ status: 'employed' }, { attributes }))).toBe('active');
    // Also by a row of a file, as by an event; a row that only repeats the end that was reached brings nobody back.
    expect(stateAfter([contract], snapshot(undefined, { attributes }))).toBe('active');
    const repeated = { ...attributes, endsAt: '2026-10-31', department: 'Legal' };
    expect(compare([contract], snapshot(undefined, { attributes: repeated })).outcome).toBe('departed');
  });
});

describe('a snapshot that was overtaken', () => {
  it('says nothing any more', () => {
    const left = leaver('2026-11-23T08:59:00Z');
    const stale = snapshot({ status: 'employed' }, { effectiveAt: '2026-01-01' });
    expect(compare([hired, left], stale, Date.parse('2026-11-23T08:58:59Z')).outcome).toBe('unchanged');
    expect(typesOf(compare([hired, left], stale, Date.parse('2026-11-23T08:59:01Z')))).toEqual(['rescind']);
  });
});

describe('somebody who leaves, and is to begin again', () => {
  /** What is known once each was read, a day apart; nothing more is to be said of any. */
  const read = (...all: readonly PersonSnapshot[]) => {
    const facts: Fact[] = [hired];
    for (const [index, said] of all.entries()) {
      const atMs = NOW_MS + index * DAY_MS;
      facts.push(...eventsOf(compare([...facts], said, atMs)));
      expect(compare([...facts], said, atMs + 1_000).outcome).toBe('unchanged');
    }
    return facts;
  };
  const on = (facts: readonly Fact[], day: string) => stateOf(facts, Date.parse(`${day}T12:00:00Z`));
  const announced = snapshot({ status: 'employed', leavesAt: '2026-12-04' }, { effectiveAt: '2026-12-14' });

  it('does both on the days that are told', () => {
    const facts = read(announced);
    expect(on(facts, '2026-12-04')).toBe('active');
    expect(on(facts, '2026-12-13')).toBe('departed');
    expect(on(facts, '2026-12-14')).toBe('active');
  });

  it('and then for a day only, leaves after that day, unless that is taken back', () => {
    const forADay = snapshot({ status: 'employed', leavesAt: '2026-12-14' }, { effectiveAt: '2026-12-14' });
    expect(on(read(announced, forADay), '2026-12-14')).toBe('active');
    expect(on(read(announced, forADay), '2026-12-15')).toBe('departed');
    expect(on(read(announced, forADay, announced), '2026-12-15')).toBe('active');
  });

  it('the day after, and does not leave after all, stays', () => {
    const onTheNext = snapshot({ status: 'employed' }, { effectiveAt: '2026-12-05' });
    const neverLeft = snapshot({ status: 'employed' }, { effectiveAt: '2026-01-01' });
    expect(on(read(announced, onTheNext, neverLeft), '2026-12-06')).toBe('active');
  });
});

describe('somebody whom the HR system no longer has', () => {
  const gone = (facts: readonly Fact[], source = 'acme-hr') =>
    compareGone('E1', buildTimeline(facts), { source, feedId: '0', writtenMs: NOW_MS }, NOW_MS, 'gone');

  it('leaves, or never comes', () => {
    expect(eventsOf(gone([hired]))).toMatchObject([{ type: 'leaver', reason: 'gone' }]);
    expect(typesOf(gone([joiner('2026-12-01T00:00:00Z', {}, { recorded: '2026-11-01T00:00:00Z' })]))).toEqual([
      'rescind',
    ]);
  });

  it('is not missed by a source that had not introduced them, nor twice', () => {
    expect(gone([hired], 'other').outcome).toBe('of-another-source');
    expect(gone([]).outcome).toBe('unchanged');
    expect(gone([hired, leaver('2026-11-10T00:00:00Z')]).outcome).toBe('unchanged');
  });
});

it('reads a snapshot whole, and names every fault without its value', () => {
  expect(readSnapshot({ identityId: 'E1', attributes: ADA }).snapshot).toBeDefined();
  const { faults } = readSnapshot(
    { identityId: '/', employment: { status: 'x' }, attributes: { email: 'Secret', pay: 1 } },
    '/0',
  );
  expect(faults?.map(({ pointer }) => pointer).sort()).toEqual([
    '/0/attributes/email',
    '/0/attributes/pay',
    '/0/employment/status',
    '/0/identityId',
  ]);
  expect(JSON.stringify(faults)).not.toContain('Secret');
});

const days = fc.integer({ min: -30, max: 30 });
const dayOf = (atMs: number, offset: number) => new Date(atMs + offset * DAY_MS).toISOString().slice(0, 10);
const said = fc.record({
  status: fc.constantFrom('employed' as const, 'suspended' as const, 'ended' as const),
  startsIn: days,
  leavesIn: fc.option(days, { nil: undefined }),
  department: fc.constantFrom('Sales', 'Legal'),
  waits: fc.integer({ min: 1, max: 20 }),
});

// An HR system tells first days or it does not.
it('brings any history of snapshots to what the last one says, and finds nothing more to say', () => {
  fc.assert(
    fc.property(fc.boolean(), fc.array(said, { minLength: 1, maxLength: 8 }), (tellsStart, history) => {
      let atMs = NOW_MS;
      let facts: readonly Fact[] = [];
      for (const { status, startsIn: day, leavesIn, department, waits } of history) {
        const startsIn = tellsStart ? day : undefined;
        atMs += waits * DAY_MS;
        const told: PersonSnapshot = {
          identityId: 'E1',
          attributes: { ...ADA, department },
          ...(startsIn !== undefined && { effectiveAt: dayOf(atMs, startsIn) }),
          employment: { status, leavesAt: leavesIn === undefined ? null : dayOf(atMs, leavesIn) },
        };
        facts = [...facts, ...eventsOf(compare(facts, told, atMs))];
        expect(['unchanged', 'departed']).toContain(compare(facts, told, atMs + 1_000).outcome);
        // A day that is over or, of today, ends tonight.
        if (status === 'ended' && leavesIn !== 0) expect(['unknown', 'departed']).toContain(stateOf(facts, atMs));
        if (status === 'ended') expect(['unknown', 'departed']).toContain(stateOf(facts, atMs + DAY_MS));
        const over = leavesIn !== undefined && leavesIn < 0 && (startsIn === undefined || leavesIn >= startsIn);
        if (over) expect(['active', 'suspended']).not.toContain(stateOf(facts, atMs));
        if (startsIn !== undefined && startsIn > 0 && status !== 'ended') {
          const begins = Date.parse(dayOf(atMs, startsIn));
          if (leavesIn === undefined || leavesIn >= startsIn)
            expect(['active', 'suspended']).toContain(stateOf(facts, begins));
        }
      }
    }),
    { numRuns: 500 },
  );
});

it('takes no move for a return: a department that changes while somebody is departed brings nobody back', () => {
  const facts = [hired, leaver('2026-11-10T00:00:00Z'), mover('2026-11-11T00:00:00Z', { department: 'Legal' })];
  expect(compare(facts, snapshot({ status: 'ended' }, { attributes: { ...ADA, department: 'Sales' } })).outcome).toBe(
    'departed',
  );
});

describe('somebody whose contract ran out and is announced to go on', () => {
  const known = [
    joiner('2026-01-01T00:00:00Z', { endsAt: '2026-11-20T00:00:00Z' }),
    mover('2026-12-14T00:00:00Z', { endsAt: '2027-06-30T00:00:00Z' }),
  ];

  it('is employed from the day that is told, before that', () => {
    const said = snapshot(undefined, { effectiveAt: '2026-11-22' });
    expect(stateOf(known)).toBe('departed');
    expect(typesOf(compare(known, said))).toEqual(['joiner']);
    expect(stateAfter(known, said)).toBe('active');
  });

  it('stays away until then by whatever else is told', () => {
    const said = snapshot(undefined, { attributes: { ...ADA, department: 'Legal' } });
    expect(compare(known, said)).toEqual({ outcome: 'departed' });
    expect(stateAfter(known, said, Date.parse('2026-12-14T00:00:00Z'))).toBe('active');
  });
});

describe('somebody whose contract ran out and whom a leaver let go besides', () => {
  const joined = joiner('2026-01-01T00:00:00Z', { endsAt: '2026-11-10T00:00:00Z' });
  const extended = snapshot(undefined, { attributes: { ...ADA, endsAt: '2027-06-30T00:00:00Z' } });

  it('has left for good, whatever end is told', () => {
    for (const day of ['2026-11-10', '2026-11-12']) {
      expect(compare([joined, leaver(`${day}T00:00:00Z`)], extended)).toEqual({ outcome: 'departed' });
    }
  });

  it('goes on with another end as long as no leaver is known, or only one that is to come', () => {
    expect(typesOf(compare([joined], extended))).toEqual(['mover']);
    const toCome = leaver('2027-03-31T00:00:00Z', { recorded: '2026-11-01T00:00:00Z' });
    expect(typesOf(compare([joined, toCome], extended))).toEqual(['mover']);
    expect(stateAfter([joined, toCome], extended)).toBe('active');
  });
});
