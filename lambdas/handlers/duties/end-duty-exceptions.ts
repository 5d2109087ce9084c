// What somebody was let hold beside another side of a rule is kept apart again, from now.
import { dutyRoutes } from '../../api/duties.ts';
import { type ExceptionEndedFact, ownFactBase } from '../../core/identity/facts.ts';
import { answerOperator } from '../../middleware/answer-operator.ts';
import { serveApi } from '../../middleware/serve-api.ts';
import { type ApiDependencies, liveApiDependencies } from '../shared/api-dependencies.ts';
import { decideException, grantedOf } from './decide-exception.ts';

const ROUTE = dutyRoutes['end-duty-exceptions'];

export const endDutyExceptions = answerOperator(
  ROUTE,
  (dependencies: ApiDependencies, { operator, parameters: { rule, identity } }) =>
    decideException(dependencies, { operator, id: identity, rule }, async (loaded, endedBy) =>
      grantedOf(rule, loaded).map(({ factId }): ExceptionEndedFact => {
        const base = ownFactBase(loaded.record.header.identityId, `unexcepted/${dependencies.newId()}`, loaded.nowMs);
        return { ...base, type: 'exception-ended', ends: factId, endedBy };
      }),
    ),
);

export const handler = serveApi(ROUTE, () => endDutyExceptions(liveApiDependencies()));
