import { describe, expect, it } from 'vitest';
import {
  type ApplicationOutcome,
  carryOn,
  noProgress,
  type Progress,
  type Settlement,
  settle,
} from '../../../lambdas/core/access/settlement.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const PLANNED = { version: 4, epoch: 7, judgedMs: NOW, modelBasis: 'm' };
const policy = { maximumPasses: 3, firstWaitSeconds: 5, maximumWaitSeconds: 8, afterEscalationSeconds: 1_800 };
const converged: ApplicationOutcome = { applicationId: 'crm', outcome: 'converged', changed: 1 };
const failed: ApplicationOutcome = { applicationId: 'chat', outcome: 'failed', error: 'RetryableError: 503' };
const pass = (outcomes: ApplicationOutcome[], failedPasses = 0, currentVersion = 4) =>
  shown(
    settle({
      progress: noProgress(PLANNED),
      currentVersion,
      instantPassed: false,
      outcomes,
      failedBefore: failedPasses,
      policy,
      nowMs: NOW,
    }),
  );
/** Without what is carried on, which has tests of its own. */
const shown = (settlement: Settlement) =>
  Object.fromEntries(Object.entries(settlement).filter(([name]) => name !== 'progress'));

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
      progress: noProgress(PLANNED),
      currentVersion: 4,
      instantPassed: true,
      outcomes: [converged],
      policy,
      nowMs: NOW,
    });
    expect(settlement).toMatchObject({ next: 'plan-again' });
  });

  it('neither settles nor troubles anybody while another access model has a part in the pass', () => {
    const mixed = (outcomes: ApplicationOutcome[], failedPasses: number) =>
      shown(
        settle({
          progress: noProgress(PLANNED),
          currentVersion: 4,
          instantPassed: false,
          otherModel: true,
          outcomes,
          failedBefore: failedPasses,
          policy,
          nowMs: NOW,
        }),
      );
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
    const told = { next: 'escalate', failed: [{ applicationId: 'crm', error }], goesOn: false };
    expect(pass([conflict])).toMatchObject(told);
    expect(pass([conflict, failed])).toMatchObject({ next: 'try-again' });
  });

  describe('with systems that were left alone', () => {
    const postponed = (because: 'busy' | 'closed', retryAfterMs: number, applicationId = 'crm'): ApplicationOutcome => {
      return { applicationId, outcome: 'postponed', because, retryAfterMs, error: 'RetryableError: later' };
    };

    it('waits for as long as was asked for, within a bound, and for one that is down never less than it would have', () => {
      expect(pass([converged, postponed('closed', 41_500)])).toEqual({ next: 'try-again', waitSeconds: 42 });
      expect(pass([postponed('closed', 86_400_000)])).toEqual({ next: 'try-again', waitSeconds: 900 });
      expect(pass([postponed('closed', 100)], 1)).toEqual({ next: 'try-again', waitSeconds: 8 });
      expect(pass([postponed('busy', 100)], 1)).toEqual({ next: 'try-again', waitSeconds: 1 });
      expect(pass([postponed('busy', 3_600_000)])).toEqual({ next: 'try-again', waitSeconds: 3_600 });
    });

    it('comes back when the first may be called, and does not make one that failed wait for them', () => {
      const waiting = [postponed('closed', 300_000, 'wiki'), postponed('busy', 20_000)];
      expect(pass(waiting)).toEqual({ next: 'try-again', waitSeconds: 20 });
      expect(pass([...waiting, failed])).toEqual({ next: 'try-again', waitSeconds: 5 });
    });

    it('tells a person when one stays closed, and nobody of a queue', () => {
      const error = 'RetryableError: later';
      expect(pass([postponed('closed', 1_000)], 2)).toMatchObject({
        next: 'escalate',
        failed: [{ applicationId: 'crm', error }],
        goesOn: false,
      });
      expect(pass([postponed('busy', 1_000)], 2_000)).toEqual({ next: 'try-again', waitSeconds: 1 });
      expect(pass([postponed('busy', 1_000), failed], 2)).toMatchObject({ next: 'escalate', goesOn: true });
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
    expect(pass([leftOver, failed], 2)).toMatchObject({
      next: 'escalate',
      goesOn: false,
      failed: [
        { applicationId: 'crm', error: 'read back, still to do: revoke' },
        { applicationId: 'chat', error: 'RetryableError: 503' },
      ],
    });
  });
});

describe('from pass to pass', () => {
  const busy = (applicationId: string, retryAfterMs: number): ApplicationOutcome => {
    const turn = { lane: 'others', startsMs: NOW + retryAfterMs, shiftMs: 7 } as const;
    return { applicationId, outcome: 'postponed', because: 'busy', retryAfterMs, error: 'later', turn };
  };
  const ended = (applicationId: string): ApplicationOutcome => ({ applicationId, outcome: 'converged', changed: 1 });
  const broken = (applicationId: string): ApplicationOutcome => ({ applicationId, outcome: 'failed', error: '503' });
  const next = (progress: Progress, outcomes: readonly ApplicationOutcome[], nowMs = NOW, random = 0) =>
    settle({ progress, currentVersion: 4, instantPassed: false, outcomes, policy, nowMs, random });
  const progressOf = (settlement: Settlement): Progress => {
    if (!('progress' in settlement)) throw new Error(`nothing is carried on from ${settlement.next}`);
    return settlement.progress;
  };

  it('keeps what is done, and what queues with its turn', () => {
    const first = next(noProgress(PLANNED), [ended('crm'), busy('chat', 60_000), busy('wiki', 600_000)]);
    expect(first).toMatchObject({ next: 'try-again', waitSeconds: 60 });
    const progress = progressOf(first);
    expect(progress.done).toEqual(['crm']);
    expect(progress.left).toMatchObject([
      { applicationId: 'chat', fromMs: NOW + 60_000, turn: { startsMs: NOW + 60_000, shiftMs: 7 }, failures: 0 },
      { applicationId: 'wiki', fromMs: NOW + 600_000 },
    ]);
    const second = next(progress, [ended('chat')], NOW + 60_000);
    expect(second).toMatchObject({ next: 'try-again', waitSeconds: 540, progress: { done: ['crm', 'chat'] } });
    expect(next(progressOf(second), [ended('wiki')])).toEqual({ next: 'settled', openTasks: 0 });
  });

  it('counts the tasks of every pass', () => {
    const waits: ApplicationOutcome = { applicationId: 'badge', outcome: 'waiting-for-task', taskId: 't' };
    const first = next(noProgress(PLANNED), [waits, busy('chat', 1_000)]);
    expect(next(progressOf(first), [ended('chat')])).toEqual({ next: 'settled', openTasks: 1 });
  });

  it('waits at once for turns that come soon after one another', () => {
    expect(next(noProgress(PLANNED), [busy('a', 100_000), busy('b', 109_000), busy('c', 111_000)])).toMatchObject({
      waitSeconds: 109,
    });
  });

  it('does not let one that fails cost the others their turns, nor its own failures', () => {
    let progress = noProgress(PLANNED);
    for (const seconds of [5, 8]) {
      const settlement = next(progress, [broken('crm'), ...(progress.left.length === 0 ? [busy('chat', 90_000)] : [])]);
      expect(settlement).toMatchObject({ next: 'try-again', waitSeconds: seconds });
      progress = progressOf(settlement);
    }
    const told = next(progress, [broken('crm')]);
    expect(told).toMatchObject({ next: 'escalate', goesOn: true, failed: [{ applicationId: 'crm', error: '503' }] });
    expect(told).toMatchObject({ waitSeconds: 90 });
    // A person was told; what is left then is not told twice.
    expect(next(progressOf(told), [ended('chat')])).toMatchObject({ next: 'given-up' });
    const conflict: ApplicationOutcome = { applicationId: 'chat', outcome: 'conflict', error: 'taken' };
    expect(next(progressOf(told), [conflict])).toMatchObject({ next: 'escalate', goesOn: false });
  });

  it('counts nothing as done while another access model has a part in it, and keeps the turns', () => {
    const outcomes = [ended('crm'), busy('chat', 60_000)];
    const mixed = { progress: noProgress(PLANNED), currentVersion: 4, instantPassed: false, outcomes, policy };
    const { done, left } = progressOf(settle({ ...mixed, otherModel: true, nowMs: NOW }));
    expect(done).toEqual([]);
    expect(left).toMatchObject([{ applicationId: 'chat', turn: { startsMs: NOW + 60_000 } }]);
  });

  it('remembers that something was done by a model that was not told', () => {
    const told = [{ ...ended('crm'), modelBasis: 'm' }, busy('chat', 60_000)];
    expect(progressOf(next(noProgress(PLANNED), told)).modelUnknown).toBeUndefined();
    expect(progressOf(next(noProgress(PLANNED), [ended('crm'), busy('chat', 1)])).modelUnknown).toBe(true);
  });

  it('does not bring all back at once', () => {
    expect(next(noProgress(PLANNED), [broken('crm')], NOW, 1)).toMatchObject({ waitSeconds: 7 });
  });

  describe('when it is planned anew', () => {
    const { progress } = next(noProgress(PLANNED), [ended('crm'), busy('chat', 60_000), broken('wiki')]) as {
      progress: Progress;
    };
    const again = { ...PLANNED, epoch: 8, judgedMs: NOW + 1_000 };

    it('is as it was while nothing has changed', () => {
      expect(carryOn(progress, again, false)).toEqual({ ...progress, epoch: 8 });
    });

    it.each([
      ['a fact came in', { ...again, version: 5 }, false],
      ['another model was deployed', { ...again, modelBasis: 'n' }, false],
      ['an instant has passed', again, true],
      ['another pass had the lease', { ...again, epoch: 9 }, false],
    ])('forgets all but the turns when %s', (_what, now, instantPassed) => {
      const carried = carryOn(progress, now, instantPassed);
      expect(carried).toMatchObject({ ...now, done: [], openTasks: 0 });
      expect(carried.history).toBe(progress.history);
      expect(carried.left).toEqual([
        { applicationId: 'chat', fromMs: NOW + 60_000, turn: progress.left[0]?.turn, failures: 0 },
      ]);
    });
  });

  it.each([15, 200, 1_000])('is handed over while there is room in the history, in %i applications', (count) => {
    // Entries of the real history: a pass enters, schedules, starts, ends and leaves its two functions, two choices, the
    // wait and the map; a visit begins and ends its turn in the map, and its function.
    const ofPass = 2 * 5 + 2 * 2 + 2 + 4;
    const ofVisit = 2 + 5;
    const ids = Array.from({ length: count }, (_, index) => `a${index}`);
    let progress: Progress | undefined;
    let [nowMs, entries, passes] = [NOW, 0, 0];
    for (; passes < 5_000; passes += 1) {
      const before: Progress = progress ?? noProgress(PLANNED);
      const isDue = (id: string) => (before.left.find((one) => one.applicationId === id)?.fromMs ?? 0) <= nowMs;
      const visited = ids.filter(isDue);
      // Each is put off again and again, and the more there are the further apart.
      const outcomes = visited.map((id) => busy(id, 60_000 + ids.indexOf(id) * 60_000));
      entries += ofPass + visited.length * ofVisit;
      const settlement = next(before, outcomes, nowMs);
      if (settlement.next !== 'try-again') {
        expect(settlement).toEqual({ next: 'handed-over', waitSeconds: expect.any(Number) });
        break;
      }
      progress = settlement.progress;
      nowMs += settlement.waitSeconds * 1_000;
    }
    expect(passes).toBeGreaterThan(0);
    expect(entries).toBeLessThan(25_000);
  });
});

describe('what is held back until the other side of a rule is gone', () => {
  const passed = (progress: Progress, outcomes: ApplicationOutcome[], nowMs: number) =>
    settle({ progress, currentVersion: 4, instantPassed: false, outcomes, policy, nowMs });
  const progressOf = (settlement: Settlement): Progress => {
    if (!('progress' in settlement)) throw new Error(`nothing is carried on: ${settlement.next}`);
    return settlement.progress;
  };
  const heldBack = (doubtUntilMs?: number): ApplicationOutcome => {
    const told = { applicationId: 'billing', outcome: 'held-back', awaits: ['crm'], error: 'held in crm' } as const;
    return { ...told, ...(doubtUntilMs !== undefined && { doubtUntilMs }) };
  };

  it('is tried again at once when that has been done, and counts as failed from then on', () => {
    const first = passed(noProgress(PLANNED), [converged, heldBack()], NOW);
    expect(first).toMatchObject({ next: 'try-again', waitSeconds: 0 });
    const second = progressOf(passed(progressOf(first), [heldBack()], NOW));
    expect(second.left).toMatchObject([{ applicationId: 'billing', failures: 1 }]);
    expect(second.done).toEqual([]);
  });

  it('waits out a doubt, which is no failure, and has the other side read anew after it', () => {
    const untilMs = NOW + 90_000;
    const first = progressOf(passed(noProgress(PLANNED), [converged, heldBack(untilMs)], NOW));
    const second = progressOf(passed(first, [heldBack(untilMs)], NOW));
    expect(second.left).toMatchObject([{ applicationId: 'billing', failures: 0, fromMs: untilMs }]);
    expect(second.done).toEqual([]);
    const third = progressOf(passed(second, [converged, heldBack(untilMs)], untilMs));
    expect(third.left).toMatchObject([{ applicationId: 'billing', failures: 1 }]);
  });
});
