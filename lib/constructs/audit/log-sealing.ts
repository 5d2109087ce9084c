// The functions of the sealed log: the stream's entries get their place, what the stream lost is found, and what has a place
// is sealed. Each may do exactly that; the roles stand on a path of their own, by which table, bucket and key know them.
import { CfnOutput, Duration, Validations } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { SqsDlq, SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { LOG_METRICS, type LogMeasure } from '../../../lambdas/stores/log/log-metrics.ts';
import { acknowledgeWildcard } from '../../acknowledge.ts';
import type { Settings } from '../../config.ts';
import { logRolePath } from '../../role-paths.ts';
import type { RunbookEntry } from '../../runbook.ts';
import { ownMetric } from '../own-metric.ts';
import { readingStream } from '../reading-stream.ts';
import { RunbookAlarm } from '../runbook-alarm.ts';
import { ServiceFunction } from '../service-function.ts';
import type { Tables } from '../store-access.ts';
import type { SealedLog } from './sealed-log.ts';

export interface LogSealingProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** The tables, that of the log among them; the stream is that of the audit entries. */
  readonly tables: Tables;
  /** What is written to. */
  readonly log: SealedLog;
  /** Where alarms go. */
  readonly alarmTopic: ITopic;
}

const COMMON: QueueProps = {
  encryption: QueueEncryption.SQS_MANAGED,
  enforceSSL: true,
  retentionPeriod: Duration.days(14),
};
/** It begins nothing after a minute (seal-log.ts). */
const SEAL_TIMEOUT = Duration.minutes(2);
/** The clock has it sealed anyway. */
const SEAL_TRIES = 3;
const BATCH_SIZE = 1_000;
/** Of an hour’s entries one invocation takes most; of a rush each takes a second’s. With it goes BATCH_SIZE. */
const BATCHING_WINDOW = Duration.seconds(1);
const BEHIND_MS = Duration.minutes(5).toMilliseconds();
/** What is promised is a minute. */
const UNSEALED_SECONDS = 180;

export class LogSealing extends Construct {
  private readonly props: LogSealingProps;
  readonly deadLetters: Queue;
  private readonly sealQueue: Queue;

  constructor(scope: Construct, id: string, props: LogSealingProps) {
    super(scope, id);
    this.props = props;
    this.deadLetters = new Queue(this, 'DeadLetters', COMMON);
    Validations.of(this.deadLetters).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'It is itself the dead-letter queue.',
    });
    this.sealQueue = new Queue(this, 'Queue', {
      ...COMMON,
      // Six times the function's time-out (Lambda guide, "Using Lambda with Amazon SQS").
      visibilityTimeout: Duration.seconds(6 * SEAL_TIMEOUT.toSeconds()),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: SEAL_TRIES },
    });
    this.addSequencing();
    this.addCatchUp();
    this.addSealing();
    this.addAlarms();
    new CfnOutput(scope, 'SealQueueUrl', {
      value: this.sealQueue.queueUrl,
      description: 'A message here has the log sealed at once',
    });
    new CfnOutput(scope, 'LogDeadLettersArn', { value: this.deadLetters.queueArn });
  }

  private addSequencing(): void {
    const { tables, alarmTopic } = this.props;
    const sequencing = new ServiceFunction(this, 'SequenceEntries', {
      ...this.committing('sequence-entries'),
      facts: ['findFacts'],
      log: ['commit', 'readPositions'],
      subjects: ['subjectsOf'],
      permissions: [...this.writing(this.deadLetters), readingStream(tables.audit.tableStreamArn ?? '')],
      timeout: Duration.minutes(1),
    });
    this.acknowledgeDetails(sequencing);
    sequencing.function.addEventSourceMapping('Stream', {
      ...(tables.audit.tableStreamArn && { eventSourceArn: tables.audit.tableStreamArn }),
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: BATCH_SIZE,
      maxBatchingWindow: BATCHING_WINDOW,
      reportBatchItemFailures: true,
      // Tried for as long as the stream has it: what can never become an entry, the function itself sets aside.
      retryAttempts: -1,
      onFailure: new SqsDlq(this.deadLetters),
    });
    new RunbookAlarm(this, 'Behind', {
      metric: sequencing.function.metric('IteratorAge', { statistic: 'Maximum' }),
      threshold: BEHIND_MS,
      runbook: 'logNotSealed',
      topic: alarmTopic,
    });
  }

  private addCatchUp(): void {
    const catchingUp = new ServiceFunction(this, 'SequenceMissedEntries', {
      ...this.committing('sequence-missed-entries'),
      audit: ['listAll'],
      facts: ['findFacts'],
      log: ['commit', 'findCatchUp', 'readPositions', 'saveCatchUp'],
      subjects: ['subjectsOf'],
      permissions: this.writing(),
      timeout: Duration.minutes(2),
    });
    this.acknowledgeDetails(catchingUp);
    new Rule(this, 'CatchUpClock', {
      schedule: Schedule.rate(Duration.minutes(5)),
      targets: [new LambdaFunction(catchingUp.function, { deadLetterQueue: this.deadLetters, retryAttempts: 0 })],
    });
  }

  private addSealing(): void {
    const { settings, tables, log } = this.props;
    const { retiredKeys } = settings.sealedLog;
    const keyArns = log.signingKeys.map(({ keyArn }) => keyArn);
    const written = ['tile/*', 'checkpoints/*', 'keys/*'].map((path) => log.bucket.arnForObjects(path));
    const single = ['checkpoint', 'log.vkey'].map((path) => log.bucket.arnForObjects(path));
    const sealing = new ServiceFunction(this, 'SealLog', {
      settings,
      tables,
      handler: 'seal-log',
      rolePath: logRolePath(settings),
      log: ['endKey', 'findRoot', 'fixCheckpoint', 'readBatch', 'readHead', 'readKeyEnds', 'readSealed', 'saveSealed'],
      environment: {
        logBucket: log.bucket.bucketName,
        logOrigin: log.origin,
        logSigningKeys: keyArns.join(' '),
        logRetiredKeys: String(retiredKeys),
      },
      permissions: [
        new PolicyStatement({ actions: ['s3:GetObject', 's3:PutObject'], resources: [...written, ...single] }),
        // Without it S3 says of what is not there that it is forbidden.
        new PolicyStatement({ actions: ['s3:ListBucket'], resources: [log.bucket.bucketArn] }),
        new PolicyStatement({ actions: ['kms:GetPublicKey'], resources: keyArns }),
        new PolicyStatement({ actions: ['kms:Sign'], resources: keyArns.slice(retiredKeys) }),
      ],
      timeout: SEAL_TIMEOUT,
      memoryMb: 1_024,
    });
    for (const arn of written) acknowledgeWildcard(sealing.role, arn, 'The log’s objects, each named by its place.');
    sealing.function.addEventSource(new SqsEventSource(this.sealQueue, { batchSize: 10, maxConcurrency: 2 }));
    new Rule(this, 'SealClock', {
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaFunction(sealing.function, { deadLetterQueue: this.deadLetters, retryAttempts: 0 })],
    });
  }

  /** What both that give entries a place have in common. */
  private committing(handler: string) {
    const { settings, tables, log } = this.props;
    return {
      settings,
      tables,
      handler,
      rolePath: logRolePath(settings),
      environment: {
        logBucket: log.bucket.bucketName,
        sealQueue: this.sealQueue.queueUrl,
        logDeadLetters: this.deadLetters.queueUrl,
      },
    };
  }

  private writing(...others: readonly Queue[]): readonly PolicyStatement[] {
    const { bucket } = this.props.log;
    return [
      new PolicyStatement({ actions: ['s3:PutObject'], resources: [bucket.arnForObjects('details/*')] }),
      new PolicyStatement({
        actions: ['sqs:SendMessage'],
        resources: [this.sealQueue, ...others].map(({ queueArn }) => queueArn),
      }),
    ];
  }

  private acknowledgeDetails({ role }: ServiceFunction): void {
    const arn = this.props.log.bucket.arnForObjects('details/*');
    acknowledgeWildcard(role, arn, 'What is too large for an entry, each named by its hash.');
  }

  private addAlarms(): void {
    const topic = this.props.alarmTopic;
    const alarm = (id: string, measure: LogMeasure, statistic: string, runbook: RunbookEntry, threshold = 1) =>
      new RunbookAlarm(this, id, { metric: ownMetric(LOG_METRICS[measure][0], statistic), threshold, runbook, topic });
    alarm('Unsealed', 'unsealedSeconds', 'Maximum', 'logNotSealed', UNSEALED_SECONDS);
    alarm('Tampered', 'tampered', 'Sum', 'logTampered');
    alarm('Refused', 'refused', 'Sum', 'entriesNotInLog');
    alarm('Recovered', 'recovered', 'Sum', 'entriesNotInLog');
    new RunbookAlarm(this, 'GivenUp', {
      metric: this.deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum' }),
      runbook: 'entriesNotInLog',
      topic,
    });
  }
}
