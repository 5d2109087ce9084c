// Mistakes in who may ask for access, who decides, and what comes of it.
import { inFile, type Mutant } from '../mutant.ts';

const CORE = ['test/core/requests/requests.test.ts'] as const;
const FORESEEN = ['test/core/requests/foreseen-conflicts.test.ts'] as const;
const DELEGATED = ['test/handlers/requests/delegations.test.ts'] as const;
const EMPLOYEES = ['test/handlers/requests/employees.test.ts'] as const;
const LINKS = ['test/handlers/requests/decision-links.test.ts'] as const;
const TOLD = ['test/core/requests/notices.test.ts', 'test/handlers/requests/notices.test.ts'] as const;
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
      find: 'return takesOver === true ? identityId : undefined;',
      replace: 'return identityId;',
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
  ...inFile('lambdas/handlers/requests/state-decision.ts', {
    id: 'duties-not-looked-at-again',
    find: 'whyKeptApart(asked, beneficiaryOf(loaded), model());',
    replace: 'undefined;',
    breaks: 'of two sides that are asked for at once both are approved',
    suites: WHOLE,
  }),
  ...inFile(
    'lambdas/handlers/requests/waiting-request.ts',
    {
      id: 'rules-changed-under-way',
      find: 'ruleHashOf(found) === request.asked.rule ? found : undefined',
      replace: 'true ? found : undefined',
      breaks: 'a request goes on by rules that its approvers never saw',
      suites: WHOLE,
    },
    {
      id: 'agreed-asked-again',
      find: 'approvers.people.filter((person) => !agreed.includes(person))',
      replace: 'approvers.people',
      breaks: 'who has agreed is asked again, and agrees twice by two links',
      suites: TOLD,
    },
  ),
  ...inFile(
    'lambdas/core/requests/approvers.ts',
    {
      id: 'own-by-a-delegate',
      find: 'if (involved.has(identityId)) return undefined;',
      replace: '',
      breaks: 'what somebody asked for is decided by whom they delegated to',
      suites: DELEGATED,
    },
    {
      id: 'delegate-decides-their-own',
      find: 'delegate !== undefined && !involved.has(delegate)',
      replace: 'delegate !== undefined',
      breaks: 'a delegate is asked about what they are to get, and nobody else is',
      suites: DELEGATED,
    },
  ),
  ...inFile(
    'lambdas/core/identity/delegations.ts',
    {
      id: 'delegated-before-it-begins',
      find: 'startsMs <= nowMs && ',
      replace: '',
      breaks: 'a delegate decides before the time that was said',
      suites: DELEGATED,
    },
    {
      id: 'delegated-for-ever',
      find: ' && nowMs < endsMs',
      replace: '',
      breaks: 'a delegate decides for ever',
      suites: DELEGATED,
    },
    {
      id: 'delegated-before-hired-again',
      find: ' && sinceMs <= recordedMs',
      replace: '',
      breaks: 'what was delegated in an employment that is over counts in the next',
      suites: DELEGATED,
    },
  ),
  ...inFile('lambdas/handlers/shared/load-superiors.ts', {
    id: 'delegate-who-is-away',
    find: ' || !mayTakeOver(delegate.state)',
    replace: '',
    breaks: 'a request waits for a delegate who has left or is on leave',
    suites: DELEGATED,
  }),
  ...inFile('lambdas/handlers/requests/submit-request.ts', {
    id: 'employee-asks-for-others',
    find: "if (operator.scope === 'self' && !isForSelf)",
    replace: "if (operator.scope === 'none' && !isForSelf)",
    breaks: 'an employee asks for access of whomever they manage',
    suites: EMPLOYEES,
  }),
  ...inFile('lambdas/handlers/shared/require-readable.ts', {
    id: 'employee-reads-reports',
    find: "if (scope === 'self')",
    replace: "if (scope === 'none')",
    breaks: 'an employee who manages somebody reads their requests without the role for it',
    suites: EMPLOYEES,
  }),
  ...inFile('lambdas/handlers/requests/list-waiting.ts', {
    id: 'own-in-the-inbox',
    find: 'involved.includes(person) || ',
    replace: '',
    breaks: 'what somebody of the role security asked for themselves waits for them',
    suites: ['test/handlers/requests/inbox.test.ts'],
  }),
  ...inFile(
    'lambdas/handlers/requests/open-link.ts',
    {
      id: 'any-secret',
      find: ' || link.secretHash !== secretHashOf(token)',
      replace: '',
      breaks: 'whoever knows the id of a link decides by it',
      suites: LINKS,
    },
    {
      id: 'link-used-twice',
      find: 'if (used !== undefined) {',
      replace: 'if (used === null) {',
      breaks: 'a link that has decided does not say so, and may decide again',
      suites: LINKS,
    },
    {
      id: 'link-of-a-former-approver',
      find: '!waiting?.approvers.people.includes(by)',
      replace: 'waiting === undefined',
      breaks: 'who has left, is on leave or is no longer the manager decides by an old mail',
      suites: LINKS,
    },
    {
      id: 'link-of-the-requester',
      find: 'if (involved.has(by))',
      replace: 'if (involved.size > 9)',
      breaks: 'whoever turns out to be who asked is told nothing of why they cannot decide',
      suites: LINKS,
    },
  ),
  ...inFile('lambdas/handlers/requests/link-pages.ts', {
    id: 'refused-by-link-unrecorded',
    find: 'await auditRefusal(dependencies, operation, link?.approver, {',
    replace: 'void (async (..._: unknown[]) => {})(dependencies, operation, link?.approver, {',
    breaks: 'nobody learns that somebody tried links',
    suites: LINKS,
  }),
  ...inFile('lambdas/handlers/requests/decide-by-link.ts', {
    id: 'answer-said-twice',
    find: 'form.success && isOnce',
    replace: 'form.success',
    breaks: 'a form that says approve and reject counts as one of them',
    suites: LINKS,
  }),
  ...inFile(
    'lambdas/core/requests/notices.ts',
    {
      id: 'asked-and-reminded',
      find: 'if (!known.has(toldAs({ key: asked, recipient }))) {',
      replace: 'if (due.length === 0 && !known.has(toldAs({ key: asked, recipient }))) {',
      breaks: 'whoever comes to decide late is reminded of what they were never asked',
      suites: TOLD,
    },
    {
      id: 'old-news',
      find: ' || nowMs - atMs > NEWS_MS',
      replace: '',
      breaks: 'everything that was ever decided is told when anything is said of somebody',
      suites: TOLD,
    },
  ),
  ...inFile(
    'lambdas/handlers/requests/deliver-notices.ts',
    {
      id: 'mailed-by-two',
      find: 'if (await notices.take(notice)) taken.push(notice);',
      replace: 'if ((await notices.take(notice)) || true) taken.push(notice);',
      breaks: 'two runs at the same time mail the same thing',
      suites: TOLD,
    },
    {
      id: 'unknown-sent-again',
      find: "if (outcome !== 'refused') return outcome;",
      replace: "if (outcome === 'sent') return outcome;",
      breaks: 'a mail of which nobody knows is sent again and again',
      suites: TOLD,
    },
    {
      id: 'mailed-for-ever',
      find: 'tries + 1 < MAXIMUM_TRIES',
      replace: 'tries < 1_000',
      breaks: 'an address that SES refuses is tried for ever',
      suites: TOLD,
    },
    {
      id: 'link-for-everybody',
      find: "isPersonal && 'person' in recipient",
      replace: "'person' in recipient",
      breaks: 'whoever reads a channel decides in the name of the one whom it is posted for',
      suites: TOLD,
    },
    {
      id: 'mailed-what-is-over',
      find: ' || !waitsFor(waiting, recipient)',
      replace: '',
      breaks: 'who cannot decide any more is asked to',
      suites: TOLD,
    },
  ),
  ...inFile('lambdas/handlers/requests/load-request.ts', {
    id: 'owner-of-nothing',
    find: 'ownOwner === owner ? loading : loadSuperiors(dependencies, ownOwner)',
    replace: 'loading',
    breaks: 'whoever owns the application decides in place of whoever owns the entitlement',
    suites: WHOLE,
  }),
  ...inFile('lambdas/handlers/requests/decide-request.ts', {
    id: 'decided-on-a-closed-request',
    find: 'requireOpen(request);',
    replace: '',
    breaks: 'what was withdrawn is approved',
    suites: WHOLE,
  }),
];
