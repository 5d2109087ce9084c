// Mistakes in the functions that record, route, plan, settle and sweep.
import { inFile, type Mutant } from '../mutant.ts';

const LIFECYCLE = ['test/statemachines/lifecycle.test.ts'] as const;
const SIMULATED = [...LIFECYCLE, 'simulate'] as const;
const SWEEP = ['test/handlers/identity/sweep.test.ts', ...LIFECYCLE, 'simulate'] as const;
const APPEND = ['test/handlers/shared/append-fact.test.ts', 'test/handlers/hr/receive-hr-event.test.ts'] as const;
const OPERATORS = ['test/handlers/api/operators-api.test.ts'] as const;

export const HANDLER_MUTANTS: readonly Mutant[] = [
  ...inFile(
    'lambdas/handlers/access/settle.ts',
    {
      id: 'settles-under-an-old-epoch',
      find: "if (loaded.record.header.epoch !== epoch) return { next: 'overtaken' };",
      replace: '',
      breaks: 'nothing is lost, but the write that follows is refused and planned again for ever',
      suites: SIMULATED,
      equivalent: 'every write that ends a pass has the epoch for its condition, so that it is refused all the same',
    },
    {
      id: 'refused-settling-is-settled',
      find: "return settled ? settlement : { next: 'plan-again' };",
      replace: 'return settled === undefined ? settlement : settlement;',
      breaks: 'a fact that came in as the pass settled is left to nobody',
      suites: SIMULATED,
    },
    {
      id: 'failures-not-counted',
      find: 'const failedPasses = header.failedPasses + 1;',
      replace: 'const failedPasses = header.failedPasses;',
      breaks: 'no person is ever told of a system that fails',
      suites: SIMULATED,
    },
    {
      id: 'deletion-not-remembered',
      find: 'return dueMs !== undefined && dueMs > nowMs ? dueMs : [];',
      replace: 'return dueMs !== undefined && dueMs < nowMs ? dueMs : [];',
      breaks: 'a leaver’s account is kept for ever',
      suites: SIMULATED,
    },
    {
      id: 'unproven-not-looked-after',
      find: 'unproven ? nowMs + SWEEP_RETRY_MS : nextCheckWhenSettled(timeline, nowMs)',
      replace: 'nextCheckWhenSettled(timeline, nowMs)',
      breaks: 'a leaver whose execution died is never proven',
      suites: SIMULATED,
    },
  ),
  ...inFile('lambdas/handlers/access/plan-access.ts', {
    id: 'plans-without-the-lease',
    find: "if (lease === undefined) return { status: 'held' };",
    replace: '',
    breaks: 'two passes work on one identity',
    suites: ['test/handlers/access/plan-access.test.ts'],
  }),
  ...inFile(
    'lambdas/handlers/systems/converge-application.ts',
    {
      id: 'lease-not-renewed',
      find: "mode === 'converge' && !(await leases.renewLease(",
      replace: "mode === 'prove' && !(await leases.renewLease(",
      breaks: 'a call goes on beyond its lease, and a proof takes one',
      suites: SIMULATED,
    },
    {
      id: 'employed-again-locked-down',
      find: "if (mode !== 'converge' && isEmployed(call.state)) return overtaken;",
      replace: '',
      breaks: 'who was rehired meanwhile is locked down',
      suites: ['test/handlers/systems/converge-application.test.ts', ...SIMULATED],
    },
    {
      id: 'place-kept-after-the-call',
      find: '      await connected.release?.();\n',
      replace: '      void connected.release;\n',
      breaks: 'each call keeps its place in the system for a minute',
      suites: ['test/handlers/systems/converge-application.test.ts', 'test/statemachines/rate-limits.test.ts'],
    },
  ),
  ...inFile('lambdas/handlers/shared/concerned-applications.ts', {
    id: 'closed-is-not-looked-at-again',
    find: 'mayBeOpen(account) || !employed',
    replace: 'mayBeOpen(account)',
    breaks: 'the proof does not look at what was closed before',
    suites: SIMULATED,
  }),
  ...inFile(
    'lambdas/handlers/shared/append-fact.ts',
    {
      id: 'merged-id-keeps-its-facts',
      find: 'if (survivorId === undefined) return { left, record };',
      replace: 'if (survivorId !== null) return { left, record };',
      breaks: 'what HR says of a merged id counts for nobody',
      suites: [...APPEND, ...OPERATORS, 'simulate'],
    },
    {
      id: 'other-content-is-the-same',
      find: 'if (accepted.payloadHash !== payloadHash) throw',
      replace: 'if (accepted.payloadHash === undefined) throw',
      breaks: 'an id that is used again for other content is answered as accepted: lost',
      suites: APPEND,
    },
    {
      id: 'tries-without-end',
      find: 'const MAXIMUM_ATTEMPTS = 8;',
      replace: 'const MAXIMUM_ATTEMPTS = 9;',
      breaks: 'a caller waits longer than is reckoned',
      suites: APPEND,
    },
  ),
  ...inFile(
    'lambdas/handlers/shared/require-uninvolved.ts',
    {
      id: 'decides-about-themselves',
      find: 'if (people.includes(own)) throw',
      replace: 'if (people.length === 0) throw',
      breaks: 'an operator merges somebody into themselves and gets their access',
      suites: OPERATORS,
    },
    {
      id: 'merged-ids-not-resolved',
      find: 'concerned.map((identityId) => personOf(dependencies, identityId))',
      replace: 'concerned.map(async (identityId) => identityId)',
      breaks: 'an operator decides about themselves under an older id',
      suites: OPERATORS,
    },
    {
      id: 'nobody-may-decide',
      find: 'if (identityId !== undefined) return personOf(dependencies, identityId);',
      replace: "return identityId === undefined ? '' : personOf(dependencies, identityId);",
      breaks: 'a token that names nobody decides about anybody',
      suites: OPERATORS,
    },
  ),
  ...inFile(
    'lambdas/handlers/shared/require-readable.ts',
    {
      id: 'departed-manager-reads',
      find: 'superiors.filter(({ employed }) => employed)',
      replace: 'superiors.filter(() => true)',
      breaks: 'a manager who has left still reads their reports',
      suites: OPERATORS,
    },
    {
      id: 'reports-view-for-everybody',
      find: "if (scope === 'all') return view;",
      replace: "if (scope === 'all') return reportsView;",
      breaks: 'a manager in operations reads the names of everybody',
      suites: OPERATORS,
    },
  ),
  ...inFile(
    'lambdas/handlers/shared/wake-removals.ts',
    {
      id: 'forgotten-before-woken',
      find: '    await executions.wake(token);\n    await tasks.forgetWaitingToken(identityId, token);',
      replace: '    await tasks.forgetWaitingToken(identityId, token);\n    await executions.wake(token);',
      breaks: 'an execution whose waking fails waits for 30 days',
      suites: ['test/handlers/removal/wake-removals.test.ts', 'simulate'],
    },
    {
      id: 'woken-with-tasks-open',
      find: 'if (!awaitsPeople) await',
      replace: 'if (awaitsPeople !== null) await',
      breaks: 'a removal that waits for people asks again and again',
      suites: ['test/handlers/removal/wake-removals.test.ts', ...LIFECYCLE],
    },
  ),
  ...inFile('lambdas/handlers/shared/hand-over.ts', {
    id: 'nobody-takes-over-and-it-goes-on',
    find: 'if (newOwner === undefined)\n    return',
    replace: "if (newOwner === '')\n    return",
    breaks: 'a service account that nobody answers for stays usable',
    suites: ['test/handlers/identity/ownership.test.ts'],
  }),
  ...inFile(
    'lambdas/handlers/identity/route-facts.ts',
    {
      id: 'nothing-scheduled',
      find: 'nextMs !== undefined && nextMs <= header.clockMs + SCHEDULED_AHEAD_MS',
      replace: 'nextMs !== undefined && nextMs >= header.clockMs + SCHEDULED_AHEAD_MS',
      breaks: 'what takes effect later waits for the sweep',
      suites: SIMULATED,
    },
    {
      id: 'changes-routed-again',
      find: "record.eventName !== 'INSERT' || ",
      replace: '',
      breaks: 'the expiry of an item starts an execution',
      suites: ['test/handlers/identity/route-facts.test.ts'],
    },
    {
      id: 'unknown-leaver-unproven',
      find: "found === 'unchanged' && awaitsRemoval(state, header.removal) ? 'leaver' : found",
      replace: 'found',
      breaks: 'a leaver of whom nobody had told before is never proven',
      suites: [...LIFECYCLE, 'simulate'],
    },
  ),
  ...inFile(
    'lambdas/handlers/identity/sweep.ts',
    {
      id: 'missed-instant-not-recorded',
      find: 'reachedMs > (header.settledMs ?? 0)',
      replace: 'reachedMs < (header.settledMs ?? 0)',
      breaks: 'a schedule that never fired is never made up for',
      suites: SWEEP,
    },
    {
      id: 'living-pass-doubled',
      find: 'header.lease !== undefined && header.lease.expiresMs > nowMs',
      replace: 'header.lease !== undefined && header.lease.expiresMs < nowMs',
      breaks: 'a pass that is alive gets a second beside it, and one that died none',
      suites: SWEEP,
    },
    {
      id: 'unproven-leaver-refreshed',
      find: "unproven && !waits ? 'leaver' : 'unchanged'",
      replace: "unproven && waits ? 'leaver' : 'unchanged'",
      breaks: 'a leaver whose execution died is converged and never proven',
      suites: SWEEP,
    },
    {
      id: 'doubt-not-swept',
      find: 'waits && !isInDoubt &&',
      replace: 'waits &&',
      breaks: 'what a call that died may have done waits with people for 30 days',
      suites: SWEEP,
    },
  ),
  ...inFile('lambdas/handlers/identity/take-effect.ts', {
    id: 'effect-before-its-time',
    find: 'if (dependencies.clock() < instantMs) throw',
    replace: 'if (dependencies.clock() > instantMs + 86_400_000) throw',
    breaks: 'a clock that runs ahead ends access early; one that comes late, never',
    suites: ['test/handlers/identity/take-effect.test.ts', 'simulate'],
  }),
  ...inFile(
    'lambdas/handlers/identity/record-effect.ts',
    {
      id: 'effect-of-what-was-rescinded',
      find: 'if (!timeline.changes.some(({ atMs }) => atMs === instantMs)) return;',
      replace: '',
      breaks: 'a schedule left over from a rescinded fact raises versions',
      suites: ['test/handlers/identity/take-effect.test.ts', 'simulate'],
    },
    {
      id: 'race-of-effects-lost',
      find: "if (outcome !== 'version-changed') return;",
      replace: 'return void outcome;',
      breaks: 'an instant that lost a race against a fact has no effect',
      suites: ['test/handlers/identity/take-effect.test.ts', 'simulate'],
    },
  ),
  ...inFile('lambdas/handlers/identity/redrive.ts', {
    id: 'one-bad-letter-stops-all',
    find: '  } catch {\n    return [];\n  }',
    replace: '  } finally {\n    void body;\n  }',
    breaks: 'one message that is no JSON keeps all others among the dead letters',
    suites: ['test/handlers/identity/redrive.test.ts'],
  }),
];
