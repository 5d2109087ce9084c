// How each target system is doing and who is calling it: one item per application, shared by the connector functions.
// It needs no history, but is kept as every table is: one rule is simpler than an exception for a few kilobytes.
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { RATE_LIMIT_EXPIRY_ATTRIBUTE } from '../../../lambdas/stores/rate-limits/dynamo-rate-limit-store.ts';
import type { Settings } from '../../config.ts';
import { removalPolicyOf } from '../../removal-policy.ts';

export interface RateLimitsTableProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** What the table is encrypted with. */
  readonly key: IKey;
}

export class RateLimitsTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string, { settings, key }: RateLimitsTableProps) {
    super(scope, id);
    this.table = new Table(this, 'Table', {
      partitionKey: { name: 'applicationId', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: RATE_LIMIT_EXPIRY_ATTRIBUTE,
      deletionProtection: settings.retainData,
      removalPolicy: removalPolicyOf(settings),
    });
  }
}
