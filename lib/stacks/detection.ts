// How access is used: where systems tell it, what judges it, and what follows from what was found. Without sources in the
// settings nothing is told, and nothing runs.
import { Stack, type StackProps } from 'aws-cdk-lib';
import { HttpApi, type IHttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { type EventBus, EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import type { Construct } from 'constructs';
import { activityRoutes } from '../../lambdas/api/activity.ts';
import { alertQuestionRoutes } from '../../lambdas/api/alert-questions.ts';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import type { SigmaRule } from '../../lambdas/core/detection/sigma-rule.ts';
import { ACTIVITY_SOURCES_FILE } from '../../lambdas/stores/deployed-activity-sources.ts';
import { DETECTION_FILE } from '../../lambdas/stores/deployed-detection.ts';
import { isFetched, typeOf } from '../activity-sources.ts';
import type { Settings } from '../config.ts';
import { ApiRoute } from '../constructs/api/api-route.ts';
import type { LakeCatalog } from '../constructs/audit/lake-queries.ts';
import { ActivityFiles } from '../constructs/detection/activity-files.ts';
import { ActivityJudging } from '../constructs/detection/activity-judging.ts';
import { ActivityLake } from '../constructs/detection/activity-lake.ts';
import { ActivityPolling } from '../constructs/detection/activity-polling.ts';
import { ActivitySourceSecrets } from '../constructs/detection/activity-source-secrets.ts';
import { DormantAccounts } from '../constructs/detection/dormant-accounts.ts';
import { SigmaRules } from '../constructs/detection/sigma-rules.ts';
import type { EscalationTopic } from '../constructs/escalation-topic.ts';
import { FunctionAlarms, functionsWithin } from '../constructs/function-alarms.ts';
import type { Tables } from '../constructs/store-access.ts';

export interface DetectionStackProps extends StackProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** The tables. */
  readonly tables: Tables;
  /** By which it is known what reasons hold up. */
  readonly accessModel: AccessModel;
  /** Rules of one's own over what is kept of activity. */
  readonly sigmaRules: readonly SigmaRule[];
  /** The API that the route is added to. */
  readonly api: IHttpApi;
  /** Where alarms and alerts go. */
  readonly escalations: EscalationTopic;
  /** On which the state machines are told what to do. */
  readonly bus: EventBus;
  /** Where the lake is queried. */
  readonly catalog: LakeCatalog;
}

/** What EventBridge calls CloudTrail's events of every service: "Events from AWS services". */
const CLOUDTRAIL = [
  'AWS API Call via CloudTrail',
  'AWS Console Sign In via CloudTrail',
  'AWS Service Event via CloudTrail',
];

export class DetectionStack extends Stack {
  constructor(scope: Construct, id: string, props: DetectionStackProps) {
    const { settings, tables, accessModel, api, sigmaRules, escalations, bus, catalog, ...stackProps } = props;
    super(scope, id, stackProps);
    const { activitySources } = settings;
    const shared = { settings, tables, escalations };
    const linkUrl = settings.notices.linkUrl ?? api.apiEndpoint;
    const lake = new ActivityLake(this, 'ActivityLake', { ...shared, catalog });
    const judging = new ActivityJudging(this, 'Judging', { ...shared, accessModel, bus, linkUrl, lake });
    const secrets = new ActivitySourceSecrets(this, 'ActivitySources', { settings });
    const posting = activitySources.filter((source) => typeOf(source).authenticate !== undefined);
    const ownApi = HttpApi.fromHttpApiAttributes(this, 'Api', { httpApiId: api.apiId, apiEndpoint: api.apiEndpoint });
    const files = { [DETECTION_FILE]: JSON.stringify(settings.detection) };
    const questions = { settings, tables, api: ownApi };
    new ApiRoute(this, 'ShowQuestion', { ...questions, route: alertQuestionRoutes['show-question'] });
    new ApiRoute(this, 'AnswerQuestion', { ...questions, files, route: alertQuestionRoutes['answer-question'] });
    new ApiRoute(this, 'ReceiveActivity', {
      api: ownApi,
      route: activityRoutes['receive-activity'],
      settings,
      tables,
      files: { [ACTIVITY_SOURCES_FILE]: JSON.stringify(posting) },
      environment: {
        activitySourceSecrets: this.toJsonString(secrets.references),
        activityQueue: judging.queue.queueUrl,
      },
      permissions: [...secrets.readingOf(posting.map((source) => source.id)), judging.sending],
    });
    for (const source of activitySources.filter(isFetched)) {
      new ActivityPolling(this, `Polling-${source.id}`, { ...shared, secrets, judging, source });
    }
    for (const source of activitySources.filter(({ type }) => type === 'aws-cloudtrail')) {
      new Rule(this, `CloudTrail-${source.id}`, {
        eventPattern: { detailType: CLOUDTRAIL },
        targets: [
          new SqsQueue(judging.queue, {
            message: RuleTargetInput.fromObject({ source: source.id, event: EventField.fromPath('$') }),
            deadLetterQueue: judging.deadLetters,
          }),
        ],
      });
    }
    if (activitySources.length > 0) {
      new ActivityFiles(this, 'Files', { settings, tables, judging });
      new DormantAccounts(this, 'Dormant', { settings, tables });
      if (sigmaRules.length > 0)
        new SigmaRules(this, 'SigmaRules', { ...shared, accessModel, rules: sigmaRules, lake, catalog });
    }
    new FunctionAlarms(this, 'FunctionAlarms', { functions: functionsWithin(this), topic: escalations.topic });
  }
}
