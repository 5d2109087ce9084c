// A table to which entries are only ever added, by Tenure's own functions and nobody else.
//
// The resource policy denies, and a deny outranks every allow, so it holds for the account's administrators too. What
// it cannot stop, and what answers for it:
// - The account's root user may always delete a table's policy (DynamoDB API Reference, DeleteResourcePolicy).
// - CloudFormation's execution role may change the policy, or no later version of Tenure could: a stack update, which
//   CloudTrail and the change set show. Guard that role and root by a service control policy.
// - A put without a condition replaces an entry, and IAM cannot ask for a condition. The functions always set one;
//   point-in-time recovery shows what an entry was before.
import { Stack } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { Settings } from '../../config.ts';
import { removalPolicyOf } from '../../removal-policy.ts';
import { ROLE_PATH } from '../../role-paths.ts';

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
  'DeleteItem',
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
    this.table = new Table(this, 'Table', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: settings.retainData,
      removalPolicy: removalPolicyOf(settings),
      resourcePolicy: new PolicyDocument({
        statements: [
          deny('NobodyAltersEntries', settings.retainData ? [...ALTERING, 'DeleteTable'] : ALTERING),
          deny('OnlyTenureAddsEntries', ['PutItem'], this.rolesNamed(writersOf(writerStacks))),
          deny(
            'OnlyDeploymentsChangeThisPolicy',
            ['DeleteResourcePolicy', 'PutResourcePolicy'],
            this.rolesNamed(['cdk-*-cfn-exec-role-*']),
          ),
        ],
      }),
    });
  }

  /** In patterns, which name them before they exist. */
  private rolesNamed(patterns: readonly string[]): readonly string[] {
    const { partition, account } = Stack.of(this);
    return patterns.map((pattern) => `arn:${partition}:iam::${account}:role/${pattern}`);
  }
}

/**
 * By their path, and by what CloudFormation names roles after: this table's stack is deployed before the functions' own,
 * which by then may still have the roles of a version that gave them no path.
 */
function writersOf(writerStacks: readonly string[]): readonly string[] {
  return [`${ROLE_PATH.slice(1)}*`, ...writerStacks.map((stack) => `${stack}-*`)];
}

/** `*` is the table itself: a policy attached to a table speaks of no other, and cannot name it before it is there. */
function deny(sid: string, actions: readonly string[], exceptRoles: readonly string[] = []): PolicyStatement {
  return new PolicyStatement({
    sid,
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    actions: actions.map((action) => `dynamodb:${action}`),
    resources: ['*'],
    ...(exceptRoles.length > 0 && { conditions: { ArnNotLike: { 'aws:PrincipalArn': [...exceptRoles] } } }),
  });
}
