// Where the files lie that show what people did by hand: kept with their versions, under a key of their own, since the key of
// the tables works through DynamoDB alone. Nothing ever shows or runs them; who looks into one downloads it.
import { CfnOutput, Duration, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { Settings } from '../../config.ts';
import { removalPolicyOf } from '../../removal-policy.ts';
import { keepKey } from './protection.ts';

export interface EvidenceFilesProps {
  /** The deployment's settings. */
  readonly settings: Settings;
}

export class EvidenceFiles extends Construct {
  readonly bucket: Bucket;
  /** All of them, as a pattern. */
  readonly files: string;
  /** What a role needs to add a file. */
  readonly adding: readonly PolicyStatement[];
  /** The populations of review campaigns, as a pattern: nobody is named in them but by a pseudonym. */
  readonly populations: string;
  /** What a role needs to add to a population, and to read one. */
  readonly addingPopulations: readonly PolicyStatement[];
  readonly readingPopulations: readonly PolicyStatement[];
  /** What a role needs to destroy those of a person. */
  readonly erasing: readonly PolicyStatement[];

  constructor(scope: Construct, id: string, { settings }: EvidenceFilesProps) {
    super(scope, id);
    const key = new Key(this, 'Key', {
      description: 'Tenure: files that show what people did by hand',
      enableKeyRotation: true,
      removalPolicy: removalPolicyOf(settings),
    });
    keepKey(key);
    this.bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.KMS,
      encryptionKey: key,
      bucketKeyEnabled: true,
      enforceSSL: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      versioned: true,
      lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(1) }],
      removalPolicy: removalPolicyOf(settings),
    });
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'Who added a file, and its hash, is in the audit log; what was there stays in the versions.',
    });
    // As other stacks import it, so that they can say of it what they acknowledge.
    const bucketArn = Stack.of(this).exportValue(this.bucket.bucketArn);
    this.files = `${bucketArn}/tasks/*`;
    this.populations = `${bucketArn}/review-campaigns/*`;
    const usingKey = (...actions: string[]) =>
      new PolicyStatement({
        actions,
        resources: [key.keyArn],
        conditions: { StringEquals: { 'kms:ViaService': `s3.${Stack.of(this).region}.amazonaws.com` } },
      });
    const writing = usingKey('kms:Decrypt', 'kms:GenerateDataKey');
    const reading = new PolicyStatement({ actions: ['s3:GetObject'], resources: [this.populations] });
    this.adding = [new PolicyStatement({ actions: ['s3:PutObject'], resources: [this.files] }), writing];
    this.addingPopulations = [
      new PolicyStatement({ actions: ['s3:PutObject'], resources: [this.populations] }),
      reading,
      writing,
    ];
    this.readingPopulations = [reading, usingKey('kms:Decrypt')];
    this.erasing = [
      new PolicyStatement({ actions: ['s3:ListBucketVersions'], resources: [bucketArn] }),
      new PolicyStatement({ actions: ['s3:DeleteObjectVersion'], resources: [this.files] }),
    ];
    new CfnOutput(scope, 'EvidenceBucketName', {
      value: this.bucket.bucketName,
      description:
        'Files that show what people did by hand: tasks/<hash of the identity>/<hash of the task>/<SHA-256>, and populations of review campaigns: review-campaigns/<campaign>/',
    });
  }
}
