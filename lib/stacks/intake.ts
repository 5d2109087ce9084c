// The API and its first route: where HR systems post, and where those are asked that only say who changed.
import { Stack, type StackProps } from 'aws-cdk-lib';
import type { IHttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Construct } from 'constructs';
import { hrEventRoutes } from '../../lambdas/api/hr-events.ts';
import type { AccessModel } from '../../lambdas/core/access-model/access-model.ts';
import type { Settings } from '../config.ts';
import { Api } from '../constructs/api/api.ts';
import { ApiRoute } from '../constructs/api/api-route.ts';
import type { EscalationTopic } from '../constructs/escalation-topic.ts';
import { FunctionAlarms, functionsWithin } from '../constructs/function-alarms.ts';
import { HrSourceSecrets } from '../constructs/hr/hr-source-secrets.ts';
import { PeopleFetching } from '../constructs/hr/people-fetching.ts';
import { PopulationFeeds } from '../constructs/hr/population-feeds.ts';
import { SignalReceiving } from '../constructs/signals/signal-receiving.ts';
import type { Tables } from '../constructs/store-access.ts';
import { readsBack } from '../hr-sources.ts';

export interface IntakeStackProps extends StackProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** The tables that facts are recorded in. */
  readonly tables: Tables;
  /** By which the mass-error guard tells who loses access. */
  readonly accessModel: AccessModel;
  /** Where alarms go, and what the mass-error guard tells. */
  readonly escalations: EscalationTopic;
}

export class IntakeStack extends Stack {
  readonly api: IHttpApi;

  constructor(
    scope: Construct,
    id: string,
    { settings, tables, accessModel, escalations, ...props }: IntakeStackProps,
  ) {
    super(scope, id, props);
    const alarmTopic = escalations.topic;
    this.api = new Api(this, 'Api', { settings, alarmTopic }).httpApi;
    const guarded = { settings, tables, accessModel, escalations };
    new PopulationFeeds(this, 'PopulationFeeds', guarded);
    const secrets = new HrSourceSecrets(this, 'HrSources', { settings });
    const fetching = settings.hrSources
      .filter(readsBack)
      .map((source) => new PeopleFetching(this, `People-${source.id}`, { ...guarded, secrets, source }));
    new ApiRoute(this, 'ReceiveHrEvent', {
      api: this.api,
      route: hrEventRoutes['receive-hr-event'],
      settings,
      tables,
      accessModel,
      hrSources: settings.hrSources,
      hrSourcePrecedence: settings.hrSourcePrecedence,
      reservedConcurrency: settings.concurrency.intake,
      environment: {
        ...(fetching.length > 0 && { hrSourceQueues: this.toJsonString(queuesOf(fetching)) }),
        hrSourceSecrets: this.toJsonString(secrets.arns),
        massErrorGuard: JSON.stringify(settings.massErrorGuard),
        escalationTopicArn: escalations.topic.topicArn,
      },
      permissions: [secrets.reading, ...escalations.publishing, ...fetching.map(({ sending }) => sending)],
    });
    if (settings.sharedSignals.transmitters.length > 0) {
      new SignalReceiving(this, 'SignalReceiving', { ...guarded, api: this.api });
    }
    new FunctionAlarms(this, 'FunctionAlarms', { functions: functionsWithin(this), topic: alarmTopic });
  }
}

/** HR source → the URL of its queue. */
function queuesOf(fetching: readonly PeopleFetching[]): Readonly<Record<string, string>> {
  return Object.fromEntries(fetching.map(({ sourceId, queue }) => [sourceId, queue.queueUrl]));
}
