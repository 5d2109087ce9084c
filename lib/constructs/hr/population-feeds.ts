// Where HR systems put files of the whole population, and the function that compares them with what is known.
import { CfnOutput, Duration, Validations } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { AccessModel } from '../../../lambdas/core/access-model/access-model.ts';
import { acknowledgeWildcard } from '../../acknowledge.ts';
import type { Settings } from '../../config.ts';
import { removalPolicyOf } from '../../removal-policy.ts';
import type { EscalationTopic } from '../escalation-topic.ts';
import { RunbookAlarm } from '../runbook-alarm.ts';
import { ServiceFunction } from '../service-function.ts';
import { GUARDING, type Tables } from '../store-access.ts';

export interface PopulationFeedsProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** The tables that facts are recorded in. */
  readonly tables: Tables;
  /** By which the mass-error guard tells who loses access. */
  readonly accessModel: AccessModel;
  /** Where alarms go, and what the mass-error guard tells. */
  readonly escalations: EscalationTopic;
}

/** Files hold the personal data of everybody: kept for as long as it takes to look into one that went wrong. */
const KEPT = Duration.days(30);

export class PopulationFeeds extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, props: PopulationFeedsProps) {
    super(scope, id);
    const { settings, escalations } = props;
    this.bucket = this.addBucket(settings);
    const deadLetters = this.addDeadLetters(escalations);
    const importing = this.addFunction(props, deadLetters);
    new Rule(this, 'FilePut', {
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: {
          bucket: { name: [this.bucket.bucketName] },
          object: { key: settings.hrSources.map(({ id }) => ({ prefix: `${id}/` })) },
        },
      },
      targets: [new LambdaFunction(importing.function, { deadLetterQueue: deadLetters })],
    });
    new CfnOutput(scope, 'PopulationBucketName', {
      value: this.bucket.bucketName,
      description:
        'Where HR puts files of the whole population: <source>/<name>.csv or .jsonl; to try one, <source>/dry-run/',
    });
  }

  private addBucket(settings: Settings): Bucket {
    const bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      versioned: true,
      lifecycleRules: [{ expiration: KEPT, noncurrentVersionExpiration: KEPT }],
      removalPolicy: removalPolicyOf(settings),
    });
    // As a plain property: CDK's own switch for it is a custom resource with a role over all of the bucket.
    (bucket.node.defaultChild as CfnBucket).notificationConfiguration = {
      eventBridgeConfiguration: { eventBridgeEnabled: true },
    };
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'What was put is in the object versions, what became of it in the reports and the audit log.',
    });
    return bucket;
  }

  private addDeadLetters({ topic }: EscalationTopic): Queue {
    const queue = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    Validations.of(queue).acknowledge({ id: 'AwsSolutions-SQS3', reason: 'It is itself the dead-letter queue.' });
    new RunbookAlarm(this, 'GivenUp', {
      metric: queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum' }),
      runbook: 'fileNotImported',
      topic,
    });
    return queue;
  }

  private addFunction({ settings, tables, accessModel, escalations }: PopulationFeedsProps, deadLetterQueue: Queue) {
    const sources = settings.hrSources.map(({ id }) => this.bucket.arnForObjects(`${id}/*`));
    const reports = this.bucket.arnForObjects('reports/*');
    const importing = new ServiceFunction(this, 'ImportPopulation', {
      settings,
      tables,
      accessModel,
      handler: 'import-population',
      facts: ['findAcceptedEvent', 'findOtherSpellings', 'recordFact'],
      directory: ['listIdentities', 'listOwnedBy', 'load'],
      holds: GUARDING,
      hrSourcePrecedence: settings.hrSourcePrecedence,
      environment: {
        populationBucket: this.bucket.bucketName,
        hrSources: JSON.stringify(settings.hrSources.map(({ id }) => id)),
        massErrorGuard: JSON.stringify(settings.massErrorGuard),
        escalationTopicArn: escalations.topic.topicArn,
      },
      permissions: [
        new PolicyStatement({ actions: ['s3:GetObject', 's3:GetObjectVersion'], resources: sources }),
        new PolicyStatement({ actions: ['s3:PutObject'], resources: [reports] }),
        ...escalations.publishing,
      ],
      // Lambda's most; it stops a minute before by itself, and Lambda's two retries go on where it was.
      timeout: Duration.minutes(15),
      memoryMb: 2_048,
      deadLetterQueue,
    });
    for (const arn of sources) acknowledgeWildcard(importing.role, arn, 'The files of one HR source.');
    acknowledgeWildcard(importing.role, reports, 'Reports, each named by its file.');
    return importing;
  }
}
