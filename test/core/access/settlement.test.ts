import { describe, expect, it } from 'vitest';
import { type ApplicationOutcome, settle } from '../../../lambdas/core/access/settlement.ts';

const policy = { maximumPasses: 3, firstWaitSeconds: 5, maximumWaitSeconds: 8, afterEscalationSeconds: 1_800 };
const converged: ApplicationOutcome = { applicationId: 'crm', outcome: 'converged', changed: 1 };
const failed: ApplicationOutcome = { applicationId: 'chat', outcome: 'failed', error: 'RetryableError: 503' };
const pass = (outcomes: ApplicationOutcome[], failedPasses = 0, currentVersion = 4) =>
  settle({ plannedVersion: 4, currentVersion, instantPassed: false, outcomes, failedPasses, policy });

describe('settling a pass', () => {
  it('settles when every application converged, and counts what waits for people', () => {
    expect(pass([converged])).toEqual({ next: 'settled', openTasks: 0 });
    const waiting: ApplicationOutcome = { applicationId: 'badge', outcome: 'waiting-for-task', taskId: 't' };
    expect(pass([converged, waiting])).toEqual({ next: 'settled', openTasks: 1 });
  });

  it('plans again when a fact came in meanwhile, even if all went well or something failed', () => {
    expect(pass([converged], 0, 5)).toEqual({ next: 'plan-again' });
    expect(pass([failed], 2, 5)).toEqual({ next: 'plan-again' });
  });

  it('plans again when something took effect meanwhile, though the version is the same', () => {
    const settlement = settle({
      plannedVersion: 4,
      currentVersion: 4,
      instantPassed: true,
      outcomes: [converged],
      failedPasses: 0,
      policy,
    });
    expect(settlement).toEqual({ next: 'plan-again' });
  });

  it('neither settles nor troubles anybody while another access model has a part in the pass', () => {
    const mixed = (outcomes: ApplicationOutcome[], failedPasses: number) =>
      settle({
        plannedVersion: 4,
        currentVersion: 4,
        instantPassed: false,
        otherModel: true,
        outcomes,
        failedPasses,
        policy,
      });
    expect(mixed([converged], 0)).toEqual({ next: 'try-again', waitSeconds: 5 });
    expect(mixed([converged, failed], 40)).toEqual({ next: 'try-again', waitSeconds: 8 });
    expect(mixed([{ applicationId: 'chat', outcome: 'overtaken' }], 0)).toEqual({ next: 'overtaken' });
  });

  it('stops without a word when a newer pass has taken over', () => {
    expect(pass([converged, { applicationId: 'chat', outcome: 'overtaken' }], 0, 5)).toEqual({ next: 'overtaken' });
  });

  it('tries again with growing, bounded waits', () => {
    expect(pass([converged, failed])).toEqual({ next: 'try-again', waitSeconds: 5 });
    expect(pass([converged, failed], 1)).toEqual({ next: 'try-again', waitSeconds: 8 });
  });

  it('tells a person at once when nothing but a taken name is left, which no pass can free', () => {
    const error = 'update-account (userName): ConflictError: taken';
    const conflict: ApplicationOutcome = { applicationId: 'crm', outcome: 'conflict', error };
    expect(pass([conflict])).toEqual({ next: 'escalate', failed: [{ applicationId: 'crm', error }] });
    expect(pass([conflict, failed])).toMatchObject({ next: 'try-again' });
  });

  describe('with systems that were left alone', () => {
    const postponed = (because: 'busy' | 'closed', retryAfterMs: number): ApplicationOutcome => {
      return { applicationId: 'crm', outcome: 'postponed', because, retryAfterMs, error: 'RetryableError: later' };
    };

    it('waits for as long as was asked for, within a bound, and never less than it would have', () => {
      expect(pass([converged, postponed('closed', 41_500)])).toEqual({ next: 'try-again', waitSeconds: 42 });
      expect(pass([postponed('closed', 86_400_000)])).toEqual({ next: 'try-again', waitSeconds: 900 });
      expect(pass([postponed('busy', 100)], 1)).toEqual({ next: 'try-again', waitSeconds: 8 });
    });

    it('comes back when the first may be called, and does not make one that failed wait for them', () => {
      const waiting = [postponed('closed', 300_000), postponed('busy', 20_000)];
      expect(pass(waiting)).toEqual({ next: 'try-again', waitSeconds: 20 });
      expect(pass([...waiting, failed])).toEqual({ next: 'try-again', waitSeconds: 5 });
    });

    it('tells a person when one stays closed, and nobody of a queue', () => {
      const error = 'RetryableError: later';
      expect(pass([postponed('closed', 1_000)], 2)).toEqual({
        next: 'escalate',
        failed: [{ applicationId: 'crm', error }],
      });
      expect(pass([postponed('busy', 1_000)], 2_000)).toEqual({ next: 'try-again', waitSeconds: 8 });
      expect(pass([postponed('busy', 1_000), failed], 2)).toMatchObject({ next: 'escalate' });
      const conflict: ApplicationOutcome = { applicationId: 'chat', outcome: 'conflict', error: 'taken' };
      expect(pass([postponed('busy', 1_000), conflict], 2)).toMatchObject({ next: 'escalate' });
      expect(pass([postponed('busy', 1_000), conflict], 0)).toMatchObject({ next: 'try-again' });
    });

    it('plans again all the same when a fact came in', () => {
      expect(pass([postponed('closed', 300_000)], 0, 5)).toEqual({ next: 'plan-again' });
    });
  });

  it('tries again while anything that was asked for is not to be seen, one step or several', () => {
    for (const left of [['revoke'], ['revoke', 'disable-account']] as const) {
      expect(pass([{ applicationId: 'crm', outcome: 'not-converged', left }], 0)).toMatchObject({ next: 'try-again' });
    }
  });

  it('escalates at the last pass with each system and its last error, and never settles then', () => {
    const leftOver: ApplicationOutcome = { applicationId: 'crm', outcome: 'not-converged', left: ['revoke'] };
    expect(pass([leftOver, failed], 2)).toEqual({
      next: 'escalate',
      failed: [
        { applicationId: 'crm', error: 'read back, still to do: revoke' },
        { applicationId: 'chat', error: 'RetryableError: 503' },
      ],
    });
  });
});
