// Clocks that are wrong, ends that are none, zones that do not count, and facts that name one another: each case once
// left access where none belonged, or took it from somebody.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readHrEvent } from '../../../lambdas/core/hr/hr-event.ts';
import { attributesSchema } from '../../../lambdas/core/identity/attributes.ts';
import { type Fact, ownFactBase } from '../../../lambdas/core/identity/facts.ts';
import { buildTimeline, identityAt } from '../../../lambdas/core/identity/timeline.ts';
import { isOpenEnd, isWithinBounds, resolveMoment, toIso } from '../../../lambdas/core/moment.ts';
import { deletionDueMs } from '../../../lambdas/core/removal/retention.ts';
import { joiner, leaver, mover, rescind, returning, suspension } from '../../support/facts.ts';
import { joinerEvent, leaverEvent, moverEvent } from '../../support/hr-events.ts';

const stateAt = (facts: readonly Fact[], instant: string) => identityAt(buildTimeline(facts), Date.parse(instant));
const statusAt = (facts: readonly Fact[], instant: string) => stateAt(facts, instant).status;
/** The status in every order of arrival: one, or the test fails. */
const statusInAnyOrder = (facts: readonly Fact[], instant: string) => {
  const statuses = new Set(permutations(facts).map((order) => statusAt(order, instant)));
  expect(statuses.size).toBe(1);
  return [...statuses][0];
};

function permutations<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  if (items.length < 2) return [items];
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}

describe('"now"', () => {
  const NOW = Date.parse('2026-11-23T09:00:00Z');
  const faultsOf = (event: unknown, receivedMs = NOW) => readHrEvent(event, 'acme-hr', '', receivedMs).faults;
  const timeOf = (instantMs: number) => ({ time: new Date(instantMs).toISOString() });

  it.each(['1970-01-01T00:00:00Z', '2024-11-23T09:00:00Z'])('is not said in %s: refused by pointer', (time) => {
    expect(faultsOf(leaverEvent({ immediate: true }, { time }))).toMatchObject([{ pointer: '/time' }]);
  });

  it('may have been on its way for seven days, and not a millisecond more', () => {
    const week = 7 * 86_400_000;
    expect(faultsOf(leaverEvent({ immediate: true }, timeOf(NOW - week)))).toBeUndefined();
    expect(faultsOf(leaverEvent({ immediate: true }, timeOf(NOW - week - 1)))).toMatchObject([{ pointer: '/time' }]);
    expect(faultsOf(leaverEvent({ effectiveAt: '2026-11-23' }, timeOf(NOW - week - 1)))).toBeUndefined();
  });

  it('of no event lies in the future, beyond what clocks differ by', () => {
    const events = (time: string) => [
      joinerEvent({}, { time }),
      moverEvent({ title: 'CTO' }, { time }),
      leaverEvent({}, { time }),
    ];
    for (const event of events(timeOf(NOW + 300_000).time)) expect(faultsOf(event)).toBeUndefined();
    for (const event of [...events(timeOf(NOW + 300_001).time), ...events('2099-01-01T00:00:00Z')]) {
      expect(faultsOf(event)).toMatchObject([{ pointer: '/time' }]);
    }
  });

  it('ends a first employment whose joiner was recorded half a minute later by a clock of its own', () => {
    const facts = [
      joiner('2026-11-23T09:00:00Z', {}, { recorded: '2026-11-23T09:00:30Z' }),
      leaver('2026-11-23', { immediate: true, recorded: '2026-11-23T08:59:59Z' }),
    ];
    expect(statusInAnyOrder(facts, '2026-11-23T10:00:00Z')).toBe('departed');
  });

  it('calls off a rehire on its eve', () => {
    const facts = [
      joiner('2026-01-01T00:00:00Z'),
      leaver('2026-06-30T00:00:00Z'),
      joiner('2026-12-01T00:00:00Z', {}, { recorded: '2026-11-01T00:00:00Z' }),
      leaver('2026-11-30', { immediate: true, recorded: '2026-11-30T15:00:00Z' }),
    ];
    expect(statusInAnyOrder(facts, '2026-12-02T00:00:00Z')).toBe('departed');
  });

  it('said of the employment before does not touch the rehire that followed', () => {
    const facts = [
      joiner('2026-01-01T00:00:00Z'),
      leaver('2026-06-30T00:00:00Z'),
      leaver('2026-06-30', { immediate: true, recorded: '2026-07-01T09:00:00Z' }),
      joiner('2026-07-01T09:02:00Z'),
    ];
    expect(statusInAnyOrder(facts, '2026-07-02T00:00:00Z')).toBe('active');
  });
});

describe('"now" said after a joiner for a later day', () => {
  const employed = joiner('2026-01-01T00:00:00Z', {}, { recorded: '2025-12-01T00:00:00Z' });
  const planned = joiner('2027-03-01T00:00:00Z', {}, { recorded: '2026-11-01T00:00:00Z' });
  const now = leaver('2026-11-23', { immediate: true, recorded: '2026-11-23T09:00:00Z' });
  const SPRING = '2027-06-01T00:00:00Z';

  it('calls off that joiner, and the departure stays as it was', () => {
    expect(statusInAnyOrder([employed, planned, now], SPRING)).toBe('departed');
    expect(stateAt([employed, planned, now], SPRING)).toMatchObject({ departedMs: Date.parse('2026-11-23T09:00:00Z') });
  });

  it('calls off each, however many were planned', () => {
    const another = joiner('2027-05-01T00:00:00Z', {}, { recorded: '2026-11-02T00:00:00Z' });
    expect(statusInAnyOrder([employed, planned, another, now], SPRING)).toBe('departed');
  });

  it('calls off the return of somebody whose contract had run out meanwhile', () => {
    const contract = joiner('2026-01-01T00:00:00Z', { kind: 'contractor', endsAt: '2026-11-20' });
    expect(statusInAnyOrder([contract, planned, now], SPRING)).toBe('departed');
  });

  it('leaves what was said after it: ends now, starts again in March', () => {
    const again = joiner('2027-03-01T00:00:00Z', {}, { recorded: '2026-11-23T09:00:00.001Z' });
    expect(statusInAnyOrder([employed, now, again], SPRING)).toBe('active');
    expect(statusInAnyOrder([employed, planned, now, again], SPRING)).toBe('active');
  });

  it('leaves a planned return alone where the leaver is by date, or was taken back', () => {
    const byDate = leaver('2026-11-30', { recorded: '2026-11-23T09:00:00Z' });
    expect(statusInAnyOrder([employed, planned, byDate], SPRING)).toBe('active');
    expect(statusInAnyOrder([employed, planned, now, rescind(now, '2026-11-23T10:00:00Z')], SPRING)).toBe('active');
  });
});

describe('a contractor who becomes an employee', () => {
  const contract = joiner('2026-01-01T00:00:00Z', { kind: 'contractor', endsAt: '2026-06-30' });
  const becomes = (day: string) => mover(day, { kind: 'employee' }, { recorded: '2026-06-01T00:00:00Z' });

  it.each(['2026-06-30', '2026-07-01', '2026-07-20'])('on %s goes on, with no end date', (day) => {
    expect(statusInAnyOrder([contract, becomes(day)], '2026-09-01T00:00:00Z')).toBe('active');
    expect(stateAt([contract, becomes(day)], '2026-09-01T00:00:00Z')).toMatchObject({
      attributes: { kind: 'employee', endsAt: null },
    });
  });

  it('does not where a leaver has ended the contract, or where nothing but the kind it had is said again', () => {
    const left = leaver('2026-07-10', { recorded: '2026-07-09T00:00:00Z' });
    expect(statusInAnyOrder([contract, left, becomes('2026-07-20')], '2026-09-01T00:00:00Z')).toBe('departed');
    const same = mover('2026-07-20', { kind: 'contractor', title: 'Analyst' });
    expect(statusInAnyOrder([contract, same], '2026-09-01T00:00:00Z')).toBe('departed');
    const ended = joiner('2026-01-01T00:00:00Z', { endsAt: '2026-06-30' });
    expect(statusInAnyOrder([ended, becomes('2026-07-20')], '2026-09-01T00:00:00Z')).toBe('departed');
  });
});

describe('an end date said with more authority than a kind', () => {
  const ranked = (fact: Fact, authority: object): Fact => ({ ...fact, authority }) as Fact;
  const contract = joiner('2026-01-01T00:00:00Z', { kind: 'contractor', endsAt: '2026-12-31' });
  const end = ranked(mover('2026-02-01T00:00:00Z', { endsAt: '2026-06-30' }), { endsAt: 10 });
  const becomes = mover('2026-03-01T00:00:00Z', { kind: 'employee' });

  it('stands when that becomes a permanent one', () => {
    expect(statusInAnyOrder([contract, end, becomes], '2026-06-30T12:00:00Z')).toBe('active');
    expect(statusInAnyOrder([contract, end, becomes], '2026-07-01T00:00:00Z')).toBe('departed');
  });

  it('stands against a further end date, said again with the kind', () => {
    const again = mover('2026-04-01T00:00:00Z', { kind: 'employee', endsAt: '2027-12-31' });
    const later = mover('2026-05-01T00:00:00Z', { endsAt: '2027-12-31' });
    expect(statusInAnyOrder([contract, end, becomes, again, later], '2026-07-01T00:00:00Z')).toBe('departed');
  });

  it('is not revived by the kind once it was reached', () => {
    const late = mover('2026-07-20T00:00:00Z', { kind: 'employee' });
    expect(statusInAnyOrder([contract, end, late], '2026-09-01T00:00:00Z')).toBe('departed');
    const ranking = ranked(late, { kind: 10 });
    expect(statusInAnyOrder([contract, end, ranking], '2026-09-01T00:00:00Z')).toBe('active');
  });
});

describe('a contract', () => {
  const contract = joiner('2026-09-01', { kind: 'contractor', endsAt: '2026-11-20' });
  const extension = mover('2026-12-05T00:00:00Z', { endsAt: '2027-06-30' });

  it('that ran out and that a leaver then ended is revived by no extension', () => {
    const facts = [contract, leaver('2026-11-25'), extension];
    expect(statusInAnyOrder(facts, '2026-12-10T00:00:00Z')).toBe('departed');
    expect(stateAt(facts, '2026-12-10T00:00:00Z')).toMatchObject({
      departedMs: Date.parse('2026-11-21T00:00:00Z'),
      departedBy: { by: 'leaver' },
    });
  });

  it('whose leaver was rescinded is revived as before', () => {
    const left = leaver('2026-11-25');
    expect(statusInAnyOrder([contract, left, extension, rescind(left, '2026-11-26T00:00:00Z')], '2026-12-10')).toBe(
      'active',
    );
  });
});

describe('retention', () => {
  const application = { retention: { deleteAfterDays: 30 } } as Parameters<typeof deletionDueMs>[0];

  it('counts from when Tenure was told, where a departure is dated back', () => {
    const facts = [
      joiner('2025-01-01T00:00:00Z'),
      leaver('2026-01-31T00:00:00Z', { recorded: '2026-11-20T00:00:00Z', received: '2026-11-23T09:00:00Z' }),
    ];
    expect(toIso(deletionDueMs(application, stateAt(facts, '2026-11-23T09:00:01Z'), facts) ?? 0)).toBe(
      '2026-12-23T09:00:00.000Z',
    );
  });

  it('counts from when Tenure was told of an end date that had passed', () => {
    const facts = [
      joiner('2025-01-01T00:00:00Z', { kind: 'contractor', endsAt: '2027-01-31' }),
      mover('2026-01-15T00:00:00Z', { endsAt: '2026-01-31' }, { received: '2026-11-23T09:00:00Z' }),
    ];
    expect(toIso(deletionDueMs(application, stateAt(facts, '2026-11-23T09:00:01Z'), facts) ?? 0)).toBe(
      '2026-12-23T09:00:00.000Z',
    );
  });

  it('counts from the departure, where that was told before', () => {
    const facts = [
      joiner('2025-01-01T00:00:00Z'),
      leaver('2026-11-23T17:00:00Z', { recorded: '2026-11-01T00:00:00Z' }),
    ];
    expect(toIso(deletionDueMs(application, stateAt(facts, '2026-11-24T00:00:00Z'), facts) ?? 0)).toBe(
      '2026-12-23T17:00:00.000Z',
    );
  });
});

describe('time zones', () => {
  const SOONER = '2026-10-02T00:00:00Z';
  const LATER = '2026-10-03T00:00:00Z';

  it.each(['IST', 'PST', 'JST', 'CTT', 'ACT', 'NST', 'ist', 'Mars/Olympus'])(
    '%s is none of the IANA database',
    (zone) => {
      expect(attributesSchema.partial().safeParse({ timeZone: zone }).success).toBe(false);
    },
  );

  it('that intake takes are all read by the calendar', () => {
    const abbreviations =
      'ACT AET AGT ART AST BET BST CAT CET CNT CST CTT EAT ECT EET EST GMT HST IET IST JST MET MIT MST';
    const more =
      'NET NST PLT PNT PRC PRT PST ROC ROK SST UCT UTC VST WET GB NZ EST5EDT PST8PDT Etc/GMT+5 Asia/Calcutta';
    const candidates = [...Intl.supportedValuesOf('timeZone'), ...abbreviations.split(' '), ...more.split(' ')];
    const taken = candidates.filter((timeZone) => attributesSchema.partial().safeParse({ timeZone }).success);
    expect(taken.length).toBeGreaterThan(400);
    expect(taken.filter((timeZone) => !beginsDayAtMidnight(timeZone))).toEqual([]);
  });

  it('in a fact from before they were refused do not stop the identity', () => {
    const facts = [joiner('2026-11-01', { timeZone: 'IST' }), leaver('2026-11-23')];
    expect(statusAt(facts, '2026-11-23T23:59:59Z')).toBe('active');
    expect(statusAt(facts, '2026-11-24T00:00:00Z')).toBe('departed');
  });

  it('of a source with less authority place no date', () => {
    const facts = [
      { ...joiner('2026-01-01', { timeZone: 'Europe/Berlin' }), authority: { timeZone: 10 } } as Fact,
      mover('2026-11-22T00:00:00Z', { timeZone: 'Pacific/Honolulu', title: 'CTO' }),
      leaver('2026-11-23'),
    ];
    expect(statusInAnyOrder(facts, '2026-11-23T22:59:59Z')).toBe('active');
    expect(statusInAnyOrder(facts, '2026-11-23T23:00:00Z')).toBe('departed');
  });

  it('of a rehire place no date of an employment for which none was told', () => {
    const facts = [
      joiner('2026-01-01'),
      leaver('2026-06-01', { recorded: '2026-04-01T00:00:00Z' }),
      joiner('2026-07-01', { timeZone: 'America/New_York' }, { recorded: '2026-05-01T00:00:00Z' }),
    ];
    expect(statusInAnyOrder(facts, '2026-06-01T23:59:59Z')).toBe('active');
    expect(statusInAnyOrder(facts, '2026-06-02T00:00:00Z')).toBe('departed');
  });

  it('told for a day place all that is said for it: what was recorded later counts', () => {
    const moved = mover('2026-11-22', { timeZone: 'America/New_York', department: 'Sales' }, { recorded: SOONER });
    const kept = mover('2026-11-22', { department: 'Finance' }, { recorded: LATER });
    for (const from of ['2026-11-01', '2026-11-23T08:00:00Z']) {
      const facts = [joiner(from, { timeZone: 'Europe/Berlin' }, { recorded: '2026-10-01T00:00:00Z' }), moved, kept];
      expect(stateAt(facts, '2026-11-24T00:00:00Z')).toMatchObject({ attributes: { department: 'Finance' } });
    }
  });

  it('told before somebody joins place the days before', () => {
    const facts = [
      joiner('2026-11-23T08:00:00Z', { timeZone: 'Europe/Berlin' }, { recorded: '2026-10-01T00:00:00Z' }),
      mover('2026-11-20', { timeZone: 'America/New_York' }, { recorded: SOONER }),
      mover('2026-11-22', { department: 'Finance' }, { recorded: LATER }),
      mover('2026-11-22T02:00:00Z', { department: 'Sales' }, { recorded: LATER }),
    ];
    expect(stateAt(facts, '2026-11-24T00:00:00Z')).toMatchObject({ attributes: { department: 'Finance' } });
  });

  it('said of a duplicate before the merge place no date of the survivor', () => {
    const about = (fact: Fact): Fact => ({ ...fact, about: 'E9' });
    const facts: readonly Fact[] = [
      joiner('2026-01-01', { timeZone: 'Europe/Berlin' }),
      {
        ...ownFactBase('E1', 'absorbed/E9', Date.parse('2026-11-20T00:00:00Z')),
        type: 'absorbed',
        duplicate: 'E9',
        facts: [about(mover('2026-11-10T00:00:00Z', { timeZone: 'Pacific/Honolulu' }))],
        decidedBy: 'hr',
        reason: 'the same person',
      },
      leaver('2026-11-23'),
    ];
    expect(statusInAnyOrder(facts, '2026-11-23T23:00:00Z')).toBe('departed');
  });

  it('of two records that have both ended make nobody who is employed, whichever ended before it began', () => {
    const AFTER = '2026-11-23T10:00:00Z';
    const about = (fact: Fact): Fact => ({ ...fact, identityId: 'E9' });
    const absorbed = (facts: readonly Fact[]): Fact => ({
      ...ownFactBase('E1', 'absorbed/E9', Date.parse('2026-11-24T00:00:00Z')),
      type: 'absorbed',
      duplicate: 'E9',
      facts,
      decidedBy: 'hr',
      reason: 'the same person',
    });
    const own = [joiner('2026-11-23T08:00:00Z', {}), leaver('2026-11-22', { recorded: AFTER })];
    const other = [joiner('2026-11-23T09:00:00Z', {}), leaver('2026-11-23T07:00:00Z', { recorded: AFTER })].map(about);
    expect(statusInAnyOrder([...own, absorbed(other)], '2026-11-25T00:00:00Z')).toBe('departed');
    expect(statusInAnyOrder([...own, absorbed(other.slice(0, 1))], '2026-11-25T00:00:00Z')).toBe('active');
  });
});

/** By the platform's own calendar: a zone that is read as UTC for want of a better would not be at midnight. */
function beginsDayAtMidnight(timeZone: string): boolean {
  const instantMs = resolveMoment('2026-07-01', timeZone, 'start-of-day');
  const there = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  return there.format(instantMs) === '2026-07-01 00:00';
}

describe('the usual "open end"', () => {
  const accepted = (attributes: Record<string, unknown>) => attributesSchema.partial().safeParse(attributes);

  it.each(['9999-12-31', '9999-12-31T23:59:59Z', '2999-12-31', '2200-01-01'])('%s is none', (endsAt) => {
    expect(accepted({ endsAt }).data).toEqual({ endsAt: null });
  });

  it('does not do for kinds that may not be open-ended', () => {
    const contractor = joinerEvent({ kind: 'contractor', endsAt: '9999-12-31' });
    const { faults } = readHrEvent(contractor, 'acme-hr', '', Date.parse('2026-11-23T09:00:01Z'));
    expect(faults).toMatchObject([{ pointer: '/data/attributes/endsAt' }]);
  });

  it('in a fact from before it was read so breaks nothing', () => {
    const facts = [joiner('2026-01-01', { kind: 'contractor', endsAt: '9999-12-31' })];
    expect(statusAt(facts, '2026-11-23T00:00:00Z')).toBe('active');
    for (const { atMs } of buildTimeline(facts).changes) expect(toIso(atMs)).toMatch(/^2\d{3}-/);
  });

  it('is refused where a moment is meant', () => {
    const event = leaverEvent({ effectiveAt: '9999-12-31' });
    const { faults } = readHrEvent(event, 'acme-hr', '', Date.parse('2026-11-23T09:00:01Z'));
    expect(faults).toMatchObject([{ pointer: '/data/effectiveAt' }]);
  });

  it.each([
    ['1899-12-31', false],
    ['1900-01-03', true],
    ['2199-12-29', true],
    ['2200-01-01', false],
  ])('%s is within the bounds of moments: %s', (moment, within) => {
    expect(isWithinBounds(moment)).toBe(within);
    expect(isOpenEnd(moment) && isWithinBounds(moment)).toBe(false);
  });
});

describe('what refers to another fact', () => {
  const SECOND = '2026-11-23T09:00:00Z';
  const left = leaver('2026-11-20T00:00:00Z', { id: 'left' });
  const employed = joiner('2026-01-01T00:00:00Z');

  it('is judged by the reference: two rescinds in one second, whatever their ids', () => {
    for (const [first, second] of [
      ['a', 'b'],
      ['b', 'a'],
    ] as const) {
      const called = rescind(left, SECOND, { id: first });
      const again = rescind(called, SECOND, { id: second });
      expect(statusInAnyOrder([employed, left, called], '2026-11-24T00:00:00Z')).toBe('active');
      expect(statusInAnyOrder([employed, left, called, again], '2026-11-24T00:00:00Z')).toBe('departed');
    }
  });

  it('is judged by the reference where its clock is behind what it names', () => {
    const called = rescind(left, '2026-11-19T00:00:00Z');
    const again = rescind(called, '2026-11-18T00:00:00Z');
    expect(statusInAnyOrder([employed, left, called, again], '2026-11-24T00:00:00Z')).toBe('departed');
  });

  it('in a circle takes nothing back', () => {
    const one: Fact = { ...rescind(left, SECOND, { id: 'one' }) };
    const two = rescind(one, SECOND, { id: 'two' });
    const circle = [{ ...one, rescinds: two.factId } as Fact, two];
    expect(statusInAnyOrder([employed, left, ...circle], '2026-11-24T00:00:00Z')).toBe('departed');
  });

  it('is judged however long the chain is', () => {
    const chain: Fact[] = [left];
    for (let index = 0; index < 20_001; index += 1) chain.push(rescind(chain.at(-1) as Fact, SECOND));
    expect(statusAt([employed, ...chain], '2026-11-24T00:00:00Z')).toBe('active');
  });

  it('said in the second of the joiner is about the employment that begins, whatever the ids', () => {
    for (const [joins, leaves] of [
      ['a', 'b'],
      ['b', 'a'],
    ] as const) {
      const facts = [
        joiner('2026-12-01T00:00:00Z', {}, { id: joins, recorded: SECOND }),
        leaver('2026-11-30T00:00:00Z', { id: leaves, recorded: SECOND }),
      ];
      expect(statusInAnyOrder(facts, '2026-12-02T00:00:00Z')).toBe('departed');
    }
  });

  it('is the same in every order, for any facts', () => {
    const moments = fc.constantFrom(
      '2026-11-01',
      '2026-11-02T00:00:00Z',
      '2026-11-02',
      '2026-11-03',
      '2026-11-03T12:00:00Z',
    );
    const recorded = fc.constantFrom('2026-11-01T08:00:00Z', '2026-11-01T08:00:30Z', '2026-11-02T08:00:00Z');
    const told = fc.record({ recorded, id: fc.uuid() });
    const fact = fc.oneof(
      fc.tuple(moments, told).map(([at, how]) => joiner(at, { timeZone: 'Asia/Tokyo' }, how)),
      fc.tuple(moments, told).map(([at, how]) => mover(at, { timeZone: 'Pacific/Honolulu' }, how)),
      fc.tuple(moments, told, fc.boolean()).map(([at, how, immediate]) => leaver(at, { ...how, immediate })),
      fc.tuple(moments, told).map(([at, how]) => suspension(at, how)),
      fc.tuple(moments, told).map(([at, how]) => returning(at, how)),
    );
    fc.assert(
      fc.property(fc.uniqueArray(fact, { maxLength: 4, selector: ({ factId }) => factId }), (facts) => {
        statusInAnyOrder(facts, '2026-11-04T00:00:00Z');
      }),
      { numRuns: 300 },
    );
  });
});
