// Reminds whoever does tasks by hand, and tells people of what is overdue, by the clock.
import { Duration, Stack } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import type { Settings } from '../../config.ts';
import type { EscalationTopic } from '../escalation-topic.ts';
import { mailingAs } from '../mailing.ts';
import { ServiceFunction } from '../service-function.ts';
import type { Tables } from '../store-access.ts';

export interface TaskChasingProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** The tables: tasks lie in that of the identities. */
  readonly tables: Tables;
  /** Where it tells of what is overdue. */
  readonly escalations: EscalationTopic;
}

/** What takes privileged access away is due in four hours. */
const EVERY_MINUTES = 15;

export class TaskChasing extends Construct {
  constructor(scope: Construct, id: string, { settings, tables, escalations }: TaskChasingProps) {
    super(scope, id);
    const { notices } = settings;
    const chasing = new ServiceFunction(this, 'ChaseTasks', {
      settings,
      tables,
      handler: 'chase-tasks',
      tasks: ['listTasks', 'saveTask'],
      environment: { notices: JSON.stringify(notices), escalationTopicArn: escalations.topic.topicArn },
      permissions: [
        ...escalations.publishing,
        ...(notices.sender === undefined ? [] : [mailingAs(Stack.of(this), notices.sender)]),
      ],
      timeout: Duration.minutes(1),
    });
    new Rule(this, 'Clock', {
      schedule: Schedule.rate(Duration.minutes(EVERY_MINUTES)),
      targets: [new LambdaFunction(chasing.function, { retryAttempts: 0 })],
    });
  }
}
