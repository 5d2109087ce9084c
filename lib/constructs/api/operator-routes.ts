// Routes of the operators' API, each with the function that answers it, and who may call them. They stand in the stack itself,
// and not in a construct of their own, so that a deployed route stays the same route.
import type { Stack } from 'aws-cdk-lib';
import { HttpApi, type IHttpApi, type IHttpRouteAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer, HttpUserPoolAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import type { IUserPoolClient } from 'aws-cdk-lib/aws-cognito';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { ActivitySourceTold } from '../../../lambdas/api/alerts.ts';
import { isOperatorRoute, type Route } from '../../../lambdas/api/route.ts';
import { CONNECTORS } from '../../../lambdas/connectors/registry.ts';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import { AUDIT_QUERIES_FILE } from '../../../lambdas/stores/deployed-audit-queries.ts';
import { acknowledgeWildcard } from '../../acknowledge.ts';
import { type ActivitySourceSettings, isFetched } from '../../activity-sources.ts';
import { namedQueries } from '../../audit-queries/named-queries.ts';
import type { Settings } from '../../config.ts';
import { type AskedLake, askingLake } from '../audit/asking-lake.ts';
import type { EvidenceFiles } from '../audit/evidence-files.ts';
import type { EscalationTopic } from '../escalation-topic.ts';
import type { PeopleListing } from '../search/people-listing.ts';
import type { Tables } from '../store-access.ts';
import { ApiRoute } from './api-route.ts';
import type { OperatorDirectory } from './operator-directory.ts';

export interface OperatorRoutesProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** The tables that operators read. */
  readonly tables: Tables;
  /** What shows what people did by hand, and the populations of review campaigns. */
  readonly evidenceFiles: EvidenceFiles;
  /** What access is explained by. */
  readonly accessModel: AccessModel;
  /** The API that the routes are added to. */
  readonly api: IHttpApi;
  /** The deployment's own operators; undefined when the settings name an issuer. */
  readonly operators: OperatorDirectory | undefined;
  /** The console's, whose tokens are taken as well; undefined where there is none of the deployment's own. */
  readonly consoleClient: IUserPoolClient | undefined;
  /** Where its functions tell a person. */
  readonly escalations: EscalationTopic;
  /** The state machine that reconciles an application. */
  readonly reconcile: IStateMachine;
  /** The state machine that opens a review campaign. */
  readonly accessReview: IStateMachine;
}

export interface AddedRoutes {
  readonly routes: readonly Route[];
  /** Of the authorizer: each stack has one of its own at the API. */
  readonly authorizerName: string;
  /** The list by which people are searched for. @default none of the routes searches */
  readonly listing?: PeopleListing;
  /** The audit lake. @default none of the routes asks it */
  readonly lake?: AskedLake;
}

/** With which Lambda gives one CPU: 100,000 people are an index within a second or so. */
const SEARCH_MEMORY_MB = 1_769;

const ANSWERS = 'What queries read of the lake, and the answers to them.';

/** What people do by hand. */
const MANUAL_CONNECTORS = JSON.stringify(CONNECTORS.filter(({ kind }) => kind === 'manual').map(({ type }) => type));

/** @returns the API, as the stack knows it */
export function addOperatorRoutes(
  stack: Stack,
  props: OperatorRoutesProps,
  { routes, authorizerName, listing, lake }: AddedRoutes,
): IHttpApi {
  const { settings, tables, evidenceFiles, accessModel, reconcile, accessReview, escalations } = props;
  // Imported, so that the authorizer, which CDK puts beside the API, lies in this stack.
  const { apiId, apiEndpoint } = props.api;
  const api = HttpApi.fromHttpApiAttributes(stack, 'Api', { httpApiId: apiId, apiEndpoint });
  const authorizer = authorizerOf(authorizerName, props);
  const claims = { groupsClaim: settings.groupsClaim, identityClaim: settings.identityClaim };
  const { stateMachineArn } = reconcile;
  const startingOf = (arn: string) => new PolicyStatement({ actions: ['states:StartExecution'], resources: [arn] });
  for (const route of routes) {
    const {
      accessModel: explains,
      massErrorGuard: judges,
      erasure: erases,
      hrSources: listsHrSources,
      activitySources: listsSources,
      reconcile: reconciles,
      intake,
      manualConnectors: asksPeople,
      alerts: tells,
      evidenceFiles: keeps,
      searchList,
      openCampaigns: opens,
      campaignFiles: readsPopulations,
      lakeQueries,
    } = route.uses;
    const searched = searchList && listingFor(route, listing);
    const asked = lakeQueries && lakeFor(route, lake);
    const { role } = new ApiRoute(stack, route.name, {
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
        ...(listsHrSources && { hrSources: JSON.stringify(settings.hrSources.map(({ id }) => id)) }),
        ...(listsSources && { activitySources: JSON.stringify(settings.activitySources.map(toldSource)) }),
        ...(reconciles && { reconcileArn: stateMachineArn }),
        ...(searched && { searchBucket: searched.bucket.bucketName }),
        ...(opens && { accessReviewArn: accessReview.stateMachineArn }),
        ...((keeps || readsPopulations) && { evidenceBucket: evidenceFiles.bucket.bucketName }),
        ...(tells && { escalationTopicArn: escalations.topic.topicArn }),
        ...(asked && { lakeDatabase: asked.catalog.databaseName, lakeWorkGroup: asked.catalog.workGroup }),
      },
      ...(asked && { files: { [AUDIT_QUERIES_FILE]: JSON.stringify(namedQueries()) } }),
      permissions: [
        ...(reconciles ? [startingOf(stateMachineArn)] : []),
        ...(opens ? [startingOf(accessReview.stateMachineArn)] : []),
        ...(readsPopulations ? evidenceFiles.readingPopulations : []),
        ...(tells ? escalations.publishing : []),
        ...(keeps ? evidenceFiles.adding : []),
        ...(searched?.reading ?? []),
        ...(asked && lakeQueries === 'start' ? askingLake(stack, asked).starting : []),
        ...(asked && lakeQueries === 'read' ? askingLake(stack, asked).reading : []),
      ],
      ...(searched && { memoryMb: SEARCH_MEMORY_MB }),
    });
    if (keeps) acknowledgeWildcard(role, evidenceFiles.files, 'Files, each named by its own hash.');
    if (asked) acknowledgeWildcard(role, `${asked.catalog.resultsArn}/*`, ANSWERS);
    if (lakeQueries === 'start') acknowledgeWildcard(role, `${asked?.bucketArn}/*`, ANSWERS);
    if (readsPopulations) acknowledgeWildcard(role, evidenceFiles.populations, 'Files, each named by its own hash.');
  }
  return api;
}

function toldSource(source: ActivitySourceSettings): ActivitySourceTold {
  return { source: source.id, type: source.type, comes: isFetched(source) ? 'fetched' : 'sent' };
}

function lakeFor({ name }: Route, lake: AskedLake | undefined): AskedLake {
  if (lake === undefined) throw new Error(`${name} asks a lake where there is none`);
  return lake;
}

function listingFor({ name }: Route, listing: PeopleListing | undefined): PeopleListing {
  if (listing === undefined) throw new Error(`${name} searches where there is no list of people`);
  return listing;
}

function authorizerOf(
  name: string,
  { settings: { oidc }, operators, consoleClient }: OperatorRoutesProps,
): IHttpRouteAuthorizer {
  if (oidc !== undefined) return new HttpJwtAuthorizer(name, oidc.issuer, { jwtAudience: [...oidc.audience] });
  if (operators === undefined) throw new Error('there is neither an issuer nor a directory of operators');
  const userPoolClients = [operators.client, ...(consoleClient ? [consoleClient] : [])];
  return new HttpUserPoolAuthorizer(name, operators.userPool, { userPoolClients });
}
