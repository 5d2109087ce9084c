// Self-repair on a clock: every minute or so the sweep looks at the identities whose next check is due.
import { Duration, Stack } from 'aws-cdk-lib';
import { type EventBus, Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import { OLDEST_DUE_METRIC } from '../../../lambdas/stores/backlog-metrics.ts';
import type { Settings } from '../../config.ts';
import type { EscalationTopic } from '../escalation-topic.ts';
import { ownMetric } from '../own-metric.ts';
import { RunbookAlarm } from '../runbook-alarm.ts';
import { ServiceFunction } from '../service-function.ts';
import type { Tables } from '../store-access.ts';

export interface SweepProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** The tables it looks through. */
  readonly tables: Tables;
  /** By which it knows when a leaver's account is to be deleted. */
  readonly accessModel: AccessModel;
  /** Where it asks for state machines to be started. */
  readonly bus: EventBus;
  /** Whose executions make access agree: while many are under way, who has yet to begin is not lost. */
  readonly passes: readonly StateMachine[];
  /** Takes a run that could not be started. */
  readonly deadLetters: Queue;
  /** Where its alarms go, and where it tells of what nobody has looked at in time. */
  readonly escalations: EscalationTopic;
}

/** Beside what two runs take to begin. */
const BEHIND_SECONDS = 900;

export class Sweep extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { settings, tables, accessModel, bus, passes, deadLetters, escalations }: SweepProps,
  ) {
    super(scope, id);
    const machines = passes.map(({ stateMachineArn }) => stateMachineArn);
    const sweep = new ServiceFunction(this, 'Function', {
      settings,
      tables,
      accessModel,
      handler: 'sweep',
      facts: ['recordEffect', 'recordFact'],
      tasks: ['listWaitingTokens'],
      directory: ['listDue', 'load', 'moveCheck'],
      environment: {
        eventBus: bus.eventBusName,
        escalationTopicArn: escalations.topic.topicArn,
        passMachines: Stack.of(this).toJsonString(machines),
      },
      permissions: [
        new PolicyStatement({ actions: ['events:PutEvents'], resources: [bus.eventBusArn] }),
        new PolicyStatement({ actions: ['states:ListExecutions'], resources: machines }),
        ...escalations.publishing,
      ],
      // Its own bound on a run, the identities begun by then, and room for a slow table.
      timeout: Duration.minutes(2),
    });
    new Rule(this, 'Clock', {
      schedule: Schedule.rate(Duration.minutes(settings.sweepMinutes)),
      targets: [new LambdaFunction(sweep.function, { deadLetterQueue: deadLetters, retryAttempts: 2 })],
    });
    new RunbookAlarm(this, 'Fails', {
      metric: sweep.function.metricErrors({ statistic: 'Sum' }),
      // One failed run is made good by the next.
      threshold: 3,
      runbook: 'sweepFails',
      topic: escalations.topic,
    });
    new RunbookAlarm(this, 'Behind', {
      metric: ownMetric(OLDEST_DUE_METRIC, 'Maximum'),
      threshold: BEHIND_SECONDS + 2 * 60 * settings.sweepMinutes,
      periods: 2,
      runbook: 'sweepBehind',
      topic: escalations.topic,
    });
  }
}
