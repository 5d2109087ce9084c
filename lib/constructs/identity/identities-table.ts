// Everything about identities, one partition each: facts, effects, accounts, tasks, and the header that indexes hold.
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { EXPIRY_ATTRIBUTE } from '../../../lambdas/stores/holds/dynamo-hold-store.ts';
import { IDENTITY_INDEXES, type IdentityIndex } from '../../../lambdas/stores/identities/keys.ts';
import type { Settings } from '../../config.ts';
import { removalPolicyOf } from '../../removal-policy.ts';

export interface IdentitiesTableProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** What the table is encrypted with. */
  readonly key: IKey;
}

const SORT_KEY_TYPES = { string: AttributeType.STRING, number: AttributeType.NUMBER } as const;

export class IdentitiesTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string, { settings, key }: IdentitiesTableProps) {
    super(scope, id);
    this.table = new Table(this, 'Table', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      // Only what the mass-error guard counts and what reconciliation found carry it: no fact ever expires.
      timeToLiveAttribute: EXPIRY_ATTRIBUTE,
      deletionProtection: settings.retainData,
      removalPolicy: removalPolicyOf(settings),
      // route-facts reads the identity itself, so that no personal data is in the stream.
      stream: StreamViewType.KEYS_ONLY,
    });
    const indexes: readonly IdentityIndex[] = Object.values(IDENTITY_INDEXES);
    for (const { indexName, partitionKey, sortKey, keysOnly } of indexes) {
      this.table.addGlobalSecondaryIndex({
        indexName,
        partitionKey: { name: partitionKey, type: AttributeType.STRING },
        ...(sortKey && { sortKey: { name: sortKey.name, type: SORT_KEY_TYPES[sortKey.type] } }),
        ...(keysOnly && { projectionType: ProjectionType.KEYS_ONLY }),
      });
    }
  }
}
