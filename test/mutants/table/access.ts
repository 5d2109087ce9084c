// Mistakes in what an identity should have, what differs, in which order that is changed, and how a pass ends.
import { inFile, type Mutant } from '../mutant.ts';

const DESIRED = ['test/reference/reference.test.ts', 'test/statemachines/lifecycle.test.ts'] as const;
const COMPILED = ['test/reference/compiled-model.test.ts'] as const;
const DIFFERENCE = ['test/core/access/difference.test.ts'] as const;
const CONVERGENCE = ['test/core/access/convergence.test.ts'] as const;
const SETTLEMENT = ['test/core/access/settlement.test.ts'] as const;
const EXPOSED = ['test/core/access/exposed-credentials.test.ts'] as const;
const LIFECYCLE = ['test/statemachines/lifecycle.test.ts'] as const;

export const ACCESS_MUTANTS: readonly Mutant[] = [
  ...inFile(
    'lambdas/core/access/desired-access.ts',
    {
      id: 'leavers-keep-access',
      find: 'if (!isEmployed(state)) return { status: state.status, accounts: [] };',
      replace: "if (!isEmployed(state) && state.status !== 'departed') return { status: state.status, accounts: [] };",
      breaks: 'leavers are ignored',
      suites: DESIRED,
    },
    {
      id: 'on-leave-enabled',
      find: "enabled: status === 'active'",
      replace: 'enabled: entitlements.length > 0',
      breaks: 'who is on leave gets in',
      suites: DESIRED,
    },
    {
      id: 'second-reason-lost',
      find: 'reasons: before.reasons.concat(reasons) }',
      replace: 'reasons: before.reasons }',
      breaks: 'of two reasons for an entitlement one is not shown',
      suites: ['test/core/access/desired-access.test.ts'],
    },
  ),
  ...inFile(
    'lambdas/core/access/compiled-model.ts',
    {
      id: 'retired-still-given',
      find: '  if (application.retired) return [];\n',
      replace: '',
      breaks: 'who joins is given access in an application that is retired',
      suites: COMPILED,
    },
    {
      id: 'sets-with-one-hash',
      find: 'if (known !== undefined && isSame(known.profiles, profiles)) return known;',
      replace: 'if (known !== undefined) return known;',
      breaks: 'one in four billion gets what other profiles give',
      suites: COMPILED,
    },
  ),
  ...inFile(
    'lambdas/core/access/model-change.ts',
    {
      id: 'other-group-unseen',
      find: 'return `${applicationId}\\n${grant}`;',
      replace: 'return `${applicationId}\\n${grant.length > 0}`;',
      breaks: 'who loses one group of several in an application is not counted',
      suites: ['test/core/access/model-change.test.ts'],
    },
    {
      id: 'retired-application-revived',
      find: 'profile.entitlements.filter(stays)',
      replace: 'profile.entitlements',
      breaks: 'while a retired application is kept, others are let into it',
      suites: ['test/core/access/model-change.test.ts'],
    },
  ),
  ...inFile('lambdas/core/access/settlement.ts', {
    id: 'settles-under-another-model',
    find: "if (input.otherModel) return { next: 'try-again', waitSeconds };",
    replace: '',
    breaks: 'a pass settles by a model that part of it did not know',
    suites: SETTLEMENT,
  }),
  ...inFile(
    'lambdas/core/access/difference.ts',
    {
      id: 'privileged-grants-last',
      find: '    ...revokes.filter(isPrivileged),\n    ...cutOffSteps(observed, capabilities, capabilities.delete),',
      replace: '    ...cutOffSteps(observed, capabilities, capabilities.delete),\n    ...revokes.filter(isPrivileged),',
      breaks: 'an administrator’s session acts on while the account is disabled',
      suites: DIFFERENCE,
    },
    {
      id: 'lock-down-leaves-sessions',
      find: "      step.action === 'end-sessions' ||\n",
      replace: '',
      breaks: 'whoever is signed in stays so through the lock-down',
      suites: DIFFERENCE,
    },
    {
      id: 'lock-down-without-disabling',
      find: '(step.privileged || !input.capabilities.disable)',
      replace: 'step.privileged',
      breaks: 'a system that cannot disable is not locked down at all',
      suites: DIFFERENCE,
    },
    {
      id: 'archived-before-retention',
      find: '(retentionIsOver || !capabilities.disable)',
      replace: '(retentionIsOver || capabilities.disable)',
      breaks: 'every leaver’s account is deleted at once',
      suites: DIFFERENCE,
    },
    {
      id: 'address-compared-with-its-case',
      find: "new Set(['email', 'userName'])",
      replace: "new Set(['userName'])",
      breaks: 'an address that a system keeps in lower case is updated in every pass',
      suites: DIFFERENCE,
    },
    {
      id: 'shared-secret-revoked-twice',
      find: "({ kind }) => kind !== 'shared-secret'",
      replace: "({ kind }) => kind === 'shared-secret'",
      breaks: 'a leaver’s own keys go on working',
      suites: [...DIFFERENCE, ...LIFECYCLE],
    },
    {
      id: 'nothing-handed-over',
      find: 'if (owns && capabilities.transferOwnership)',
      replace: 'if (!owns && capabilities.transferOwnership)',
      breaks: 'what a leaver owned is deleted with the account',
      suites: [...DIFFERENCE, ...LIFECYCLE],
    },
  ),
  ...inFile(
    'lambdas/core/access/convergence.ts',
    {
      id: 'proof-acts',
      find: "if (mode === 'prove') return { ...sight, phase: 'looked-at', outcome };",
      replace: '',
      breaks: 'a proof changes what it is to prove',
      suites: CONVERGENCE,
    },
    {
      id: 'gone-is-a-failure',
      find: 'error instanceof NotFoundError && TAKING_AWAY.has(step.action)',
      replace: 'error instanceof NotFoundError && step.action === undefined',
      breaks: 'what is gone already fails for ever',
      suites: CONVERGENCE,
    },
    {
      id: 'refused-step-ends-a-removal',
      find: '(assignment.desired === undefined || isAway(assignment))',
      replace: '(assignment.desired !== undefined || isAway(assignment))',
      breaks: 'one refused step keeps all other access of a leaver',
      suites: CONVERGENCE,
    },
    {
      id: 'refusal-forgotten',
      find: "state.setback?.kind === 'refused' ? state.setback : ",
      replace: '',
      breaks: 'of several refusals the last is told, and not what came first',
      suites: CONVERGENCE,
    },
    {
      id: 'title-holds-up-access',
      find: "stepsFrom(assignment, input).filter(({ action }) => action !== 'update-account')",
      replace: 'stepsFrom(assignment, input)',
      breaks: 'a system that keeps its own spelling of a title never converges',
      suites: CONVERGENCE,
    },
    {
      id: 'untaken-steps-forgotten',
      find: 'return goOn({ ...state, account, done: [...state.done, ...changes] }, [...untaken, ...state.later]);',
      replace: 'return goOn({ ...state, account, done: [...state.done, ...changes] }, state.later);',
      breaks: 'what a batch did not take is left to the next pass',
      suites: CONVERGENCE,
    },
  ),
  ...inFile(
    'lambdas/core/access/settlement.ts',
    {
      id: 'stale-plan-is-settled',
      find: ' || input.currentVersion !== input.plannedVersion',
      replace: '',
      breaks: 'a fact that came in meanwhile is left to nobody',
      suites: SETTLEMENT,
    },
    {
      id: 'passed-instant-is-settled',
      find: 'outdated || input.instantPassed || ',
      replace: 'outdated || ',
      breaks: 'a leaver by date is settled as employed',
      suites: SETTLEMENT,
    },
    {
      id: 'escalates-late',
      find: 'failedPasses + 1 >= policy.maximumPasses',
      replace: 'failedPasses >= policy.maximumPasses',
      breaks: 'a person is told one pass later than the settings say',
      suites: SETTLEMENT,
    },
    {
      id: 'queue-escalates',
      find: '(!queuing && failedPasses',
      replace: '(failedPasses',
      breaks: 'a person is told that a queue is long',
      suites: SETTLEMENT,
    },
    {
      id: 'wait-unbounded',
      find: 'Math.min(policy.firstWaitSeconds * 2 ** failedPasses, policy.maximumWaitSeconds)',
      replace: 'policy.firstWaitSeconds * 2 ** failedPasses',
      breaks: 'the eighth pass comes a day later',
      suites: SETTLEMENT,
    },
    {
      id: 'asked-wait-unbounded',
      find: 'Math.min(...asked, MAXIMUM_ASKED_SECONDS)',
      replace: 'Math.min(...asked)',
      breaks: 'a system that asks for a day is not told to anybody for a week',
      suites: SETTLEMENT,
    },
    {
      id: 'not-converged-is-fine',
      find: "    case 'not-converged':\n      return [{ applicationId, error:",
      replace: "    case 'not-converged':\n      return outcome.left.length > 1 ? [] : [{ applicationId, error:",
      breaks: 'a system that did not do as asked counts as converged',
      suites: SETTLEMENT,
    },
  ),
  ...inFile(
    'lambdas/core/access/exposed-credentials.ts',
    {
      id: 'new-credential-exposed',
      find: 'setMs <= known.noticedMs',
      replace: 'setMs >= known.noticedMs',
      breaks: 'what was replaced is revoked, and what a former owner knows stays',
      suites: EXPOSED,
    },
    {
      id: 'never-due',
      find: "kind === 'shared-secret' || exposed.dueMs <= nowMs",
      replace: "kind === 'shared-secret' || exposed.dueMs > nowMs",
      breaks: 'what nobody replaced in time goes on working',
      suites: EXPOSED,
    },
    {
      id: 'first-owner-is-a-change',
      find: 'owner !== undefined && next !== undefined && next !== owner',
      replace: 'next !== undefined && next !== owner',
      breaks: 'a new service account has its credentials revoked after a day',
      suites: EXPOSED,
    },
    {
      id: 'due-passed-is-due-again',
      find: 'exposed.credentials.length > 0 && exposed.dueMs > nowMs',
      replace: 'exposed.credentials.length > 0 && exposed.dueMs < nowMs',
      breaks: 'nobody looks again when the time has come',
      suites: EXPOSED,
    },
  ),
  ...inFile('lambdas/core/access/adoption.ts', {
    id: 'adopts-what-came-later',
    find: 'const candidates = firstContact ? held : unreviewed;',
    replace: 'const candidates = firstContact ? held : (unreviewed && held);',
    breaks: 'what somebody added past Tenure counts as never looked at, and stays',
    suites: [...CONVERGENCE, 'test/core/reconciliation/reconciliation.test.ts'],
  }),
  ...inFile('lambdas/core/access/attested-account.ts', {
    id: 'unattested-removal-counts',
    find: 'if (desired === undefined) return toObserved(possible);',
    replace: 'if (desired === undefined) return toObserved(certain);',
    breaks: 'what was asked for and never attested is not asked to be taken away',
    suites: LIFECYCLE,
  }),
  ...inFile(
    'lambdas/core/access/step-batches.ts',
    {
      id: 'batch-across-other-steps',
      find: '      close();\n      batches.push({ step, place });',
      replace: '      batches.push({ step, place });',
      breaks: 'privileged grants are taken back after the account was disabled',
      suites: ['test/core/access/step-batches.test.ts'],
    },
    {
      id: 'batch-of-51',
      find: 'side.length === MAXIMUM_TOGETHER',
      replace: 'side.length > MAXIMUM_TOGETHER',
      breaks: 'the right to act is asked for less often than is promised',
      suites: ['test/core/access/step-batches.test.ts'],
    },
  ),
];
