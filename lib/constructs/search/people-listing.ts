// The list by which people are searched for: where it lies, and the function that makes it anew by the clock. Every minute it
// looks whether one is due; how often that is, core/search/people-list.ts says.
import { Duration, Validations } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { Settings } from '../../config.ts';
import { removalPolicyOf } from '../../removal-policy.ts';
import { ServiceFunction } from '../service-function.ts';
import type { Tables } from '../store-access.ts';

export interface PeopleListingProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** The tables: the directory lies in that of the identities. */
  readonly tables: Tables;
}

/** A list of a million headers takes 100 MB as text, and the headers of a page of the scan beside it. */
const MEMORY_MB = 1_024;
const LIST = 'people.jsonl.br';

export class PeopleListing extends Construct {
  readonly bucket: Bucket;
  /** What a role needs to read the list. */
  readonly reading: readonly PolicyStatement[];

  constructor(scope: Construct, id: string, { settings, tables }: PeopleListingProps) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      // No versions: a list that was replaced is gone, and one that is no longer replaced goes within a day.
      lifecycleRules: [{ expiration: Duration.days(1), abortIncompleteMultipartUploadAfter: Duration.days(1) }],
      removalPolicy: removalPolicyOf({ ...settings, retainData: false }),
    });
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'Two functions alone use it, and who was shown whom is in the audit log.',
    });
    const list = `${this.bucket.bucketArn}/${LIST}`;
    // Without the right to list, what is not there is answered as what is not allowed.
    const listing = new PolicyStatement({ actions: ['s3:ListBucket'], resources: [this.bucket.bucketArn] });
    this.reading = [new PolicyStatement({ actions: ['s3:GetObject'], resources: [list] }), listing];
    const making = new ServiceFunction(this, 'ListPeople', {
      settings,
      tables,
      handler: 'list-people',
      directory: ['listIdentities'],
      environment: { searchBucket: this.bucket.bucketName },
      permissions: [new PolicyStatement({ actions: ['s3:GetObject', 's3:PutObject'], resources: [list] }), listing],
      timeout: Duration.minutes(5),
      memoryMb: MEMORY_MB,
    });
    new Rule(this, 'Clock', {
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaFunction(making.function, { retryAttempts: 0 })],
    });
  }
}
