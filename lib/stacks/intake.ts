// The API and its first route: where HR systems post events.
import { Stack, type StackProps } from 'aws-cdk-lib';
import type { IHttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Construct } from 'constructs';
import { hrEventRoutes } from '../../lambdas/api/hr-events.ts';
import type { Settings } from '../config.ts';
import { Api } from '../constructs/api/api.ts';
import { ApiRoute } from '../constructs/api/api-route.ts';
import type { EscalationTopic } from '../constructs/escalation-topic.ts';
import { HrSourceSecrets } from '../constructs/hr/hr-source-secrets.ts';
import { PopulationFeeds } from '../constructs/hr/population-feeds.ts';
import type { Tables } from '../constructs/store-access.ts';

export interface IntakeStackProps extends StackProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** The tables that facts are recorded in. */
  readonly tables: Tables;
  /** Where alarms go, and what the mass-error guard tells. */
  readonly escalations: EscalationTopic;
}

export class IntakeStack extends Stack {
  readonly api: IHttpApi;

  constructor(scope: Construct, id: string, { settings, tables, escalations, ...props }: IntakeStackProps) {
    super(scope, id, props);
    const alarmTopic = escalations.topic;
    this.api = new Api(this, 'Api', { settings, alarmTopic }).httpApi;
    new PopulationFeeds(this, 'PopulationFeeds', { settings, tables, escalations });
    const secrets = new HrSourceSecrets(this, 'HrSources', { settings });
    new ApiRoute(this, 'ReceiveHrEvent', {
      api: this.api,
      route: hrEventRoutes['receive-hr-event'],
      settings,
      tables,
      environment: {
        hrSourceSecrets: this.toJsonString(secrets.arns),
        hrSourcePrecedence: JSON.stringify(settings.hrSourcePrecedence),
        massErrorGuard: JSON.stringify(settings.massErrorGuard),
        escalationTopicArn: escalations.topic.topicArn,
      },
      permissions: [secrets.reading, ...escalations.publishing],
    });
  }
}
