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
import { IDENTITY_INDEXES } from '../../../lambdas/stores/identities/dynamo-identity-store.ts';
import type { Settings } from '../../config.ts';
import { removalPolicyOf } from '../../removal-policy.ts';

export interface IdentitiesTableProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** What the table is encrypted with. */
  readonly key: IKey;
}

interface Index {
  readonly partitionKey: string;
  readonly sortKey?: { readonly name: string; readonly type: AttributeType };
  /** @default all attributes */
  readonly projectionType?: ProjectionType;
}

/** Sparse: each holds only the items that carry its partition key. */
const INDEXES: Readonly<Record<keyof typeof IDENTITY_INDEXES, Index>> = {
  directory: { partitionKey: 'directoryId' },
  byManager: { partitionKey: 'managerId', sortKey: { name: 'directoryId', type: AttributeType.STRING } },
  byOwner: { partitionKey: 'ownerId', sortKey: { name: 'directoryId', type: AttributeType.STRING } },
  nextCheck: { partitionKey: 'nextCheckShard', sortKey: { name: 'nextCheckMs', type: AttributeType.NUMBER } },
  tasks: { partitionKey: 'taskStatus', sortKey: { name: 'dueMs', type: AttributeType.NUMBER } },
  certificates: { partitionKey: 'certificateMonth', sortKey: { name: 'provenAt', type: AttributeType.STRING } },
  lookup: { partitionKey: 'lookupKey', projectionType: ProjectionType.KEYS_ONLY },
};

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
    for (const [name, { partitionKey, sortKey, projectionType }] of Object.entries(INDEXES)) {
      this.table.addGlobalSecondaryIndex({
        indexName: IDENTITY_INDEXES[name as keyof typeof IDENTITY_INDEXES],
        partitionKey: { name: partitionKey, type: AttributeType.STRING },
        ...(sortKey && { sortKey }),
        ...(projectionType && { projectionType }),
      });
    }
  }
}
