// Mistakes in intake: the mass-error guard, snapshots of people, files of the whole population, and what is answered.
import { inFile, type Mutant } from '../mutant.ts';

const GUARD = ['test/core/hr/mass-error-guard.test.ts', 'test/handlers/hr/mass-error-guard.test.ts'] as const;
const SNAPSHOT = [
  'test/core/hr/person-snapshot.test.ts',
  'test/handlers/hr/fetch-people.test.ts',
  'test/handlers/hr/import-population.test.ts',
] as const;
const EVENT = ['test/core/hr/hr-event.test.ts', 'test/handlers/hr/receive-hr-event.test.ts'] as const;
const INTAKE = ['test/handlers/hr/receive-hr-event.test.ts'] as const;
const IMPORT = ['test/handlers/hr/import-population.test.ts', 'test/handlers/hr/population-states.test.ts'] as const;

export const HR_MUTANTS: readonly Mutant[] = [
  ...inFile('lambdas/core/hr/population-walk.ts', {
    id: 'model-change-share-unseen',
    find: "if (judgement.verdict === 'pass') return undefined;",
    replace: "if (judgement.verdict === 'pass' || judgement.verdict === 'hold') return undefined;",
    breaks: 'in a small company a changed model takes everything from everybody unasked',
    suites: ['test/handlers/access/walk-population.test.ts'],
  }),
  ...inFile(
    'lambdas/core/hr/mass-error-guard.ts',
    {
      id: 'immediate-is-held',
      find: 'return !fact.immediate;',
      replace: 'return fact.immediate || !fact.immediate;',
      breaks: 'cutting somebody off on purpose waits for a person',
      suites: GUARD,
    },
    {
      id: 'transfers-not-counted',
      find: "    case 'joiner':\n    case 'mover':\n      return true;",
      replace: "    case 'joiner':\n      return true;",
      breaks: 'a renamed department takes the access of sixty people unseen',
      suites: GUARD,
    },
    {
      id: 'one-person-counted-as-many',
      find: 'const idsOf = (those: readonly LosingPerson[]) => new Set(those.map(({ identityId }) => identityId)).size;',
      replace: 'const idsOf = (those: readonly LosingPerson[]) => those.length;',
      breaks: 'somebody of whom HR changes its mind six times holds up everybody',
      suites: GUARD,
    },
    {
      id: 'one-more-than-the-maximum',
      find: 'count > neverHeld && count > maximumIdentities',
      replace: 'count > neverHeld && count > maximumIdentities + 1',
      breaks: 'the threshold is not where the settings put it',
      suites: GUARD,
    },
    {
      id: 'share-of-nobody',
      find: 'Math.floor(population.employed * maximumShare)',
      replace: 'Math.ceil(population.employed * maximumShare)',
      breaks: 'more than the share is let through',
      suites: GUARD,
    },
    {
      id: 'application-emptied',
      find: 'if (lost >= threshold) return hold',
      replace: 'if (lost > threshold) return hold',
      breaks: 'half of an application’s people lose it, and nobody is asked',
      suites: GUARD,
    },
    {
      id: 'repeated-delivery-counts-twice',
      find: 'if (same === undefined || allOf(same) < allOf(delivery)) known.set(delivery.deliveryId, delivery);',
      replace: 'known.set(`${delivery.deliveryId} ${known.size}`, delivery); void same;',
      breaks: 'a sender that repeats itself is held for nothing',
      suites: GUARD,
    },
    {
      id: 'window-without-an-end',
      find: 'if (delivery.atMs < sinceMs) continue;',
      replace: '',
      breaks: 'what happened yesterday counts today',
      suites: GUARD,
    },
    {
      id: 'suspension-takes-nothing',
      find: "(before.status === 'active' && after.status === 'suspended')",
      replace: "(before.status === 'suspended' && after.status === 'active')",
      breaks: 'a whole company on leave is no mass error',
      suites: GUARD,
    },
  ),
  ...inFile(
    'lambdas/handlers/hr/guard-delivery.ts',
    {
      id: 'counted-before-noted',
      find: 'if (isNoted) await holds.noteDisabling',
      replace: 'if (!isNoted) await holds.noteDisabling',
      breaks: 'single events pass one by one, however many',
      suites: GUARD,
    },
    {
      id: 'guard-without-authority',
      find: '.map((fact) => stampAuthority(fact, dependencies.precedence))',
      replace: '.map((fact) => stampAuthority(fact, {}))',
      breaks: 'what a source of no authority says is judged as if it counted',
      suites: GUARD,
    },
    {
      id: 'decided-hold-filled',
      find: "if (hold.status !== 'open' || !(await addAll(holds, holdId, identityIds))) continue;",
      replace: 'if (!(await addAll(holds, holdId, identityIds)) && number > MAXIMUM_HOLDS) continue;',
      breaks: 'what comes after a decision waits in a hold that nobody looks at again',
      suites: GUARD,
    },
    {
      id: 'nobody-told-of-a-hold',
      find: 'await guard.alert(alertOf(hold, settings));',
      replace: 'alertOf(hold, settings);',
      breaks: 'leavers wait for a person whom nobody has told',
      suites: GUARD,
    },
  ),
  ...inFile(
    'lambdas/core/hr/person-snapshot.ts',
    {
      id: 'older-reading-counts',
      find: 'fact.source === source && fact.recordedMs > writtenMs',
      replace: 'fact.source === source && fact.recordedMs < writtenMs',
      breaks: 'a reading from before a departure brings somebody back',
      suites: SNAPSHOT,
    },
    {
      id: 'gone-from-any-source',
      find: "if (joiner?.source !== origin.source) return { outcome: 'of-another-source' };",
      replace: '',
      breaks: 'a file without the people of another system ends them all',
      suites: SNAPSHOT,
    },
    {
      id: 'rehired-by-an-old-list',
      find: 'last === undefined || (startsMs !== undefined && startsMs > last.endsMs)',
      replace: 'last === undefined || (startsMs !== undefined && startsMs >= 0)',
      breaks: 'a list that still names a leaver hires them anew',
      suites: SNAPSHOT,
    },
    {
      id: 'ended-in-the-future',
      find: 'leavesMs <= origin.writtenMs + DAY_MS ? leavesMs : origin.writtenMs',
      replace: 'leavesMs <= origin.writtenMs + DAY_MS ? origin.writtenMs : leavesMs',
      breaks: 'who has left keeps access until a last day to come',
      suites: SNAPSHOT,
    },
    {
      id: 'event-ids-by-chance',
      find: 'const content = sha256Hex(canonicalJson({ type, identityId, data }));',
      replace: 'const content = sha256Hex(canonicalJson({ type, identityId, data, at: nowMs }));',
      breaks: 'reading the same again states everything once more',
      suites: SNAPSHOT,
    },
    {
      id: 'anybody-takes-a-leave-back',
      find: "said === 'employed' && announced && state.status !== 'active'",
      replace: "said === 'employed' && state.status !== 'active'",
      breaks: 'a source that knows of no leave ends the one that another announced',
      suites: SNAPSHOT,
    },
    {
      id: 'others-words-repeated',
      find: '!timeline.rescinded.has(fact.factId) &&',
      replace: '',
      breaks: 'what another source said last is stated anew each day',
      suites: SNAPSHOT,
    },
  ),
  ...inFile(
    'lambdas/core/hr/hr-event.ts',
    {
      id: 'contractor-without-an-end',
      find: 'if (PEOPLE_KINDS.includes(kind)) {',
      replace: 'if (!PEOPLE_KINDS.includes(kind)) {',
      breaks: 'people need no name, and service accounts do',
      suites: EVENT,
    },
    {
      id: 'leaver-without-a-date',
      find: "if (immediate !== true) demand('effectiveAt'",
      replace: "if (immediate === undefined) demand('effectiveAt'",
      breaks: 'a leaver that says neither when nor now is accepted',
      suites: EVENT,
    },
    {
      id: 'event-id-with-a-number-sign',
      find: '/^[!-"$-~]{1,128}$/',
      replace: '/^[!-~]{1,128}$/',
      breaks: 'an id reaches into another key of the table',
      suites: EVENT,
    },
  ),
  ...inFile('lambdas/handlers/hr/resume-hold-decisions.ts', {
    id: 'failed-decision-stops-the-others',
    find: 'failures.push(error);',
    replace: 'throw error;',
    breaks: 'one decision that cannot be carried out keeps all others waiting',
    suites: ['test/handlers/identity/merge-identity.test.ts'],
  }),
  ...inFile(
    'lambdas/handlers/hr/receive-hr-event.ts',
    {
      id: 'unsigned-is-accepted',
      find: 'if (secrets !== undefined && source.authenticate(request, secrets, clock())) return;',
      replace: 'if (secrets !== undefined && secrets.length > 0) return;',
      breaks: 'anybody ends anybody',
      suites: INTAKE,
    },
    {
      id: 'body-of-any-size',
      find: 'request.body.length > MAXIMUM_BODY_BYTES',
      replace: 'request.body.length > 10 * MAXIMUM_BODY_BYTES',
      breaks: 'the bound on a body is not where it is said to be',
      suites: INTAKE,
    },
    {
      id: 'unknown-source-told',
      find: 'hrSourceIdSchema.safeParse(sourceId).success ? await secretsOf(sourceId) : undefined',
      replace: 'await secretsOf(hrSourceIdSchema.parse(sourceId))',
      breaks: 'an id that can be none is answered otherwise than one that is none',
      suites: INTAKE,
    },
  ),
  ...inFile(
    'lambdas/handlers/hr/import-population.ts',
    {
      id: 'unreadable-rows-no-doubt',
      find: 'unreadable > 0 && lacksSomebody',
      replace: 'unreadable > 1 && lacksSomebody',
      breaks: 'whoever is in a row that cannot be read is a leaver',
      suites: IMPORT,
    },
    {
      id: 'suspended-never-missed',
      find: "status === 'pending' || status === 'active' || status === 'suspended'",
      replace: "status === 'pending' || status === 'active'",
      breaks: 'who is on leave and gone from the file stays for ever',
      suites: IMPORT,
    },
  ),
];
