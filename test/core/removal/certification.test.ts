import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ApplicationOutcome } from '../../../lambdas/core/access/settlement.ts';
import { buildTimeline, identityAt } from '../../../lambdas/core/identity/timeline.ts';
import { type AccountToProve, judgeRemoval, type ReadBackRound } from '../../../lambdas/core/removal/certification.ts';
import { joiner, leaver } from '../../support/facts.ts';

const LEFT_MS = Date.parse('2026-11-23T16:00:00Z');
const NOW = LEFT_MS + 60_000;
const joins = joiner('2026-11-01');
const leaves = leaver('2026-11-23T16:00:00Z');
const departed = identityAt(buildTimeline([joins, leaves]), NOW);
const employed = identityAt(buildTimeline([joins]), NOW);

const clean = (applicationId: string): ApplicationOutcome => ({ applicationId, outcome: 'converged', changed: 0 });
const leftOver = (applicationId: string): ApplicationOutcome => ({
  applicationId,
  outcome: 'not-converged',
  left: ['revoke'],
});
const byHand: ApplicationOutcome = { applicationId: 'badge', outcome: 'waiting-for-task', taskId: 't1' };
const closed = (applicationId: string, changes: Partial<AccountToProve> = {}): AccountToProve => ({
  applicationId,
  readMs: NOW,
  closedMs: LEFT_MS + 5_000,
  ...changes,
});

/** Two systems, each read back clean, unless something else is said. */
function given(changes: Partial<ReadBackRound> = {}): ReadBackRound {
  return {
    removal: { version: 2, startedMs: LEFT_MS + 500 },
    state: departed,
    outcomes: [clean('crm'), clean('wiki')],
    accounts: [closed('crm'), closed('wiki')],
    managed: new Set(['crm', 'wiki', 'badge']),
    attempt: 1,
    reads: 0,
    nowMs: NOW,
    ...changes,
  };
}

describe('a removal', () => {
  it('is clean when every system is, and proven from then on', () => {
    expect(judgeRemoval(given())).toEqual({ status: 'clean' });
    const removal = { version: 2, startedMs: LEFT_MS, provenMs: NOW - 1 };
    expect(judgeRemoval(given({ removal }))).toEqual({ status: 'proven' });
  });

  it('is not clean before somebody has looked where there may be something by a fact that came after the list was made', () => {
    const concerned = ['crm', 'wiki', 'mail'];
    const managed = new Set(concerned);
    expect(judgeRemoval(given({ concerned, managed }))).toMatchObject({ status: 'left-over', attempt: 2 });
    expect(judgeRemoval(given({ concerned, managed, attempt: 4 }))).toEqual({ status: 'given-up', left: ['mail'] });
    const accounts = [...concerned.map((applicationId) => closed(applicationId))];
    expect(judgeRemoval(given({ concerned, managed, accounts }))).toEqual({ status: 'clean' });
    // What is in no application of the model is judged by its record.
    expect(judgeRemoval(given({ concerned }))).toEqual({ status: 'clean' });
  });

  it('is clean where there was never an account', () => {
    expect(judgeRemoval(given({ outcomes: [], accounts: [] }))).toEqual({ status: 'clean' });
  });

  it('is judged by its record where the application is gone, and its connector’s function with it', () => {
    const gone: ApplicationOutcome = { applicationId: 'wiki', outcome: 'failed', error: 'Function not found' };
    const round = { outcomes: [clean('crm'), gone], managed: new Set(['crm']) };
    expect(judgeRemoval(given(round))).toEqual({ status: 'clean' });
    const open = [closed('crm'), closed('wiki', { closedMs: undefined })];
    expect(judgeRemoval(given({ ...round, accounts: open }))).toMatchObject({ status: 'left-over', attempt: 2 });
    // What is still there could have been read, and was not.
    expect(judgeRemoval(given({ ...round, managed: new Set(['crm', 'wiki']) }))).toMatchObject({ status: 'left-over' });
  });

  it('is no longer asked for when a newer pass has taken over, or whoever left is employed again', () => {
    const overtaken: ApplicationOutcome = { applicationId: 'crm', outcome: 'overtaken' };
    expect(judgeRemoval(given({ outcomes: [overtaken, leftOver('wiki')] }))).toEqual({ status: 'employed' });
    expect(judgeRemoval(given({ state: employed, outcomes: [leftOver('crm')] }))).toEqual({ status: 'employed' });
  });

  it('proves nothing about a later departure than the one it followed', () => {
    const again = [joiner('2026-11-23T16:00:10Z'), leaver('2026-11-23T16:00:30Z')];
    const state = identityAt(buildTimeline([joins, leaves, ...again]), NOW);
    expect(judgeRemoval(given({ state }))).toEqual({ status: 'employed' });
    expect(judgeRemoval(given({ state, outcomes: [leftOver('crm')], attempt: 4 }))).toEqual({ status: 'employed' });
    const begunAnew = { version: 4, startedMs: LEFT_MS + 30_000 };
    expect(judgeRemoval(given({ state, removal: begunAnew }))).toEqual({ status: 'clean' });
  });
});

describe('what is left in a system', () => {
  it.each<ApplicationOutcome>([
    leftOver('crm'),
    { applicationId: 'crm', outcome: 'failed', error: '503' },
    { applicationId: 'crm', outcome: 'conflict', error: 'whose?' },
  ])('has everything read back again, after $outcome', (outcome) => {
    const verdict = judgeRemoval(given({ outcomes: [outcome, clean('wiki')], reads: 2 }));
    expect(verdict).toEqual({ status: 'left-over', attempt: 2, reads: 2, waitSeconds: 10 });
  });

  it('is looked at three times more, at growing intervals, and then by a person', () => {
    const outcomes = [leftOver('crm'), leftOver('wiki')];
    const waits = [1, 2, 3].map((attempt) => judgeRemoval(given({ outcomes, attempt })));
    expect(waits.map((verdict) => 'waitSeconds' in verdict && verdict.waitSeconds)).toEqual([10, 30, 90]);
    expect(judgeRemoval(given({ outcomes, attempt: 4 }))).toEqual({ status: 'given-up', left: ['crm', 'wiki'] });
  });

  it('outranks what waits for people', () => {
    expect(judgeRemoval(given({ outcomes: [leftOver('crm'), byHand] }))).toMatchObject({ status: 'left-over' });
  });

  it('may be an account that was opened after the list was made', () => {
    const accounts = [closed('crm'), closed('wiki', { closedMs: undefined })];
    const verdict = judgeRemoval(given({ outcomes: [clean('crm')], accounts, attempt: 4 }));
    expect(verdict).toEqual({ status: 'given-up', left: ['wiki'] });
  });

  it('is what nobody has read since, before the departure or before its removal began', () => {
    for (const readMs of [LEFT_MS - 1, LEFT_MS + 499]) {
      const accounts = [closed('crm'), closed('wiki', { readMs })];
      expect(judgeRemoval(given({ accounts }))).toMatchObject({ status: 'left-over', attempt: 2 });
      expect(judgeRemoval(given({ accounts, attempt: 4 }))).toEqual({ status: 'given-up', left: ['wiki'] });
    }
    expect(judgeRemoval(given({ accounts: [closed('wiki', { readMs: LEFT_MS + 500 })] }))).toEqual({ status: 'clean' });
  });

  it('is not proven by what was read of somebody employed, though the clock that dated it was ahead', () => {
    const accounts = [closed('crm'), closed('wiki', { ofEmployed: true })];
    expect(judgeRemoval(given({ accounts }))).toMatchObject({ status: 'left-over' });
  });

  it('may be what an older fence began, which proves nothing any more', () => {
    const removal = { version: 2, startedMs: LEFT_MS + 500, epoch: 7 };
    expect(judgeRemoval(given({ removal, epoch: 6 }))).toEqual({ status: 'employed' });
    expect(judgeRemoval(given({ removal, epoch: 7 }))).toEqual({ status: 'clean' });
    expect(judgeRemoval(given({ removal }))).toEqual({ status: 'clean' });
  });
});

describe('an application that the access model no longer has', () => {
  const sold = (changes: Partial<AccountToProve>) => [
    closed('crm'),
    closed('sold', { readMs: LEFT_MS - 1, ...changes }),
  ];
  const asked: ApplicationOutcome = { applicationId: 'sold', outcome: 'waiting-for-task', taskId: 't2' };

  it.each<[string, Partial<AccountToProve>]>([
    ['is open', { closedMs: undefined }],
    ['may have been opened by a call that died', { doubtUntilMs: NOW - 1 }],
  ])('is never skipped where the account %s: people are asked, and waited for', (_, changes) => {
    expect(judgeRemoval(given({ accounts: sold(changes), attempt: 4 }))).toEqual({
      status: 'given-up',
      left: ['sold'],
    });
    const outcomes = [clean('crm'), asked];
    expect(judgeRemoval(given({ accounts: sold(changes), outcomes, attempt: 4 }))).toEqual({ status: 'waiting' });
  });

  it('keeps no proof waiting where the account was closed while its system could be read', () => {
    expect(judgeRemoval(given({ accounts: sold({}) }))).toEqual({ status: 'clean' });
  });
});

describe('a system that only people can change', () => {
  const accounts = [closed('crm'), closed('badge', { closedMs: undefined })];
  const outcomes = [clean('crm'), byHand];

  it('is waited for, though its account is open', () => {
    expect(judgeRemoval(given({ outcomes, accounts }))).toEqual({ status: 'waiting' });
  });

  it('is waited for before what may outlast the removal', () => {
    const residual = { what: 'tokens', untilMs: NOW + 60_000 };
    const lasting = [closed('crm', { residual }), ...accounts.slice(1)];
    expect(judgeRemoval(given({ outcomes, accounts: lasting }))).toEqual({ status: 'waiting' });
  });
});

describe('a call that died', () => {
  it('may still act, so what was read before proves nothing, which is no attempt', () => {
    const accounts = [closed('crm', { doubtUntilMs: NOW + 1_500 }), closed('wiki', { doubtUntilMs: NOW + 500 })];
    const verdict = judgeRemoval(given({ accounts, attempt: 4 }));
    expect(verdict).toEqual({ status: 'left-over', attempt: 4, reads: 0, waitSeconds: 2 });
  });

  it('can no longer act once its time has come', () => {
    expect(judgeRemoval(given({ accounts: [closed('crm', { doubtUntilMs: NOW })] }))).toEqual({ status: 'clean' });
  });
});

describe('what may outlast a removal', () => {
  const lasting = (seconds: number) => [
    closed('crm', { residual: { what: 'access tokens already issued', untilMs: NOW + seconds * 1_000 } }),
    closed('wiki', { residual: { what: 'sessions', untilMs: NOW - 1_000 } }),
  ];

  it('is waited for, no longer than it lasts', () => {
    expect(judgeRemoval(given({ accounts: lasting(40) }))).toEqual({
      status: 'residual',
      attempt: 1,
      reads: 1,
      waitSeconds: 40,
      untilMs: NOW + 40_000,
      waitsUntilMs: NOW + 40_000 + 60_000,
    });
  });

  it('has the systems read back meanwhile, at growing intervals', () => {
    const waits = [0, 1, 2, 3, 4].map((reads) => judgeRemoval(given({ accounts: lasting(86_400), reads })));
    expect(waits.map((verdict) => 'waitSeconds' in verdict && verdict.waitSeconds)).toEqual([
      60, 300, 1_500, 7_500, 37_500,
    ]);
  });

  it('keeps nothing waiting once its time has come', () => {
    expect(judgeRemoval(given({ accounts: lasting(0) }))).toEqual({ status: 'clean' });
  });
});

it('nothing is held for clean while a system is not, an account is open, or anything may still act or last', () => {
  const instant = fc.option(fc.integer({ min: NOW - 5_000, max: NOW + 5_000 }), { nil: undefined });
  const account = fc.record({
    applicationId: fc.constantFrom('crm', 'wiki', 'badge'),
    readMs: fc.constantFrom(NOW, LEFT_MS - 1),
    closedMs: instant,
    doubtUntilMs: instant,
    residual: instant.map((untilMs) => (untilMs === undefined ? undefined : { what: 'tokens', untilMs })),
  });
  const outcome = fc.constantFrom(clean('crm'), leftOver('crm'), clean('wiki'), byHand);
  fc.assert(
    fc.property(fc.array(outcome), fc.array(account), fc.integer({ min: 1, max: 4 }), (outcomes, accounts, attempt) => {
      const verdict = judgeRemoval(given({ outcomes, accounts, attempt }));
      const isClean =
        outcomes.every((one) => one.outcome === 'converged') &&
        accounts.every(
          ({ readMs, closedMs, doubtUntilMs = 0, residual }) =>
            readMs === NOW && closedMs !== undefined && doubtUntilMs <= NOW && (residual?.untilMs ?? 0) <= NOW,
        );
      expect(verdict.status === 'clean').toBe(isClean);
      if ('waitSeconds' in verdict) expect(verdict.waitSeconds).toBeGreaterThan(0);
    }),
    { numRuns: 500 },
  );
});
