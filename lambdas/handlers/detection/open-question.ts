// A link by which somebody says whether it was meant, and whether they still can: the link is looked at first, then the alert,
// then who is asked, as all are now.
import type { Alert, Question } from '../../core/detection/alert.ts';
import { type QuestionProblem, whyNotAnswered } from '../../core/detection/question.ts';
import { toIso } from '../../core/moment.ts';
import { parseToken, secretHashOf } from '../../core/requests/decision-token.ts';
import type { AuditingDependencies } from '../../middleware/access-entries.ts';
import type { ApiHandler, ApiRequest } from '../../middleware/serve-api.ts';
import type { ActivityStore } from '../../stores/activity/activity-store.ts';
import { type AnsweringLink, answerLink, LinkRefused, type OpenedLink } from '../shared/link-pages.ts';
import type { ChainDependencies } from '../shared/load-superiors.ts';
import { personOf } from '../shared/require-uninvolved.ts';
import { whoIsAsked } from './who-is-asked.ts';

export interface QuestionDependencies extends ChainDependencies, AuditingDependencies {
  readonly activity: Pick<ActivityStore, 'findAlerts'>;
}

/** A link that was found, and the alert as it was then. */
export interface OpenedQuestion extends OpenedLink {
  readonly alert: Alert;
  readonly question: Question;
}

/** A route that is opened by a link to answer by. */
export function answerQuestionLink<Dependencies extends QuestionDependencies>(
  operation: string,
  answer: AnsweringLink<Dependencies, OpenedQuestion>['answer'],
): (dependencies: Dependencies) => ApiHandler {
  return answerLink<Dependencies, OpenedQuestion>(operation, {
    find: requireQuestion,
    answer,
    elsewhere: 'Whoever looks after alerts has been told as well.',
  });
}

/** Throws LinkRefused. Whether it can be used: requireAnswerable. */
export async function requireQuestion(
  { activity }: Pick<QuestionDependencies, 'activity'>,
  { pathParameters }: Pick<ApiRequest, 'pathParameters'>,
): Promise<OpenedQuestion> {
  const token = parseToken(pathParameters['token'] ?? '');
  const [alert] = token === undefined ? [] : await activity.findAlerts([pathParameters['id'] ?? '']);
  const question = alert?.questions?.find(({ linkId }) => linkId === token?.linkId);
  // Hashes are compared, so that how long that takes says nothing of the secret.
  if (token === undefined || alert === undefined || question?.secretHash !== secretHashOf(token)) {
    throw new LinkRefused('link-unknown', 'This link is not one of ours, or not all of it arrived.');
  }
  return { approver: question.person, alert, question };
}

/** Who answers, as a person. Throws LinkRefused, unless whoever has the link can answer by it now. */
export async function requireAnswerable(
  dependencies: QuestionDependencies,
  { alert, question }: OpenedQuestion,
): Promise<string> {
  const problem = whyNotAnswered(alert, question, dependencies.clock());
  if (problem !== undefined) throw refusalOf(problem, question);
  const by = await personOf(dependencies, question.person);
  if (by === (await personOf(dependencies, alert.subjectId))) {
    throw new LinkRefused('own-alert', 'Nobody says of themselves whether it was meant.');
  }
  if (!(await whoIsAsked(dependencies, alert)).includes(by)) {
    throw new LinkRefused('not-an-approver', 'You are not one of those who can say so now.');
  }
  return by;
}

function refusalOf(problem: QuestionProblem, { answer, expiresMs }: Question): LinkRefused {
  switch (problem) {
    case 'used':
      return new LinkRefused(
        'link-used',
        `This link was used on ${toIso(answer?.atMs ?? 0)}: it was ${answer?.meant ? '' : 'not '}meant, it says.`,
      );
    case 'over':
      return new LinkRefused('alert-over', 'Somebody has closed it, or it was raised once more since.');
    case 'expired':
      return new LinkRefused('link-expired', `The link expired on ${toIso(expiresMs)}.`);
    default:
      return problem satisfies never;
  }
}
