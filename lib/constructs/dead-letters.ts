// What was tried for hours in vain: messages of rules, of the stream and of schedules. One command moves them on to
// the redrive queue, whose function names their identities to the sweep.
import { CfnOutput, Duration, Validations } from 'aws-cdk-lib';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Settings } from '../config.ts';
import { RunbookAlarm } from './runbook-alarm.ts';
import { ServiceFunction } from './service-function.ts';
import type { Tables } from './store-access.ts';

export interface DeadLettersProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** The tables; a redriven identity is marked in that of the identities. */
  readonly tables: Tables;
  /** Where its alarm goes. */
  readonly alarmTopic: ITopic;
}

const COMMON: QueueProps = {
  encryption: QueueEncryption.SQS_MANAGED,
  enforceSSL: true,
  retentionPeriod: Duration.days(14),
};
const REDRIVE_TRIES = 3;
const REDRIVE_TIMEOUT = Duration.seconds(30);

export class DeadLetters extends Construct {
  readonly queue: Queue;

  constructor(scope: Construct, id: string, { settings, tables, alarmTopic }: DeadLettersProps) {
    super(scope, id);
    this.queue = new Queue(this, 'Queue', COMMON);
    Validations.of(this.queue).acknowledge({ id: 'AwsSolutions-SQS3', reason: 'It is itself the dead-letter queue.' });
    new RunbookAlarm(this, 'NotEmpty', {
      metric: this.queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum' }),
      runbook: 'messageGivenUp',
      topic: alarmTopic,
    });
    const redriven = this.addRedrive(settings, tables);
    new CfnOutput(scope, 'DeadLetterQueueArn', { value: this.queue.queueArn });
    new CfnOutput(scope, 'RedriveQueueArn', { value: redriven.queueArn });
  }

  /** SQS moves messages only out of a queue that is some queue's dead-letter queue, which this one then is. */
  private addRedrive(settings: Settings, tables: Tables): Queue {
    const queue = new Queue(this, 'Redriven', {
      ...COMMON,
      // Six times the function's time-out (Lambda guide, "Using Lambda with Amazon SQS").
      visibilityTimeout: Duration.seconds(6 * REDRIVE_TIMEOUT.toSeconds()),
      deadLetterQueue: { queue: this.queue, maxReceiveCount: REDRIVE_TRIES },
    });
    const redrive = new ServiceFunction(this, 'Redrive', {
      settings,
      tables,
      handler: 'redrive',
      directory: ['saveNextChecks'],
      timeout: REDRIVE_TIMEOUT,
    });
    redrive.function.addEventSource(new SqsEventSource(queue, { batchSize: 10 }));
    return queue;
  }
}
