// Where records of activity wait and are judged, and where what was found is answered: a queue, the function that judges, the
// function that tells people and suspends by policy, and the bus on which findings leave for a SIEM.
import { CfnOutput, Duration, Stack, Validations } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { FilterCriteria, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { SqsDlq, SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import { ACTIVITY_SOURCES_FILE } from '../../../lambdas/stores/deployed-activity-sources.ts';
import { DETECTION_FILE } from '../../../lambdas/stores/deployed-detection.ts';
import type { Settings } from '../../config.ts';
import type { EscalationTopic } from '../escalation-topic.ts';
import { mailingAs } from '../mailing.ts';
import { readingStream } from '../reading-stream.ts';
import { RunbookAlarm } from '../runbook-alarm.ts';
import { ServiceFunction } from '../service-function.ts';
import type { Tables } from '../store-access.ts';
import type { ActivityLake } from './activity-lake.ts';
import { AlertPosting } from './alert-posting.ts';

export interface ActivityJudgingProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** The tables: what is remembered, and what it is held against. */
  readonly tables: Tables;
  /** By which it is known what reasons hold up. */
  readonly accessModel: AccessModel;
  /** Where alarms and alerts go. */
  readonly escalations: EscalationTopic;
  /** On which the state machines are told to lock out somebody who has left. */
  readonly bus: EventBus;
  /** Where links in mails lead to, without a trailing slash. */
  readonly linkUrl: string;
  /** Where what was judged is kept. */
  readonly lake: ActivityLake;
}

const COMMON: QueueProps = {
  encryption: QueueEncryption.SQS_MANAGED,
  enforceSSL: true,
  retentionPeriod: Duration.days(14),
};
const TIMEOUT = Duration.minutes(1);
const MAXIMUM_RECEIVES = 5;
/**
 * Of messages, which hold up to 50 records each: 50,000 are judged in about half a minute. What is posted one by one comes in as
 * many messages as records, and is the cheaper the more are judged together. Lambda takes 6 MB of them at once.
 */
const BATCH = 1_000;
/** So long a record may wait for others: a call for many costs little more than a call for one. */
const BATCHING_WINDOW = Duration.seconds(5);
/** Two that judge one identity at once have one of them judge again, so more at a time are not faster. */
const CONCURRENCY = 10;
/** What is judged so late finds what it should have found an hour ago. */
const WAITING = Duration.minutes(15);
const ANSWER_TRIES = 10;

export class ActivityJudging extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;
  /** What a role needs to put records into the queue. */
  readonly sending: PolicyStatement;

  constructor(scope: Construct, id: string, props: ActivityJudgingProps) {
    super(scope, id);
    this.deadLetters = new Queue(this, 'DeadLetters', COMMON);
    Validations.of(this.deadLetters).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'It is itself the dead-letter queue.',
    });
    this.queue = new Queue(this, 'Queue', {
      ...COMMON,
      // Six times the function's time-out (Lambda guide, "Using Lambda with Amazon SQS").
      visibilityTimeout: Duration.seconds(6 * TIMEOUT.toSeconds()),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MAXIMUM_RECEIVES },
    });
    this.sending = new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [this.queue.queueArn] });
    this.addJudging(props);
    this.addNoting(props);
    this.addAnswering(props);
    this.addAlarms(props.escalations);
    new CfnOutput(scope, 'ActivityQueueUrl', { value: this.queue.queueUrl });
    new CfnOutput(scope, 'ActivityDeadLettersArn', { value: this.deadLetters.queueArn });
  }

  private addJudging({ settings, tables, accessModel, lake }: ActivityJudgingProps): void {
    const judging = new ServiceFunction(this, 'JudgeActivity', {
      settings,
      tables,
      accessModel,
      handler: 'judge-activity',
      accounts: ['findLinked'],
      directory: ['findByEmail', 'load'],
      activity: [
        'findAlerts',
        'findByClues',
        'listEmergencies',
        'listMutes',
        'noteUnknown',
        'recall',
        'remember',
        'saveAlert',
      ],
      files: {
        [ACTIVITY_SOURCES_FILE]: JSON.stringify(settings.activitySources),
        [DETECTION_FILE]: JSON.stringify(settings.detection),
      },
      environment: { activityLakeQueue: lake.queue.queueUrl },
      permissions: [lake.sending],
      timeout: TIMEOUT,
      memoryMb: 1_024,
    });
    judging.function.addEventSource(
      new SqsEventSource(this.queue, {
        batchSize: BATCH,
        maxBatchingWindow: BATCHING_WINDOW,
        maxConcurrency: CONCURRENCY,
        reportBatchItemFailures: true,
      }),
    );
  }

  /** By what accounts are known is noted as they are read: a record that comes with the account itself may come before that. */
  private addNoting({ settings, tables }: ActivityJudgingProps): void {
    const noting = new ServiceFunction(this, 'NoteAccounts', {
      settings,
      tables,
      handler: 'note-accounts',
      directory: ['load'],
      activity: ['saveClues'],
      permissions: [
        readingStream(tables.identities.tableStreamArn ?? ''),
        new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [this.deadLetters.queueArn] }),
      ],
      timeout: TIMEOUT,
    });
    noting.function.addEventSourceMapping('Stream', {
      ...(tables.identities.tableStreamArn && { eventSourceArn: tables.identities.tableStreamArn }),
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      maxBatchingWindow: BATCHING_WINDOW,
      bisectBatchOnError: true,
      retryAttempts: ANSWER_TRIES,
      onFailure: new SqsDlq(this.deadLetters),
      filters: [FilterCriteria.filter({ dynamodb: { Keys: { sk: { S: [{ prefix: 'ACCOUNT#' }] } } } })],
    });
  }

  private addAnswering({ settings, tables, escalations, bus, linkUrl }: ActivityJudgingProps): void {
    const { sender } = settings.notices;
    const alertBus = new EventBus(this, 'AlertBus');
    const { slack, teams } = settings.detection;
    if (slack ?? teams) new AlertPosting(this, 'Chats', { settings, tables, alertBus });
    const answering = new ServiceFunction(this, 'AnswerAlerts', {
      settings,
      tables,
      handler: 'answer-alerts',
      facts: ['recordFact'],
      directory: ['listIdentities', 'load'],
      holds: ['findPopulation', 'listDisabling', 'noteDisabling', 'savePopulation'],
      activity: ['findAlerts', 'saveAlert'],
      environment: {
        eventBus: bus.eventBusName,
        alertBus: alertBus.eventBusName,
        escalationTopicArn: escalations.topic.topicArn,
        massErrorGuard: JSON.stringify(settings.massErrorGuard),
        notices: JSON.stringify({ sender }),
        decisionsUrl: linkUrl,
      },
      permissions: [
        new PolicyStatement({ actions: ['events:PutEvents'], resources: [bus.eventBusArn, alertBus.eventBusArn] }),
        ...escalations.publishing,
        ...(sender === undefined ? [] : [mailingAs(Stack.of(this), sender)]),
        new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [this.deadLetters.queueArn] }),
        readingStream(tables.activity.tableStreamArn ?? ''),
      ],
      timeout: Duration.minutes(1),
    });
    answering.function.addEventSourceMapping('Stream', {
      ...(tables.activity.tableStreamArn && { eventSourceArn: tables.activity.tableStreamArn }),
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 25,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      retryAttempts: ANSWER_TRIES,
      onFailure: new SqsDlq(this.deadLetters),
      filters: [FilterCriteria.filter({ dynamodb: { Keys: { sk: { S: [{ prefix: 'ALERT#' }] } } } })],
    });
    new RunbookAlarm(this, 'AlertsBehind', {
      metric: answering.function.metric('IteratorAge', { statistic: 'Maximum' }),
      threshold: Duration.minutes(5).toMilliseconds(),
      runbook: 'alertsNotAnswered',
      topic: escalations.topic,
    });
    new CfnOutput(this.node.scope as Construct, 'AlertBusName', {
      value: alertBus.eventBusName,
      description: 'Where alerts leave as OCSF Detection Findings',
    });
  }

  private addAlarms({ topic }: EscalationTopic): void {
    new RunbookAlarm(this, 'GivenUp', {
      metric: this.deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum' }),
      runbook: 'activityNotJudged',
      topic,
    });
    new RunbookAlarm(this, 'Waiting', {
      metric: this.queue.metricApproximateAgeOfOldestMessage({ statistic: 'Maximum' }),
      threshold: WAITING.toSeconds(),
      runbook: 'activityNotJudged',
      topic,
    });
  }
}
