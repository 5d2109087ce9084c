// Where one HR system is asked about people of whom it only said that they changed: a queue, the function that asks,
// with this source's secret and no other, and a dead-letter queue that somebody is told of.
import { CfnOutput, Duration, Validations } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { DeduplicationScope, FifoThroughputLimit, Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import type { Settings } from '../../config.ts';
import type { HrSourceSettings } from '../../hr-sources.ts';
import type { EscalationTopic } from '../escalation-topic.ts';
import { RunbookAlarm } from '../runbook-alarm.ts';
import { ServiceFunction } from '../service-function.ts';
import { GUARDING, type Tables } from '../store-access.ts';
import type { HrSourceSecrets } from './hr-source-secrets.ts';

export interface PeopleFetchingProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** The tables that facts are recorded in. */
  readonly tables: Tables;
  /** By which the mass-error guard tells who loses access. */
  readonly accessModel: AccessModel;
  /** Where alarms go, and what the mass-error guard and people who are gone are told to. */
  readonly escalations: EscalationTopic;
  /** Of all sources; the function reads that of its own. */
  readonly secrets: HrSourceSecrets;
  /** The source whose people are fetched. */
  readonly source: HrSourceSettings;
}

/** First in, first out for each person, so that nobody is fetched twice at the same time. */
const COMMON: QueueProps = {
  fifo: true,
  deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
  fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
  encryption: QueueEncryption.SQS_MANAGED,
  enforceSSL: true,
  retentionPeriod: Duration.days(14),
};
/** It begins no call after a minute (fetch-people.ts). */
const TIMEOUT = Duration.minutes(2);
/** The function gives up at the 20th try, with the reason; what kills it before that is given up by the queue. */
const MAXIMUM_RECEIVES = 25;
/** As many as Lambda lets it be: an HR system is somebody else's. */
const CONCURRENCY = 2;
const BATCH = 10;
/** An HR system that does not answer for so long. */
const WAITING = Duration.minutes(30);

export class PeopleFetching extends Construct {
  readonly sourceId: string;
  readonly queue: Queue;
  /** What a role needs to put somebody into the queue. */
  readonly sending: PolicyStatement;

  constructor(scope: Construct, id: string, props: PeopleFetchingProps) {
    super(scope, id);
    const { source, escalations } = props;
    this.sourceId = source.id;
    const deadLetters = new Queue(this, 'DeadLetters', COMMON);
    Validations.of(deadLetters).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'It is itself the dead-letter queue.',
    });
    this.queue = new Queue(this, 'Queue', {
      ...COMMON,
      // Six times the function's time-out (Lambda guide, "Using Lambda with Amazon SQS").
      visibilityTimeout: Duration.seconds(6 * TIMEOUT.toSeconds()),
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: MAXIMUM_RECEIVES },
    });
    this.sending = sendingTo(this.queue);
    this.addFunction(props, deadLetters);
    this.addAlarms(deadLetters, escalations);
    new CfnOutput(scope, `PeopleQueue-${source.id}`.replaceAll(/[^A-Za-z0-9]/g, ''), {
      value: this.queue.queueArn,
      description: `Where people of ${source.id} wait to be fetched`,
    });
    new CfnOutput(scope, `PeopleDeadLetters-${source.id}`.replaceAll(/[^A-Za-z0-9]/g, ''), {
      value: deadLetters.queueArn,
      description: `People of ${source.id} who could not be fetched`,
    });
  }

  private addFunction(
    { settings, tables, accessModel, escalations, secrets, source }: PeopleFetchingProps,
    deadLetters: Queue,
  ) {
    const fetching = new ServiceFunction(this, 'FetchPeople', {
      settings,
      tables,
      accessModel,
      handler: 'fetch-people',
      facts: ['findAcceptedEvent', 'findOtherSpellings', 'recordFact'],
      directory: ['listIdentities', 'listOwnedBy', 'load'],
      holds: GUARDING,
      people: ['findIdentity', 'findPerson', 'tie'],
      hrSources: [source],
      hrSourcePrecedence: settings.hrSourcePrecedence,
      environment: {
        hrSource: source.id,
        hrSourceSecret: secrets.arns[source.id] ?? '',
        peopleQueue: this.queue.queueUrl,
        peopleDeadLetters: deadLetters.queueUrl,
        massErrorGuard: JSON.stringify(settings.massErrorGuard),
        escalationTopicArn: escalations.topic.topicArn,
      },
      permissions: [secrets.readingOf(source.id), ...escalations.publishing, sendingTo(deadLetters)],
      timeout: TIMEOUT,
    });
    fetching.function.addEventSource(
      new SqsEventSource(this.queue, { batchSize: BATCH, maxConcurrency: CONCURRENCY, reportBatchItemFailures: true }),
    );
  }

  private addAlarms(deadLetters: Queue, { topic }: EscalationTopic): void {
    new RunbookAlarm(this, 'GivenUp', {
      metric: deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum' }),
      runbook: 'peopleNotFetched',
      topic,
    });
    new RunbookAlarm(this, 'Waiting', {
      metric: this.queue.metricApproximateAgeOfOldestMessage({ statistic: 'Maximum' }),
      threshold: WAITING.toSeconds(),
      runbook: 'peopleNotFetched',
      topic,
    });
  }
}

function sendingTo(queue: Queue): PolicyStatement {
  return new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [queue.queueArn] });
}
