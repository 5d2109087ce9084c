// Where the sealed log lies: the table in which it is sequenced, the bucket that everybody checks, and the key by which they
// know that it is this log.
import { CfnOutput, Duration, Stack, Validations } from 'aws-cdk-lib';
import { AttributeType, BillingMode, StreamViewType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectLockRetention } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { Settings } from '../../config.ts';
import { removalPolicyOf } from '../../removal-policy.ts';
import { logRolePath } from '../../role-paths.ts';
import { onlyDeployments, onTables } from './append-only-table.ts';
import { DEPLOYMENTS, deny, keepKey } from './protection.ts';

export interface SealedLogProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** What the table is encrypted with. */
  readonly key: IKey;
}

const TAKING_AWAY = [
  'BatchWriteItem',
  'DeleteItem',
  'PartiQLDelete',
  'PartiQLInsert',
  'PartiQLUpdate',
  'UpdateTimeToLive',
];

export class SealedLog extends Construct {
  readonly table: Table;
  readonly bucket: Bucket;
  /** The first one first. */
  readonly signingKeys: readonly Key[];
  /** C2SP tlog-checkpoint: the name of the log, and of its key. */
  readonly origin: string;
  /** What a role needs to follow the table's stream, beside the stream itself. */
  readonly readingKey: PolicyStatement;

  constructor(scope: Construct, id: string, { settings, key }: SealedLogProps) {
    super(scope, id);
    const { account, region } = Stack.of(this);
    this.origin = `${settings.stackPrefix.toLowerCase()}.tenure/${account}/${region}`;
    this.readingKey = new PolicyStatement({
      actions: ['kms:Decrypt', 'kms:DescribeKey'],
      resources: [key.keyArn],
      conditions: { StringEquals: { 'kms:ViaService': `dynamodb.${region}.amazonaws.com` } },
    });
    const sealers = [`${logRolePath(settings).slice(1)}*`];
    this.table = this.addTable(settings, key, sealers);
    this.bucket = this.addBucket(settings, sealers);
    const { signingKeys, retiredKeys } = settings.sealedLog;
    this.signingKeys = Array.from({ length: signingKeys }, (_, index) =>
      this.addSigningKey(settings, index + 1, index < retiredKeys ? [] : sealers),
    );
    new CfnOutput(scope, 'LogTableName', { value: this.table.tableName });
    new CfnOutput(scope, 'LogBucketName', {
      value: this.bucket.bucketName,
      description: 'The sealed log: copy it and run npx tenure audit verify',
    });
    new CfnOutput(scope, 'LogOrigin', { value: this.origin });
    for (const [index, { keyArn }] of this.signingKeys.entries())
      new CfnOutput(scope, `LogSigningKeyArn${numbered(index + 1)}`, { value: keyArn });
  }

  private addTable(settings: Settings, key: IKey, sealers: readonly string[]): Table {
    const takingAway = settings.retainData ? [...TAKING_AWAY, 'DeleteTable'] : TAKING_AWAY;
    return new Table(this, 'Table', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: settings.retainData,
      removalPolicy: removalPolicyOf(settings),
      // What was committed leaves for a SIEM as it was.
      stream: StreamViewType.NEW_IMAGE,
      resourcePolicy: new PolicyDocument({
        statements: [
          deny(this, { sid: 'NobodyTakesAway', actions: onTables(takingAway) }),
          deny(this, {
            sid: 'OnlyTheLogItselfWrites',
            actions: onTables(['PutItem', 'UpdateItem']),
            exceptRoles: sealers,
          }),
          ...onlyDeployments(this),
        ],
      }),
    });
  }

  /** What a trial puts here can be thrown away with it; everything else is locked, for root as well. */
  private addBucket(settings: Settings, sealers: readonly string[]): Bucket {
    const bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      versioned: true,
      ...(settings.retainData && {
        objectLockEnabled: true,
        objectLockDefaultRetention: ObjectLockRetention.compliance(Duration.days(settings.auditRetentionDays)),
      }),
      removalPolicy: removalPolicyOf(settings),
    });
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'Whatever is put here stays as a version, and what is not the log’s own its verifier names.',
    });
    const created = ['tile/*', 'details/*', 'checkpoints/*', 'keys/*', 'witnessed/*', 'log.vkey'].map((path) =>
      bucket.arnForObjects(path),
    );
    for (const denial of [
      {
        sid: 'OnlyTheLogItselfWrites',
        actions: ['s3:PutObject'],
        resources: [bucket.arnForObjects('*')],
        exceptRoles: sealers,
      },
      {
        sid: 'WhatIsCreatedStays',
        actions: ['s3:PutObject'],
        resources: created,
        conditions: { Null: { 's3:if-none-match': 'true' } },
      },
      {
        sid: 'OnlyWhoHasSeenItReplacesTheCheckpoint',
        actions: ['s3:PutObject'],
        resources: [bucket.arnForObjects('checkpoint')],
        conditions: { Null: { 's3:if-match': 'true', 's3:if-none-match': 'true' } },
      },
      ...(settings.retainData ? keptForEver(bucket) : []),
    ]) {
      bucket.addToResourcePolicy(deny(this, denial));
    }
    return bucket;
  }

  private addSigningKey(settings: Settings, number: number, sealers: readonly string[]): Key {
    const key = new Key(this, `SigningKey${numbered(number)}`, {
      description: `Tenure: signs the checkpoints of the sealed log${number === 1 ? '' : `, key ${number}`}`,
      keySpec: KeySpec.ECC_NIST_EDWARDS25519,
      keyUsage: KeyUsage.SIGN_VERIFY,
      removalPolicy: removalPolicyOf(settings),
    });
    keepKey(key);
    key.addToResourcePolicy(deny(this, { sid: 'OnlyTheLogItselfSigns', actions: ['kms:Sign'], exceptRoles: sealers }));
    return key;
  }
}

/** The first one was there before there could be another. */
function numbered(number: number): string {
  return number === 1 ? '' : String(number);
}

/** Object Lock keeps the versions; these keep them from being hidden, and what was set from being loosened. */
function keptForEver(bucket: Bucket) {
  return [
    {
      sid: 'NobodyTakesAway',
      actions: ['s3:BypassGovernanceRetention', 's3:DeleteObject', 's3:DeleteObjectVersion', 's3:PutObjectRetention'],
      resources: [bucket.arnForObjects('*')],
    },
    {
      sid: 'OnlyDeploymentsChangeThisBucket',
      actions: [
        's3:DeleteBucket',
        's3:DeleteBucketPolicy',
        's3:PutBucketObjectLockConfiguration',
        's3:PutBucketPolicy',
        's3:PutBucketVersioning',
        's3:PutLifecycleConfiguration',
        's3:PutReplicationConfiguration',
      ],
      resources: [bucket.bucketArn],
      exceptRoles: DEPLOYMENTS,
    },
  ];
}
