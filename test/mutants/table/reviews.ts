// Mistakes in reviews of many: who may answer, what is decided as one, what comes by the clock, and what a pack may say.
import { inFile, type Mutant } from '../mutant.ts';

const ANSWERS = ['test/handlers/reviews/campaign-answers.test.ts'] as const;
const COURSE = ['test/handlers/reviews/campaign-course.test.ts'] as const;
const PACK = ['test/core/audit/review-pack.test.ts'] as const;

export const REVIEW_MUTANTS: readonly Mutant[] = [
  ...inFile(
    'lambdas/core/reviews/reviewers.ts',
    {
      id: 'approver-reviews',
      find: 'return [fact.requestedBy, ...fact.approvedBy];',
      replace: 'return [fact.requestedBy];',
      breaks: 'who approved it says that it stays',
      suites: ANSWERS,
    },
    {
      id: 'former-manager-answers',
      find: 'own.filter((one) => candidates.includes(one))',
      replace: 'own',
      breaks: 'who was above somebody before they moved keeps what they have',
      suites: ANSWERS,
    },
    {
      id: 'handed-over-for-good',
      find: ' && nowMs < endsMs',
      replace: '',
      breaks: 'what was handed over for a day is never theirs again',
      suites: ANSWERS,
    },
  ),
  ...inFile(
    'lambdas/core/reviews/campaign-decisions.ts',
    {
      id: 'stale-page-decides',
      find: 'since.recordedMs > shownMs && ',
      replace: 'since.recordedMs < shownMs && ',
      breaks: 'an answer on a page of yesterday takes the place of what somebody said since',
      suites: ANSWERS,
    },
    {
      id: 'reasonless-given-back',
      find: 'taken !== undefined && isReasonless && givesBack',
      replace: 'false',
      breaks: 'who undoes the removal of what nothing held up is told that it is back',
      suites: ANSWERS,
    },
  ),
  ...inFile('lambdas/handlers/reviews/decide-campaign-items.ts', {
    id: 'privileged-in-bulk',
    find: '.entitlement.privileged !== false',
    replace: '.entitlement.privileged === undefined',
    breaks: 'a hundred privileged items are kept with one click',
    suites: ANSWERS,
  }),
  ...inFile('lambdas/core/reviews/campaign-clock.ts', {
    id: 'deadline-too-late-for-some',
    find: 'if (currentMs - nowMs < (people / MOVED_PER_SECOND) * 1_000) {',
    replace: 'if (currentMs < nowMs) {',
    breaks: 'a deadline is moved in the last minute, and half a company loses what nobody answered',
    suites: COURSE,
  }),
  ...inFile('lambdas/handlers/reviews/tend-campaigns.ts', {
    id: 'closed-unread',
    find: "step?.do === 'close' && told.counts.notReadBack === 0",
    replace: "step?.do === 'close'",
    breaks: 'a campaign is closed though what it took away is still there',
    suites: COURSE,
  }),
  ...inFile(
    'lambdas/core/audit/verify/review-pack.ts',
    {
      id: 'pack-leaves-out',
      find: 'this.#unclaimed(outcomes);',
      replace: '',
      breaks: 'a pack without somebody is taken for the whole campaign',
      suites: PACK,
    },
    {
      id: 'pack-of-another-population',
      find: 'if (sha256Hex(bytes) !== said) this.#fault(`${path} is not the one that was sealed`);',
      replace: '',
      breaks: 'a population that was written afterwards is taken for the one that was sealed',
      suites: PACK,
    },
  ),
];
