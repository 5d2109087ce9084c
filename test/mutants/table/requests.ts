// Mistakes in who may ask for access, who decides, and what comes of it.
import { inFile, type Mutant } from '../mutant.ts';

const CORE = ['test/core/requests/requests.test.ts'] as const;
const FORESEEN = ['test/core/requests/foreseen-conflicts.test.ts'] as const;
const WHOLE = ['test/handlers/requests/access-requests.test.ts'] as const;

const EMERGENCY = ['test/handlers/requests/emergency.test.ts'] as const;

const EXCEPTIONS = ['test/handlers/duties/duty-exceptions.test.ts', 'test/reference/reference.test.ts'] as const;

export const REQUEST_MUTANTS: readonly Mutant[] = [
  ...inFile(
    'lambdas/core/identity/duty-exceptions.ts',
    {
      id: 'exception-a-moment-too-long',
      find: 'sinceMs <= instantMs && instantMs < untilMs',
      replace: 'sinceMs <= instantMs && instantMs <= untilMs',
      breaks: 'in the instant in which it ends both sides are held',
      suites: EXCEPTIONS,
    },
    {
      id: 'exception-outlives-its-employment',
      find: 'fromMs <= sinceMs && sinceMs < untilMs',
      replace: 'sinceMs < untilMs',
      breaks: 'whoever is hired again holds both sides by what was decided before',
      suites: EXCEPTIONS,
    },
  ),
  ...inFile('lambdas/core/duties/granting-exceptions.ts', {
    id: 'exception-to-prevent',
    find: "if (mode === 'prevent') return 'The rule has no exceptions: it prevents.';",
    replace: "if (mode === 'prevent') return undefined;",
    breaks: 'exceptions are granted that have no effect',
    suites: EXCEPTIONS,
  }),
  ...inFile(
    'lambdas/core/requests/emergency.ts',
    {
      id: 'glass-broken-on-leave',
      find: "if (state.status !== 'active') return false;",
      replace: "if (state.status !== 'active' && state.status !== 'suspended') return false;",
      breaks: 'who is suspended takes access in an emergency',
      suites: EMERGENCY,
    },
    {
      id: 'glass-broken-again',
      find: 'if (unseen.some(({ asked }) => asked.entitlement === entitlement)) {',
      replace: 'if (false) {',
      breaks: 'emergency access is prolonged by taking it again and again',
      suites: EMERGENCY,
    },
    {
      id: 'emergency-of-any-length',
      find: 'endsMs > nowMs + longestHours * HOUR_MS',
      replace: 'false',
      breaks: 'what is given for an emergency is kept',
      suites: EMERGENCY,
    },
    {
      id: 'lapsed-review-forgotten',
      find: 'asked.reviewDueMs <= nowMs && reviews.length === 0',
      replace: 'asked.reviewDueMs > nowMs && reviews.length === 0',
      breaks: 'nobody hears of emergency access that nobody has looked at',
      suites: EMERGENCY,
    },
  ),
  ...inFile('lambdas/handlers/requests/take-in-emergency.ts', {
    id: 'glass-broken-in-silence',
    find: "throw new RetryableError('nobody could be told: nothing is given before', { cause });",
    replace: 'void cause;',
    breaks: 'access is taken in an emergency of which nobody is told',
    suites: EMERGENCY,
  }),
  ...inFile('lambdas/handlers/requests/withdraw-request.ts', {
    id: 'extension-outlives-what-it-extends',
    find: ', ...endingsAfter(request, loaded, { identityId: whose, ...ending })',
    replace: '',
    breaks: 'what security ended early comes back on the day on which it was to be continued',
    suites: WHOLE,
  }),
  ...inFile('lambdas/handlers/requests/review-request.ts', {
    id: 'unjustified-and-kept',
    find: '[reviewed, endedBy(held, reviewed)]',
    replace: '[reviewed]',
    breaks: 'what was found unjustified stays until its end',
    suites: EMERGENCY,
  }),
  ...inFile(
    'lambdas/core/requests/approvers.ts',
    {
      id: 'approver-on-leave',
      find: 'takesOver === true && ',
      replace: '',
      breaks: 'a manager who has left or is on leave is waited for',
      suites: [...CORE, ...WHOLE],
    },
    {
      id: 'security-for-itself',
      find: 'return !involved.has(person) && ',
      replace: 'return ',
      breaks: 'whoever has the role security approves their own',
      suites: CORE,
    },
    {
      id: 'fallback-always',
      find: 'if (isEnough(first, quorum)) return first;',
      replace: '',
      breaks: 'the fallback decides although the manager is there',
      suites: CORE,
    },
  ),
  ...inFile(
    'lambdas/core/requests/request-state.ts',
    {
      id: 'request-never-expires',
      find: "nowMs < expiresMs ? 'open' : 'expired'",
      replace: "'open'",
      breaks: 'a request of last year is approved',
      suites: [...CORE, ...WHOLE],
    },
    {
      id: 'approved-twice-by-one',
      find: '[...new Set(agreed.map(({ answeredBy }) => answeredBy))]',
      replace: 'agreed.map(({ answeredBy }) => answeredBy)',
      breaks: 'one person is two who have to agree',
      suites: CORE,
    },
  ),
  ...inFile('lambdas/core/requests/asking.ts', {
    id: 'asked-for-without-bound',
    find: 'endsMs - fromMs > longestDays * DAY_MS',
    replace: 'false',
    breaks: 'what may be asked for a week is given for years',
    suites: WHOLE,
  }),
  ...inFile('lambdas/core/requests/deciding.ts', {
    id: 'granted-back-in-time',
    find: 'Math.max(startsMs, nowMs)',
    replace: 'startsMs',
    breaks: 'what is approved is said to have been given since 1970',
    suites: [...CORE, ...WHOLE],
  }),
  ...inFile(
    'lambdas/core/requests/foreseen-conflicts.ts',
    {
      id: 'duties-only-now',
      find: '[fromMs, ...later]',
      replace: '[fromMs]',
      breaks: 'who is moved to the other side next week is given this one for a year',
      suites: FORESEEN,
    },
    {
      id: 'duties-of-somebody-rehired',
      find: 'isLeft?.atMs ?? Number.POSITIVE_INFINITY',
      replace: 'Number.POSITIVE_INFINITY',
      breaks: 'a request is refused for what another employment will bring',
      suites: FORESEEN,
    },
    {
      id: 'duties-forget-what-is-asked',
      find: '[...(state.grants ?? []), givenBy(asked, nowMs)]',
      replace: 'state.grants',
      breaks: 'a request that brings two sides together is taken',
      suites: [...FORESEEN, ...WHOLE],
    },
  ),
  ...inFile(
    'lambdas/handlers/requests/decide-request.ts',
    {
      id: 'duties-not-looked-at-again',
      find: 'whyKeptApart(asked, beneficiaryOf(loaded), model());',
      replace: 'undefined;',
      breaks: 'of two sides that are asked for at once both are approved',
      suites: WHOLE,
    },
    {
      id: 'rules-changed-under-way',
      find: 'ruleHashOf(found) === request.asked.rule ? found : undefined',
      replace: 'true ? found : undefined',
      breaks: 'a request goes on by rules that its approvers never saw',
      suites: WHOLE,
    },
    {
      id: 'decided-on-a-closed-request',
      find: 'requireOpen(request);',
      replace: '',
      breaks: 'what was withdrawn is approved',
      suites: WHOLE,
    },
  ),
];
