// The operators' API: who may access what and why, what people have to do, and what was proven.
import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { alertQuestionRoutes } from '../../lambdas/api/alert-questions.ts';
import type { Route } from '../../lambdas/api/route.ts';
import { ROUTES } from '../../lambdas/api/routes.ts';
import { ssfRoutes } from '../../lambdas/api/ssf.ts';
import { addOperatorRoutes, type OperatorRoutesProps } from '../constructs/api/operator-routes.ts';
import { FunctionAlarms, functionsWithin } from '../constructs/function-alarms.ts';
import { RequestNotices } from '../constructs/requests/request-notices.ts';
import { PeopleListing } from '../constructs/search/people-listing.ts';
import { TaskChasing } from '../constructs/systems/task-chasing.ts';
import { isOfReviews } from './reviews.ts';

export class GovernanceStack extends Stack {
  constructor(scope: Construct, id: string, props: OperatorRoutesProps) {
    super(scope, id);
    const { settings, tables, accessModel, escalations } = props;
    const listing = new PeopleListing(this, 'PeopleListing', { settings, tables });
    const routes = ROUTES.filter((route) => isForOperators(route) && !isOfReviews(route));
    const api = addOperatorRoutes(this, props, { routes, authorizerName: 'Operators', listing });
    new RequestNotices(this, 'RequestNotices', { settings, tables, accessModel, api });
    new TaskChasing(this, 'TaskChasing', { settings, tables, escalations });
    new FunctionAlarms(this, 'FunctionAlarms', { functions: functionsWithin(this), topic: escalations.topic });
  }
}

/** What HR systems, those with whom signals are shared, and those who are asked about alerts call lies elsewhere. */
function isForOperators({ name, access }: Route): boolean {
  const isElsewhere = Object.hasOwn(ssfRoutes, name) || Object.hasOwn(alertQuestionRoutes, name);
  return access !== 'signature' && access !== 'peer' && !isElsewhere;
}
