// Denials for everybody but whom they name. A deny outranks every allow, so it holds for the account's administrators too,
// until they deploy another one: docs/reference/audit-log.md says what is left to whom.
import { Stack } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

/** CloudFormation's execution role of the CDK's bootstrapping: or no later version of Tenure could change anything. */
export const DEPLOYMENTS = ['cdk-*-cfn-exec-role-*'];

export interface Denial {
  readonly sid: string;
  /** With their service. */
  readonly actions: readonly string[];
  /** @default what the policy is attached to */
  readonly resources?: readonly string[];
  /** Roles by path and name, as patterns: they name them before they exist. @default nobody is */
  readonly exceptRoles?: readonly string[];
  /** Further ones, all of which have to hold. @default none */
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** `*` is whatever a policy is attached to: it speaks of nothing else, and cannot name it before it is there. */
export function deny(
  scope: Construct,
  { sid, actions, resources = ['*'], exceptRoles = [], conditions = {} }: Denial,
): PolicyStatement {
  const { partition, account } = Stack.of(scope);
  const others = exceptRoles.map((role) => `arn:${partition}:iam::${account}:role/${role}`);
  const condition = { ...conditions, ...(others.length > 0 && { ArnNotLike: { 'aws:PrincipalArn': others } }) };
  return new PolicyStatement({
    sid,
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    actions: [...actions],
    resources: [...resources],
    ...(Object.keys(condition).length > 0 && { conditions: condition }),
  });
}

/** What is encrypted, or signed, with a key that is gone is gone as well. */
export function keepKey(key: Key): void {
  key.addToResourcePolicy(
    deny(key, {
      sid: 'OnlyDeploymentsEndThisKey',
      actions: ['kms:DisableKey', 'kms:PutKeyPolicy', 'kms:ScheduleKeyDeletion'],
      exceptRoles: DEPLOYMENTS,
    }),
  );
}
