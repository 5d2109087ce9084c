// Where activity that was judged is kept to be queried: a queue, the function that writes many records as one object, the bucket
// that forgets them, and the table by which Athena reads them, in the database and the workgroup of the audit lake.
import { CfnOutput, Duration, Validations } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ACTIVITY_PREFIX } from '../../../lambdas/core/detection/activity-lake.ts';
import { acknowledgeWildcard } from '../../acknowledge.ts';
import type { Settings } from '../../config.ts';
import { removalPolicyOf } from '../../removal-policy.ts';
import type { LakeCatalog } from '../audit/lake-queries.ts';
import type { EscalationTopic } from '../escalation-topic.ts';
import { RunbookAlarm } from '../runbook-alarm.ts';
import { ServiceFunction } from '../service-function.ts';
import type { Tables } from '../store-access.ts';
import { ActivityLakeTable } from './activity-lake-table.ts';

export interface ActivityLakeProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** The tables: who is to be taken out of it. */
  readonly tables: Tables;
  /** Where queries are run. */
  readonly catalog: LakeCatalog;
  /** Where alarms go. */
  readonly escalations: EscalationTopic;
}

const QUEUE: QueueProps = {
  encryption: QueueEncryption.SQS_MANAGED,
  enforceSSL: true,
  retentionPeriod: Duration.days(14),
};
/** Rules look this far back beside their window (run-rules.ts): what a call puts is there before. */
const TIMEOUT = Duration.minutes(2);
const MAXIMUM_RECEIVES = 5;
const BATCH = 200;
/** So long a record may wait for others: each object costs as much, however much is in it. */
const BATCHING_WINDOW = Duration.minutes(5);
const CONCURRENCY = 4;
/** A whole core, since all that it does is compress. */
const MEMORY_MB = 1_769;
const WAITING = Duration.minutes(30);
/** As often as the function that erases looks whether it was done. */
const ERASING_EVERY = Duration.minutes(5);
/** It begins no page after four minutes. */
const ERASING_TIMEOUT = Duration.minutes(15);
/** Two objects of 10,000 records of 20 kB, read and written. */
const ERASING_MEMORY_MB = 3_008;

export class ActivityLake extends Construct {
  readonly bucket: Bucket;
  readonly queue: Queue;
  /** What a role needs to put records into the queue. */
  readonly sending: PolicyStatement;

  constructor(scope: Construct, id: string, props: ActivityLakeProps) {
    super(scope, id);
    const deadLetters = new Queue(this, 'DeadLetters', QUEUE);
    Validations.of(deadLetters).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'It is itself the dead-letter queue.',
    });
    this.queue = new Queue(this, 'Queue', {
      ...QUEUE,
      // Six times the function's time-out, and the window (Lambda guide, "Using Lambda with Amazon SQS").
      visibilityTimeout: Duration.seconds(6 * TIMEOUT.toSeconds() + BATCHING_WINDOW.toSeconds()),
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: MAXIMUM_RECEIVES },
    });
    this.sending = new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [this.queue.queueArn] });
    this.bucket = this.addBucket(props.settings);
    this.addWriter(props);
    this.addErasing(props);
    new ActivityLakeTable(this, 'Table', { bucket: this.bucket, databaseName: props.catalog.databaseName });
    const { topic } = props.escalations;
    new RunbookAlarm(this, 'GivenUp', {
      metric: deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum' }),
      runbook: 'activityNotKept',
      topic,
    });
    new RunbookAlarm(this, 'Waiting', {
      metric: this.queue.metricApproximateAgeOfOldestMessage({ statistic: 'Maximum' }),
      threshold: WAITING.toSeconds(),
      runbook: 'activityNotKept',
      topic,
    });
    new CfnOutput(scope, 'ActivityLakeBucketName', {
      value: this.bucket.bucketName,
      description: `What was judged as OCSF in Parquet, below ${ACTIVITY_PREFIX}/`,
    });
    new CfnOutput(scope, 'ActivityLakeDeadLettersArn', { value: deadLetters.queueArn });
  }

  /** Without versions, so that what is over is gone. */
  private addBucket(settings: Settings): Bucket {
    const bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      lifecycleRules: [{ expiration: Duration.days(settings.activityRetentionDays) }],
      removalPolicy: removalPolicyOf(settings),
    });
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'It is read by queries, of which CloudTrail tells who asked.',
    });
    return bucket;
  }

  private addWriter({ settings, tables }: ActivityLakeProps): void {
    const objects = this.bucket.arnForObjects(`${ACTIVITY_PREFIX}/*`);
    const writer = new ServiceFunction(this, 'WriteActivityLake', {
      settings,
      tables,
      handler: 'write-activity-lake',
      environment: { lakeBucket: this.bucket.bucketName },
      permissions: [new PolicyStatement({ actions: ['s3:PutObject'], resources: [objects] })],
      timeout: TIMEOUT,
      memoryMb: MEMORY_MB,
    });
    acknowledgeWildcard(
      writer.role,
      objects,
      'Objects of the lake, each named by its class, its hour and what is in it.',
    );
    writer.function.addEventSource(
      new SqsEventSource(this.queue, {
        batchSize: BATCH,
        maxBatchingWindow: BATCHING_WINDOW,
        maxConcurrency: CONCURRENCY,
        reportBatchItemFailures: true,
      }),
    );
  }

  private addErasing({ settings, tables }: ActivityLakeProps): void {
    const objects = this.bucket.arnForObjects(`${ACTIVITY_PREFIX}/*`);
    const erasing = new ServiceFunction(this, 'EraseFromLake', {
      settings,
      tables,
      handler: 'erase-from-lake',
      erasures: ['eraseUnknown', 'listLakeErasures', 'noteLakeSearched'],
      activity: ['readCursor', 'saveCursor'],
      environment: {
        lakeBucket: this.bucket.bucketName,
        activityRetentionDays: String(settings.activityRetentionDays),
        activitySourceIds: JSON.stringify(settings.activitySources.map(({ id }) => id)),
      },
      permissions: [
        new PolicyStatement({ actions: ['s3:DeleteObject', 's3:GetObject', 's3:PutObject'], resources: [objects] }),
        new PolicyStatement({ actions: ['s3:ListBucket'], resources: [this.bucket.bucketArn] }),
      ],
      timeout: ERASING_TIMEOUT,
      memoryMb: ERASING_MEMORY_MB,
    });
    acknowledgeWildcard(erasing.role, objects, 'All objects of the lake: in any of them may be who is erased.');
    new Rule(this, 'ErasingClock', {
      schedule: Schedule.rate(ERASING_EVERY),
      targets: [new LambdaFunction(erasing.function, { retryAttempts: 0 })],
    });
  }
}
