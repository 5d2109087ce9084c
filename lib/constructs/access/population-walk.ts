// What a changed access model sets off. The function compares the model that was deployed with it with the one for which
// the population was last walked, and the settings with those on record: so a deployment that says nothing to anybody is found out all the same, and so is one
// that was rolled back.
import { Duration } from 'aws-cdk-lib';
import { type EventBus, Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import { DEPLOYED_SETTINGS_FILE } from '../../../lambdas/stores/deployed-settings.ts';
import type { Settings } from '../../config.ts';
import { deployedSettingsOf } from '../../settings-hashes.ts';
import type { EscalationTopic } from '../escalation-topic.ts';
import { RunbookAlarm } from '../runbook-alarm.ts';
import { ServiceFunction } from '../service-function.ts';
import type { Tables } from '../store-access.ts';

export interface PopulationWalkProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** The tables: the walk, the models and whom it concerns lie in that of the identities. */
  readonly tables: Tables;
  /** What was deployed. */
  readonly accessModel: AccessModel;
  /** Where it asks for identities to be converged. */
  readonly bus: EventBus;
  /** Where a person is told of a change that is held. */
  readonly escalations: EscalationTopic;
  /** Takes a run that could not be started. */
  readonly deadLetters: Queue;
  /** Where its alarm goes. */
  readonly alarmTopic: ITopic;
}

export class PopulationWalk extends Construct {
  constructor(scope: Construct, id: string, props: PopulationWalkProps) {
    super(scope, id);
    const { settings, tables, accessModel, bus, escalations, deadLetters, alarmTopic } = props;
    const walk = new ServiceFunction(this, 'WalkPopulation', {
      settings,
      tables,
      accessModel,
      handler: 'walk-population',
      leases: ['readMark'],
      directory: ['listIdentities', 'load', 'saveNextCheck'],
      holds: ['closeHold', 'findHold', 'markAlerted', 'openHold'],
      modelChanges: [
        'findModel',
        'findSettings',
        'findWalk',
        'forgetInUse',
        'listConcerned',
        'listInUse',
        'noteConcerned',
        'saveModel',
        'saveSettings',
        'saveWalk',
      ],
      files: { [DEPLOYED_SETTINGS_FILE]: JSON.stringify(deployedSettingsOf(settings)) },
      environment: {
        eventBus: bus.eventBusName,
        escalationTopicArn: escalations.topic.topicArn,
        massErrorGuard: JSON.stringify(settings.massErrorGuard),
        modelChange: JSON.stringify(settings.modelChange),
      },
      permissions: [
        new PolicyStatement({ actions: ['events:PutEvents'], resources: [bus.eventBusArn] }),
        ...escalations.publishing,
      ],
      // It stops by itself after 50 seconds; what it has begun by then is a page.
      timeout: Duration.minutes(2),
    });
    new Rule(this, 'Clock', {
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaFunction(walk.function, { deadLetterQueue: deadLetters, retryAttempts: 2 })],
    });
    new RunbookAlarm(this, 'Fails', {
      metric: walk.function.metricErrors({ statistic: 'Sum' }),
      // One failed run is made good by the next.
      threshold: 3,
      runbook: 'massChangeHeld',
      topic: alarmTopic,
    });
  }
}
