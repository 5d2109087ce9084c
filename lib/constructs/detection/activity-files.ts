// Where systems put files of their activity, and the function that reads them.
import { CfnOutput, Duration, Validations } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { ACTIVITY_SOURCES_FILE } from '../../../lambdas/stores/deployed-activity-sources.ts';
import { acknowledgeWildcard } from '../../acknowledge.ts';
import type { Settings } from '../../config.ts';
import { removalPolicyOf } from '../../removal-policy.ts';
import { ServiceFunction } from '../service-function.ts';
import type { Tables } from '../store-access.ts';
import type { ActivityJudging } from './activity-judging.ts';

export interface ActivityFilesProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** The tables, none of which its function uses. */
  readonly tables: Tables;
  /** Where what was read waits. */
  readonly judging: ActivityJudging;
}

/** What was read is judged within minutes; the system has its own. */
const KEPT = Duration.days(7);

export class ActivityFiles extends Construct {
  constructor(scope: Construct, id: string, { settings, tables, judging }: ActivityFilesProps) {
    super(scope, id);
    const bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      lifecycleRules: [{ expiration: KEPT }],
      removalPolicy: removalPolicyOf(settings),
    });
    // As a plain property: CDK's own switch for it is a custom resource with a role over all of the bucket.
    (bucket.node.defaultChild as CfnBucket).notificationConfiguration = {
      eventBridgeConfiguration: { eventBridgeEnabled: true },
    };
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'What was put is judged, and counted by source.',
    });
    const files = settings.activitySources.map(({ id }) => bucket.arnForObjects(`${id}/*`));
    const reading = new ServiceFunction(this, 'ReadActivityFile', {
      settings,
      tables,
      handler: 'read-activity-file',
      files: { [ACTIVITY_SOURCES_FILE]: JSON.stringify(settings.activitySources) },
      environment: { activityBucket: bucket.bucketName, activityQueue: judging.queue.queueUrl },
      permissions: [
        new PolicyStatement({ actions: ['s3:GetObject'], resources: files }),
        judging.sending,
        new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [judging.deadLetters.queueArn] }),
      ],
      timeout: Duration.minutes(5),
      memoryMb: 1_024,
      deadLetterQueue: judging.deadLetters,
    });
    for (const arn of files) acknowledgeWildcard(reading.role, arn, 'The files of one activity source.');
    new Rule(this, 'FilePut', {
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: {
          bucket: { name: [bucket.bucketName] },
          object: { key: settings.activitySources.map(({ id }) => ({ prefix: `${id}/` })) },
        },
      },
      targets: [new LambdaFunction(reading.function, { deadLetterQueue: judging.deadLetters })],
    });
    new CfnOutput(scope, 'ActivityBucketName', {
      value: bucket.bucketName,
      description: 'Where systems put files of their activity: <source>/<name>, plain or .gz',
    });
  }
}
