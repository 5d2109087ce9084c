// Mistakes in what facts add up to: who is employed, since when, by whose word, and what is due next.
import { inFile, type Mutant } from '../mutant.ts';

const TIMELINE = [
  'test/core/identity/timeline.test.ts',
  'test/core/identity/time-and-order.test.ts',
  'test/core/identity/hr-realities.test.ts',
  'test/core/identity/collision-matrix.test.ts',
  'test/reference/reference.test.ts',
] as const;
const AUTHORITY = ['test/core/identity/hr-realities.test.ts', 'test/core/identity/taken-away.test.ts'] as const;
const STAGE = ['test/core/identity/stage.test.ts', 'test/statemachines/lifecycle.test.ts'] as const;
const TEXT = ['test/core/identity/plain-text.test.ts'] as const;

const TIMED = ['test/core/identity/timed-grants.test.ts', 'test/reference/reference.test.ts'] as const;

const SUSPENDED = ['test/core/identity/emergency-suspensions.test.ts', 'test/reference/reference.test.ts'] as const;
const DESK = ['test/handlers/identity/suspension.test.ts'] as const;

const ANSWERED = ['test/handlers/identity/answering.test.ts', 'test/reference/reference.test.ts'] as const;
const CEILING = ['test/core/access/owner-ceiling.test.ts', 'test/handlers/identity/owner-ceiling.test.ts'] as const;

export const IDENTITY_MUTANTS: readonly Mutant[] = [
  ...inFile(
    'lambdas/core/identity/answering.ts',
    {
      id: 'asking-another-lets-in',
      find: 'if (isLapsed) return { ...before, latest: fact };',
      replace: '',
      breaks: 'what nobody answered for in time is usable again as soon as another owner is named',
      suites: ANSWERED,
    },
    {
      id: 'answered-for-by-nobody',
      find: 'return [...windows, { fromMs: dueMs,',
      replace: 'return windows.length >= 0 ? windows : [...windows, { fromMs: dueMs,',
      breaks: 'what nobody answers for stays usable',
      suites: ANSWERED,
    },
  ),
  ...inFile(
    'lambdas/core/access/asking-owners.ts',
    {
      id: 'new-owner-never-asked',
      find: 'if (answering.latest.owner !== owner) return within(acceptWithinDays) || undefined;',
      replace: '',
      breaks: 'whoever takes something over never has to say that they answer for it',
      suites: ANSWERED,
    },
    {
      id: 'asked-once',
      find: 'rule?.attestEveryDays === undefined',
      replace: 'true',
      breaks: 'whoever has answered for something once is never asked again whether it is needed',
      suites: ANSWERED,
    },
  ),
  ...inFile('lambdas/handlers/identity/record-acceptance.ts', {
    id: 'anybody-answers',
    find: "throw new ApiProblem(403, 'Its owner does this, or whom they delegated their decisions to.');",
    replace: '',
    breaks: 'anybody says for an owner that a service account is needed',
    suites: ANSWERED,
  }),
  ...inFile('lambdas/core/access/owner-ceiling.ts', {
    id: 'agent-beyond-owner',
    find: 'const isWithin = ofOwner.has(reference) || tools.has(reference);',
    replace: 'const isWithin = true;',
    breaks: 'an agent does what its owner may not',
    suites: CEILING,
  }),
  ...inFile('lambdas/handlers/identity/route-facts.ts', {
    id: 'agent-not-woken',
    find: 'if (mayChangeWhatOwnedHold(stage, fact)) await wakeOwned(dependencies, loaded, trigger);',
    replace: '',
    breaks: 'an agent keeps what its owner has lost',
    suites: CEILING,
  }),
  ...inFile(
    'lambdas/core/identity/kept-out.ts',
    {
      id: 'shorter-suspension-ends-the-longer',
      find: 'if (isProlonging && untilMs <= last.atMs) continue;',
      replace: '',
      breaks: 'of two who suspend somebody the one who takes it back lets them in for both',
      suites: SUSPENDED,
    },
    {
      id: 'suspended-before-it-was-said',
      find: 'turn !== undefined && turn.atMs <= instantMs',
      replace: 'turn !== undefined && turn.atMs < instantMs',
      breaks: 'in the instant in which it is said nobody is kept out',
      suites: SUSPENDED,
    },
  ),
  ...inFile('lambdas/handlers/identity/decide-suspension.ts', {
    id: 'owner-lets-in',
    find: ', ...(ownerId === undefined ? [] : [ownerId])',
    replace: '',
    breaks: 'who owns an account that was suspended gives it back to themselves',
    suites: DESK,
  }),
  ...inFile('lambdas/handlers/identity/resume-identity.ts', {
    id: 'operations-lifts-security',
    find: "as !== 'security' && ",
    replace: "as === 'security' && ",
    breaks: 'the service desk lets in whom security keeps out',
    suites: DESK,
  }),
  ...inFile('lambdas/handlers/identity/suspend-identity.ts', {
    id: 'desk-without-guard',
    find: "as === 'operations' && state.status === 'active'",
    replace: 'false',
    breaks: 'one operator locks out a company',
    suites: DESK,
  }),
  ...inFile(
    'lambdas/core/identity/timed-grants.ts',
    {
      id: 'grant-outlives-its-employment',
      find: 'fromMs <= recordedMs && recordedMs < untilMs && ',
      replace: '',
      breaks: 'who is hired again has what was decided for them before',
      suites: TIMED,
    },
    {
      id: 'grant-a-moment-too-long',
      find: 'untilMs === undefined || untilMs > instantMs',
      replace: 'untilMs === undefined || untilMs >= instantMs',
      breaks: 'what is given for a time is there at the instant at which it ends, and nobody looks again',
      suites: TIMED,
    },
    {
      id: 'grant-before-it-was-decided',
      find: 'Math.max(startsMs, recordedMs)',
      replace: 'startsMs',
      breaks: 'a past date shows access that nobody had agreed to by then',
      suites: TIMED,
    },
    {
      id: 'open-grant-for-anybody',
      find: 'mayBeOpen || !isOpen',
      replace: 'true',
      breaks: 'a contractor has access without an end',
      suites: TIMED,
    },
    {
      id: 'open-emergency',
      find: "endsMs === undefined && basis !== 'request'",
      replace: 'false',
      breaks: 'break-glass access that names no end has none',
      suites: TIMED,
    },
    {
      id: 'latest-end-counts',
      find: 'one.endsMs < known.endsMs',
      replace: 'one.endsMs > known.endsMs',
      breaks: 'of two people who end the same access the later one gives it back',
      suites: TIMED,
    },
  ),
  ...inFile(
    'lambdas/core/identity/timeline.ts',
    {
      id: 'effective-a-moment-late',
      find: 'findLast((change) => change.atMs <= nowMs)?.state',
      replace: 'findLast((change) => change.atMs < nowMs)?.state',
      breaks: 'a leaver keeps access at the very instant it ends',
      suites: TIMELINE,
    },
    {
      id: 'zone-of-a-rehire-places-the-leaver-before',
      find: "const isFirst = before.status === 'unknown' && isEmployed(state);",
      replace: 'const isFirst = false;',
      breaks: 'a leaver by date takes effect hours late once a rehire in New York is announced',
      suites: ['test/core/identity/time-and-order.test.ts'],
    },
    {
      id: 'transition-never-comes',
      find: 'changes.find((change) => change.atMs > nowMs)?.atMs',
      replace: 'changes.find((change) => change.atMs >= nowMs)?.atMs',
      breaks: 'an instant that has passed is scheduled again and again',
      suites: ['test/core/identity/next-check.test.ts', ...TIMELINE, 'test/statemachines/lifecycle.test.ts'],
    },
    {
      id: 'rescind-of-a-rescind-ignored',
      find: 'if (!rescinded.has(factId) && !rescinded.has(target))',
      replace: 'if (!rescinded.has(target))',
      breaks: 'a rescind that was taken back still takes back',
      suites: TIMELINE,
    },
    {
      id: 'rescinded-counts',
      find: 'counting.filter(({ factId }) => !rescinded.has(factId))',
      replace: 'counting',
      breaks: 'what was taken back counts',
      suites: TIMELINE,
    },
    {
      id: 'held-counts',
      find: 'const counting = withoutHeld(',
      replace: 'const counting = (',
      breaks: 'what the guard holds takes access away all the same',
      suites: [...TIMELINE, 'test/handlers/hr/mass-error-guard.test.ts'],
    },
    {
      id: 'immediate-is-when-heard',
      find: 'return Math.min(fact.recordedMs, fact.receivedMs);',
      replace: 'return fact.recordedMs;',
      breaks: 'a source whose clock runs ahead says "now" and means next year',
      suites: TIMELINE,
    },
    {
      id: 'leaver-at-the-start-of-its-day',
      find: "fact.type === 'leaver' ? 'end-of-day' : 'start-of-day'",
      replace: "fact.type === 'joiner' ? 'end-of-day' : 'start-of-day'",
      breaks: 'leavers lose a day, and joiners wait one',
      suites: TIMELINE,
    },
    {
      id: 'end-date-ignored',
      find: 'if (endsMs === undefined || endsMs > instantMs) return;',
      replace: 'if (endsMs === undefined || endsMs <= instantMs) return;',
      breaks: 'contractors stay beyond their end',
      suites: TIMELINE,
    },
    {
      id: 'leaver-while-suspended-lost',
      find: "export function isEmployed(state: IdentityState): state is EmployedState {\n  return state.status === 'active' || state.status === 'suspended';",
      replace:
        "export function isEmployed(state: IdentityState): state is EmployedState {\n  return state.status === 'active';",
      breaks: 'who is on leave is not employed: no leaver, and everything is taken away',
      suites: TIMELINE,
    },
    {
      id: 'return-from-nowhere',
      find: "return state.status === 'suspended' ? { ...state, status: 'active' } : state;",
      replace: "return 'attributes' in state ? ({ ...state, status: 'active' } as IdentityState) : state;",
      breaks: 'a return of somebody who has left brings them back',
      suites: TIMELINE,
    },
    {
      id: 'rehire-keeps-old-attributes',
      find: 'joinedBy: fact.factId, attributes: withoutTakenAway(fact.attributes) }',
      replace:
        "joinedBy: fact.factId, attributes: withoutTakenAway({ ...('attributes' in state ? state.attributes : {}), ...fact.attributes }) }",
      breaks: 'a rehire gets what the old department had',
      suites: TIMELINE,
    },
    {
      id: 'contract-revived-after-a-leaver',
      find: "state.departedBy.by === 'end-date' ? { ...state, departedBy, knownMs } : state",
      replace: "state.departedBy.by === 'leaver' ? { ...state, departedBy, knownMs } : state",
      breaks: 'a late extension brings back whom a leaver had ended',
      suites: TIMELINE,
    },
    {
      id: 'open-ended-contractor',
      find: 'openEnded ? { ...merged, endsAt: current.endsAt ?? null } : merged',
      replace: 'merged',
      breaks: 'a contractor whose end date is taken away stays for ever',
      suites: [...TIMELINE, 'test/core/identity/taken-away.test.ts'],
    },
    {
      id: 'order-by-id',
      find: 'placed.toSorted((a, b) => a.atMs - b.atMs || compareRecorded(a.fact, b.fact))',
      replace: 'placed.toSorted((a, b) => a.atMs - b.atMs)',
      breaks: 'of what takes effect at one instant, the older word counts',
      suites: TIMELINE,
    },
  ),
  ...inFile(
    'lambdas/core/identity/authority.ts',
    {
      id: 'equal-authority-refused',
      find: 'weight < weightOf(current, name)',
      replace: 'weight <= weightOf(current, name)',
      breaks: 'the same source cannot correct what it said',
      suites: [...AUTHORITY, ...TIMELINE],
    },
    {
      id: 'authority-of-one-attribute-for-all',
      find: 'source.attributes[name] ?? source.authority',
      replace: 'source.authority',
      breaks: 'a source that counts for titles alone counts for nothing',
      suites: AUTHORITY,
    },
    {
      id: 'before-merge-counts-more',
      find: '(fromBeforeMerge ? MAXIMUM_AUTHORITY + 1 : 0)',
      replace: '(fromBeforeMerge ? 0 : 0)',
      breaks: 'what was said of a duplicate overrules what is known of the person',
      suites: [...AUTHORITY, ...TIMELINE],
    },
  ),
  ...inFile('lambdas/core/identity/held-facts.ts', {
    id: 'dropped-counts',
    find: 'released.has(held) && !dropped.has(held)',
    replace: 'released.has(held) || dropped.has(held)',
    breaks: 'what a person dropped takes effect',
    suites: ['test/handlers/hr/mass-error-guard.test.ts', 'test/core/hr/mass-error-guard.test.ts'],
  }),
  ...inFile(
    'lambdas/core/identity/stage.ts',
    {
      id: 'leaver-is-a-mover',
      find: "return before.status === 'departed' ? 'unchanged' : 'leaver';",
      replace: "return before.status === 'departed' ? 'unchanged' : 'mover';",
      breaks: 'a leaver is converged, but neither locked down nor proven',
      suites: STAGE,
    },
    {
      id: 'return-is-a-suspension',
      find: "after.status === 'suspended' ? 'suspension' : 'return'",
      replace: "after.status === 'suspended' ? 'return' : 'suspension'",
      breaks: 'who comes back is told to the rules as on leave',
      suites: STAGE,
    },
    {
      id: 'instant-judged-too-late',
      find: 'identityAt(timeline, instantMs - 1)',
      replace: 'identityAt(timeline, instantMs)',
      breaks: 'a leaver by date is no leaver when its day comes',
      suites: STAGE,
    },
  ),
  ...inFile('lambdas/core/identity/next-check.ts', {
    id: 'checked-before-it-happens',
    find: 'transitionMs + NEXT_CHECK_GRACE_MS',
    replace: 'transitionMs - NEXT_CHECK_GRACE_MS',
    breaks: 'the sweep looks a minute too early, and never again',
    suites: ['test/core/identity/next-check.test.ts'],
  }),
  ...inFile('lambdas/core/identity/judging-time.ts', {
    id: 'own-clock-trusted',
    find: 'Math.max(clockMs, header?.clockMs ?? 0, judgedMs)',
    replace: 'Math.max(clockMs, judgedMs)',
    breaks: 'a function whose clock is behind undoes what another has seen',
    suites: ['test/handlers/shared/load-identity.test.ts', 'simulate'],
  }),
  ...inFile('lambdas/core/identity/merged-identities.ts', {
    id: 'attestation-moves-with-person',
    find: "new Set(['task-attested', 'access-seen',",
    replace: "new Set(['access-seen',",
    breaks: 'what was attested of the duplicate’s account counts for the survivor’s',
    suites: [...TIMELINE, 'test/handlers/shared/append-fact.test.ts', 'test/core/identity/merged-identities.test.ts'],
  }),
  ...inFile('lambdas/core/identity/planned-merge.ts', {
    id: 'merge-carried-out-twice',
    find: "(fact.type === 'absorbed' || fact.type === 'rescind') && fact.hold === hold",
    replace: 'false',
    breaks: 'a merge that was decided, carried out and taken back is begun anew whenever decisions are resumed',
    suites: ['test/handlers/identity/merge-identity.test.ts'],
  }),
  ...inFile(
    'lambdas/core/identity/management-chain.ts',
    {
      id: 'departed-manager-decides',
      find: 'superiors.find(({ employed }) => employed)?.identityId',
      replace: 'superiors[0]?.identityId',
      breaks: 'what a leaver owned goes to a manager who has left',
      suites: ['test/core/identity/management-chain.test.ts', 'test/statemachines/lifecycle.test.ts'],
    },
    {
      id: 'chain-without-end',
      find: ' && superiors.size < MAXIMUM_CHAIN && !superiors.has(next)',
      replace: ' && superiors.size < 10 * MAXIMUM_CHAIN && !superiors.has(next)',
      breaks: 'a chain of a thousand managers is read to its end',
      suites: ['test/core/identity/management-chain.test.ts'],
    },
  ),
  ...inFile(
    'lambdas/core/identity/plain-text.ts',
    {
      id: 'two-forms-of-one-text',
      find: "    .normalize('NFC')\n",
      replace: '',
      breaks: 'one department is two',
      suites: TEXT,
    },
    {
      id: 'line-break-in-a-name',
      find: '.refine((text) => !NO_TEXT.test(text),',
      replace: ".refine((text) => !NO_TEXT.test(text.replaceAll('\\u2028', '')),",
      breaks: 'a name of two lines reaches every system',
      suites: TEXT,
    },
    {
      id: 'long-email',
      find: 'length <= MAXIMUM_EMAIL_BYTES, {',
      replace: 'length < MAXIMUM_EMAIL_BYTES, {',
      breaks: 'the longest address that is allowed is refused',
      suites: TEXT,
    },
    {
      id: 'first-at-sign',
      find: "const at = email.lastIndexOf('@');",
      replace: "const at = email.indexOf('@');",
      breaks: 'nothing: an address with two of them is refused either way',
      suites: TEXT,
      equivalent: 'the part before an @ takes no second one, so such an address is no address whichever splits it',
    },
  ),
];
