// Where a person is told: escalations of the state machines and every alarm.
import { CfnOutput, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { Settings } from '../config.ts';
import { removalPolicyOf } from '../removal-policy.ts';

export interface EscalationTopicProps {
  /** The deployment's settings. */
  readonly settings: Settings;
}

const KEY_USE = ['kms:Decrypt', 'kms:GenerateDataKey'];

export class EscalationTopic extends Construct {
  readonly topic: Topic;
  /** What a role needs to publish. */
  readonly publishing: readonly PolicyStatement[];

  constructor(scope: Construct, id: string, { settings }: EscalationTopicProps) {
    super(scope, id);
    // A key of its own: alarms cannot publish to a topic under the key that AWS manages.
    const key = new Key(this, 'Key', { enableKeyRotation: true, removalPolicy: removalPolicyOf(settings) });
    key.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: KEY_USE,
        resources: ['*'],
      }),
    );
    this.topic = new Topic(this, 'Topic', { masterKey: key, enforceSSL: true, displayName: 'Tenure' });
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    if (settings.escalationEmail !== undefined)
      this.topic.addSubscription(new EmailSubscription(settings.escalationEmail));
    this.publishing = [
      new PolicyStatement({ actions: ['sns:Publish'], resources: [this.topic.topicArn] }),
      new PolicyStatement({ actions: KEY_USE, resources: [key.keyArn] }),
    ];
    new CfnOutput(scope, 'EscalationTopicArn', { value: this.topic.topicArn });
  }
}
