// Review campaigns in the operators' API, and what came after them. A stack of their own, since CloudFormation takes 500
// resources in one, and `Tenure-Governance` has hardly any left.
import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Route } from '../../lambdas/api/route.ts';
import { ROUTES } from '../../lambdas/api/routes.ts';
import { addOperatorRoutes, type OperatorRoutesProps } from '../constructs/api/operator-routes.ts';
import type { AskedLake } from '../constructs/audit/asking-lake.ts';
import { FunctionAlarms, functionsWithin } from '../constructs/function-alarms.ts';

const BESIDE = [
  'list-activity-sources',
  'list-hr-sources',
  'list-hr-events',
  'start-audit-query',
  'get-audit-query-execution',
];

export interface ReviewsStackProps extends OperatorRoutesProps {
  /** What named queries ask. */
  readonly lake: AskedLake;
}

export function isOfReviews({ name, path }: Pick<Route, 'name' | 'path'>): boolean {
  return BESIDE.includes(name) || path === '/review-campaigns' || path.startsWith('/review-campaigns/');
}

export class ReviewsStack extends Stack {
  constructor(scope: Construct, id: string, { lake, ...props }: ReviewsStackProps) {
    super(scope, id);
    addOperatorRoutes(this, props, { routes: ROUTES.filter(isOfReviews), authorizerName: 'Reviewers', lake });
    new FunctionAlarms(this, 'FunctionAlarms', { functions: functionsWithin(this), topic: props.escalations.topic });
  }
}
