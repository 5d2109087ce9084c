// Mistakes in proving that access is gone: the verdict, the certificate, and how long an account is kept.
import { inFile, type Mutant } from '../mutant.ts';

const VERDICT = ['test/core/removal/certification.test.ts'] as const;
const CERTIFICATE = ['test/core/removal/certificate.test.ts', 'test/statemachines/lifecycle.test.ts'] as const;
const LIFECYCLE = ['test/statemachines/lifecycle.test.ts'] as const;

export const REMOVAL_MUTANTS: readonly Mutant[] = [
  ...inFile(
    'lambdas/core/removal/certification.ts',
    {
      id: 'conflict-is-clean',
      find: "new Set(['failed', 'conflict', 'not-converged'])",
      replace: "new Set(['failed', 'not-converged'])",
      breaks: 'a system that could not be read is proven clean',
      suites: VERDICT,
    },
    {
      id: 'doubt-forgotten',
      find: 'if (doubtEndsMs > nowMs) {',
      replace: 'if (doubtEndsMs < 0) {',
      breaks: 'a call that died grants after the proof',
      suites: VERDICT,
    },
    {
      id: 'residual-forgotten',
      find: 'if (residualEndsMs > nowMs) return afterResidual(round, residualEndsMs);',
      replace: '',
      breaks: 'a removal is proven while a token still opens the door',
      suites: VERDICT,
    },
    {
      id: 'residual-over-at-its-end',
      find: 'if (residualEndsMs > nowMs) return',
      replace: 'if (residualEndsMs >= nowMs) return',
      breaks: 'the proof waits once more for what has run out',
      suites: VERDICT,
    },
    {
      id: 'waits-for-nobody',
      find: "if (has('waiting-for-task')) return { status: 'waiting' };",
      replace: '',
      breaks: 'a removal is proven while people have yet to do their part',
      suites: VERDICT,
    },
    {
      id: 'one-attempt-more',
      find: 'attempt >= MAXIMUM_ATTEMPTS',
      replace: 'attempt > MAXIMUM_ATTEMPTS',
      breaks: 'a person is told later than the runbook says',
      suites: VERDICT,
    },
    {
      id: 'rehired-is-proven-gone',
      find: "has('overtaken') || isEmployed(state) || ",
      replace: "has('overtaken') || ",
      breaks: 'somebody who is employed again is certified as gone',
      suites: VERDICT,
    },
    {
      id: 'first-removal-proves-the-second-departure',
      find: "if (awaitsRemoval(state, removal, accounts)) return { status: 'employed' };",
      replace: '',
      breaks: 'a removal that began before the departure is certified as the one that followed it',
      suites: VERDICT,
    },
    {
      id: 'open-account-overlooked',
      find: 'account.closedMs === undefined || account.readMs < sinceMs',
      replace: 'account.closedMs === undefined',
      breaks: 'what was opened after the list was made is not seen',
      suites: VERDICT,
    },
  ),
  ...inFile(
    'lambdas/core/removal/removal.ts',
    {
      id: 'old-removal-is-enough',
      find: 'removal.startedMs < state.departedMs',
      replace: 'removal.startedMs > state.departedMs',
      breaks: 'the removal after a first departure counts for the second',
      suites: ['test/core/removal/removal.test.ts'],
    },
    {
      id: 'never-came-never-had',
      find: 'removal === undefined && accounts.length > 0',
      replace: 'removal !== undefined && accounts.length > 0',
      breaks: 'what a rescinded joiner had given is never proven gone, where the event of that was lost',
      suites: ['test/core/removal/removal.test.ts', 'test/handlers/identity/sweep.test.ts'],
    },
    {
      id: 'begun-is-proven',
      find: 'return removal.provenMs === undefined ||',
      replace: 'return removal.provenMs !== undefined ||',
      breaks: 'the sweep leaves a removal alone that nobody has proven',
      suites: ['test/core/removal/removal.test.ts'],
    },
    {
      id: 'proven-once-is-proven-for-good',
      find: ' || (!isEmployed(state) && wasOpenAfterProof(removal, accounts))',
      replace: '',
      breaks: 'whom two facts at once dismiss again, dated back to before an earlier proof, is locked down by neither',
      suites: ['test/core/removal/removal.test.ts', 'test/handlers/identity/route-facts.test.ts'],
    },
  ),
  ...inFile(
    'lambdas/core/removal/retention.ts',
    {
      id: 'retention-from-a-dated-back-departure',
      find: 'Math.max(state.departedMs, state.knownMs)',
      replace: 'state.departedMs',
      breaks: 'a departure dated back by months deletes the account within a minute',
      suites: ['test/core/removal/retention.test.ts', 'test/core/identity/time-and-order.test.ts', ...LIFECYCLE],
    },
    {
      id: 'retention-from-a-departure-taken-back-since',
      find: "case 'rescind':",
      replace: '',
      breaks: 'an account in use yesterday is deleted today, since the rehire was taken back',
      suites: ['test/core/removal/retention.test.ts'],
    },
    {
      id: 'retention-in-hours',
      find: 'retention.deleteAfterDays * DAY_MS',
      replace: '(retention.deleteAfterDays * DAY_MS) / 24',
      breaks: 'an account is deleted after a day in place of a month',
      suites: LIFECYCLE,
    },
  ),
  ...inFile(
    'lambdas/core/removal/certificate.ts',
    {
      id: 'certificate-lists-nothing',
      find: 'const removed = own.flatMap(removedBy);',
      replace: 'const removed = own.slice(0, 0).flatMap(removedBy);',
      breaks: 'a certificate says that nothing had to be removed',
      suites: CERTIFICATE,
    },
    {
      id: 'failed-read-back-verifies',
      find: "event.type === 'access-read-back' && event.error === undefined",
      replace: "event.type === 'access-read-back'",
      breaks: 'a read-back that failed is evidence',
      suites: CERTIFICATE,
    },
    {
      id: 'earlier-attestation-counts',
      find: 'attestedMs < sinceMs',
      replace: 'attestedMs < 0',
      breaks: 'what people attested before the departure proves the removal',
      suites: CERTIFICATE,
    },
    {
      id: 'cut-list-not-said',
      find: 'truncated: removed.length > MAXIMUM_REMOVED',
      replace: 'truncated: false',
      breaks: 'a list that was cut passes for the whole',
      suites: CERTIFICATE,
    },
  ),
  ...inFile(
    'lambdas/core/removal/time-to-revoke.ts',
    {
      id: 'percentile-one-off',
      find: 'Math.ceil(share * sorted.length) - 1',
      replace: 'Math.floor(share * sorted.length) - 1',
      breaks: 'the 99th percentile leaves out the slowest',
      suites: ['test/core/removal/time-to-revoke.test.ts'],
    },
    {
      id: 'revoked-before-it-was-due',
      find: 'Math.max(Date.parse(certificate.acceptedAt), Date.parse(certificate.departedAt))',
      replace: 'Date.parse(certificate.acceptedAt)',
      breaks: 'a leaver that was announced a month ahead took a month to revoke',
      suites: ['test/core/removal/time-to-revoke.test.ts'],
    },
  ),
  ...inFile(
    'lambdas/handlers/removal/fence-off.ts',
    {
      id: 'list-before-the-fence',
      find: 'const accounts = (await directory.load(identityId))?.accounts ?? [];',
      replace: 'const accounts = directory === undefined ? [] : record.accounts;',
      breaks: 'an account that a call opened just before the fence is not on the list',
      suites: ['test/handlers/removal/fence-off.test.ts'],
    },
    {
      id: 'rehired-is-fenced',
      find: "if (isEmployed(state)) return { status: 'employed' };",
      replace: '',
      breaks: 'a leaver that was rescinded locks down somebody employed',
      suites: ['test/handlers/removal/fence-off.test.ts'],
    },
    {
      id: 'least-urgent-first',
      find: '[...concerned.filter(isUrgent), ...concerned.filter((one) => !isUrgent(one))]',
      replace: '[...concerned.filter((one) => !isUrgent(one)), ...concerned.filter(isUrgent)]',
      breaks: 'remote access and privileged accounts are locked down last',
      suites: ['test/handlers/removal/fence-off.test.ts'],
    },
    {
      id: 'earlier-work-ends-at-once',
      find: 'Math.max(nowMs, header.lease?.expiresMs ?? nowMs)',
      replace: 'Math.max(nowMs, header.clockMs)',
      breaks: 'a system is read back while an earlier call may still act',
      suites: ['test/handlers/removal/fence-off.test.ts'],
    },
  ),
];
