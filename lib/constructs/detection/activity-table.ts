// How access is used: a memory of each identity, the alerts about it, and how far each source was read. It is read for each
// record and forgets by itself; it is kept as every table is.
import { AttributeType, BillingMode, StreamViewType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { ACTIVITY_EXPIRY_ATTRIBUTE, ALERTS_INDEX } from '../../../lambdas/stores/activity/dynamo-activity-store.ts';
import type { Settings } from '../../config.ts';
import { removalPolicyOf } from '../../removal-policy.ts';

export interface ActivityTableProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** What the table is encrypted with. */
  readonly key: IKey;
}

export class ActivityTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string, { settings, key }: ActivityTableProps) {
    super(scope, id);
    this.table = new Table(this, 'Table', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: ACTIVITY_EXPIRY_ATTRIBUTE,
      deletionProtection: settings.retainData,
      removalPolicy: removalPolicyOf(settings),
      // Whoever answers an alert reads it itself, so that no personal data is in the stream.
      stream: StreamViewType.KEYS_ONLY,
    });
    const { indexName, partitionKey, sortKey } = ALERTS_INDEX;
    this.table.addGlobalSecondaryIndex({
      indexName,
      partitionKey: { name: partitionKey, type: AttributeType.STRING },
      sortKey: { name: sortKey, type: AttributeType.NUMBER },
    });
  }
}
