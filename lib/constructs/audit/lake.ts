// What security teams query: the sealed log's entries as OCSF in Parquet, and the function that puts them there. Nothing
// rests on it: the log is the record, and the lake is made from it anew when it is lost (docs/runbook/lake-behind.md).
import { CfnOutput, Duration, Stack, Validations } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { LAKE_PREFIX } from '../../../lambdas/core/audit/ocsf/lake-layout.ts';
import { LAKE_BEHIND_METRIC } from '../../../lambdas/stores/lake/lake-metrics.ts';
import { acknowledgeWildcard } from '../../acknowledge.ts';
import type { Settings } from '../../config.ts';
import { removalPolicyOf } from '../../removal-policy.ts';
import { ownMetric } from '../own-metric.ts';
import { RunbookAlarm } from '../runbook-alarm.ts';
import { ServiceFunction } from '../service-function.ts';
import type { Tables } from '../store-access.ts';
import { type LakeCatalog, LakeQueries } from './lake-queries.ts';

export interface LakeProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** The deployment's tables; the lake's function uses none of them. */
  readonly tables: Tables;
  /** Where the sealed log lies. */
  readonly logBucket: Bucket;
  /** Where alarms go. */
  readonly alarmTopic: ITopic;
}

/** With a minute for the log to be sealed and one for the function, within five minutes of the effect. */
const EVERY_MINUTES = 3;
/** Its own bound on a run is two minutes; and a minute for the entries that it took last. */
const TIMEOUT = Duration.minutes(4);
/** A whole core, since all that it does is compress. */
const MEMORY_MB = 1_769;
/** Two runs that could not catch up: at some hundreds of entries a second, or when each fails. */
const BEHIND_ENTRIES = 100_000;

export class Lake extends Construct {
  readonly bucket: Bucket;
  readonly catalog: LakeCatalog;
  /** As other stacks import it: they acknowledge what they may read there. */
  readonly bucketArn: string;

  constructor(scope: Construct, id: string, props: LakeProps) {
    super(scope, id);
    const { settings, alarmTopic } = props;
    this.bucket = this.addBucket(settings);
    this.bucketArn = Stack.of(this).exportValue(this.bucket.bucketArn);
    const writer = this.addWriter(props);
    new Rule(this, 'Clock', {
      schedule: Schedule.rate(Duration.minutes(EVERY_MINUTES)),
      targets: [new LambdaFunction(writer.function, { retryAttempts: 0 })],
    });
    new RunbookAlarm(this, 'Fails', {
      metric: writer.function.metricErrors({ statistic: 'Sum' }),
      // One failed run is made good by the next.
      periods: 3,
      runbook: 'lakeBehind',
      topic: alarmTopic,
    });
    new RunbookAlarm(this, 'Behind', {
      metric: ownMetric(LAKE_BEHIND_METRIC, 'Maximum'),
      threshold: BEHIND_ENTRIES,
      periods: 2,
      runbook: 'lakeBehind',
      topic: alarmTopic,
    });
    this.catalog = new LakeQueries(this, 'Queries', { settings, lake: this.bucket }).catalog;
    new CfnOutput(scope, 'LakeFunctionName', {
      value: writer.function.functionName,
      description: 'Writes what was sealed into the lake: every few minutes, and at once when it is invoked',
    });
    new CfnOutput(scope, 'LakeBucketName', {
      value: this.bucket.bucketName,
      description: `The log as OCSF in Parquet, below ${LAKE_PREFIX}/: npx tenure audit query --list`,
    });
  }

  /** Without versions: an object is written anew every few minutes, and what it was is in the log. */
  private addBucket(settings: Settings): Bucket {
    const bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      removalPolicy: removalPolicyOf(settings),
    });
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'What is in it follows from the sealed log, from which it can be made anew.',
    });
    return bucket;
  }

  private addWriter({ settings, tables, logBucket }: LakeProps): ServiceFunction {
    const { account, region } = Stack.of(this);
    const read = ['checkpoint', 'tile/entries/*', 'details/*'].map((path) => logBucket.arnForObjects(path));
    const written = [`${LAKE_PREFIX}/*`, 'lake/position.json'].map((path) => this.bucket.arnForObjects(path));
    const writer = new ServiceFunction(this, 'WriteLake', {
      settings,
      tables,
      handler: 'write-lake',
      environment: {
        logBucket: logBucket.bucketName,
        lakeBucket: this.bucket.bucketName,
        lakePlace: JSON.stringify({ region, accountId: account }),
      },
      permissions: [
        new PolicyStatement({ actions: ['s3:GetObject'], resources: [...read, ...written] }),
        new PolicyStatement({ actions: ['s3:PutObject'], resources: written }),
        // Or what is not there would be answered as what may not be read.
        new PolicyStatement({ actions: ['s3:ListBucket'], resources: [logBucket.bucketArn, this.bucket.bucketArn] }),
      ],
      timeout: TIMEOUT,
      memoryMb: MEMORY_MB,
    });
    for (const arn of [...read, ...written].filter((each) => each.endsWith('*')))
      acknowledgeWildcard(writer.role, arn, 'Objects of the log and of the lake, each named by its place.');
    return writer;
  }
}
