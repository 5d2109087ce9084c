// The operators' API: who may access what and why, what people have to do, and what was proven.
import { Stack, type StackProps } from 'aws-cdk-lib';
import { HttpApi, type IHttpApi, type IHttpRouteAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer, HttpUserPoolAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { OperatorRoute } from '../../lambdas/api/routes.ts';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import type { Settings } from '../config.ts';
import { ApiRoute } from '../constructs/api/api-route.ts';
import type { OperatorDirectory } from '../constructs/api/operator-directory.ts';
import type { StoreAccess, Tables } from '../constructs/store-access.ts';

export interface GovernanceStackProps extends StackProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** The tables that operators read. */
  readonly tables: Tables;
  /** What access is explained by. */
  readonly accessModel: AccessModel;
  /** The API that the routes are added to. */
  readonly api: IHttpApi;
  /** The deployment's own operators; undefined when the settings name an issuer. */
  readonly operators: OperatorDirectory | undefined;
  /** The state machine that reconciles an application. */
  readonly reconcile: IStateMachine;
}

interface RouteNeeds extends StoreAccess {
  /** Whether it explains access. @default false */
  readonly explains?: boolean;
  /** Whether it starts reconciliations. @default false */
  readonly reconciles?: boolean;
}

const DECIDING: RouteNeeds = {
  identities: ['findAcceptedEvent', 'load', 'recordFact'],
  holds: ['closeHold', 'decideHold', 'findHold', 'listHeld', 'removeHeld'],
};

const OPERATOR_ROUTES: Readonly<Record<OperatorRoute, RouteNeeds>> = {
  'list-identities': { identities: ['listIdentities', 'load'] },
  'get-identity': { identities: ['load'], explains: true },
  'list-identity-audit': { identities: ['load'], audit: ['list'] },
  'merge-identity': { identities: ['findAcceptedEvent', 'load', 'recordFact'] },
  'list-tasks': { identities: ['listTasks'] },
  'get-task': { identities: ['load'] },
  'attest-task': { identities: ['findAcceptedEvent', 'load', 'recordFact'] },
  'list-holds': { holds: ['listHolds'] },
  'get-hold': { holds: ['findHold', 'listHeld'] },
  'release-hold': DECIDING,
  'drop-hold': DECIDING,
  'list-reconciliations': { reconciliations: ['list'], explains: true },
  'get-reconciliation': { reconciliations: ['find', 'listFindings'], explains: true },
  'start-reconciliation': { reconciliations: ['find'], explains: true, reconciles: true },
  'decide-reconciliation': { reconciliations: ['decide', 'find'], explains: true, reconciles: true },
  'get-certificate': { identities: ['findCertificate', 'load'] },
  'get-time-to-revoke': { identities: ['listCertificates'] },
};

export class GovernanceStack extends Stack {
  constructor(scope: Construct, id: string, props: GovernanceStackProps) {
    const { settings, tables, accessModel, operators, reconcile, api: _api, ...stackProps } = props;
    super(scope, id, stackProps);
    const api = this.importApi(props.api);
    const authorizer = authorizerOf(settings, operators);
    const environment = { groupsClaim: settings.groupsClaim, identityClaim: settings.identityClaim };
    const { stateMachineArn } = reconcile;
    const starting = [new PolicyStatement({ actions: ['states:StartExecution'], resources: [stateMachineArn] })];
    for (const [route, { explains, reconciles, ...access }] of Object.entries(OPERATOR_ROUTES)) {
      new ApiRoute(this, route, {
        api,
        route: route as OperatorRoute,
        authorizer,
        settings,
        tables,
        environment: { ...environment, ...(reconciles && { reconcileArn: stateMachineArn }) },
        ...(reconciles && { permissions: starting }),
        ...access,
        ...(explains && { accessModel }),
      });
    }
    new ApiRoute(this, 'get-openapi', { api, route: 'get-openapi', settings, tables });
  }

  /** Imported, so that the authorizer, which CDK puts beside the API, lies in this stack. */
  private importApi({ apiId, apiEndpoint }: IHttpApi): IHttpApi {
    return HttpApi.fromHttpApiAttributes(this, 'Api', { httpApiId: apiId, apiEndpoint });
  }
}

function authorizerOf({ oidc }: Settings, operators: OperatorDirectory | undefined): IHttpRouteAuthorizer {
  if (oidc !== undefined) return new HttpJwtAuthorizer('Operators', oidc.issuer, { jwtAudience: [...oidc.audience] });
  if (operators === undefined) throw new Error('there is neither an issuer nor a directory of operators');
  return new HttpUserPoolAuthorizer('Operators', operators.userPool, { userPoolClients: [operators.client] });
}
