import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fact } from '../../../lambdas/core/identity/facts.ts';
import { buildTimeline, identityAt, nextTransitionMs } from '../../../lambdas/core/identity/timeline.ts';
import { joiner, leaver, mover, rescind, returning, suspension } from '../../support/facts.ts';

const at = (instant: string) => Date.parse(instant);
const stateAt = (facts: Fact[], instant: string) => identityAt(buildTimeline(facts), at(instant));
const statusAt = (facts: Fact[], instant: string) => stateAt(facts, instant).status;
const attributesAt = (facts: Fact[], instant: string) => {
  const state = stateAt(facts, instant);
  return 'attributes' in state ? state.attributes : undefined;
};

describe('a timeline', () => {
  it('knows nobody without facts', () => {
    expect(statusAt([], '2026-11-23T12:00:00Z')).toBe('unknown');
  });

  it('shows a future joiner as pending and becomes active at the instant', () => {
    const facts = [joiner('2026-12-01T08:00:00Z', {}, { recorded: '2026-11-20T00:00:00Z' })];
    expect(stateAt(facts, '2026-11-30T00:00:00Z')).toMatchObject({
      status: 'pending',
      joinsMs: at('2026-12-01T08:00:00Z'),
    });
    expect(statusAt(facts, '2026-12-01T07:59:59.999Z')).toBe('pending');
    expect(statusAt(facts, '2026-12-01T08:00:00Z')).toBe('active');
    expect(nextTransitionMs(buildTimeline(facts), at('2026-11-30T00:00:00Z'))).toBe(at('2026-12-01T08:00:00Z'));
  });

  it("reads a date as the start of the joiner's day and the end of the leaver's, where the identity works", () => {
    const facts = [joiner('2026-11-02', { timeZone: 'America/New_York' }), leaver('2026-11-23')];
    expect(statusAt(facts, '2026-11-02T04:59:59Z')).toBe('pending');
    expect(statusAt(facts, '2026-11-02T05:00:00Z')).toBe('active');
    expect(statusAt(facts, '2026-11-24T04:59:59Z')).toBe('active');
    expect(statusAt(facts, '2026-11-24T05:00:00Z')).toBe('departed');
  });

  it('ends a last day on which daylight saving ends 25 hours after it began', () => {
    const facts = [joiner('2026-10-01', { timeZone: 'Europe/Berlin' }), leaver('2026-10-25')];
    expect(statusAt(facts, '2026-10-25T22:59:59Z')).toBe('active');
    expect(statusAt(facts, '2026-10-25T23:00:00Z')).toBe('departed');
  });

  it('follows a mover into a new time zone when it reads later dates', () => {
    const facts = [
      joiner('2026-01-01', { timeZone: 'Europe/Berlin' }),
      mover('2026-06-01', { timeZone: 'Asia/Tokyo' }),
      leaver('2026-11-23'),
    ];
    expect(statusAt(facts, '2026-11-23T14:59:59Z')).toBe('active');
    expect(statusAt(facts, '2026-11-23T15:00:00Z')).toBe('departed');
  });

  it('ends a contract by itself, and goes on when the contract is extended late', () => {
    const contract = joiner('2026-09-01', { kind: 'contractor', endsAt: '2026-11-20' });
    expect(statusAt([contract], '2026-11-20T23:59:59Z')).toBe('active');
    expect(stateAt([contract], '2026-11-21T00:00:00Z')).toMatchObject({
      status: 'departed',
      departedBy: { by: 'end-date' },
    });
    const extended = [contract, mover('2026-11-23', { endsAt: '2026-12-31' })];
    expect(statusAt(extended, '2026-11-22T12:00:00Z')).toBe('departed');
    expect(statusAt(extended, '2026-11-23T12:00:00Z')).toBe('active');
    expect(statusAt(extended, '2027-01-01T00:00:00Z')).toBe('departed');
  });

  it('drops the end date of the contract when a contractor becomes an employee', () => {
    const facts = [
      joiner('2026-09-01', { kind: 'contractor', endsAt: '2026-11-20' }),
      mover('2026-11-01', { kind: 'employee' }),
    ];
    expect(stateAt(facts, '2027-06-01T00:00:00Z')).toMatchObject({
      status: 'active',
      attributes: { kind: 'employee', endsAt: null },
    });
  });

  it('keeps a mover that came before its joiner took effect but was recorded after it', () => {
    const facts = [
      joiner('2026-12-01', { department: 'Sales' }, { recorded: '2026-11-01T00:00:00Z' }),
      mover('2026-11-15', { department: 'Engineering' }, { recorded: '2026-11-15T00:00:00Z' }),
    ];
    expect(attributesAt(facts, '2026-12-02T00:00:00Z')?.department).toBe('Engineering');
  });

  it('lets the joiner win over a mover that was recorded before it', () => {
    const facts = [
      mover('2026-11-15', { department: 'Engineering' }, { recorded: '2026-11-01T00:00:00Z' }),
      joiner('2026-12-01', { department: 'Sales' }, { recorded: '2026-11-15T00:00:00Z' }),
    ];
    expect(attributesAt(facts, '2026-12-02T00:00:00Z')?.department).toBe('Sales');
  });

  it('never begins an employment that was called off before it started', () => {
    const facts = [
      joiner('2026-12-01', {}, { recorded: '2026-11-01T00:00:00Z' }),
      leaver('2026-11-20', { recorded: '2026-11-19T00:00:00Z' }),
    ];
    expect(statusAt(facts, '2026-12-02T00:00:00Z')).toBe('departed');
  });

  it('that lasts no time ends when it begins, whatever had ended before', () => {
    const contract = joiner('2026-01-01T00:00:00Z', { kind: 'contractor', endsAt: '2026-03-31T00:00:00Z' });
    const goesOn = mover('2026-06-01T00:00:00Z', { endsAt: '2026-12-31T00:00:00Z' });
    const ends = leaver('2026-06-01T00:00:00Z');
    const rehires = joiner('2026-06-01T00:00:00Z');
    const departed = (facts: Fact[]) => stateAt(facts, '2026-06-02T00:00:00Z');
    const at = (instant: string) => ({ status: 'departed', departedMs: Date.parse(instant) });
    expect(departed([contract])).toMatchObject(at('2026-03-31T00:00:00Z'));
    const left = { ...at('2026-06-01T00:00:00Z'), departedBy: { by: 'leaver', factId: ends.factId } };
    expect(departed([contract, goesOn, ends])).toMatchObject(left);
    expect(departed([rehires, ends])).toMatchObject(left);
    const afterwards = leaver('2026-06-01T00:00:00Z');
    expect(departed([contract, rehires, afterwards])).toMatchObject({
      ...left,
      departedBy: { factId: afterwards.factId },
    });
  });

  it('begins again with a rehire, with the attributes of the rehire alone', () => {
    const facts = [
      joiner('2025-01-01', { department: 'Sales', costCenter: '1' }),
      leaver('2025-12-31'),
      joiner('2026-11-01', { department: 'Engineering' }),
    ];
    expect(statusAt(facts, '2026-05-01T00:00:00Z')).toBe('departed');
    const rehired = attributesAt(facts, '2026-11-02T00:00:00Z');
    expect(rehired?.department).toBe('Engineering');
    expect(rehired?.costCenter).toBeUndefined();
  });

  it('suspends and returns, and a move during the leave holds on return', () => {
    const facts = [
      joiner('2026-01-01', { department: 'Sales' }),
      suspension('2026-03-01'),
      mover('2026-04-01', { department: 'Engineering' }),
      returning('2026-05-01'),
    ];
    expect(statusAt(facts, '2026-03-15T00:00:00Z')).toBe('suspended');
    expect(stateAt(facts, '2026-05-02T00:00:00Z')).toMatchObject({
      status: 'active',
      attributes: { department: 'Engineering' },
    });
  });

  it('leaves somebody on leave whose contract runs out meanwhile and is extended late', () => {
    const contract = joiner('2026-09-01', { kind: 'contractor', endsAt: '2026-11-20' });
    const extension = mover('2026-11-23', { endsAt: '2026-12-31' });
    for (const began of ['2026-11-10', '2026-11-22']) {
      const away = [contract, suspension(began), extension];
      expect(statusAt(away, '2026-11-24T00:00:00Z')).toBe('suspended');
      expect(statusAt([...away, returning('2026-11-25')], '2026-11-26T00:00:00Z')).toBe('active');
    }
    const back = [contract, suspension('2026-11-10'), returning('2026-11-22'), extension];
    expect(statusAt(back, '2026-11-24T00:00:00Z')).toBe('active');
    const rehired = [contract, suspension('2026-11-10'), joiner('2026-11-23')];
    expect(statusAt(rehired, '2026-11-24T00:00:00Z')).toBe('active');
  });

  it('shows nobody as pending whose employment was called off before it began', () => {
    const hired = joiner('2026-12-01', {}, { recorded: '2026-11-01T00:00:00Z' });
    const calledOff = leaver('2026-11-19', { recorded: '2026-11-19T00:00:00Z' });
    expect(statusAt([hired, calledOff], '2026-11-20T00:00:00Z')).toBe('unknown');
    expect(statusAt([hired], '2026-11-20T00:00:00Z')).toBe('pending');
  });

  it('restores exactly what was there when a leaver is rescinded, before and after it took effect', () => {
    const gone = leaver('2026-11-10');
    const before = [joiner('2026-01-01', { department: 'Sales' })];
    const facts = [...before, gone, rescind(gone, '2026-11-12T00:00:00Z')];
    expect(stateAt(facts, '2026-11-23T00:00:00Z')).toEqual(stateAt(before, '2026-11-23T00:00:00Z'));
    expect(stateAt(facts, '2026-11-01T00:00:00Z')).toEqual(stateAt(before, '2026-11-01T00:00:00Z'));
  });

  it('lets a rescind be rescinded', () => {
    const gone = leaver('2026-11-10');
    const withdrawn = rescind(gone, '2026-11-12T00:00:00Z');
    const facts = [joiner('2026-01-01'), gone, withdrawn, rescind(withdrawn, '2026-11-13T00:00:00Z')];
    expect(statusAt(facts, '2026-11-23T00:00:00Z')).toBe('departed');
  });

  it('takes an immediate leaver at its word, whatever its date', () => {
    const facts = [
      joiner('2026-01-01'),
      leaver('2026-12-31', { immediate: true, recorded: '2026-11-23T10:00:00Z', received: '2026-11-23T10:00:02Z' }),
    ];
    expect(statusAt(facts, '2026-11-23T09:59:59Z')).toBe('active');
    expect(statusAt(facts, '2026-11-23T10:00:00Z')).toBe('departed');
  });

  it('does not let a source whose clock runs ahead delay an immediate leaver', () => {
    const facts = [
      joiner('2026-01-01'),
      leaver('2026-12-31', { immediate: true, recorded: '2026-11-23T10:04:00Z', received: '2026-11-23T10:00:00Z' }),
    ];
    expect(statusAt(facts, '2026-11-23T10:00:00Z')).toBe('departed');
  });
});

describe('any arrival', () => {
  const days = fc.integer({ min: 1, max: 28 }).map((day) => `2026-11-${String(day).padStart(2, '0')}`);
  const recorded = fc.integer({ min: 1, max: 28 }).map((day) => `2026-11-${String(day).padStart(2, '0')}T09:00:00Z`);
  const zone = fc.constantFrom('Europe/Berlin', 'America/New_York', 'Asia/Tokyo', undefined);
  const department = fc.constantFrom('Sales', 'Engineering', 'Finance');
  const fact: fc.Arbitrary<Fact> = fc
    .tuple(fc.constantFrom('joiner', 'mover', 'leaver', 'suspension', 'return'), days, recorded, zone, department)
    .map(([type, day, told, timeZone, named]) => {
      const attributes = { department: named, ...(timeZone && { timeZone }) };
      if (type === 'joiner') return joiner(day, attributes, { recorded: told });
      if (type === 'mover') return mover(day, attributes, { recorded: told });
      if (type === 'leaver') return leaver(day, { recorded: told });
      return type === 'suspension' ? suspension(day, { recorded: told }) : returning(day, { recorded: told });
    });
  const history = fc
    .tuple(fc.array(fact, { minLength: 1, maxLength: 7 }), fc.array(fc.nat(), { maxLength: 2 }))
    .map(([facts, picks]) => [
      ...facts,
      ...picks.map((pick) => rescind(facts[pick % facts.length] as Fact, '2026-11-29T00:00:00Z')),
    ]);

  it('in any order, any number of times, ends in the same states', () => {
    fc.assert(
      fc.property(
        history.chain((facts) =>
          fc.tuple(fc.constant(facts), fc.shuffledSubarray(facts, { minLength: facts.length }), fc.subarray(facts)),
        ),
        ([facts, shuffled, repeated]) => {
          expect(buildTimeline([...shuffled, ...repeated]).changes).toEqual(buildTimeline(facts).changes);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('has states in ascending order of time, each different from the one before', () => {
    fc.assert(
      fc.property(history, (facts) => {
        const { changes } = buildTimeline(facts);
        for (const [index, change] of changes.entries()) {
          const previous = changes[index - 1];
          if (previous === undefined) continue;
          expect(change.atMs).toBeGreaterThanOrEqual(previous.atMs);
          expect(change.state).not.toBe(previous.state);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is departed after the last leaver, whatever came before it', () => {
    fc.assert(
      fc.property(fc.array(fact, { maxLength: 6 }), (facts) => {
        const last = leaver('2026-12-01', { recorded: '2026-12-01T00:00:00Z' });
        expect(['departed', 'unknown']).toContain(statusAt([...facts, last], '2027-01-01T00:00:00Z'));
      }),
      { numRuns: 300 },
    );
  });
});
