// Mistakes around calls to target systems: the rate limit and circuit breaker, tasks of people, fencing and framing.
import { inFile, type Mutant } from '../mutant.ts';

const LIMIT = ['test/core/systems/rate-limit.test.ts'] as const;
const LIMITED = [
  'test/handlers/systems/rate-limited-calls.test.ts',
  'test/handlers/systems/rate-limited-target.test.ts',
] as const;
const CONVERGE = [
  'test/handlers/systems/converge-application.test.ts',
  'test/handlers/systems/unfriendly-system.test.ts',
  'test/statemachines/lifecycle.test.ts',
] as const;
const DESK = ['test/handlers/systems/service-desk.test.ts', 'test/statemachines/lifecycle.test.ts'] as const;

export const SYSTEM_MUTANTS: readonly Mutant[] = [
  ...inFile(
    'lambdas/core/systems/rate-limit.ts',
    {
      id: 'pause-not-kept',
      find: "if (nowMs < before.pausedUntilMs) return refused('closed', before.pausedUntilMs - nowMs);",
      replace: '',
      breaks: 'a system that asked to be left alone is called on',
      suites: LIMIT,
    },
    {
      id: 'one-place-too-many',
      find: 'places >= limit.concurrentCalls',
      replace: 'places > limit.concurrentCalls',
      breaks: 'one more call at a time than the system bears',
      suites: LIMIT,
    },
    {
      id: 'breaker-opens-late',
      find: 'failures < FAILURES_UNTIL_OPEN',
      replace: 'failures <= FAILURES_UNTIL_OPEN',
      breaks: 'a system that is down is called once more',
      suites: LIMIT,
    },
    {
      id: 'breaker-never-closes',
      find: "if (target === 'answered') return { state: 'closed', failures: 0 };",
      replace:
        "if (target === 'answered') return breaker.state === 'open' ? breaker : { state: 'closed', failures: 0 };",
      breaks: 'a system that is back is never called again',
      suites: LIMIT,
    },
    {
      id: 'failures-never-forgiven',
      find: "if (target === 'answered') return { state: 'closed', failures: 0 };",
      replace:
        "if (target === 'answered') return breaker.state === 'open' ? { state: 'closed', failures: 0 } : breaker;",
      breaks: 'five failures in a month open the breaker',
      suites: LIMIT,
    },
    {
      id: 'every-call-a-probe',
      find: '{ ...before, breaker: { ...breaker, probeAtMs: nowMs + PROBE_MS } } : before',
      replace: 'before : before',
      breaks: 'a hundred lock-downs probe a system that is down at once',
      suites: LIMIT,
    },
    {
      id: 'debt-unbounded',
      find: 'Math.max(filled.calls - overdrawn, -burstOf(limit))',
      replace: 'filled.calls - overdrawn',
      breaks: 'a mass leaver stops everybody else for minutes',
      suites: LIMIT,
    },
    {
      id: 'pause-unbounded',
      find: 'Math.min(pauseMs, MAXIMUM_PAUSE_MS)',
      replace: 'pauseMs',
      breaks: 'a system that says "come back in a year" is left alone for a year',
      suites: LIMIT,
    },
    {
      id: 'backoff-unbounded',
      find: 'Math.min(FIRST_OPEN_MS * 2 ** (openings - 1), MAXIMUM_OPEN_MS)',
      replace: 'FIRST_OPEN_MS * 2 ** (openings - 1)',
      breaks: 'after a weekend a system is left alone for a week',
      suites: LIMIT,
    },
    {
      id: 'reservations-not-counted',
      find: 'Math.min(calls + flowed, burstOf(limit) - reserved)',
      replace: 'Math.min(calls + flowed, burstOf(limit))',
      breaks: 'more calls are made than the limit allows',
      suites: LIMIT,
    },
    {
      id: 'dead-holder-keeps-its-place',
      find: 'filter(([, { expiresMs }]) => expiresMs > nowMs)',
      replace: 'filter(([, { expiresMs }]) => expiresMs > 0)',
      breaks: 'functions that died use up all places for ever',
      suites: LIMIT,
    },
    {
      id: 'expired-calls-given-back',
      find: 'place.callsExpireMs > nowMs ? Math.min(unspent, place.calls) : 0',
      replace: 'Math.min(unspent, place.calls)',
      breaks: 'calls that were forfeit flow in a second time',
      suites: LIMIT,
    },
  ),
  ...inFile(
    'lambdas/handlers/systems/rate-limited-calls.ts',
    {
      id: 'cut-off-waits-for-the-table',
      find: 'if (!urgent) throw error;',
      replace: 'throw error;',
      breaks: 'a table that only keeps the rate limit keeps a leaver in',
      suites: LIMITED,
    },
    {
      id: 'patience-without-end',
      find: '      this.#patienceMs -= waitMs;\n',
      replace: '',
      breaks: 'a call waits for its turn until the function ends',
      suites: LIMITED,
      hangs: true,
    },
    {
      id: 'throttled-is-down',
      find: '        this.#answered = true;\n        this.#pauseMs',
      replace: '        this.#pauseMs',
      breaks: 'a system that answers 429 is taken to be down',
      suites: LIMITED,
    },
    {
      id: 'place-not-given-back',
      find: 'if (this.#called || this.#unspent > 0) await this.#tell()',
      replace: 'if (this.#called && this.#unspent < 0) await this.#tell()',
      breaks: 'each call keeps its place for a minute',
      suites: LIMITED,
    },
  ),
  ...inFile(
    'lambdas/handlers/systems/rate-limited-target.ts',
    {
      id: 'circle-of-accounts',
      find: "if (seen.has(next)) throw new PermanentError('the list of accounts comes back to a page it had before');",
      replace: '',
      breaks: 'a list of accounts that goes in circles is read for ever',
      suites: LIMITED,
      hangs: true,
    },
    {
      id: 'nothing-is-urgent',
      find: "urgent: purpose === 'cut-off'",
      replace: "urgent: purpose === 'list'",
      breaks: 'a leaver waits until others have been served',
      suites: LIMITED,
    },
  ),
  ...inFile(
    'lambdas/handlers/systems/converge-target.ts',
    {
      id: 'not-cut-off-unread',
      find: '    await cutOffUnread(visit, error);\n',
      replace: '',
      breaks: 'who cannot be read is not cut off',
      suites: CONVERGE,
    },
    {
      id: 'fence-not-asked',
      find: "if (mark?.epoch !== input.epoch) return 'overtaken';",
      replace: '',
      breaks: 'a pass that a leaver has fenced off goes on granting',
      suites: CONVERGE,
    },
    {
      id: 'fact-in-between-unseen',
      find: 'mark.version === record.header.version && dependencies.clock() < validUntilMs',
      replace: 'dependencies.clock() < validUntilMs',
      breaks: 'a call goes on by a plan that a new fact has made wrong',
      suites: [...CONVERGE, 'simulate'],
    },
    {
      id: 'instant-in-between-unseen',
      find: 'mark.version === record.header.version && dependencies.clock() < validUntilMs',
      replace: 'mark.version === record.header.version',
      breaks: 'a call goes on granting though the leaver has taken effect meanwhile',
      suites: [...CONVERGE, 'simulate'],
    },
    {
      id: 'intent-not-required',
      find: 'if (!saved) throw new RetryableError(`another call about',
      replace: 'if (!saved) void new RetryableError(`another call about',
      breaks: 'a call acts though its intent could not be written',
      suites: [...CONVERGE, 'simulate'],
    },
    {
      id: 'lost-call-not-looked-into',
      find: 'const lost = ofLost.of === undefined ? [] : [readBackEntry',
      replace: 'const lost = ofLost.of !== undefined ? [] : [readBackEntry',
      breaks: 'an intent without an outcome is never looked into',
      suites: [...CONVERGE, 'simulate'],
    },
    {
      id: 'overtaken-audit-dropped',
      find: 'if (!saved) await audit.append(entries);',
      replace: '',
      breaks: 'what was done is not in the audit log when a later call was faster',
      suites: [...CONVERGE, 'simulate'],
    },
    {
      id: 'linked-account-taken',
      find: "if (isSomebodyElses(identityId, linked)) throw new ConflictError('the account is linked to another identity');",
      replace: '',
      breaks: 'an account that Tenure knows as somebody else’s is taken over',
      suites: CONVERGE,
    },
  ),
  ...inFile(
    'lambdas/handlers/systems/converge-by-hand.ts',
    {
      id: 'superseded-task-left-open',
      find: 'steps.length === 0 || task !== current',
      replace: 'steps.length === 0 && task !== current',
      breaks: 'people go on with what is not wanted any more',
      suites: DESK,
    },
    {
      id: 'task-due-at-once',
      find: 'dueMs: openedMs + dueHours * HOUR_MS',
      replace: 'dueMs: openedMs + dueHours',
      breaks: 'every task is overdue as it is opened',
      suites: DESK,
    },
    {
      id: 'tickets-opened-by-proof',
      find: "const desk = mode === 'converge' ? serviceDesk : undefined;",
      replace: 'const desk = serviceDesk;',
      breaks: 'a proof, which only reads, attests and closes tickets',
      suites: DESK,
    },
  ),
  ...inFile(
    'lambdas/handlers/systems/mirror-tickets.ts',
    {
      id: 'own-ticket-attested',
      find: 'return own.includes(resolvedBy.toLowerCase()) ? undefined : ',
      replace: 'return ',
      breaks: 'a leaver attests that their own access is gone',
      suites: DESK,
    },
    {
      id: 'unresolved-ticket-attests',
      find: "status !== 'resolved' || resolvedBy === undefined",
      replace: 'resolvedBy === undefined',
      breaks: 'a ticket that was closed undone is proof of removal',
      suites: DESK,
    },
  ),
  ...inFile('lambdas/handlers/systems/connect-application.ts', {
    id: 'secret-quoted',
    find: "issue.code === 'unrecognized_keys' ? `unknown keys: ${issue.keys.length}` : issue.message",
    replace: 'issue.message',
    breaks: 'a secret in the wrong place is in the log',
    suites: ['test/handlers/systems/connect-application.test.ts'],
  }),
];
