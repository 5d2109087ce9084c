// How long a leaver's account is kept: from the departure, or from when Tenure was told of it.
import { describe, expect, it } from 'vitest';
import type { Application } from '../../../lambdas/core/access-model/access-model.ts';
import type { Fact, JoinerFact } from '../../../lambdas/core/identity/facts.ts';
import { buildTimeline, identityAt } from '../../../lambdas/core/identity/timeline.ts';
import { deletionDueMs } from '../../../lambdas/core/removal/retention.ts';
import { joiner, leaver, mover, rescind } from '../../support/facts.ts';

const application = (deleteAfterDays?: number): Application => ({
  id: 'chat',
  name: 'Chat',
  connector: 'scim',
  owner: 'E9',
  settings: {},
  entitlements: [],
  ...(deleteAfterDays !== undefined && { retention: { deleteAfterDays } }),
});
const joins = joiner('2026-01-01T00:00:00Z');
const dueOf = (at: string, facts: readonly Fact[], days: number | undefined = 30) => {
  const dueMs = deletionDueMs(application(days), identityAt(buildTimeline(facts), Date.parse(at)), facts);
  return dueMs && new Date(dueMs).toISOString();
};
const due = (at: string, ...facts: readonly Fact[]) => dueOf(at, [joins, ...facts]);

it.each([
  ['the departure', '2026-06-01T00:00:00Z', '2026-05-01T00:00:00Z', '2026-07-01T00:00:00.000Z'],
  [
    'its recording, where it was dated back',
    '2026-06-01T00:00:00Z',
    '2026-08-01T12:00:00Z',
    '2026-08-31T12:00:00.000Z',
  ],
])('counts from %s', (_what, departs, received, expected) => {
  expect(due('2026-12-01T00:00:00Z', leaver(departs, { recorded: received, received }))).toBe(expected);
});

it('is of nobody who has not left, and of no application that keeps accounts', () => {
  const left = leaver('2026-06-01T00:00:00Z');
  expect(due('2026-05-31T00:00:00Z', left)).toBeUndefined();
  const state = identityAt(buildTimeline([joins, left]), Date.parse('2026-12-01T00:00:00Z'));
  expect(deletionDueMs(application(), state, [joins, left])).toBeUndefined();
});

describe('counts from when a departure of long ago came to count', () => {
  const left = leaver('2026-06-01T00:00:00Z');
  const back = joiner('2026-07-01T00:00:00Z');
  const decision = (type: 'hold-released' | 'hold-dropped', hold: string, received: string): Fact => {
    const { attributes: _attributes, effectiveAt: _effectiveAt, ...base } = joiner(received) as JoinerFact;
    return { ...base, type, hold, decidedBy: 'E9', reason: 'looked at' };
  };

  it('since a rehire was taken back', () => {
    expect(due('2026-09-02T00:00:00Z', left, back, rescind(back, '2026-09-01T00:00:00Z'))).toBe(
      '2026-10-01T00:00:00.000Z',
    );
  });

  it('since the joiner, or the leaver, was not taken back after all', () => {
    const contract = joiner('2026-01-01T00:00:00Z', { kind: 'contractor', endsAt: '2026-05-31' });
    const taken = rescind(contract, '2026-03-01T00:00:00Z');
    const facts = [contract, taken, rescind(taken, '2026-09-01T00:00:00Z')];
    expect(dueOf('2026-09-02T00:00:00Z', facts)).toBe('2026-10-01T00:00:00.000Z');
    const withdrawn = rescind(left, '2026-05-15T00:00:00Z');
    expect(due('2026-09-02T00:00:00Z', left, withdrawn, rescind(withdrawn, '2026-09-01T00:00:00Z'))).toBe(
      '2026-10-01T00:00:00.000Z',
    );
  });

  it('since a leaver that the guard had held was released, or a rehire dropped that had been', () => {
    const released = decision('hold-released', 'h1', '2026-09-01T00:00:00Z');
    expect(due('2026-09-02T00:00:00Z', { ...left, held: 'h1' }, released)).toBe('2026-10-01T00:00:00.000Z');
    const facts = [left, { ...back, held: 'h2' }, decision('hold-released', 'h2', '2026-07-01T00:00:00Z')];
    const dropped = decision('hold-dropped', 'h2', '2026-09-01T00:00:00Z');
    expect(due('2026-09-02T00:00:00Z', ...facts, dropped)).toBe('2026-10-01T00:00:00.000Z');
  });

  it('since "now" called off a rehire that was under way', () => {
    const said = { recorded: '2026-06-20T00:00:00Z', received: '2026-06-20T00:00:00Z' };
    const rehire = joiner('2026-07-01T00:00:00Z', {}, said);
    const now = { recorded: '2026-06-25T00:00:00Z', received: '2026-09-01T00:00:00Z', immediate: true };
    expect(due('2026-09-02T00:00:00Z', left, rehire, leaver('2026-06-25T00:00:00Z', now))).toBe(
      '2026-10-01T00:00:00.000Z',
    );
  });

  it('since another id was found to be the same person', () => {
    const duplicate = { ...left, identityId: 'E2', receivedMs: Date.parse('2026-06-01T00:00:00Z') };
    const {
      attributes: _attributes,
      effectiveAt: _effectiveAt,
      ...base
    } = joiner('2026-09-01T00:00:00Z') as JoinerFact;
    const merge = { decidedBy: 'E9', reason: 'the same passport' };
    const absorbed: Fact = { ...base, ...merge, type: 'absorbed', duplicate: 'E2', facts: [duplicate] };
    const contract = joiner('2026-01-01T00:00:00Z', { kind: 'contractor', endsAt: '2026-05-31' });
    expect(dueOf('2026-09-02T00:00:00Z', [contract, absorbed])).toBe('2026-10-01T00:00:00.000Z');
  });

  it('since an employment was told of, or its end, by which another may be over', () => {
    const state = identityAt(buildTimeline([joins, left]), Date.parse('2026-09-02T00:00:00Z'));
    const told = { received: '2026-09-01T00:00:00Z' };
    const dueWith = (fact: Fact) => deletionDueMs(application(30), state, [joins, left, fact]);
    expect(dueWith(joiner('2026-07-01T00:00:00Z', {}, told))).toBe(Date.parse('2026-10-01T00:00:00Z'));
    expect(dueWith(mover('2026-05-01T00:00:00Z', { endsAt: '2026-05-02' }, told))).toBe(
      Date.parse('2026-10-01T00:00:00Z'),
    );
    expect(dueWith(mover('2026-05-01T00:00:00Z', { title: 'Clerk' }, told))).toBe(Date.parse('2026-07-01T00:00:00Z'));
  });

  it('and not anew from what is said of somebody who has left', () => {
    const renamed = mover('2026-06-20T00:00:00Z', { title: 'Clerk' });
    expect(due('2026-09-02T00:00:00Z', left, renamed, leaver('2026-06-25T00:00:00Z'))).toBe('2026-07-01T00:00:00.000Z');
  });
});
