// The page behind a link to answer by. It answers nothing: whatever scans mails for bad links opens it too.
import { alertQuestionRoutes } from '../../api/alert-questions.ts';
import { toIso } from '../../core/moment.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { dynamoActivityStore } from '../../stores/activity/dynamo-activity-store.ts';
import { askingPage, clockOf, nameOf, type ShownQuestion } from '../shared/decision-page.ts';
import { liveDependencies } from '../shared/dependencies.ts';
import { findWhereItCounts } from '../shared/load-identity.ts';
import {
  answerQuestionLink,
  type OpenedQuestion,
  type QuestionDependencies,
  requireAnswerable,
} from './open-question.ts';

const ROUTE = alertQuestionRoutes['show-question'];
const SHOWN_RECORDS = 5;

export const showQuestion = answerQuestionLink<QuestionDependencies>(ROUTE.name, async (dependencies, opened) => {
  const by = await requireAnswerable(dependencies, opened);
  const { alertId, subjectId } = opened.alert;
  const page = askingPage(await shownQuestion(dependencies, opened, by));
  return { page, shows: [subjectId], log: { alertId } };
});

async function shownQuestion(
  dependencies: QuestionDependencies,
  { alert, question }: OpenedQuestion,
  by: string,
): Promise<ShownQuestion> {
  const { subjectId, title, because, applicationId, severity, count, firstMs, lastMs, records } = alert;
  const about = await findWhereItCounts(dependencies, subjectId);
  const at = clockOf(await findWhereItCounts(dependencies, by));
  const name = about === undefined ? subjectId : nameOf(about);
  return {
    title: `Was this meant? ${name}`,
    facts: [
      ['Who', name],
      ['What', title],
      ['Why', because],
      ['Severity', severity],
      ['Where', applicationId],
      ['How often', `${count}: from ${at(firstMs)} to ${at(lastMs)}`],
      [
        'Last',
        records
          .slice(-SHOWN_RECORDS)
          .map(({ operation, timeMs }) => `${operation}, ${toIso(timeMs)}`)
          .join('; '),
      ],
      ['To be answered until', at(question.expiresMs)],
    ],
    warnings: ['Ask whom it is about before you say yes. If in doubt, say no: then somebody looks at it.'],
    answers: [
      { decision: 'meant', label: 'Yes, it was meant' },
      { decision: 'not-meant', label: 'No, it was not' },
    ],
    why: 'How you know, if you like to say so. It is kept, and whoever looks after alerts can read it.',
  };
}

export const handler = serveApi(ROUTE, () => showQuestion({ ...liveDependencies(), activity: dynamoActivityStore() }));
