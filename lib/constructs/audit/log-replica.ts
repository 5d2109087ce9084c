// Everything that is sealed, copied by S3 into a bucket of another account, whose administrators are others: locked there as
// it is here, and without what anybody hides here.
import { CfnOutput, Duration, Stack, Validations } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { acknowledgeWildcard } from '../../acknowledge.ts';
import type { ReplicaSettings, Settings } from '../../config.ts';
import { replicationRolePath } from '../../role-paths.ts';
import { RunbookAlarm } from '../runbook-alarm.ts';

export interface LogReplicaProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** Where the copies go. */
  readonly replica: ReplicaSettings;
  /** What is copied. */
  readonly bucket: Bucket;
  /** Where alarms go. */
  readonly alarmTopic: ITopic;
}

const RULE = 'sealed-log';
/** What S3 promises (Replication Time Control). */
const MINUTES = 15;

export class LogReplica extends Construct {
  constructor(scope: Construct, id: string, { settings, replica, bucket, alarmTopic: topic }: LogReplicaProps) {
    super(scope, id);
    const { account } = Stack.of(this);
    if (replica.account === account)
      Validations.of(this).addError(
        'own-account',
        'sealedLog.replica.account is the deployment’s own: expected another',
      );
    const role = this.addRole(settings, replica, bucket);
    const destination = {
      bucket: replica.bucketArn,
      account: replica.account,
      // Who owns the bucket owns the copies.
      accessControlTranslation: { owner: 'Destination' },
      replicationTime: { status: 'Enabled', time: { minutes: MINUTES } },
      metrics: { status: 'Enabled', eventThreshold: { minutes: MINUTES } },
    };
    const rule: CfnBucket.ReplicationRuleProperty = {
      id: RULE,
      priority: 1,
      status: 'Enabled',
      filter: { prefix: '' },
      // What is hidden here is not hidden there.
      deleteMarkerReplication: { status: 'Disabled' },
      destination,
    };
    (bucket.node.defaultChild as CfnBucket).replicationConfiguration = { role: role.roleArn, rules: [rule] };
    this.addAlarms(replica, bucket, topic);
    new CfnOutput(scope, 'LogReplicaPolicy', {
      value: Stack.of(this).toJsonString(bucketPolicyOf(this, settings, replica)),
      description: 'The policy of the bucket in the other account',
    });
  }

  private addRole(settings: Settings, { bucketArn }: ReplicaSettings, bucket: Bucket): Role {
    const [source, copies] = [bucket.arnForObjects('*'), `${bucketArn}/*`];
    const role = new Role(this, 'Role', {
      path: replicationRolePath(settings),
      assumedBy: new ServicePrincipal('s3.amazonaws.com').withConditions({
        StringEquals: { 'aws:SourceAccount': Stack.of(this).account },
      }),
    });
    // Beside the role: the bucket needs that, and this needs the bucket.
    for (const statement of [
      new PolicyStatement({
        actions: ['s3:GetReplicationConfiguration', 's3:ListBucket'],
        resources: [bucket.bucketArn],
      }),
      new PolicyStatement({
        actions: [
          's3:GetObjectLegalHold',
          's3:GetObjectRetention',
          's3:GetObjectVersionAcl',
          's3:GetObjectVersionForReplication',
          's3:GetObjectVersionTagging',
        ],
        resources: [source],
      }),
      new PolicyStatement({ actions: COPYING, resources: [copies] }),
    ])
      role.addToPolicy(statement);
    for (const arn of [source, copies]) acknowledgeWildcard(role, arn, 'Whatever is sealed is copied.');
    return role;
  }

  private addAlarms({ bucketArn }: ReplicaSettings, bucket: Bucket, topic: ITopic): void {
    const dimensionsMap = {
      SourceBucket: bucket.bucketName,
      DestinationBucket: bucketArn.slice(bucketArn.lastIndexOf(':') + 1),
      RuleId: RULE,
    };
    const metric = (metricName: string, statistic: string) =>
      new Metric({ namespace: 'AWS/S3', metricName, statistic, dimensionsMap, period: Duration.minutes(5) });
    new RunbookAlarm(this, 'Failed', {
      metric: metric('OperationsFailedReplication', 'Sum'),
      runbook: 'logNotReplicated',
      topic,
    });
    new RunbookAlarm(this, 'Late', {
      metric: metric('ReplicationLatency', 'Maximum'),
      threshold: Duration.minutes(MINUTES).toSeconds(),
      runbook: 'logNotReplicated',
      topic,
    });
  }
}

/** Neither a deletion nor a tag: nobody sets any here. */
const COPYING = ['s3:ObjectOwnerOverrideToBucketOwner', 's3:ReplicateObject'];

/** What that bucket's policy has to say: S3 may copy by this deployment's role, and nobody else writes or takes away. */
function bucketPolicyOf(scope: Construct, settings: Settings, { bucketArn }: ReplicaSettings) {
  const { partition, account } = Stack.of(scope);
  const role = `arn:${partition}:iam::${account}:role${replicationRolePath(settings)}*`;
  const objects = `${bucketArn}/*`;
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'TenureCopies',
        Effect: 'Allow',
        Principal: { AWS: `arn:${partition}:iam::${account}:root` },
        Action: COPYING,
        Resource: objects,
        Condition: { ArnLike: { 'aws:PrincipalArn': role } },
      },
      {
        Sid: 'NobodyElseWrites',
        Effect: 'Deny',
        Principal: '*',
        Action: ['s3:PutObject', 's3:PutObjectRetention', 's3:ReplicateDelete', 's3:ReplicateObject'],
        Resource: objects,
        Condition: { ArnNotLike: { 'aws:PrincipalArn': role } },
      },
      {
        Sid: 'NobodyTakesAway',
        Effect: 'Deny',
        Principal: '*',
        Action: ['s3:BypassGovernanceRetention', 's3:DeleteObject', 's3:DeleteObjectVersion'],
        Resource: objects,
      },
    ],
  };
}
