// Who was kept out in an emergency is let in again: by whoever may say so, and as far as HR does not keep them out.
import { suspensionRoutes } from '../../api/suspensions.ts';
import { ConflictError } from '../../core/errors.ts';
import { type AccessResumedFact, ownFactBase } from '../../core/identity/facts.ts';
import { answeringAt } from '../../core/identity/timeline.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { ApiProblem } from '../../middleware/api-problem.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { type ApiDependencies, liveApiDependencies } from '../shared/api-dependencies.ts';
import { decideSuspension } from './decide-suspension.ts';

const ROUTE = suspensionRoutes['resume-identity'];

export const resumeIdentity = answerOperator(ROUTE, (dependencies: ApiDependencies, { operator, parameters: { id } }) =>
  decideSuspension(dependencies, operator, id, async ({ timeline, state, record, nowMs }, { by, as }) => {
    const { suspensions } = timeline;
    if (suspensions.length === 0 && state.status === 'suspended') {
      const isUnanswered = (answeringAt(timeline, nowMs)?.dueMs ?? Number.POSITIVE_INFINITY) <= nowMs;
      throw new ConflictError(
        isUnanswered
          ? 'Nobody has answered for it in time: its owner does.'
          : 'It is on leave, by what HR told: HR ends that.',
      );
    }
    if (as !== 'security' && suspensions.some(({ suspendedAs }) => suspendedAs === 'security')) {
      throw new ApiProblem(403, 'Security has suspended it: security resumes it.');
    }
    return suspensions.map(({ factId }): AccessResumedFact => {
      const base = ownFactBase(record.header.identityId, `resumed/${dependencies.newId()}`, nowMs);
      return { ...base, type: 'access-resumed', resumes: factId, resumedBy: by };
    });
  }),
);

export const handler = serveApi(ROUTE, () => resumeIdentity(liveApiDependencies()));
