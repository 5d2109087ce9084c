// An attribute can be taken away: null in an event and a marked cell in a file clear it, and what it gave goes with it.
import { describe, expect, it } from 'vitest';
import { CompiledPatterns } from '../../../lambdas/core/access-model/compiled-patterns.ts';
import { readHrEvent, translateHrEvent } from '../../../lambdas/core/hr/hr-event.ts';
import { compareSnapshot } from '../../../lambdas/core/hr/person-snapshot.ts';
import { NONE, readRow } from '../../../lambdas/core/hr/population-feed.ts';
import type { Authority, Fact } from '../../../lambdas/core/identity/facts.ts';
import { summaryAt } from '../../../lambdas/core/identity/identity-summary.ts';
import { buildTimeline, identityAt } from '../../../lambdas/core/identity/timeline.ts';
import { accountProfileOf } from '../../../lambdas/core/systems/account-profile.ts';
import { joiner, leaver, mover } from '../../support/facts.ts';
import { joinerEvent, moverEvent } from '../../support/hr-events.ts';

const NOW_MS = Date.parse('2026-11-23T09:00:00Z');
const FULL = {
  title: 'Engineer',
  department: 'Finance',
  manager: 'E7',
  location: 'Berlin',
  timeZone: 'Europe/Berlin',
  company: 'Acme',
  costCenter: '4711',
} as const;
const OPTIONAL = Object.keys(FULL) as (keyof typeof FULL)[];

function attributesOf(facts: readonly Fact[], atMs = NOW_MS) {
  const state = identityAt(buildTimeline(facts), atMs);
  if (!('attributes' in state)) throw new Error(`nobody: ${state.status}`);
  return state.attributes;
}

function pointersOf(event: unknown): readonly string[] {
  return (readHrEvent(event, 'acme-hr', '', NOW_MS).faults ?? []).map(({ pointer }) => pointer).sort();
}

function weighing(fact: Fact, authority: Authority): Fact {
  return { ...fact, authority } as Fact;
}

describe('null in an event', () => {
  it.each(OPTIONAL)('takes %s away', (name) => {
    const { event } = readHrEvent(moverEvent({ [name]: null }), 'acme-hr', '', NOW_MS);
    if (event === undefined) throw new Error('refused');
    const told = { ...translateHrEvent(event, 'acme-hr', NOW_MS), identityId: 'E1' };
    const { [name]: _gone, ...left } = attributesOf([joiner('2026-01-01', FULL)]);
    expect(attributesOf([joiner('2026-01-01', FULL), told])).toEqual(
      name === 'manager' ? { ...left, manager: null } : left,
    );
  });

  it('takes away what the attribute gave, as if it had never been said', () => {
    const facts = [joiner('2026-01-01', FULL), mover('2026-06-01', { department: null })];
    const patterns = new CompiledPatterns([{ department: ['Finance'] }, { department: [{ exists: false }] }], 1_000);
    expect(patterns.matching(attributesOf(facts))).toEqual([1]);
    expect(accountProfileOf('E1', attributesOf(facts)).department).toBeUndefined();
    expect(summaryAt('E1', buildTimeline(facts), NOW_MS)).toMatchObject({ department: undefined, title: 'Engineer' });
  });

  it('counts from when it takes effect, in any order of arrival, and until something else is said', () => {
    const facts = [
      joiner('2026-01-01', FULL),
      mover('2026-06-01', { department: null }),
      mover('2026-09-01', { department: 'Sales' }),
    ];
    for (const order of [facts, facts.toReversed()]) {
      expect(attributesOf(order, Date.parse('2026-05-01')).department).toBe('Finance');
      expect(attributesOf(order, Date.parse('2026-07-01')).department).toBeUndefined();
      expect(attributesOf(order).department).toBe('Sales');
    }
  });

  it('in a joiner says that there is none, also of somebody who is employed already', () => {
    expect(pointersOf(joinerEvent({ title: null, location: null }))).toEqual([]);
    expect(attributesOf([joiner('2026-01-01', { ...FULL, title: null })]).title).toBeUndefined();
    const again = joiner('2026-06-01', { department: null });
    expect(attributesOf([joiner('2026-01-01', FULL), again]).department).toBeUndefined();
  });

  it('of a time zone leaves the default for the days that follow', () => {
    const facts = [joiner('2026-01-01', FULL), mover('2026-06-01T12:00:00Z', { timeZone: null }), leaver('2026-06-10')];
    const departedAt = buildTimeline(facts).changes.findLast(({ state }) => state.status === 'departed')?.atMs;
    expect(departedAt).toBe(Date.parse('2026-06-11T00:00:00Z'));
  });

  it('counts as much as its source on that attribute', () => {
    const said = weighing(joiner('2026-01-01', FULL), { department: 50 });
    const taken = mover('2026-06-01', { department: null });
    expect(attributesOf([said, taken]).department).toBe('Finance');
    const gone = weighing(taken, { department: 50 });
    expect(attributesOf([said, gone]).department).toBeUndefined();
    // What was taken away with authority is not said again with less.
    expect(attributesOf([said, gone, mover('2026-07-01', { department: 'Sales' })]).department).toBeUndefined();
  });
});

describe('what a kind may not lack', () => {
  const PERSON = ['/data/attributes/email', '/data/attributes/familyName', '/data/attributes/givenName'];
  const nobody = { givenName: null, familyName: null, email: null };

  it('is refused by pointer when taken from a person', () => {
    expect(pointersOf(joinerEvent(nobody))).toEqual(PERSON);
    expect(pointersOf(moverEvent({ kind: 'employee', ...nobody }))).toEqual(PERSON);
    expect(pointersOf(moverEvent({ kind: 'contractor', endsAt: '2027-01-01', ...nobody }))).toEqual(PERSON);
    expect(pointersOf(moverEvent(nobody))).toEqual(PERSON);
  });

  it('is refused by pointer when it is the owner of what is no person, or the kind', () => {
    const owner = ['/data/attributes/owner'];
    expect(pointersOf(joinerEvent({ kind: 'integration', owner: null }))).toEqual(owner);
    expect(pointersOf(moverEvent({ kind: 'integration', owner: null }))).toEqual(owner);
    expect(pointersOf(moverEvent({ owner: null }))).toEqual(owner);
    expect(pointersOf(moverEvent({ kind: null }))).toEqual(['/data/attributes/kind']);
  });

  it('can be taken away together with a kind that needs none', () => {
    expect(pointersOf(moverEvent({ kind: 'employee', owner: null }))).toEqual([]);
    const bot = { kind: 'service-account', owner: 'E7', ...nobody } as const;
    expect(pointersOf(moverEvent(bot))).toEqual([]);
    const { email, givenName, familyName, kind } = attributesOf([joiner('2026-01-01'), mover('2026-06-01', bot)]);
    expect({ email, givenName, familyName, kind }).toEqual({ kind: 'service-account' });
  });

  it('stays when the kind that needed none did not count', () => {
    const bot = mover('2026-06-01', { kind: 'service-account', owner: 'E7', email: null, title: null });
    const facts = [weighing(joiner('2026-01-01', FULL), { kind: 50 }), bot];
    const { kind, email, title } = attributesOf(facts);
    expect({ kind, email, title }).toEqual({ kind: 'employee', email: 'ada@acme.example', title: undefined });
  });
});

describe('a marked cell in a file', () => {
  const origin = { source: 'acme-hr', feedId: '0'.repeat(16), writtenMs: NOW_MS - 1_000 };
  const row = (cells: Readonly<Record<string, unknown>>) => readRow({ identityId: 'E1', ...cells }).row;
  const changes = (facts: readonly Fact[], cells: Readonly<Record<string, unknown>>) => {
    const said = row(cells);
    if (said === undefined) throw new Error('cannot be read');
    return compareSnapshot(said, buildTimeline(facts), origin, NOW_MS);
  };
  const hired = [joiner('2026-01-01', FULL)];

  it.each([NONE, null])('%j takes the attribute away, once', (cell) => {
    const compared = changes(hired, { department: cell });
    if (compared.outcome !== 'changed') throw new Error(compared.outcome);
    const facts = [...hired, ...compared.events.map(({ fact }) => fact)];
    expect(attributesOf(facts).department).toBeUndefined();
    expect(changes(facts, { department: cell }).outcome).toBe('unchanged');
  });

  it('is not an empty one, which says that the file does not know', () => {
    expect(changes(hired, { department: '', title: '' }).outcome).toBe('unchanged');
  });

  it('takes nothing away that the kind may not lack, and says where', () => {
    expect(changes(hired, { kind: 'employee', email: NONE })).toMatchObject({
      outcome: 'faulty',
      faults: [{ pointer: '/email' }],
    });
    expect(readRow({ identityId: 'E1', kind: NONE }).faults).toMatchObject([{ pointer: '/kind' }]);
  });

  it('takes the address of a service account', () => {
    const bot = joiner('2026-01-01', { kind: 'service-account', owner: 'E7' });
    const compared = changes([bot], { kind: 'service-account', owner: 'E7', email: NONE });
    expect(compared).toMatchObject({ outcome: 'changed', events: [{ fact: { attributes: { email: null } } }] });
  });
});
