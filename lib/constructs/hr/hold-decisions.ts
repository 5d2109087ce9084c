// Decisions about what the mass-error guard holds, carried out where an answer could not wait for the end.
import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Settings } from '../../config.ts';
import { RunbookAlarm } from '../runbook-alarm.ts';
import { ServiceFunction } from '../service-function.ts';
import type { Tables } from '../store-access.ts';

export interface HoldDecisionsProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** The tables that hold both. */
  readonly tables: Tables;
  /** Takes a run that could not be started. */
  readonly deadLetters: Queue;
  /** Where its alarm goes. */
  readonly alarmTopic: ITopic;
}

export class HoldDecisions extends Construct {
  constructor(scope: Construct, id: string, { settings, tables, deadLetters, alarmTopic }: HoldDecisionsProps) {
    super(scope, id);
    const carryOut = new ServiceFunction(this, 'ResumeHoldDecisions', {
      settings,
      tables,
      handler: 'resume-hold-decisions',
      facts: ['findAcceptedEvent', 'recordFact'],
      directory: ['load'],
      holds: ['closeHold', 'listHeld', 'listHolds', 'removeHeld'],
      // It stops by itself after 50 seconds; what it has begun by then is a page of 100.
      timeout: Duration.minutes(2),
    });
    new Rule(this, 'Clock', {
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaFunction(carryOut.function, { deadLetterQueue: deadLetters, retryAttempts: 2 })],
    });
    new RunbookAlarm(this, 'Fails', {
      metric: carryOut.function.metricErrors({ statistic: 'Sum' }),
      // One failed run is made good by the next.
      threshold: 3,
      runbook: 'massChangeHeld',
      topic: alarmTopic,
    });
  }
}
