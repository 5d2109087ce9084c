// A table to which entries are only ever added, by Tenure's own functions and nobody else. One function takes out those of
// an identity that is erased; it alters none either.
//
// The resource policy denies, and a deny outranks every allow, so it holds for the account's administrators too. What
// it cannot stop, and what answers for it:
// - The account's root user may always delete a table's policy (DynamoDB API Reference, DeleteResourcePolicy).
// - CloudFormation's execution role may change the policy and the table, or no later version of Tenure could: a stack
//   update, which CloudTrail and the change set show. Guard that role and root by a service control policy.
// - Whoever may create roles may create one on a path that is let through.
// - A put without a condition replaces an entry, and IAM cannot ask for a condition. The functions always set one.
// The stream tells the sealed log of every entry within seconds: whatever is altered after that is told apart by it.
import { AttributeType, BillingMode, StreamViewType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyDocument } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { Settings } from '../../config.ts';
import { removalPolicyOf } from '../../removal-policy.ts';
import { erasureRolePath, ROLE_PATH } from '../../role-paths.ts';
import { DEPLOYMENTS, deny } from './protection.ts';

export interface AppendOnlyTableProps {
  /** The deployment's settings. */
  readonly settings: Settings;
  /** What the table is encrypted with. */
  readonly key: IKey;
  /** The names of the stacks whose roles may add entries. */
  readonly writerStacks: readonly string[];
}

const ALTERING = [
  'BatchWriteItem',
  'PartiQLDelete',
  'PartiQLInsert',
  'PartiQLUpdate',
  'UpdateItem',
  'UpdateTimeToLive',
];

export class AppendOnlyTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string, { settings, key, writerStacks }: AppendOnlyTableProps) {
    super(scope, id);
    const altering = settings.retainData ? [...ALTERING, 'DeleteTable'] : ALTERING;
    this.table = new Table(this, 'Table', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: settings.retainData,
      removalPolicy: removalPolicyOf(settings),
      // As it was written: what the table says later is another matter.
      stream: StreamViewType.NEW_IMAGE,
      resourcePolicy: new PolicyDocument({
        statements: [
          deny(this, { sid: 'NobodyAltersEntries', actions: onTables(altering) }),
          deny(this, {
            sid: 'OnlyErasureTakesEntriesOut',
            actions: onTables(['DeleteItem']),
            exceptRoles: [`${erasureRolePath(settings).slice(1)}*`],
          }),
          deny(this, {
            sid: 'OnlyTenureAddsEntries',
            actions: onTables(['PutItem']),
            exceptRoles: writersOf(writerStacks),
          }),
          ...onlyDeployments(this),
        ],
      }),
    });
  }
}

/** Of what alters a table itself, as much as a table's own policy may speak of. */
export function onlyDeployments(scope: Construct) {
  return [
    deny(scope, {
      sid: 'OnlyDeploymentsChangeThisPolicy',
      actions: onTables(['DeleteResourcePolicy', 'PutResourcePolicy']),
      exceptRoles: DEPLOYMENTS,
    }),
    // Without its backups a table cannot be held against what it was; without its stream nobody is told.
    deny(scope, {
      sid: 'OnlyDeploymentsChangeThisTable',
      actions: onTables(['UpdateContinuousBackups', 'UpdateTable']),
      exceptRoles: DEPLOYMENTS,
    }),
  ];
}

export function onTables(actions: readonly string[]): readonly string[] {
  return actions.map((action) => `dynamodb:${action}`);
}

/**
 * By their path, and by what CloudFormation names roles after: this table's stack is deployed before the functions' own,
 * which by then may still have the roles of a version that gave them no path.
 */
function writersOf(writerStacks: readonly string[]): readonly string[] {
  return [`${ROLE_PATH.slice(1)}*`, ...writerStacks.map((stack) => `${stack}-*`)];
}
