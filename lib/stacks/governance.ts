// The operators' API: who may access what and why, what people have to do, and what was proven.
import { Stack, type StackProps } from 'aws-cdk-lib';
import { HttpApi, type IHttpApi, type IHttpRouteAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer, HttpUserPoolAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import type { IUserPoolClient } from 'aws-cdk-lib/aws-cognito';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { isOperatorRoute } from '../../lambdas/api/route.ts';
import { ROUTES } from '../../lambdas/api/routes.ts';
import { CONNECTORS } from '../../lambdas/connectors/registry.ts';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import { acknowledgeWildcard } from '../acknowledge.ts';
import type { Settings } from '../config.ts';
import { ApiRoute } from '../constructs/api/api-route.ts';
import type { OperatorDirectory } from '../constructs/api/operator-directory.ts';
import type { EvidenceFiles } from '../constructs/audit/evidence-files.ts';
import type { EscalationTopic } from '../constructs/escalation-topic.ts';
import { FunctionAlarms, functionsWithin } from '../constructs/function-alarms.ts';
import { RequestNotices } from '../constructs/requests/request-notices.ts';
import { PeopleListing } from '../constructs/search/people-listing.ts';
import type { Tables } from '../constructs/store-access.ts';
import { TaskChasing } from '../constructs/systems/task-chasing.ts';

export interface GovernanceStackProps extends StackProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** The tables that operators read. */
  readonly tables: Tables;
  /** What shows what people did by hand. */
  readonly evidenceFiles: EvidenceFiles;
  /** What access is explained by. */
  readonly accessModel: AccessModel;
  /** The API that the routes are added to. */
  readonly api: IHttpApi;
  /** The deployment's own operators; undefined when the settings name an issuer. */
  readonly operators: OperatorDirectory | undefined;
  /** The console's, whose tokens are taken as well; undefined where there is none of the deployment's own. */
  readonly consoleClient: IUserPoolClient | undefined;
  /** Where alarms go, and where its functions tell a person. */
  readonly escalations: EscalationTopic;
  /** The state machine that reconciles an application. */
  readonly reconcile: IStateMachine;
  /** The state machine that opens a review campaign. */
  readonly accessReview: IStateMachine;
}

/** With which Lambda gives one CPU: 100,000 people are an index within a second or so. */
const SEARCH_MEMORY_MB = 1_769;

/** What people do by hand. */
const MANUAL_CONNECTORS = JSON.stringify(CONNECTORS.filter(({ kind }) => kind === 'manual').map(({ type }) => type));

export class GovernanceStack extends Stack {
  constructor(scope: Construct, id: string, props: GovernanceStackProps) {
    const {
      settings,
      tables,
      evidenceFiles,
      accessModel,
      operators,
      consoleClient,
      reconcile,
      accessReview,
      escalations,
      api: _api,
      ...stackProps
    } = props;
    super(scope, id, stackProps);
    const api = this.importApi(props.api);
    const authorizer = authorizerOf(settings, operators, consoleClient);
    const claims = { groupsClaim: settings.groupsClaim, identityClaim: settings.identityClaim };
    const { stateMachineArn } = reconcile;
    const listing = new PeopleListing(this, 'PeopleListing', { settings, tables });
    const startingOf = (arn: string) => new PolicyStatement({ actions: ['states:StartExecution'], resources: [arn] });
    for (const route of ROUTES.filter(({ access }) => access !== 'signature' && access !== 'peer')) {
      const {
        accessModel: explains,
        massErrorGuard: judges,
        erasure: erases,
        reconcile: reconciles,
        intake,
        manualConnectors: asksPeople,
        alerts: tells,
        evidenceFiles: keeps,
        searchList: searches,
        openCampaigns: opens,
        campaignFiles: readsPopulations,
      } = route.uses;
      const { role } = new ApiRoute(this, route.name, {
        api,
        route,
        settings,
        tables,
        authorizer: isOperatorRoute(route) ? authorizer : undefined,
        accessModel: explains && accessModel,
        hrSourcePrecedence: intake && settings.hrSourcePrecedence,
        environment: {
          ...(isOperatorRoute(route) && claims),
          ...(judges && { massErrorGuard: JSON.stringify(settings.massErrorGuard) }),
          ...(intake && { modelChange: JSON.stringify(settings.modelChange) }),
          ...(asksPeople && { manualConnectors: MANUAL_CONNECTORS }),
          ...(erases && { erasure: JSON.stringify(settings.erasure) }),
          ...(reconciles && { reconcileArn: stateMachineArn }),
          ...(searches && { searchBucket: listing.bucket.bucketName }),
          ...(opens && { accessReviewArn: accessReview.stateMachineArn }),
          ...((keeps || readsPopulations) && { evidenceBucket: evidenceFiles.bucket.bucketName }),
          ...(tells && { escalationTopicArn: escalations.topic.topicArn }),
        },
        permissions: [
          ...(reconciles ? [startingOf(stateMachineArn)] : []),
          ...(opens ? [startingOf(accessReview.stateMachineArn)] : []),
          ...(readsPopulations ? evidenceFiles.readingPopulations : []),
          ...(tells ? escalations.publishing : []),
          ...(keeps ? evidenceFiles.adding : []),
          ...(searches ? listing.reading : []),
        ],
        ...(searches && { memoryMb: SEARCH_MEMORY_MB }),
      });
      if (keeps) acknowledgeWildcard(role, evidenceFiles.files, 'Files, each named by its own hash.');
      if (readsPopulations) acknowledgeWildcard(role, evidenceFiles.populations, 'Files, each named by its own hash.');
    }
    new RequestNotices(this, 'RequestNotices', { settings, tables, accessModel, api });
    new TaskChasing(this, 'TaskChasing', { settings, tables, escalations });
    new FunctionAlarms(this, 'FunctionAlarms', { functions: functionsWithin(this), topic: escalations.topic });
  }

  /** Imported, so that the authorizer, which CDK puts beside the API, lies in this stack. */
  private importApi({ apiId, apiEndpoint }: IHttpApi): IHttpApi {
    return HttpApi.fromHttpApiAttributes(this, 'Api', { httpApiId: apiId, apiEndpoint });
  }
}

function authorizerOf(
  { oidc }: Settings,
  operators: OperatorDirectory | undefined,
  consoleClient: IUserPoolClient | undefined,
): IHttpRouteAuthorizer {
  if (oidc !== undefined) return new HttpJwtAuthorizer('Operators', oidc.issuer, { jwtAudience: [...oidc.audience] });
  if (operators === undefined) throw new Error('there is neither an issuer nor a directory of operators');
  const userPoolClients = [operators.client, ...(consoleClient ? [consoleClient] : [])];
  return new HttpUserPoolAuthorizer('Operators', operators.userPool, { userPoolClients });
}
