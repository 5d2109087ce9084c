import { describe, expect, test } from 'vitest';
import { IDENTITY_INDEXES } from '../../lambdas/stores/identities/keys.ts';
import {
  listOf,
  type Resource,
  roleIdOf,
  type Statement,
  statementsOf,
  synthesiseResources,
} from '../support/stacks.ts';

const kept = synthesiseResources();
const discarded = synthesiseResources({ 'tenure.retainData': 'false' });
const ofType = (resources: readonly Resource[], type: string) => resources.filter(({ Type }) => Type === type);
const tables = (resources: readonly Resource[]) => ofType(resources, 'AWS::DynamoDB::Table');

describe('what holds data', () => {
  test.each(tables(kept).map((table) => [table.logicalId, table] as const))('%s is protected', (_, table) => {
    expect(table.DeletionPolicy).toBe('Retain');
    expect(table.Properties).toMatchObject({
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
      BillingMode: 'PAY_PER_REQUEST',
    });
  });

  test.each(['AWS::KMS::Key', 'AWS::SecretsManager::Secret', 'AWS::Cognito::UserPool'])(
    'outlives its stack: %s',
    (type) => {
      expect(ofType(kept, type)).not.toEqual([]);
      for (const resource of ofType(kept, type)) expect(resource.DeletionPolicy).toBe('Retain');
    },
  );

  test('is thrown away with its stack when a deployment says so', () => {
    for (const table of tables(discarded)) {
      expect(table.DeletionPolicy).toBe('Delete');
      expect(table.Properties).toMatchObject({ DeletionProtectionEnabled: false });
    }
    const remaining = discarded.filter(({ DeletionPolicy }) => DeletionPolicy === 'Retain');
    expect(remaining).toEqual([]);
  });

  test('has keys that rotate', () => {
    // KMS rotates none that others verify signatures with.
    const encrypting = ofType(kept, 'AWS::KMS::Key').filter(({ Properties }) => Properties['KeySpec'] === undefined);
    expect(encrypting.length).toBeGreaterThan(1);
    for (const key of encrypting) expect(key.Properties).toMatchObject({ EnableKeyRotation: true });
  });
});

test('the identities table has every index of the store, and a stream without personal data', () => {
  const identities = tables(kept).find(({ Properties }) => Properties['StreamSpecification'] !== undefined);
  const indexes = identities?.Properties['GlobalSecondaryIndexes'] as readonly { readonly IndexName: string }[];
  expect(indexes.map(({ IndexName }) => IndexName).sort()).toEqual(
    Object.values(IDENTITY_INDEXES)
      .map(({ indexName }) => indexName)
      .sort(),
  );
  expect(identities?.Properties['StreamSpecification']).toEqual({ StreamViewType: 'KEYS_ONLY' });
});

describe('the audit log', () => {
  const policyOf = (resources: readonly Resource[]) => {
    const audit = tables(resources).find(({ Properties }) => Properties['ResourcePolicy'] !== undefined);
    const policy = audit?.Properties['ResourcePolicy'] as { PolicyDocument: { Statement: readonly Statement[] } };
    return new Map(policy.PolicyDocument.Statement.map((statement) => [statement.Sid, statement]));
  };

  test('can be altered by nobody, administrators included', () => {
    const statement = policyOf(kept).get('NobodyAltersEntries');
    expect(statement).toMatchObject({ Effect: 'Deny', Principal: { AWS: '*' } });
    expect(statement?.Condition).toBeUndefined();
    expect(statement?.Action).toEqual([
      'dynamodb:BatchWriteItem',
      'dynamodb:DeleteTable',
      'dynamodb:PartiQLDelete',
      'dynamodb:PartiQLInsert',
      'dynamodb:PartiQLUpdate',
      'dynamodb:UpdateItem',
      'dynamodb:UpdateTimeToLive',
    ]);
  });

  test('loses an entry to the role that erases alone', () => {
    const statement = policyOf(kept).get('OnlyErasureTakesEntriesOut');
    expect(statement).toMatchObject({ Effect: 'Deny', Principal: { AWS: '*' }, Action: 'dynamodb:DeleteItem' });
    expect(JSON.stringify(statement?.Condition)).toMatch(/^{"ArnNotLike":.*:role\/tenure\/Tenure\/erasure\/\*"/);
    expect(JSON.stringify(statement?.Condition)).not.toMatch(/:role\/.*:role\//);
  });

  test('is added to by the roles of this deployment alone', () => {
    const statement = policyOf(kept).get('OnlyTenureAddsEntries');
    expect(statement).toMatchObject({ Effect: 'Deny', Principal: { AWS: '*' }, Action: 'dynamodb:PutItem' });
    expect(JSON.stringify(statement?.Condition)).toMatch(
      /"ArnNotLike":.*:role\/Tenure-Lifecycle-\*.*:role\/Tenure-Intake-\*.*:role\/Tenure-Governance-\*/,
    );
  });

  test('is added to by every function that may, however long the prefix', { timeout: 240_000 }, () => {
    const prefix = 'a-very-long-prefix-0';
    const resources = synthesiseResources({ 'tenure.stackPrefix': prefix });
    const exempt = JSON.stringify(policyOf(resources).get('OnlyTenureAddsEntries')?.Condition);
    const patterns = [...exempt.matchAll(/:role(\/[^"]*)\*/g)].map(([, start]) => start ?? '');
    const writers = ofType(resources, 'AWS::Lambda::Function').map(roleIdOf).filter(isWriter);
    expect(writers.length).toBeGreaterThan(10);
    for (const { Properties } of ofType(resources, 'AWS::IAM::Role').filter((role) => isWriter(role.logicalId))) {
      // CloudFormation leaves so much of a stack's name as it likes.
      const arn = `${Properties['Path'] ?? '/'}a-very-long-pre`;
      expect(patterns.filter((start) => arn.startsWith(start))).toEqual(['/tenure/']);
    }

    function isWriter(roleId: string): boolean {
      return statementsOf(resources, roleId).some(
        ({ Action, Resource }) =>
          listOf(Action).includes('dynamodb:PutItem') && JSON.stringify(Resource).includes('Audit'),
      );
    }
  });

  test('keeps its policy, except through a deployment', () => {
    const statement = policyOf(kept).get('OnlyDeploymentsChangeThisPolicy');
    expect(listOf(statement?.Action)).toEqual(['dynamodb:DeleteResourcePolicy', 'dynamodb:PutResourcePolicy']);
    expect(JSON.stringify(statement?.Condition)).toContain(':role/cdk-*-cfn-exec-role-*');
  });

  test('keeps its backups and its stream, except through a deployment', () => {
    const statement = policyOf(kept).get('OnlyDeploymentsChangeThisTable');
    expect(statement).toMatchObject({ Effect: 'Deny', Principal: { AWS: '*' } });
    expect(listOf(statement?.Action)).toEqual(['dynamodb:UpdateContinuousBackups', 'dynamodb:UpdateTable']);
    expect(JSON.stringify(statement?.Condition)).toContain(':role/cdk-*-cfn-exec-role-*');
  });

  test('goes with its stack only when data is not retained', () => {
    expect(listOf(policyOf(discarded).get('NobodyAltersEntries')?.Action)).not.toContain('dynamodb:DeleteTable');
  });
});

test('operators cannot write the identity id that their reports hang on', () => {
  const [client] = ofType(kept, 'AWS::Cognito::UserPoolClient');
  expect(client?.Properties['WriteAttributes']).toEqual(['locale']);
});
