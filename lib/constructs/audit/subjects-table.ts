// Who stands behind the pseudonyms of the sealed log, and the keys under which what tells of them is encrypted. Losing it
// makes the log anonymous for good, so it is kept as identities are; its earlier states, and with them keys that were
// destroyed, can be restored for as long as point-in-time recovery reaches back: docs/reference/audit-log.md.
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyDocument } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { SUBJECT_EXPIRY_ATTRIBUTE } from '../../../lambdas/stores/subjects/dynamo-subject-store.ts';
import type { Settings } from '../../config.ts';
import { removalPolicyOf } from '../../removal-policy.ts';
import { erasureRolePath, logRolePath } from '../../role-paths.ts';
import { onlyDeployments, onTables } from './append-only-table.ts';
import { deny } from './protection.ts';

export interface SubjectsTableProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** What the table is encrypted with. */
  readonly key: IKey;
}

export class SubjectsTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string, { settings, key }: SubjectsTableProps) {
    super(scope, id);
    this.table = new Table(this, 'Table', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      // Only what is left of somebody who was forgotten carries it.
      timeToLiveAttribute: SUBJECT_EXPIRY_ATTRIBUTE,
      deletionProtection: settings.retainData,
      // Whoever could write here could say of anybody that they were forgotten.
      resourcePolicy: new PolicyDocument({
        statements: [
          deny(this, {
            sid: 'OnlyTheLogAndErasureWrite',
            actions: onTables([
              'BatchWriteItem',
              'DeleteItem',
              'PartiQLDelete',
              'PartiQLInsert',
              'PartiQLUpdate',
              'PutItem',
              'UpdateItem',
            ]),
            exceptRoles: [logRolePath(settings), erasureRolePath(settings)].map((path) => `${path.slice(1)}*`),
          }),
          ...onlyDeployments(this),
        ],
      }),
      removalPolicy: removalPolicyOf(settings),
    });
  }
}
